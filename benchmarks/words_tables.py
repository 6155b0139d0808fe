"""What the benchmark of words found, as tables."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from benchmarks.words_callers import Figures
from benchmarks.words_sounds import Word

ROWS = {
    "dialled → answered": "answer",
    "answered → first word": "after_answer",
    "dialled → first word": "first_word",
    "key → next word, in menus": "menu_key",
    "key 1 → notice": "language_key",
    "notice's end → next word": "after_notice",
}
"""What is shown, and its field of Figures. Between the notice and the next word ours begins the recording."""


def percentile(seconds: Sequence[float], share: float) -> float:
    """Give the nearest rank in milliseconds, NaN of nothing; under a hundred figures p99 is the longest."""
    ranked = sorted(seconds)
    return 1000 * ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else float("nan")


def main_table(found: dict[str, Figures], windows: list[dict[str, Any]]) -> Table:
    """Put pure and ours side by side, in milliseconds."""
    table = Table(title="Milliseconds until the first speech is heard, each prompt's own silence included")
    for head in (
        "calls",
        "",
        "pure p50",
        "p99",
        "ours p50",
        "p99",
        "more p50",
        "p99",
        "figures",
        "others' CPU",
    ):
        table.add_column(head, justify="left" if not head else "right")
    for calls in (1, 100):
        pure, ours = found[f"{calls} pure"], found[f"{calls} ours"]
        foreign = statistics.median(window["foreign"] for window in windows if window["calls"] == calls)
        for what, name in ROWS.items():
            both = getattr(pure, name), getattr(ours, name)
            ms = [percentile(seconds, share) for seconds in both for share in (0.5, 0.99)]
            cells = [
                "-" if math.isnan(figure) else f"{figure:,.0f}"
                for figure in (*ms, ms[2] - ms[0], ms[3] - ms[1])
            ]
            table.add_row(
                str(calls), what, *cells, "/".join(str(len(seconds)) for seconds in both), f"{foreign:.0%}"
            )
        table.add_section()
    return table


def costs(windows: list[dict[str, Any]]) -> Table:
    """Say what each process used meanwhile: shares of one core, medians over the windows."""
    table = Table(
        title="Meanwhile, of one core; how late the load read an awaited packet (in no figure above)"
    )
    for head in (
        "calls",
        "",
        "Asterisk",
        "server",
        "broker",
        "load",
        "load late p99 ms",
        "others, of all cores",
    ):
        table.add_column(head, justify="left" if not head else "right")
    kinds = dict.fromkeys((window["calls"], " and ".join(sorted(window["ways"]))) for window in windows)
    for calls, ways in sorted(kinds):
        mine = [w for w in windows if (w["calls"], " and ".join(sorted(w["ways"]))) == (calls, ways)]
        cores = [
            f"{statistics.median(window['cores'][name] for window in mine):.0%}"
            for name in ("asterisk", "server", "broker", "load")
        ]
        late = statistics.median(window["late_p99_ms"] for window in mine)
        foreign = statistics.median(window["foreign"] for window in mine)
        table.add_row(str(calls), ways, *cores, f"{late:.1f}", f"{foreign:.0%}")
    return table


def silences(words: dict[str, Word]) -> str:
    """Say how long each prompt is silent before its first word."""
    return "Of these the prompt's own silence: " + ", ".join(
        f"{word.key} {1000 * word.silence_s:.0f} ms" for word in words.values()
    )
