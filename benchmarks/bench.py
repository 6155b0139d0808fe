"""One whole run of the benchmark: how much is run, what was found, and the ratios that come of it."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console

from benchmarks import bad_peers
from benchmarks.machine import QUIET, wait_for_quiet

BAD_PEERS: Final = tuple(bad_peers.KINDS)
CLEAN: Final = "clean"
BESIDE: Final = "bad peers"
"""Sections that are measured on two servers; theirs are called `clean, ours` and so on."""
ONE_WAIT_S: Final = 4.0
"""Most waiting for a quiet machine before one run."""
LONG_S: Final = 360.0
"""After this no section is repeated, so that a busy machine does not make the run endless."""


@dataclass(frozen=True)
class Beside:
    """How other calls are measured beside bad peers: commands a second, how long, how often."""

    rate: int
    seconds: float
    rounds: int


@dataclass(frozen=True)
class Size:
    """How much is run; `patience_s` is all the waiting for quiet that a whole run may add up to.

    `bad` is for the engine, `centre` for the whole server, which writes a recording, a request and all facts of every
    call: 400 commands a second are 20 new calls in each, more than the busiest institution has.
    """

    rounds: int
    sessions: int
    held: int
    rate: int
    hold_s: float
    burst: int
    bursts: int
    bad: Beside
    centre: Beside
    patience_s: float


FULL: Final = Size(
    3, 1500, 5000, 4000, 6.0, 1000, 2, Beside(2000, 2.0, 3), Beside(400, 2.0, 3), patience_s=60.0
)
QUICK: Final = Size(
    1, 600, 1000, 2000, 2.0, 300, 1, Beside(2000, 1.0, 1), Beside(400, 1.0, 1), patience_s=5.0
)


@dataclass
class Bench:
    """One whole run and what it found: section → server → list of results."""

    size: Size
    servers: list[str]
    console: Console
    found: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    waited: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def record(self, section: str, name: str, load: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Wait for quiet within what is left of the patience, run, keep."""
        began, patience = time.monotonic(), self.size.patience_s - self.waited
        if patience > 0:
            wait_for_quiet(min(ONE_WAIT_S, patience))
            self.waited += time.monotonic() - began
        result = load()
        if result["odd"]:
            raise SystemExit(
                f"{name}: {result['odd']} sessions did not have the twenty commands of script.TURNS"
            )
        self.found.setdefault(section, {}).setdefault(name, []).append(result)
        self.console.print(f"  [dim]{section:<22} {name:<22} foreign CPU {result['foreign']:4.0%}[/]")
        return result

    def rounds(self, most: int) -> Iterator[int]:
        """Count the rounds of a section: all of them, or one when the whole run has lasted too long already."""
        for place in range(most):
            if place == 0 or time.monotonic() - self.began < LONG_S:
                yield place

    def middle(self, section: str, name: str, key: str) -> float:
        """Median of a figure over the rounds that nobody disturbed, or over all; NaN when there is none."""
        results = self.found.get(section, {}).get(name, [])
        quiet = [result for result in results if result["foreign"] < QUIET]
        seen = [result[key] for result in quiet or results]
        return statistics.median(seen) if seen else float("nan")

    def ratio(self, section: str, name: str, other: str, key: str) -> float:
        """Median over the rounds of one server's figure by another's of the same round; quiet rounds first."""
        found = self.found[section]
        return _ratio(found.get(name, []), found.get(other, []), key)

    def beside(self, name: str, kind: str) -> float:
        """Give the p99 of a server's other calls beside a bad peer by that of the clean run just before."""
        beside, clean = (self.found[section_of(section, name)][kind] for section in (BESIDE, CLEAN))
        return _ratio(beside, clean, "turn_p99")


def section_of(section: str, name: str) -> str:
    """Name a section that is measured on several servers."""
    return f"{section}, {name}"


def _ratio(ones: list[dict[str, Any]], others: list[dict[str, Any]], key: str) -> float:
    pairs = [*zip(ones, others, strict=False)]
    quiet = [pair for pair in pairs if max(run["foreign"] for run in pair) < QUIET]
    seen = [one[key] / other[key] for one, other in quiet or pairs if other[key]]
    return statistics.median(seen) if seen else float("nan")
