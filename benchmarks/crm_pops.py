"""Agents reserved at a rate, and when each one's card stood on its desk: what every CRM is measured by.

The cards go through bridge, bus, desk and web server, over real WebSockets, to a process that answers as the page does.
"""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from types import SimpleNamespace
from typing import Any, cast

from argon2 import PasswordHasher
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.seeding import seed
from crm_bridge.adapters.tables import outbox
from crm_bridge.connectors.builtin import Builtin
from crm_bridge.demonstration import MARIA
from crm_bridge.ports import Connector
from ivr.ports.floor import WishForm
from queues.agents import AgentState, State
from queues.facts import AgentReserved
from server import database
from server.bus import Bus
from server.desk import Desk
from server.persons import Persons
from tests.web.serve import free_port
from web.accounts import Account, Role
from web.adapters.accounts import Accounts
from web.adapters.serving import serving
from web.app import create_app
from web.house import House
from web.settings import WebSettings

AGENTS, RATE, SECONDS, QUICK_S = 80, 100, 15, 4
KEY = b"a key of the benchmark"
SLOW_S = 2.0
DRAIN_S = 300.0
"""How long the requests of all calls may take into the CRM before the cards are measured."""
NUMBER = MARIA.citizen.telephones[0]
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class Pops:
    """What came of one run: each card's way in ms, how its CRM was, and how many came after the ring could begin."""

    name: str
    ways: list[float]
    crm: Counter[str]
    whole: int
    late: int
    missing: int

    def row(self) -> tuple[str, ...]:
        cut = quantiles(self.ways, n=100)
        crm = ", ".join(f"{state} {count}" for state, count in sorted(self.crm.items()))
        p50, p99, most = f"{cut[49]:.0f}", f"{cut[98]:.0f}", f"{max(self.ways):.0f}"
        return (
            self.name,
            str(len(self.ways)),
            p50,
            p99,
            most,
            crm,
            str(self.whole),
            str(self.late),
            str(self.missing),
        )


class Seats:
    """Stands where the floor is: every agent is reserved, nobody waits."""

    def __init__(self) -> None:
        self.hall = SimpleNamespace(router=SimpleNamespace(waiting=()))

    def state(self, agent: str) -> AgentState:
        return AgentState(agent, State.RESERVED)


@asynccontextmanager
async def centre(
    folder: Path, crm: Connector | None
) -> AsyncIterator[tuple[Persons, Bridge, Bus, str, list[str], AsyncEngine]]:
    """Bridge, desk and web server on a migrated database; sessions of all agents."""
    url = f"sqlite+aiosqlite:///{folder / 'centre.sqlite'}"
    await asyncio.to_thread(database.migrate, url)
    engine = database.open_engine(url)
    await seed(engine, KEY)
    bus, port = Bus(), free_port()
    bridge = Bridge(engine, crm or Builtin(engine, KEY), bus.publish)
    none = cast("Any", None)
    desk = Desk(cast("Any", Seats()), bridge, bus, none, none, none)
    persons = Persons(cast("Any", Seats()), bridge, bus, desk)
    accounts = Accounts(engine, hasher=QUICK)
    sessions = []
    for number in range(AGENTS):
        await accounts.add(Account(f"a{number}", f"Agent {number}", Role.AGENT), "a password")
        sessions.append(await accounts._open(f"a{number}", time.time()))  # noqa: SLF001 - signing in is not measured
    address = f"http://127.0.0.1:{port}"
    house = House(desk, none, none, none, accounts, tuple, WebSettings((address,)), bus.publish)
    delivering = asyncio.create_task(bridge.run(), name="outbox")
    async with serving(create_app(house), "127.0.0.1", port, ()):
        yield persons, bridge, bus, address, sessions, engine
    delivering.cancel()
    await engine.dispose()


@dataclass(frozen=True)
class Run:
    """What is measured: under which name, how many cards a second for how long, and what goes before.

    ahead: the caller is looked up in the background, as while they are with the machine. drained: the requests of all
    calls are in the CRM first, so that it is asked by cards alone.
    """

    name: str
    rate: float
    seconds: float
    ahead: bool = False
    drained: bool = False


async def pops(run: Run, folder: Path, crm: Connector | None) -> Pops:
    """Reserve agents at a rate, and see when each card stood on its desk."""
    async with centre(folder, crm) as (persons, bridge, bus, address, sessions, engine):
        desks = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.crm_desks", address), stdin=PIPE, stdout=PIPE
        )
        assert desks.stdin is not None
        assert desks.stdout is not None
        desks.stdin.write((json.dumps(sessions) + "\n").encode())
        await desks.stdout.readline()  # all desks are open
        if run.ahead:
            bridge.look_ahead(NUMBER, None)
            bridge.look_ahead(None, MARIA.citizen.id)
            await asyncio.sleep(3 * SLOW_S)
        rings: dict[str, float] = {}
        await _reserve(persons, bridge, bus, rings, run, engine)
        await asyncio.sleep(0.5)
        desks.stdin.write(b"end\n")
        said, _ = await desks.communicate()
    return _counted(run.name, json.loads(said), rings)


async def _reserve(
    persons: Persons,
    bridge: Bridge,
    bus: Bus,
    rings: dict[str, float],
    run: Run,
    engine: AsyncEngine,
) -> None:
    calls = [f"ventanilla-1795345200.{number}" for number in range(int(run.rate * run.seconds))]
    for call in calls:
        await bridge.open_or_continue(call, None, "pension")
    if run.drained:
        async with asyncio.timeout(DRAIN_S):
            while await _waiting(engine):  # noqa: ASYNC110 - the outbox is a table, it calls nobody
                await asyncio.sleep(0.2)

    async def pop(number: int, call: str) -> None:
        agent, at = f"a{number % AGENTS}", time.time()
        bus.publish(AgentReserved(**_reserved(call, agent, at)))
        wish = WishForm(call, "pension", "es", 1, 0, at, caller=NUMBER, person=MARIA.citizen.id, identity=1)
        await persons.push_card(wish, agent)
        rings[call] = time.time()

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, call in enumerate(calls):
            await asyncio.sleep(max(0.0, began + number / run.rate - time.monotonic()))
            group.create_task(pop(number, call), name=f"pop {call}")


async def _waiting(engine: AsyncEngine) -> int:
    query = select(func.count()).select_from(outbox).where(outbox.c.done_at.is_(None))
    async with engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


def _reserved(call: str, agent: str, at: float) -> dict[str, Any]:
    known = {"call": call, "agent": agent, "at": at}
    return {name: known.get(name, 0) for name in AgentReserved.__dataclass_fields__}


def _counted(name: str, arrivals: list[dict[str, Any]], rings: dict[str, float]) -> Pops:
    came = {one["call"]: one for one in arrivals if one["call"] in rings}
    return Pops(
        name,
        [(one["arrived"] - one["reserved_at"]) * 1000 for one in came.values()],
        Counter(one["crm"] for one in came.values()),
        sum(one["whole"] for one in came.values()),
        sum(one["arrived"] > rings[call] for call, one in came.items()),
        len(rings) - len(came),
    )


def table(title: str, found: Iterable[Pops]) -> Table:
    """Give the rows as they are printed."""
    made = Table(title=title)
    for head in ("CRM", "cards", "p50", "p99", "most", "said", "whole", "after the ring", "missing"):
        made.add_column(head)
    for one in found:
        made.add_row(*one.row())
    return made
