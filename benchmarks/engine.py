"""Our whole conversation engine, for the benchmark: the real institution, flows, machine, conversation, bus.

`in_memory` leaves out the disk, as the peers do, who keep nothing of a call. `with_records` is what a
citizen gets: each call's snapshots and facts in SQLite, written in groups behind it.
"""

import asyncio
import collections
import datetime as dt
import itertools
import random
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from benchmarks.script import SECRET
from dialplans.check import load_institution
from ivr.adapters import tables
from ivr.adapters.calls import SqlCalls
from ivr.adapters.fastagi import Door
from ivr.conversation import converse
from ivr.house import House
from ivr.ports.calls import Calls, Kept
from ivr.ports.floor import Reservation, WishForm
from ivr.ports.proving import Refusals
from server.bus import Bus
from server.database import open_engine
from server.facts_store import FactsStore
from server.facts_store import metadata as facts_tables
from server.garbage import spare_the_calls

INSTITUTION = Path(__file__).parents[1] / "dialplans" / "inss"
VAULT = Path("/var/spool/ventanilla")
SUNDAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC).timestamp()
"""Nobody works, so the session ends by itself: with the farewell, at its twentieth command."""


class Nobody:
    """No register, no agents, no identification: the session needs none of them."""

    async def person_by_document(self, document: str) -> None:
        raise AssertionError(document)

    async def answers_hold(self, document: str, answers: object) -> bool:
        raise AssertionError(document, answers)

    async def wait(self, wish: WishForm) -> Reservation:
        raise AssertionError(wish)

    def place(self, call: str) -> None: ...
    def rang_out(self, call: str) -> None: ...
    def ended(self, call: str) -> None: ...
    def left(self, call: str) -> None: ...
    def take(self, call: str) -> None: ...

    async def open(
        self, call: str, who: str, number: str, at: float, *, agent: str | None = None
    ) -> Refusals:
        raise AssertionError(call, who, number, at, agent)

    async def refused_for_number(self, number: str, at: float) -> int:
        raise AssertionError(number, at)

    async def asked(self, call: str, who: str, since: float) -> frozenset[str]:
        raise AssertionError(call, who, since)

    async def ask(self, call: str, who: str, question: str, at: float) -> None:
        raise AssertionError(call, who, question, at)

    async def forget(self, call: str, who: str) -> None:
        raise AssertionError(call, who)

    async def close(self, call: str, who: str, at: float, *, counts: bool) -> None:
        raise AssertionError(call, who, at, counts)

    async def keep(self, proof: object) -> None:
        raise AssertionError(proof)

    async def of(self, call: str) -> None:
        raise AssertionError(call)

    async def every(self, call: str) -> NoReturn:
        raise AssertionError(call)

    async def issue(
        self, call: str, person: str, procedure: str, length: int, at: float, to: str
    ) -> NoReturn:
        raise AssertionError(call, person, procedure, length, at, to)

    async def take_back(self, call: str, person: str, procedure: str) -> NoReturn:
        raise AssertionError(call, person, procedure)

    async def check(self, call: str, person: str, procedure: str, keyed: str, at: float) -> NoReturn:
        raise AssertionError(call, person, procedure, keyed, at)


class Folder:
    """A recorder that names the file and keeps no row."""

    async def begin(self, call: str, *_: object) -> Path | None:
        return VAULT / f"{call}.sln"

    async def ended(self, call: str, at: float, *, heard: bool = True) -> None: ...


@dataclass
class Memory:
    """Snapshots of calls, kept while the server lives."""

    calls: dict[str, Kept] = field(default_factory=dict)

    def unfinished(self, call: str) -> Kept | None:
        return self.calls.get(call)

    def keep(self, kept: Kept) -> None:
        self.calls[kept.call] = kept

    async def written(self) -> None:
        """Nothing is pending: nothing is ever written."""

    def finished(self, call: str) -> None:
        self.calls.pop(call, None)

    def lost(self, call: str, at: float) -> None:  # noqa: ARG002  (the port's signature)
        self.calls.pop(call, None)


def house(calls: Calls, bus: Bus) -> House:
    """Give a house as the server builds it, less what the session does not use."""
    institution = load_institution(INSTITUTION)
    nobody = Nobody()
    return House(
        institution=lambda: institution,
        registry=nobody,
        persons=nobody,
        recorder=Folder(),
        attempts=nobody,
        proofs=nobody,
        codes=nobody,
        calls=calls,
        passings=nobody,
        publish=bus.publish,
        clock=itertools.repeat(SUNDAY).__next__,  # costs what time.time costs
        chance=random.sample,
    )


async def in_memory(port: int) -> None:
    """Serve with the engine alone: one hearer of the facts, snapshots in a dictionary."""
    bus = Bus()
    bus.hear(collections.deque[object](maxlen=1000).append)
    await _serve(port, house(Memory(), bus))


async def with_records(port: int) -> None:
    """Serve as the server does: facts and snapshots go to SQLite, in groups."""
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite+aiosqlite:///{folder}/bench.db")
        async with engine.begin() as connection:
            await connection.run_sync(tables.metadata.create_all)
            await connection.run_sync(facts_tables.create_all)
        bus, store = Bus(), FactsStore(engine)
        bus.hear(store.hear)
        calls = await SqlCalls(engine).open(SUNDAY)
        async with asyncio.TaskGroup() as group:
            group.create_task(store.run(), name="facts")
            await _serve(port, house(calls, bus))


async def _serve(port: int, served: House) -> None:
    await Door(SECRET, partial(converse, served), lambda _: None).open("127.0.0.1", port)
    spare_the_calls()  # as the server does
    await asyncio.Event().wait()
