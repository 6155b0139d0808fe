"""The proof against queueing theory: `make theory`, some minutes; `--quick` half a minute.

Every system of `theory_systems.py` is run with the real router (`queues/router.py`) under the simulated clock
(`queues/simulation/clock.py`), from empty, for 31 batches of arrivals, the first of which is thrown away. A
figure is the mean of 30 batches with Student's interval. Seeds are fixed (`theory_runs.SEED` and the system's
place in the list). Of so many intervals at 99 % about one in a hundred misses by chance; so the interval that
holds for all together (Bonferroni) is shown too, and a system with a figure outside its 99 % is run once more,
with other chances and four times as long: both runs stand in the table. Wrong is what is outside twice, or
outside the wide interval once.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.theory_formulas import limited, shared_room
from benchmarks.theory_runs import Interval, Tally, run
from benchmarks.theory_systems import Figure, System, everything, ninety

PAGE: Final = Path("docs/theory.md")
BEGINS, ENDS = "<!-- the table of `make theory` begins -->", "<!-- the table of `make theory` ends -->"
AGAIN: Final = 4
"""How many times longer a system is run again."""
LOAD: Final = 84.0
LEAST_GAP: Final = 0.9
WEAK: Final = 0.2
"""A half width of more than this share of the exact value proves little: its power stands in bold type."""
WORDS: Final = {"blocked": "blocked", "wait": "P(wait)", "mean": "mean wait", "abandoned": "abandoned",
                "within": "P(wait ≤ 0.05)"}  # fmt: skip


class Row(NamedTuple):
    """One comparison."""

    system: System
    figure: Figure
    ours: Interval
    again: bool

    @property
    def power(self) -> float:
        """How small an error this comparison would see: the half width at 99 %, of the exact value."""
        return self.ours.half / self.figure.exact

    @property
    def verdict(self) -> str:
        """Where the exact value lies."""
        if self.ours.holds(self.figure.exact):
            return "inside"
        return "outside 99 %" if self.ours.holds_all(self.figure.exact) else "WRONG"


class Gap(NamedTuple):
    """How much of the way from one skill to all six two skills go, in mean wait."""

    two: Interval
    one: float
    every: float

    @property
    def closed(self) -> tuple[float, float, float]:
        """Give the share, and its 99 % bounds."""
        low, high = self.two.middle + self.two.half, self.two.middle - self.two.half
        way = self.one - self.every
        return (self.one - self.two.middle) / way, (self.one - low) / way, (self.one - high) / way


def main() -> None:
    """Run everything, print the table, write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a few systems, no page")
    quick = options.parse_args().quick
    console, begun = Console(), time.monotonic()
    systems = everything(quick=quick)
    rows, gap = compare(systems, console)
    console.print(table_of(rows))
    said = summary(rows, gap, time.monotonic() - begun)
    console.print(said)
    if not quick:
        write(rows, said)
    sys.exit(any(wrong(rows)) or (gap.closed[1] < LEAST_GAP))


def compare(systems: Sequence[System], console: Console) -> tuple[list[Row], Gap]:
    """Run all systems on all processors; those with a figure outside once more."""
    two = ninety(LOAD, 2, (Figure("mean", None, math.nan),), "two skills")
    comparisons = sum(len(system.figures) for system in systems)
    work = dict(enumerate([*systems, two]))
    tallies = _run_all(work, console, "first run")
    gap = Gap(
        tallies.pop(len(systems)).interval(two.figures[0], comparisons),
        shared_room(LOAD / 6, 1.0, 15, 6, 120).mean,
        limited(LOAD, 1.0, 90, 120, 0.05).mean,
    )
    rows = [row for number in tallies for row in _rows(tallies[number], comparisons, again=False)]
    strange = {row.system.name + row.system.family for row in rows if row.verdict != "inside"}
    repeat = {
        1000 + number: system.longer(AGAIN)
        for number, system in enumerate(systems)
        if system.name + system.family in strange
    }
    repeated = _run_all(repeat, console, "run again") if repeat else {}
    for number, tally in repeated.items():
        first = _rows(tallies[number - 1000], comparisons, again=False)
        longer = _rows(tally, comparisons, again=True)
        rows += [row for before, row in zip(first, longer, strict=True) if before.verdict != "inside"]
    return rows, gap


