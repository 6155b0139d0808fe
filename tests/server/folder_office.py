"""Folders behind a real server: real pages, accounts, floor, bridge, CRM tables and proofs; no Asterisk."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import httpx
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.claims import Claims
from crm_bridge.adapters.folders import Folders
from crm_bridge.adapters.handling import Handling
from crm_bridge.adapters.ledger import Ledger
from crm_bridge.adapters.seeding import seed
from crm_bridge.adapters.unsealing import Unsealings
from crm_bridge.connectors.builtin import Builtin
from crm_bridge.requests import reference
from crm_bridge.writes import Open
from ivr.adapters.proofs import SqlProofs
from ivr.ports.proving import Proof
from queues.adapters.floor import Floor
from queues.agents import Agent
from queues.demonstration import demonstration_agents
from server.demand import DemandToday
from server.folders import DeskFolders, Rooms
from server.tables import ALL
from server.talks import Talks
from server.terms import terms_of
from tests.crm_bridge.conftest import KEY, NOON, UNHURRIED
from tests.databases import opened
from tests.dialplans.institutions import inss
from tests.queues.fakes import Form, MemoryStore
from tests.web.house import FakeDesk, FakePage, FakeSupervision, FakeWall
from tests.web.samples import board
from tests.web.serve import QUICK, free_port
from tests.web.writing import FakeTexts
from web.accounts import Account, Role
from web.adapters.accounts import Accounts
from web.adapters.serving import serving
from web.app import create_app
from web.folder_port import FolderPort
from web.house import House
from web.ports import Subject
from web.settings import WebSettings

MARIA, PROTECTED = "demo-maria", "demo-protected"
PROVIDER = Agent("eva", "Eva Mas", 1, {"es": 5}, {}, "provider")
SECOND_NAMED = Agent("iria", "Iria Castro", 2, {"es": 5}, {"protected": 4})
PEOPLE = (*demonstration_agents(), PROVIDER, SECOND_NAMED)


@dataclass
class Clock:
    """A clock that a test moves, and whether the record can be written."""

    now: float = NOON
    on_record: bool = True

    def __call__(self) -> float:
        return self.now

    async def settled(self) -> None:
        if not self.on_record:
            raise TimeoutError


@dataclass
class FolderOffice:
    """One office: its address, and what stands behind the pages."""

    url: str
    engine: AsyncEngine
    crm: Builtin
    floor: Floor
    bridge: Bridge
    clock: Clock
    desk: FakeDesk
    facts: list[object]
    proofs: SqlProofs
    port: DeskFolders
    calls: int = 0
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def talk(self, agent: str, person: str | None = None, level: int = 0) -> str:
        """Let an agent talk with somebody who proved who they are, to a level; the call's id."""
        self.calls += 1
        call = f"ventanilla-1795345200.{self.calls}"
        await self.floor.sign_in(agent)
        second = next(one for one in PEOPLE if one.name == agent).level
        subject = "protected" if agent == SECOND_NAMED.name else "pension"
        await self.floor.wait(cast("Any", replace(Form(call, subject), level=second)))
        self.floor.answered(call, agent)
        if person is not None:
            await self.prove(call, person, level)
        await self.bridge.open_or_continue(call, person, "pension")
        await self.bridge.deliver()
        return call

    async def prove(self, call: str, person: str, level: int) -> None:
        proof = Proof(call, person, level, "code", (), self.clock(), protected=person == PROTECTED)
        await self.proofs.keep(proof)

    async def enter(self, name: str) -> httpx.AsyncClient:
        """Sign somebody in to the pages."""
        client = httpx.AsyncClient(base_url=self.url, headers={"origin": self.url})
        self.clients.append(client)
        answer = await client.post("/session", json={"name": name, "password": f"{name}-ventanilla"})
        assert answer.status_code == 200, answer.text
        return client

    def told(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


@asynccontextmanager
async def folder_office(folder: Path, dialect: str = "sqlite") -> AsyncIterator[FolderOffice]:
    """Serve until the context closes."""
    whole = MetaData()
    for room in ALL:
        for table in room.tables.values():
            table.to_metadata(whole)
    facts: list[object] = []
    clock = Clock()
    async with opened(dialect, folder, whole) as engine:
        await seed(engine, KEY)
        crm = Builtin(engine, KEY)
        bridge = Bridge(
            engine, crm, facts.append, clock, UNHURRIED, terms=lambda *asked: terms_of(inss(), *asked)
        )
        talks = Talks(engine)

        def publish(fact: object) -> None:
            facts.append(fact)
            talks.hear(fact)

        floor = await Floor(MemoryStore(PEOPLE), publish).open()
        proofs = SqlProofs(engine)
        rooms = Rooms(
            floor=floor,
            folders=Folders(crm, facts.append, clock),
            handling=Handling(bridge, Ledger(engine), facts.append, clock),
            unsealings=Unsealings(engine, facts.append, clock),
            claims=Claims(engine),
            proofs=proofs,
            talks=talks,
            institution=inss,
            clock=clock,
            settled=clock.settled,
        )
        port = DeskFolders(rooms)
        async with served(engine, port, facts) as (url, desk):
            office = FolderOffice(url, engine, crm, floor, bridge, clock, desk, facts, proofs, port)
            yield office
            for client in office.clients:
                await client.aclose()
        await floor.close()


@asynccontextmanager
async def served(
    engine: AsyncEngine,
    port: FolderPort,
    facts: list[object],
    people: Sequence[Agent] = (PROVIDER, SECOND_NAMED),
) -> AsyncIterator[tuple[str, FakeDesk]]:
    """Serve the pages over the real folders; the desk's own states are the tests'."""
    number = free_port()
    url = f"http://127.0.0.1:{number}"
    accounts = Accounts(engine, hasher=QUICK)
    await accounts.add_demonstration()
    for one in people:
        await accounts.add(Account(one.name, one.display, Role.AGENT), f"{one.name}-ventanilla")
    desk = FakeDesk(NOON, "")
    house = House(
        desk=desk,
        wall=FakeWall(board(NOON)),
        page=FakePage(""),
        text=FakeTexts(),
        accounts=accounts,
        subjects=lambda: tuple(Subject(name, one.about) for name, one in inss().subjects.items()),
        settings=WebSettings((url,), {}, demonstration=True),
        access=facts.append,
        supervision=FakeSupervision(),
        folder=port,
        demand=DemandToday(engine, inss, lambda: NOON),
    )
    async with serving(create_app(house), "127.0.0.1", number):
        yield url, desk


async def late(office: FolderOffice, count: int, area: str = "") -> list[str]:
    """Let so many requests of María's be due; their references, the longest overdue first."""
    made = []
    for number in range(count):
        name = reference(2026, 600 + number)
        opened = Open(
            name, f"ventanilla-17950000{number:02}.1", MARIA, "pension", "telephone", 3, 1, NOON - 90_000,
            due_at=NOON - 3_600 + number, area=area,
        )  # fmt: skip
        await office.bridge.post(f"late-{number}", None, opened)
        made.append(name)
    await office.bridge.deliver()
    return made


async def one_request(client: httpx.AsyncClient, request: str) -> dict[str, Any]:
    """Read one request at the desk."""
    answer = await client.get(f"/desk/requests/{request}")
    assert answer.status_code == 200, answer.text
    whole: dict[str, Any] = answer.json()
    return whole
