"""The rooms around a conversation, as far as it asks them: persons, a register, a recorder, in memory."""

# ruff: noqa: ARG002 (the ports name what these need not look at)

import asyncio
import datetime as dt
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ivr.adapters import tables
from ivr.adapters.attempts import SqlAttempts
from ivr.adapters.calls import SqlCalls
from ivr.house import House
from ivr.ports import Passing, RegistryDown, WishForm
from tests.databases import opened
from tests.dialplans.institutions import inss

MONDAY_NOON = 1763982000.0  # 24 November 2025, 12:00 in Madrid
SUNDAY_NOON = MONDAY_NOON - 86400.0
FACTS = {
    "first_benefit_month": "032019",
    "last_payment_euros": "1204",
    "account_last4": "0042",
    "birth_municipality_postcode": "08001",
    "children_count": "2",
}
DOCUMENT = "12345678Z"


@dataclass(frozen=True)
class Person:
    id: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Case:
    reference: str
    subject: str
    state: str
    since: dt.date
    next_step: str


@dataclass
class Register:
    people: dict[str, Person] = field(default_factory=lambda: {DOCUMENT: Person("p-1", FACTS)})
    pending: tuple[Case, ...] = (Case("EX2026-17", "pension", "granted", dt.date(2026, 11, 3), "payment"),)
    down: bool = False
    asked: list[str] = field(default_factory=list)

    async def person_by_document(self, document: str) -> Person | None:
        self.asked.append(document)
        await self._answer()
        return self.people.get(document)

    async def cases(self, person: str) -> tuple[Case, ...]:
        await self._answer()
        return self.pending if person in {one.id for one in self.people.values()} else ()

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise RegistryDown


@dataclass(frozen=True)
class Set:
    call: str
    agent: str
    endpoint: str
    lease_until: float


@dataclass(frozen=True)
class Range:
    least_s: int
    most_s: int


@dataclass(frozen=True)
class Place:
    position: int
    expected: Range | None


@dataclass
class Desks:
    """`free` agents take calls at once; without one, `come` lets the next agent take the first who waits."""

    free: list[str] = field(default_factory=list)
    place_told: Place | None = None
    waits: list[WishForm] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    leases: list[float] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def come(self, agent: str) -> None:
        self.free.append(agent)
        self._came.set()

    async def wait(self, wish: WishForm) -> Set:
        self.waits.append(wish)
        self.waiting.set()
        while not self.free:
            self._came.clear()
            await self._came.wait()
        agent = self.free.pop(0)
        return Set(wish.call, agent, f"agent-{agent}", self.leases.pop() if self.leases else math.inf)

    def place(self, call: str) -> Place | None:
        return self.place_told

    def rang_out(self, call: str) -> None:
        self.told.append("rang out")

    def ended(self, call: str) -> None:
        self.told.append("ended")

    def left(self, call: str) -> None:
        self.told.append("left")


@dataclass
class Tape:
    begun: list[tuple[str, str, str, int]] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    vault: Path = Path("/vault")

    async def begin(
        self, call: str, language: str, notice_key: str, notice_offset_ms: int, at: float
    ) -> Path | None:
        running = any(begun[0] == call for begun in self.begun)
        self.begun.append((call, language, notice_key, notice_offset_ms))
        return None if running else self.vault / f"{call}.raw"

    async def ended(self, call: str, at: float) -> None:
        self.over.append(call)


@dataclass
class Marks:
    marks: dict[str, Passing] = field(default_factory=dict)

    def take(self, call: str) -> Passing | None:
        return self.marks.pop(call, None)


@dataclass
class Rooms:
    """A house and all that stands in it. Time stands still unless a test moves `now`; chance draws the first ones."""

    house: House
    desks: Desks
    register: Register
    tape: Tape
    marks: Marks
    calls: SqlCalls
    facts: list[object]
    now: float = MONDAY_NOON

    def told(self, kind: type) -> list[object]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


@asynccontextmanager
async def rooms(folder: Path, dialect: str = "sqlite") -> AsyncIterator[Rooms]:
    """A whole house over a real database, with the institution of the repository."""
    async with opened(dialect, folder, tables.metadata) as engine:
        calls = await SqlCalls(engine).open(MONDAY_NOON)
        facts: list[object] = []
        desks, register, tape, marks = Desks(), Register(), Tape(), Marks()
        institution = inss()
        house = House(
            institution=lambda: institution,
            registry=register,
            persons=desks,
            recorder=tape,
            attempts=SqlAttempts(engine, b"a key of the tests", 86400.0),
            calls=calls,
            passings=marks,
            publish=facts.append,
            chance=lambda known, count: list(known[:count]),
        )
        around = Rooms(house, desks, register, tape, marks, calls, facts)
        around.house = replace(house, clock=lambda: around.now)
        try:
            yield around
        finally:
            await calls.close()