def _run_all(systems: dict[int, System], console: Console, what: str) -> dict[int, Tally]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ProcessPoolExecutor() as pool, Progress(*columns, console=console) as progress:
        task = progress.add_task(what, total=sum(system.batch for system in systems.values()))
        longest_first = sorted(
            systems, key=lambda number: -systems[number].batch * len(systems[number].kinds)
        )
        running = {pool.submit(run, systems[number], number): number for number in longest_first}
        done = {}
        for future in as_completed(running):
            done[running[future]] = future.result()
            progress.advance(task, systems[running[future]].batch)
    return {number: done[number] for number in systems}


def _rows(tally: Tally, comparisons: int, *, again: bool) -> list[Row]:
    return [
        Row(tally.system, figure, tally.interval(figure, comparisons), again)
        for figure in tally.system.figures
    ]


def wrong(rows: Iterable[Row]) -> list[Row]:
    """Name what is outside twice, or far outside once."""
    return [row for row in rows if row.verdict == "WRONG" or (row.again and row.verdict != "inside")]


def _cells(row: Row) -> tuple[str, ...]:
    of = "" if row.figure.kind is None else f", type {'abcdef'[row.figure.kind]}"
    ours = row.ours
    return (
        row.system.family,
        row.system.name + (", run again, longer" if row.again else ""),
        WORDS[row.figure.name] + of,
        f"{ours.middle:.5f}",
        f"{row.figure.exact:.5f}",
        f"{max(ours.middle - ours.half, 0):.5f} to {ours.middle + ours.half:.5f}",
        f"± {ours.half_all:.5f}",
        f"{'**' * (row.power > WEAK)}± {row.power:.0%}{'**' * (row.power > WEAK)}",
        row.verdict,
    )


HEADS: Final = (
    "theory",
    "system",
    "figure",
    "ours",
    "exact",
    "99 % interval",
    "for all together",
    "power",
    "exact is",
)


def table_of(rows: Iterable[Row]) -> Table:
    """Lay the comparisons out for a terminal."""
    table = Table(title="The router under a simulated clock beside queueing theory")
    for head in HEADS:
        table.add_column(head)
    for row in rows:
        cells = _cells(row)
        table.add_row(*cells[:-1], cells[-1] if cells[-1] == "inside" else f"[bold red]{cells[-1]}[/]")
    return table


def summary(rows: Sequence[Row], gap: Gap, seconds: float) -> str:
    """Say in words what came out."""
    first = [row for row in rows if not row.again]
    outside = [row for row in first if row.verdict != "inside"]
    share, low, high = gap.closed
    return (
        f"{len(first)} comparisons at 99 %: {len(first) - len(outside)} inside, {len(outside)} outside "
        f"(by chance {len(first) / 100:.1f} are to be expected); run again, longer: "
        f"{sum(row.again and row.verdict == 'inside' for row in rows)} of "
        f"{sum(row.again for row in rows)} inside; wrong: {len(wrong(rows))}.\n"
        f"{sum(row.power > WEAK for row in first)} of the {len(first)} have a half width of more than {WEAK:.0%} of "
        "the exact value (power, in bold): these prove little.\n"
        f"Two skills an agent at {LOAD:g} erlang: mean wait {gap.two.middle:.4f} ± {gap.two.half:.4f}, one skill "
        f"{gap.one:.4f}, all six {gap.every:.4f} (exact): two close {share:.1%} of the gap "
        f"(99 %: {low:.1%} to {high:.1%}).\n"
        f"Waits are in handling times. {seconds:.0f} s."
    )


def write(rows: Iterable[Row], said: str) -> None:
    """Put the table between its marks on the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    after = rest.partition(ENDS)[2]
    lines = [HEADS, ("---",) * len(HEADS), *map(_cells, rows)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    paragraphs = said.replace("\n", "\n\n")
    PAGE.write_text(f"{before}{BEGINS}\n\n{paragraphs}\n\n{table}\n\n{ENDS}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
