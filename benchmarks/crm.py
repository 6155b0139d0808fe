"""From an agent reserved to the card on the desk, with a CRM that is well, slow or dead; and large CRMs.

One: 100 agents are reserved a second, each for another caller; the cards go through bridge, bus, desk and web server,
over real WebSockets, to a process that answers as the page does. Measured is from the reservation to the card's arrival
there, and whether it was there before the telephone could ring. The CRMs: our own tables (SQLite), and a CRM over HTTP
in a process of its own (benchmarks/crm_house.py): well, taking two seconds for everything, killed, and stopped (it
takes connections and says nothing).
Then the same with a real Tryton, and a real Odoo 19 where `make odoo` has set one up (benchmarks/crm_real.py), and at
which rate they keep up: a hundred cards are four hundred questions a second, which they cannot answer.
Two: the folder of a citizen with 1,000 contacts, and a look-up by telephone among five million citizens, in SQLite and
PostgreSQL. `make bench-crm` runs all, twenty minutes; `--quick` takes fewer of everything, `--only` a part.
"""

import argparse
import os
import platform
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from rich.console import Console

from benchmarks import crm_real
from benchmarks.crm_pops import QUICK_S, RATE, SECONDS, SLOW_S, Pops, Run, pops, table
from benchmarks.crm_tables import large
from crm_bridge.connectors.http import connect
from crm_bridge.ports import Connector
from tests.crm_bridge.strangers import NO_ENGINE, Stranger


@asynccontextmanager
async def stranger(folder: Path, how: str) -> AsyncIterator[Connector]:
    """A CRM over HTTP, in the state that is asked for."""
    crm = Stranger(folder, "benchmarks.crm_house")
    await crm.start(SLOW_S if how == "slow" else 0.0)
    number = crm._process.pid if crm._process else 0  # noqa: SLF001 - to stop it without ending it
    async with AsyncExitStack() as stack:
        connector = await stack.enter_async_context(connect(NO_ENGINE, b"", crm.options))
        if how == "dead":
            await crm.kill()
        if how == "stopped":
            os.kill(number, signal.SIGSTOP)
        yield connector
    await crm.kill()


async def all_pops(seconds: float) -> list[Pops]:
    """Measure own tables and a CRM over HTTP in every state."""
    runs = [
        (Run("own tables", RATE, seconds, drained=True), ""),
        (Run("HTTP, well", RATE, seconds, drained=True), "well"),
        (Run("HTTP, slow (2 s)", RATE, seconds), "slow"),
        (Run("HTTP, slow, looked ahead", RATE, seconds, ahead=True), "slow"),
        (Run("HTTP, dead", RATE, seconds), "dead"),
        (Run("HTTP, stopped", RATE, seconds), "stopped"),
    ]
    done = []
    for run, how in runs:
        with TemporaryDirectory() as folder:
            if not how:
                done.append(await pops(run, Path(folder), None))
                continue
            async with stranger(Path(folder), how) as connector:
                done.append(await pops(run, Path(folder), connector))
    return done


def load() -> str:
    return ", ".join(f"{one:.1f}" for one in os.getloadavg())


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--quick", action="store_true")
    given.add_argument("--only", choices=("pops", *crm_real.KINDS, "large"))
    said = given.parse_args()
    console, seconds = Console(), QUICK_S if said.quick else SECONDS
    console.print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {load()}")
    if said.only in {None, "pops"}:
        console.print(
            table(f"agent reserved to card on the desk, {RATE} a second; ms", uvloop.run(all_pops(seconds)))
        )
    for kind in crm_real.KINDS:
        if said.only == kind or (said.only is None and crm_real.is_there(kind)):
            found = uvloop.run(crm_real.all_pops(kind, seconds))
            console.print(f"load {load()}")
            console.print(table(f"a real {kind}: agent reserved to card on the desk; ms", found))
            console.print(crm_real.keeps_up(found))
    if said.only in {None, "large"}:
        console.print(uvloop.run(large(200_000 if said.quick else 5_000_000)))
    console.print(f"load at the end {load()}")


if __name__ == "__main__":
    main()
