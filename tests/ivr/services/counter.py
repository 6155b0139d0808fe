"""A counter where one caller is served: a real service in its real frame, our reference systems over SQLite behind it.

The line is the telephone box of `tests/ivr/box.py`; nothing stands in for the services or for the systems. Post and
requests are kept in lists, once for each key, as their ports say.
"""

import dataclasses
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, NoReturn, cast

from sqlalchemy import event, select, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from corporate import Corporate, System
from corporate.adapters import tables
from corporate.adapters.seeding import seed
from corporate.guarded import guarded
from dialplans.machine import Outcome
from ivr import serving
from ivr.absent import NoPost, NoPromises, Unconnected
from ivr.ports.proving import Proof
from ivr.ports.requests import CallBack, Post, Promise, Promises, Recipient
from ivr.services import Course, Visit, catalogue
from ivr.talk import Talk
from tests.corporate.conftest import NOON, UNHURRIED, Clock, reference
from tests.dialplans.institutions import inss
from tests.ivr.agreements import Agreements
from tests.ivr.box import Box
from tests.ivr.rooms import Register
from tests.messages.post import WORDING

MARIA = "demo-maria"
MOBILE = "+34600123456"  # hers, and the one she calls from
NOBODY = "demo-nobody"  # proven, and none of the systems has anything of them
KEYS_APART_S = 2.0  # people press one key after another; a # at once after a number belongs to it


class Unasked:
    """What a service of a proven caller has no business with."""

    def __getattr__(self, question: str) -> NoReturn:
        raise AssertionError(f"{question} was asked of somebody proven")


UNASKED: Any = Unasked()


class Coded(Unasked):
    """The proofs of a caller who keyed a code for this procedure."""

    def __init__(self, person: str, procedure: str) -> None:
        self._person, self._procedure = person, procedure

    async def every(self, call: str) -> tuple[Proof, ...]:
        return (Proof(call, self._person, 2, "code", (), NOON, procedure=self._procedure),)


@dataclass(frozen=True)
class Left:
    """A message that was left."""

    message: str
    to: Recipient
    fields: Mapping[str, str]


@dataclass
class Outbox:
    """Keeps messages once for each key."""

    kept: dict[str, Left] = field(default_factory=dict)

    async def leave(
        self, message: str, to: Recipient, fields: Mapping[str, str], key: str, *, urgent: bool = False
    ) -> bool:
        assert urgent == (message == "code")
        assert to.number or to.email
        assert WORDING.written(message, to.language, fields)  # in words, within the length, in the language
        self.kept.setdefault(key, Left(message, to, dict(fields)))
        return True

    def of(self, message: str) -> list[Left]:
        return [left for left in self.kept.values() if left.message == message]


@dataclass
class Ringing:
    """Keeps callbacks: once for each key, one open for each number and person."""

    kept: dict[str, tuple[CallBack, str]] = field(default_factory=dict)

    async def call_back(self, back: CallBack, key: str) -> Promise:
        if key in self.kept:
            return Promise(self.kept[key][1], new=True)
        for earlier, given in self.kept.values():
            proven = back.person is not None and earlier.person == back.person
            if earlier.number == back.number or proven:
                theirs = proven or back.call == earlier.call or back.caller == earlier.number
                return Promise(given if theirs else None, new=False)
        self.kept[key] = (back, f"2026-{len(self.kept) + 1:07d}-1")
        return Promise(self.kept[key][1], new=True)


