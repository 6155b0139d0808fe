"""What a call leaves in the CRM by the server's own knowledge: who talked, though no note ever came."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.seeding import seed
from crm_bridge.adapters.tables import calls, contacts, metadata, requests
from crm_bridge.connectors.builtin import Builtin
from ivr.facts import CallArrived, ServiceEnded
from queues.adapters.floor import Floor
from recordings.facts import RecordingSealed
from server import registry
from server.bus import Bus
from server.registry import MANY, Requests
from tests.databases import opened
from tests.dialplans.institutions import inss
from tests.queues.fakes import Clock, Form, MemoryStore, call

KEY = b"a key of the tests"
PATIENCE_S = 20.0


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        await seed(engine, KEY)
        yield engine


class Centre:
    """A floor whose facts the requests hear, as server.app wires them."""

    def __init__(self, floor: Floor, bridge: Bridge, requests: Requests, clock: Clock) -> None:
        self.floor, self.bridge, self.requests, self.clock = floor, bridge, requests, clock


@asynccontextmanager
async def a_centre(engine: AsyncEngine, store: MemoryStore, *, writes: bool = True) -> AsyncIterator[Centre]:
    bus, clock = Bus(), Clock()
    floor = await Floor(store, bus.publish, clock).open()
    bridge = Bridge(engine, Builtin(engine, KEY), bus.publish, clock)
    noted = Requests(bridge, lambda _number: "pension", lambda: inss().catalogue)
    noted.take_up(floor.hall.states.values())
    bus.hear(noted.hear)
    running = asyncio.create_task(noted.run()) if writes else None
    yield Centre(floor, bridge, noted, clock)
    if running is not None:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await floor.close()


async def talk(centre: Centre) -> None:
    await centre.floor.sign_in("ana")
    await centre.floor.wait(Form(call(1)))
    centre.floor.answered(call(1))
    centre.floor.ended(call(1))


async def written(engine: AsyncEngine, bridge: Bridge) -> tuple[str, str]:
    """Who stands in the CRM for the call, and how it ended."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await bridge.deliver()
            async with engine.connect() as connection:
                row = (await connection.execute(select(contacts).where(contacts.c.call == call(1)))).first()
            if row is not None and row.agent is not None:
                return row.agent, row.outcome
            await asyncio.sleep(0.01)


async def test_an_agent_whose_wrap_up_runs_out_stands_in_the_crm(engine: AsyncEngine) -> None:
    async with a_centre(engine, MemoryStore()) as centre:
        await talk(centre)
        centre.clock.passes(centre.floor.limits.wrap_up_s)
        centre.floor.tick()
        assert await written(engine, centre.bridge) == ("ana", "none")


async def test_an_agent_who_talked_stands_there_though_the_server_was_killed_before_it_was_written(
    engine: AsyncEngine,
) -> None:
    store = MemoryStore()
    async with a_centre(engine, store, writes=False) as killed:
        await talk(killed)
    async with a_centre(engine, store) as centre:
        assert await written(engine, centre.bridge) == ("ana", "none")


async def test_what_the_agent_notes_takes_the_place_of_what_the_server_knew(engine: AsyncEngine) -> None:
    async with a_centre(engine, MemoryStore()) as centre:
        await talk(centre)
        assert await written(engine, centre.bridge) == ("ana", "none")
        await centre.bridge.note(call(1), "ana", "informed", "")
        await centre.bridge.deliver()
        assert await written(engine, centre.bridge) == ("ana", "informed")


async def test_who_talked_is_tried_again_when_the_database_was_away(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "AGAIN_S", 0.01)
    async with a_centre(engine, MemoryStore()) as centre:
        keep, times = centre.bridge.talked, []

        async def away_once(of: str, agent: str) -> None:
            times.append(of)
            if len(times) == 1:
                raise OperationalError("", {}, OSError())
            await keep(of, agent)

        monkeypatch.setattr(centre.bridge, "talked", away_once)
        await talk(centre)
        assert await written(engine, centre.bridge) == ("ana", "none")
        assert len(times) == 2


async def test_what_was_noted_while_the_database_was_away_is_written_in_its_order(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "AGAIN_S", 0.01)
    async with a_centre(engine, MemoryStore()) as centre:
        opens, times = centre.bridge.open_or_continue, []

        async def away_twice(of: str, person: str | None, subject: str) -> str:
            times.append(of)
            if len(times) <= 2:
                raise OperationalError("", {}, OSError())
            return await opens(of, person, subject)

        monkeypatch.setattr(centre.bridge, "open_or_continue", away_twice)
        centre.requests.hear(CallArrived(call(1), "901166565", "general", None, "es", None, 1.0))
        centre.requests.hear(ServiceEnded(call(1), "certificate", "done", 2.0))
        async with asyncio.timeout(PATIENCE_S):
            await centre.requests.settled()
        await centre.bridge.deliver()
        async with engine.connect() as connection:
            kinds = (await connection.execute(select(requests.c.kind))).scalars().all()
    assert "certificate" in kinds, "its type came after the request it is of"


async def test_a_note_that_the_database_refuses_holds_up_no_other(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "AGAIN_S", 0.01)
    async with a_centre(engine, MemoryStore()) as centre:
        attach = centre.bridge.attach

        async def refused(of: str, kind: str, reference: str) -> None:
            if of == "refused":
                raise DataError("", {}, ValueError())
            await attach(of, kind, reference)

        monkeypatch.setattr(centre.bridge, "attach", refused)
        centre.requests.hear(RecordingSealed("refused", "none", 1, 1, "0" * 128, 1.0))
        await talk(centre)
        assert await written(engine, centre.bridge) == ("ana", "none")


class Urgent:
    """Somebody is put through, and it does not end."""

    def __init__(self) -> None:
        self.asked, self.came = 0, asyncio.Event()

    async def __call__(self) -> None:
        self.asked += 1
        self.came.set()
        await asyncio.Event().wait()


@asynccontextmanager
async def writing(bridge: Bridge, urgent: Urgent, number: int) -> AsyncIterator[None]:
    """Requests of so many calls are noted and written until they wait."""
    noted = Requests(bridge, lambda _number: "pension", calm=urgent)
    for one in range(1, number + 1):
        noted.hear(CallArrived(call(one), "901166565", "general", "+34911", "es", None, 0.0))
    running = asyncio.create_task(noted.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            await urgent.came.wait()
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def opened_in_the_house(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set((await connection.execute(select(calls.c.call))).scalars())


async def test_the_request_of_a_call_waits_for_whoever_is_put_through(engine: AsyncEngine) -> None:
    async with writing(Bridge(engine, Builtin(engine, KEY), lambda _: None), Urgent(), 1):
        assert await opened_in_the_house(engine) == set()


async def test_while_many_wait_they_are_written(engine: AsyncEngine) -> None:
    async with writing(Bridge(engine, Builtin(engine, KEY), lambda _: None), Urgent(), MANY + 2):
        assert await opened_in_the_house(engine) == {call(1), call(2)}


async def test_the_hand_over_to_the_crm_waits_for_whoever_is_put_through(engine: AsyncEngine) -> None:
    bridge, urgent = Bridge(engine, Builtin(engine, KEY), lambda _: None), Urgent()
    await bridge.open_or_continue(call(1), None, "pension")
    bridge.calm = urgent
    running = asyncio.create_task(bridge.run())
    async with asyncio.timeout(PATIENCE_S):
        await urgent.came.wait()
    assert call(1) not in await in_the_crm(engine)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def in_the_crm(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set((await connection.execute(select(contacts.c.call))).scalars())
