"""The rooms around a conversation, as far as it asks them: persons, a register, a recorder, in memory."""

# ruff: noqa: ARG002 (the ports name what these need not look at)

import asyncio
import datetime as dt
import math
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from corporate import SYSTEMS, Corporate, Receipt
from corporate.adapters import tables as corporate_tables
from corporate.adapters.seeding import seed
from corporate.adapters.surroundings import Surroundings
from corporate.cases import Case, Cases
from ivr.adapters import tables
from ivr.adapters.attempts import SqlAttempts
from ivr.adapters.calls import SqlCalls
from ivr.adapters.codes import SqlCodes
from ivr.adapters.proofs import SqlProofs
from ivr.codes import Limits
from ivr.house import House
from ivr.ports.floor import Passing, WishForm
from ivr.ports.register import RegistryDown
from ivr.ports.requests import CallBack, Promise, Recipient
from tests.databases import opened
from tests.dialplans.institutions import inss
from tests.ivr.agreements import Agreements

MONDAY_NOON = 1763982000.0  # 24 November 2025, 12:00 in Madrid
KEY = b"a key of the tests"
SUNDAY_NOON = MONDAY_NOON - 86400.0
FACTS = {
    "first_benefit_month": "032019",
    "last_payment_euros": "1204",
    "account_last4": "0042",
    "birth_municipality_postcode": "08001",
    "children_count": "2",
    "first_affiliation_year": "1981",
    "contributed_years": "37",
    "last_request_month": "102026",
    "withholding_percent": "8",
    "last_employer_postcode": "08012",
}
"""What everybody in the tests' register answers rightly."""
DOCUMENT = "12345678Z"
PERSON = "demo-maria"  # the corporate systems know her


@dataclass(frozen=True)
class Person:
    id: str
    facts: Mapping[str, str]
    protected: bool = False
    locked: bool = False

    @property
    def questions(self) -> frozenset[str]:
        return frozenset(self.facts)


@dataclass
class Register:
    people: dict[str, Person] = field(default_factory=lambda: {DOCUMENT: Person(PERSON, FACTS)})
    pending: tuple[Case, ...] = (Case("EX2026-17", "pension", "granted", dt.date(2026, 11, 3), "payment"),)
    down: bool = False
    asked: list[str] = field(default_factory=list)

    async def person_by_document(self, document: str) -> Person | None:
        self.asked.append(document)
        await self._answer()
        return self.people.get(document)

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        self.asked.append("answers")
        await self._answer()
        person = self.people.get(document)
        known = person.facts if person else {}
        return bool(answers) and all(
            known.get(question, "-").lstrip("0") == said.lstrip("0") for question, said in answers.items()
        )

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise RegistryDown


@dataclass
class Pending:
    """The reference of case management, but for the cases: each of the register's people has those pending there."""

    register: Register
    bare: Cases

    async def cases(self, person: str) -> tuple[Case, ...]:
        here = person in {one.id for one in self.register.people.values()}
        return self.register.pending if here else ()

    async def complain(self, person: str | None, caller: str | None, subject: str, key: str) -> Receipt:
        return await self.bare.complain(person, caller, subject, key)

    async def survey(self, call: str, answers: Mapping[str, int], key: str) -> None:
        await self.bare.survey(call, answers, key)


@dataclass(frozen=True)
class Set:
    call: str
    agent: str
    endpoint: str
    lease_until: float
    awaits: bool = False


@dataclass(frozen=True)
class Range:
    least_s: int
    most_s: int


@dataclass(frozen=True)
class Place:
    position: int
    expected: Range | None
    agents: int = 3
    handle_s: float | None = 180.0
    preferred: bool = False


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
    unheard: list[str] = field(default_factory=list)
    vault: Path = Path("/vault")

    async def begin(
        self, call: str, language: str, notice_key: str, notice_offset_ms: int, at: float
    ) -> Path | None:
        running = any(begun[0] == call for begun in self.begun)
        self.begun.append((call, language, notice_key, notice_offset_ms))
        return None if running else self.vault / f"{call}.raw"

    async def ended(self, call: str, at: float, *, heard: bool = True) -> None:
        self.over.append(call)
        if not heard:
            self.unheard.append(call)