@dataclass
class Counter:
    """Who comes, and what is behind the window. `down` names what does not answer: a system, post, requests."""

    engine: AsyncEngine
    clock: Clock
    down: set[str] = field(default_factory=set)
    outbox: Outbox = field(default_factory=Outbox)
    ringing: Ringing = field(default_factory=Ringing)
    register: Register = field(default_factory=Register)
    agreements: Agreements = field(default_factory=Agreements)
    facts: list[object] = field(default_factory=list)
    person: str | None = MARIA
    level: int = 2
    coded_for: str = ""  # the procedure of the code that proved level 2; "": the service's own
    caller: str | None = MOBILE
    language: str = "es"

    async def serve(self, service: str, *presses: str, turn: int = 3, call: str = "") -> tuple[Outcome, Box]:
        """Serve the caller, who presses these and then leaves; HungUp if the service asks for more."""
        box = Box(presses=presses, call=call or "ventanilla-1763791200.12")
        box.variables["CHANNEL(language)"] = self.language
        visit = self.visit(service, box, turn)
        outcome = await serving.serve(visit, catalogue()[service])
        await visit.talk.say()  # what is owed is said by whoever speaks next
        return outcome, box

    def visit(self, service: str, box: Box, turn: int = 3) -> Visit:
        institution = inss()
        return Visit(
            call=box.call,
            service=service,
            turn=turn,
            caller=self.caller,
            subject="general",
            talk=Talk(box, self.language, self.facts.append, count(self.clock(), KEYS_APART_S).__next__),
            institution=institution,
            registry=self.register,
            corporate=self.corporate(),
            post=self.post(),
            promises=self.promises(),
            attempts=UNASKED,
            proofs=cast("Any", Coded(self.person or "", self.coded_for or service)),
            codes=UNASKED,
            chance=lambda known, count: list(known[:count]),
            clock=self.clock,
            publish=self.facts.append,
            course=Course(self.level, self.person),
            consents=self.agreements,
            muting=self.agreements,
        )

    def corporate(self) -> Corporate:
        """The systems behind their guards, as they stand."""
        bare = reference(self.engine, self.clock)
        systems: tuple[System, ...] = (
            "affiliation",
            "pensions",
            "subsidies",
            "cases",
            "appointments",
            "content",
        )
        away = {system: Unconnected(system) for system in systems if system in self.down}
        return guarded(dataclasses.replace(bare, **away), self.facts.append, self.clock, UNHURRIED)

    def post(self) -> Post:
        """Where messages are left, if anywhere."""
        return NoPost() if "post" in self.down else self.outbox

    def promises(self) -> Promises:
        """Who takes callbacks, if anybody."""
        return NoPromises() if "requests" in self.down else self.ringing

    async def orders(self) -> list[tuple[str, str | None, dict[str, Any]]]:
        """What was ordered of the systems: kind, person, details."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(select(tables.orders).order_by(tables.orders.c.at))).all()
        return [(row.kind, row.person, json.loads(row.details)) for row in rows]

    async def change(self, table: str, person: str = MARIA, /, **values: object) -> None:
        """Let something else be on file."""
        rows = tables.metadata.tables[f"corporate_{table}"]
        async with self.engine.begin() as connection:
            await connection.execute(update(rows).where(rows.c.person == person).values(**values))

    async def forget(self, table: str, /, **where: object) -> None:
        """Let nothing be on file."""
        rows = tables.metadata.tables[f"corporate_{table}"]
        async with self.engine.begin() as connection:
            await connection.execute(
                rows.delete().where(*(rows.c[name] == value for name, value in where.items()))
            )


@asynccontextmanager
async def counters(folder: Path) -> AsyncIterator[Counter]:
    """A counter, and the demonstration's people on file."""
    file = folder / "counter.sqlite"
    shutil.copy(await _on_file(), file)
    engine = _engine(file)
    try:
        yield Counter(engine, Clock())
    finally:
        await engine.dispose()


_TEMPLATE: list[Path] = []


async def _on_file() -> Path:
    """Make the database once for this process; every counter has a copy."""
    if not _TEMPLATE:
        file = Path(tempfile.mkdtemp(prefix="ventanilla-counter-")) / "template.sqlite"
        engine = _engine(file)
        async with engine.begin() as connection:
            await connection.run_sync(tables.metadata.create_all)
        await seed(engine, NOON)
        await engine.dispose()
        _TEMPLATE.append(file)
    return _TEMPLATE[0]


def _engine(file: Path) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}")

    @event.listens_for(engine.sync_engine, "connect")
    def _in_no_hurry_to_the_disk(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.cursor().execute("PRAGMA synchronous=OFF")

    return engine
