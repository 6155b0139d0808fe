"""What a run of the benchmark found, as tables and as goals."""

import math
import statistics

from rich.table import Table

from benchmarks.bench import BAD_PEERS, BESIDE, CLEAN, Bench, section_of
from benchmarks.running import CENTRE


def show(bench: Bench, ours: str) -> list[tuple[str, float, float]]:
    """Print the tables; return the goals as (what, figure, limit)."""
    bench.console.print(_main_table(bench))
    for name in (ours, CENTRE):
        bench.console.print(_bad_table(bench, name))
    goals = _goals(bench, ours)
    table = Table(title="Goals")
    for column in ("measure", "here", "goal", ""):
        table.add_column(column, justify="left" if column == "measure" else "right")
    for what, figure, limit in goals:
        table.add_row(what, f"{figure:.2f}", f"≤ {limit:g}", _verdict(figure, limit))
    bench.console.print(table)
    return goals


def _verdict(figure: float, limit: float) -> str:
    if math.isnan(figure):
        return "not run"
    return "[green]met[/]" if figure <= limit else "[red]missed[/]"


def _main_table(bench: Bench) -> Table:
    size = bench.size
    table = Table(title=f"FastAGI, sessions of 20 commands; {size.held:,} held at {size.rate:,} commands/s")
    heads = ["server", "CPU ms/session", "of panoramisk's", "sessions/s", "held: p50 ms", "p99 ms", "KiB/call",
             f"{size.burst:,} at once: lost", "set-up p99 ms", "others' CPU"]  # fmt: skip
    for head in heads:
        table.add_column(head, justify="left" if head == "server" else "right")
    for name in bench.servers:
        table.add_row(
            name,
            f"{bench.middle('saturation', name, 'cpu_ms'):.3f}",
            f"{bench.ratio('saturation', name, 'panoramisk', 'cpu_ms'):.2f}",
            f"{bench.middle('saturation', name, 'sessions_s'):,.0f}",
            f"{bench.middle('held', name, 'turn_p50'):.2f}",
            f"{bench.middle('held', name, 'turn_p99'):,.1f}",
            f"{bench.middle('held', name, 'kib'):.1f}",
            f"{bench.middle('burst', name, 'lost'):,.0f}",
            f"{bench.middle('burst', name, 'setup_p99'):,.0f}",
            f"{_foreign(bench, name):.0%}",
        )
    return table


def _foreign(bench: Bench, name: str) -> float:
    seen = [result["foreign"] for section in bench.found.values() for result in section.get(name, [])]
    return statistics.median(seen) if seen else float("nan")


def _bad_table(bench: Bench, name: str) -> Table:
    rate = bench.size.centre.rate if name == CENTRE else bench.size.bad.rate
    clean, beside = section_of(CLEAN, name), section_of(BESIDE, name)
    table = Table(
        title=f"Other calls of {name}: 100 held, {rate:,} commands/s; the bad peer on a sink (clean), or here"
    )
    for head in ("bad peer", "clean p99 ms", "p50 ms", "p99 ms", "of clean", "calls lost", "others' CPU"):
        table.add_column(head, justify="left" if head == "bad peer" else "right")
    for kind in BAD_PEERS:
        table.add_row(
            kind,
            f"{bench.middle(clean, kind, 'turn_p99'):.2f}",
            f"{bench.middle(beside, kind, 'turn_p50'):.2f}",
            f"{bench.middle(beside, kind, 'turn_p99'):.2f}",
            f"{bench.beside(name, kind):.2f}",
            f"{bench.middle(beside, kind, 'lost'):.0f}",
            f"{bench.middle(beside, kind, 'foreign'):.0%}",
        )
    return table


def _goals(bench: Bench, ours: str) -> list[tuple[str, float, float]]:
    ratio = bench.ratio
    return [
        ("CPU a session / panoramisk", ratio("saturation", ours, "panoramisk", "cpu_ms"), 0.40),
        ("CPU a session / pystrix", ratio("saturation", ours, "pystrix", "cpu_ms"), 0.50),
        ("CPU a session / bare uvloop Protocol", ratio("saturation", ours, "bare uvloop", "cpu_ms"), 1.4),
        ("turn p99 held / panoramisk", ratio("held", ours, "panoramisk", "turn_p99"), 0.20),
        ("memory a held session / panoramisk", ratio("held", ours, "panoramisk", "kib"), 0.80),
        ("calls lost at once", bench.middle("burst", ours, "lost"), 0),
        ("set-up p99 at once / panoramisk", ratio("burst", ours, "panoramisk", "setup_p99"), 0.25),
        *(
            (f"p99 of {name} beside {kind} / clean", bench.beside(name, kind), 1.5)
            for name in (ours, CENTRE)
            for kind in BAD_PEERS
        ),
    ]