@dataclass
class Marks:
    marks: dict[str, Passing] = field(default_factory=dict)

    def take(self, call: str) -> Passing | None:
        return self.marks.pop(call, None)


@dataclass(frozen=True)
class Letter:
    message: str
    to: Recipient
    fields: Mapping[str, str]
    urgent: bool


@dataclass
class Letters:
    """A post that keeps every message once, or none while it is `shut`."""

    left: dict[str, Letter] = field(default_factory=dict)
    shut: bool = False

    async def leave(
        self, message: str, to: Recipient, fields: Mapping[str, str], key: str, *, urgent: bool = False
    ) -> bool:
        if self.shut or not (to.number or to.email):
            return False
        self.left.setdefault(key, Letter(message, to, dict(fields), urgent))
        return True

    def of(self, message: str) -> list[Letter]:
        return [letter for letter in self.left.values() if letter.message == message]


@dataclass
class Asked:
    """Requests that callers made: a reference for each key."""

    taken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    down: bool = False

    async def call_back(self, back: CallBack, key: str) -> Promise:
        return Promise(self._take("LL", key, back.call, back.person or "", back.number), new=True)

    def _take(self, letters: str, key: str, *what: str) -> str:
        if self.down:
            raise RegistryDown
        self.taken.setdefault(key, what)
        return f"{letters}25{list(self.taken).index(key) + 1:06d}"


@dataclass
class Rooms:
    """A house and all that stands in it. Time stands still unless a test moves `now`; chance draws the first ones."""

    house: House
    desks: Desks
    register: Register
    tape: Tape
    marks: Marks
    calls: SqlCalls
    letters: Letters
    requests: Asked
    engine: AsyncEngine
    facts: list[object]
    agreements: Agreements
    now: float = MONDAY_NOON

    def told(self, kind: type) -> list[object]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


@asynccontextmanager
async def rooms(folder: Path, dialect: str = "sqlite") -> AsyncIterator[Rooms]:
    """A whole house over a real database, with the institution of the repository and its systems' reference."""
    async with opened(dialect, folder, tables.metadata) as engine, corporate_systems(engine) as corporate:
        calls = await SqlCalls(engine).open(MONDAY_NOON)
        facts: list[object] = []
        desks, register, tape, marks, letters, asked, agreements = (
            Desks(), Register(), Tape(), Marks(), Letters(), Asked(), Agreements(),
        )  # fmt: skip
        institution = inss()
        house = House(
            institution=lambda: institution,
            registry=register,
            persons=desks,
            recorder=tape,
            attempts=SqlAttempts(engine, KEY, lambda: 86400.0),
            proofs=SqlProofs(engine),
            codes=SqlCodes(engine, KEY, lambda: Limits(3, 5, 300.0)),
            calls=calls,
            passings=marks,
            publish=facts.append,
            chance=lambda known, count: list(known[:count]),
            post=letters,
            promises=asked,
            consents=agreements,
            muting=agreements,
        )
        around = Rooms(house, desks, register, tape, marks, calls, letters, asked, engine, facts, agreements)
        systems = corporate(lambda: around.now)
        systems = replace(systems, cases=Pending(register, systems.cases))
        around.house = replace(house, clock=lambda: around.now, corporate=systems)
        try:
            yield around
        finally:
            await calls.close()


@asynccontextmanager
async def corporate_systems(engine: AsyncEngine) -> AsyncIterator[Callable[[Callable[[], float]], Corporate]]:
    """The corporate systems' reference on the same database, with the demonstration's people, given a clock."""
    async with engine.begin() as connection:
        await connection.run_sync(corporate_tables.metadata.create_all)
    await seed(engine, MONDAY_NOON)

    def systems(clock: Callable[[], float]) -> Corporate:
        around = Surroundings(engine, clock)
        opened = {
            system: import_module(f"corporate.adapters.{system}.reference").open_system(around)
            for system in SYSTEMS
        }
        return Corporate(**opened)

    try:
        yield systems
    finally:
        if engine.dialect.name != "sqlite":  # a file goes as a whole (tests/databases.py)
            async with engine.begin() as connection:
                await connection.run_sync(corporate_tables.metadata.drop_all)
