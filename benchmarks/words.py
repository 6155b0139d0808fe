"""From the number dialled to the first word, and from a key to the next word: by our server, and by pure dialplan.

`python -m benchmarks.words [--quick] [--json FILE]`. Under six minutes, quick under one.

A whole centre (Asterisk, broker, server, SQLite) serves 901 16 65 65; on the same Asterisk a number of pure dialplan
plays the same files in the same steps: Answer, Read of greeting and language offer, Playback of the notice, Read of
menus; no AGI, no recording, no rows. Callers do the same on both:

    dial, hear the greeting; 1 (Spanish), hear the notice to its end and the main menu; 1, hear the information
    menu; #, hear the main menu; 1, # and so on; hang up

With one call at a time ours and pure take turns call by call; after one whole call each follow short ones, which hang
up at the notice. With 100 calls they take turns window by window, and figures count only from when all 100 are there;
who has hung up dials again. 100 callers press a key every one to five seconds and dial two or three times a second:
more than people do. `--quick` has short calls only, so nothing of the menus, and dials a dozen times a second.
All choose their language within 5.5 seconds; who says nothing for some two more is led on.

A word is heard when the packet with its first speech (-40 dB) reaches this machine, by the kernel's clock. All prompts
begin with a silence of their own, the same in both, printed below the table. Asterisk sends every 20 ms.

What the load costs: it is one process that sends and takes 5,000 packets a second each way with 100 calls, an
eighth to a quarter of one core (printed), and so part of what the machine has to do; but in both ways alike, and
as the kernel times packets, its own delays are in no figure. How late it read the awaited packets is printed too.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import uvloop
from rich.console import Console

from benchmarks.machine import Foreign, before_others
from benchmarks.words_callers import PROMPTS, Figures, Plan, Size, call_for
from benchmarks.words_centre import OURS, PURE, Centre, opened
from benchmarks.words_sounds import Word, first_words
from benchmarks.words_tables import costs, main_table, silences

OUT: Final = Path(".runtime/bench/words.json")
NUMBERS: Final = {"pure": PURE, "ours": OURS}
FULL: Final = Size(
    rounds=2,
    one=Plan(1, 75.0, (0.2, 0.5), whole=1, pairs=10, short=10),
    many=Plan(100, 30.0, (1.0, 5.0), ramp_s=10.0, whole=1, pairs=3),
)
QUICK: Final = Size(
    rounds=1,
    one=Plan(1, 8.0, (0.2, 0.5), short=1),
    many=Plan(100, 6.0, (2.5, 5.5), ramp_s=6.0, short=1),
)
Windows = list[dict[str, Any]]


async def measure(centre: Centre, size: Size, console: Console) -> tuple[dict[str, Figures], Windows]:
    """Run all windows, interleaved; figures by load and way (`1 pure`), and what each window cost."""
    words = first_words(centre.sounds, PROMPTS)
    found = {f"{plan.calls} {way}": Figures() for plan in (size.one, size.many) for way in NUMBERS}
    windows: Windows = []
    for turn in range(size.rounds):
        order = ("pure", "ours") if turn % 2 == 0 else ("ours", "pure")
        for plan, ways in ((size.one, order), *((size.many, (way,)) for way in order)):
            windows.append(await _window(centre, plan, ways, words, found))
            console.print(_line(windows[-1]))
    return found, windows


async def _window(
    centre: Centre,
    plan: Plan,
    ways: tuple[str, ...],
    words: dict[str, Word],
    found: dict[str, Figures],
) -> dict[str, Any]:
    foreign, began = Foreign(), time.monotonic()
    foreign.start()
    before = _cpu(centre)
    figures = {NUMBERS[way]: found[f"{plan.calls} {way}"] for way in ways}
    late = await call_for(centre.settings.ports.sip, plan, figures, words)
    used = {name: after - before[name] for name, after in _cpu(centre).items()}
    lasted = time.monotonic() - began
    return {
        "calls": plan.calls,
        "ways": ways,
        "cores": {name: spent / lasted for name, spent in used.items()},
        "foreign": foreign.share(sum(used.values())),
        "late_p99_ms": 1000 * sorted(late)[int(0.99 * len(late))] if late else float("nan"),
    }


def _cpu(centre: Centre) -> dict[str, float]:
    return {**centre.cpu(), "load": time.process_time()}


def _line(window: dict[str, Any]) -> str:
    ways = " and ".join(window["ways"])
    return f"  [dim]{window['calls']:>3} calls, {ways:<13} others' CPU {window['foreign']:4.0%}[/]"


def main() -> None:
    """Run everything and say what was heard when."""
    parser = argparse.ArgumentParser(description="From the number dialled, and from a key, to the next word")
    parser.add_argument("--quick", action="store_true", help="under a minute, for a first look")
    parser.add_argument("--json", type=Path, default=OUT, help=f"where the figures go (default {OUT})")
    wish = parser.parse_args()
    console, size, began = Console(width=140), QUICK if wish.quick else FULL, time.monotonic()
    before_others()
    with tempfile.TemporaryDirectory(prefix="ventanilla-words-") as folder, opened(Path(folder)) as centre:
        console.print(f"The centre stands after {time.monotonic() - began:.0f} s.")
        found, windows = uvloop.run(measure(centre, size, console))
        words = first_words(centre.sounds, PROMPTS)
    console.print(main_table(found, windows))
    console.print(costs(windows))
    console.print(silences(words))
    for load, figures in found.items():
        for why in sorted(set(figures.lost)):
            console.print(f"[red]{load}: {figures.lost.count(why)} calls lost: {why}[/]")
    _write(wish.json, size, found, windows, time.monotonic() - began)
    console.print(f"{time.monotonic() - began:.0f} s. All figures: {wish.json}")


def _write(file: Path, size: Size, found: dict[str, Figures], windows: Windows, took: float) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "at": time.time(),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "seconds": took,
        "size": asdict(size),
        "windows": windows,
        "seconds_found": {load: asdict(figures) for load, figures in found.items()},
    }
    file.write_text(json.dumps(whole, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
