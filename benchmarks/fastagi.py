"""The FastAGI benchmark: our server beside its peers, interleaved in one run, ratios rather than numbers.

`uv run --group bench python -m benchmarks.fastagi [--quick] [--json FILE]`. Under seven minutes, quick under
two.

What it measures and what is asked of us:

* CPU of a session of twenty commands at 100 concurrent: at most 0.40 of panoramisk's, 0.50 of pystrix's.
* p99 from an answer to the next command, 5,000 sessions held and 4,000 commands a second: at most 0.2 of
  panoramisk's.
* Memory of a held session: at most 0.8 of panoramisk's.
* 1,000 calls connecting in the same instant: none lost, p99 of the set-up at most 0.25 of panoramisk's.
* p99 of other calls beside each kind of bad peer: at most 1.5 of the clean run, for the engine and for the whole
  server (`benchmarks.centre`).

The server has core 0, the load core 1. Each run waits a bounded time for the machine to be quiet and says
how busy others kept it meanwhile; where that is more than 15 %, read latencies with care. The ratios come
from runs that followed one another.
"""

import argparse
import json
import os
import platform
import time
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks.bench import BAD_PEERS, BESIDE, CLEAN, FULL, QUICK, Bench, Beside, Size, section_of
from benchmarks.machine import QUIET, before_others
from benchmarks.running import CENTRE, SINK, Server, bad_peer, running, saturating_load
from benchmarks.servers import OPEN_FILES, SERVERS
from benchmarks.tables import show
from ivr.adapters.descriptors import allow_open_files

OUT: Final = Path(".runtime/bench/fastagi.json")
OURS: Final = "ours"


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


def beside_bad_peers(bench: Bench, name: str, size: Beside) -> None:
    """Other calls while each bad peer works on a sink, and then on the server: what it costs itself is in both."""
    wish = {"mode": "hold", "held": 100, "rate": size.rate, "seconds": size.seconds}
    with running(name) as server, running(SINK) as sink:
        for _ in bench.rounds(size.rounds):
            for kind in BAD_PEERS:
                for section, target in ((CLEAN, sink), (BESIDE, server)):
                    with bad_peer(target, kind):
                        bench.record(section_of(section, name), kind, partial(server.load, **wish))


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
    started = time.monotonic()
    saturation(bench)
    holding(bench)
    bursts(bench)
    beside_bad_peers(bench, OURS, bench.size.bad)
    beside_bad_peers(bench, CENTRE, bench.size.centre)
    goals = show(bench, OURS)
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
        "size": asdict(bench.size),
        "goals": [{"measure": what, "here": here, "goal": goal} for what, here, goal in goals],
        "found": bench.found,
    }
    file.write_text(json.dumps(whole, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
