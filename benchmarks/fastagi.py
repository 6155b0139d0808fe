"""The FastAGI benchmark: our server beside its peers, interleaved in one run, ratios rather than numbers.

`uv run --group bench python -m benchmarks.fastagi [--quick] [--json FILE]`. Under six minutes, quick under
one.

What it measures and what is asked of us:

* CPU of a session of twenty commands at 100 concurrent: at most 0.40 of panoramisk's, 0.50 of pystrix's.
* p99 from an answer to the next command, 5,000 sessions held and 4,000 commands a second: at most 0.2 of
  panoramisk's.
* Memory of a held session: at most 0.8 of panoramisk's.
* 1,000 calls connecting in the same instant: none lost, p99 of the set-up at most 0.25 of panoramisk's.
* p99 of other calls beside each kind of bad peer: at most 1.5 of the clean run.

The server has core 0, the load core 1. Each run waits a bounded time for the machine to be quiet and says
how busy others kept it meanwhile; where that is more than 15 %, read latencies with care. The ratios come
from runs that followed one another.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks import bad_peers
from benchmarks.machine import QUIET, before_others, wait_for_quiet
from benchmarks.running import SINK, Server, bad_peer, running, saturating_load
from benchmarks.servers import OPEN_FILES, SERVERS
from ivr.adapters.descriptors import allow_open_files

BAD_PEERS: Final = tuple(bad_peers.KINDS)
CLEAN: Final = "clean"
BESIDE: Final = "bad peers"
ONE_WAIT_S: Final = 4.0
"""Most waiting for a quiet machine before one run."""
LONG_S: Final = 270.0
"""After this no section is repeated, so that a busy machine does not make the run endless."""
OUT: Final = Path(".runtime/bench/fastagi.json")


@dataclass(frozen=True)
class Size:
    """How much is run; `patience_s` is all the waiting for quiet that a whole run may add up to."""

    rounds: int
    sessions: int
    held: int
    rate: int
    hold_s: float
    burst: int
    bursts: int
    bad_rounds: int
    bad_s: float
    patience_s: float


FULL: Final = Size(3, 1500, 5000, 4000, 6.0, 1000, 2, 3, 2.0, 60.0)
QUICK: Final = Size(1, 600, 1000, 2000, 2.0, 300, 1, 1, 1.0, 5.0)


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
        self.console.print(f"  [dim]{section:<12} {name:<22} foreign CPU {result['foreign']:4.0%}[/]")
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

    def beside(self, kind: str) -> float:
        """Give the p99 of other calls beside a bad peer by that of the clean run just before."""
        return _ratio(self.found[BESIDE][kind], self.found[CLEAN][kind], "turn_p99")


def _ratio(ones: list[dict[str, Any]], others: list[dict[str, Any]], key: str) -> float:
    pairs = [*zip(ones, others, strict=False)]
    quiet = [pair for pair in pairs if max(run["foreign"] for run in pair) < QUIET]
    seen = [one[key] / other[key] for one, other in quiet or pairs if other[key]]
    return statistics.median(seen) if seen else float("nan")


def saturation(bench: Bench) -> None:
    """CPU of a session."""
    size, program = bench.size, saturating_load()
    if program is None:
        bench.console.print(
            "[yellow]No C compiler (cc): the Python load cannot saturate the fast servers.[/]"
        )
    with ExitStack() as stack:
        servers = [stack.enter_context(running(name)) for name in bench.servers]
        for _ in bench.rounds(size.rounds):
            for server in servers:
                bench.record("saturation", server.name, partial(_saturated, server, size, program))


def _saturated(server: Server, size: Size, program: Path | None) -> dict[str, Any]:
    result = server.saturate(program, 100, size.sessions)
    done = result["commands"] / 20  # a run may end in the middle of sessions
    return result | {"cpu_ms": 1000 * result["cpu"] / done if done else float("nan")}


def holding(bench: Bench) -> None:
    """Tail and memory of held sessions."""
    size = bench.size
    for name in bench.servers:
        with running(name) as server:
            bench.record("held", name, partial(_held, server, size))


def _held(server: Server, size: Size) -> dict[str, Any]:
    before = server.memory
    result = server.load(mode="hold", held=size.held, rate=size.rate, seconds=size.hold_s)
    return result | {"kib": (result["memory_peak"] - before) / 1024 / max(1, result["held"])}


def bursts(bench: Bench) -> None:
    """A thousand in the same instant, everybody as shipped."""
    for _ in bench.rounds(bench.size.bursts):
        for name in bench.servers:
            with running(name, "as-shipped") as server:
                bench.record("burst", name, partial(server.load, mode="burst", calls=bench.size.burst))


def beside_bad_peers(bench: Bench, name: str) -> None:
    """Other calls while each bad peer works on a sink, and then on the server: what it costs itself is in both."""
    size = bench.size
    wish = {"mode": "hold", "held": 100, "rate": 2000, "seconds": size.bad_s}
    with running(name) as server, running(SINK) as sink:
        for _ in bench.rounds(size.bad_rounds):
            for kind in BAD_PEERS:
                for section, target in ((CLEAN, sink), (BESIDE, server)):
                    with bad_peer(target, kind):
                        bench.record(section, kind, partial(server.load, **wish))


def show(bench: Bench, ours: str) -> list[tuple[str, float, float]]:
    """Print the tables; return the goals as (what, figure, limit)."""
    bench.console.print(_main_table(bench))
    bench.console.print(_bad_table(bench))
    goals = _goals(bench, ours)
    table = Table(title=f"Goals, for {ours}")
    for column in ("measure", "here", "goal", ""):
        table.add_column(column, justify="left" if column == "measure" else "right")
    for what, figure, limit in goals:
        table.add_row(
            what, f"{figure:.2f}", f"≤ {limit:g}", "[green]met[/]" if figure <= limit else "[red]missed[/]"
        )
    bench.console.print(table)
    return goals


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


def _bad_table(bench: Bench) -> Table:
    table = Table(
        title="Other calls: 100 held, 2,000 commands/s; the bad peer works on a sink (clean), or on us"
    )
    for head in ("bad peer", "clean p99 ms", "p50 ms", "p99 ms", "of clean", "calls lost", "others' CPU"):
        table.add_column(head, justify="left" if head == "bad peer" else "right")
    for kind in BAD_PEERS:
        table.add_row(
            kind,
            f"{bench.middle(CLEAN, kind, 'turn_p99'):.2f}",
            f"{bench.middle(BESIDE, kind, 'turn_p50'):.2f}",
            f"{bench.middle(BESIDE, kind, 'turn_p99'):.2f}",
            f"{bench.beside(kind):.2f}",
            f"{bench.middle(BESIDE, kind, 'lost'):.0f}",
            f"{bench.middle(BESIDE, kind, 'foreign'):.0%}",
        )
    return table


def _goals(bench: Bench, ours: str) -> list[tuple[str, float, float]]:
    ratio = bench.ratio
    worst = max(bench.beside(kind) for kind in BAD_PEERS)
    return [
        ("CPU a session / panoramisk", ratio("saturation", ours, "panoramisk", "cpu_ms"), 0.40),
        ("CPU a session / pystrix", ratio("saturation", ours, "pystrix", "cpu_ms"), 0.50),
        ("CPU a session / bare uvloop Protocol", ratio("saturation", ours, "bare uvloop", "cpu_ms"), 1.4),
        ("turn p99 held / panoramisk", ratio("held", ours, "panoramisk", "turn_p99"), 0.20),
        ("memory a held session / panoramisk", ratio("held", ours, "panoramisk", "kib"), 0.80),
        ("calls lost at once", bench.middle("burst", ours, "lost"), 0),
        ("set-up p99 at once / panoramisk", ratio("burst", ours, "panoramisk", "setup_p99"), 0.25),
        ("p99 beside the worst bad peer / clean", worst, 1.5),
    ]


def main() -> None:
    """Run everything and say where we stand."""
    parser = argparse.ArgumentParser(description="The FastAGI benchmark")
    parser.add_argument("--quick", action="store_true", help="under a minute, for a first look")
    parser.add_argument("--json", type=Path, default=OUT, help=f"where the figures go (default {OUT})")
    parser.add_argument("--only", help="servers, with commas; panoramisk must be among them for the ratios")
    wish = parser.parse_args()
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    _say_limits(console)
    names = wish.only.split(",") if wish.only else [*SERVERS]
    bench = Bench(QUICK if wish.quick else FULL, names, console)
    ours = "ours"
    started = time.monotonic()
    saturation(bench)
    holding(bench)
    bursts(bench)
    beside_bad_peers(bench, ours)
    goals = show(bench, ours)
    took = time.monotonic() - started
    console.print(f"{took:.0f} s, of which {bench.waited:.0f} s waiting for a quiet machine.")
    _write(wish.json, bench, goals, took)
    console.print(f"All figures: {wish.json}")


def _say_limits(console: Console) -> None:
    allowed = allow_open_files(OPEN_FILES)
    if allowed < OPEN_FILES:
        console.print(
            f"[yellow]Only {allowed:,} open files are allowed here (ulimit -n): 5,000 held need 6,000.[/]"
        )
    if len(os.sched_getaffinity(0)) < 2:
        console.print("[yellow]One core only: server and load share it, latencies say little.[/]")
    first = "go first" if before_others() else "do not go first (that takes root)"
    console.print(f"Servers and load {first} among this machine's processes.")
    console.print(f"Server on core 0, load on core 1. Quiet means others use less than {QUIET:.0%}.")


def _write(file: Path, bench: Bench, goals: list[tuple[str, float, float]], took: float) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "at": time.time(),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "seconds": took,
        "size": bench.size.__dict__,
        "goals": [{"measure": what, "here": here, "goal": goal} for what, here, goal in goals],
        "found": bench.found,
    }
    file.write_text(json.dumps(whole, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
