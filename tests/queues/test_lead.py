"""One server leads a database: the second is refused, a deposed one writes nothing and steps down."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from queues.adapters.floor import Floor
from queues.adapters.lead import ADVISORY, Deposed, Lead, LedByAnother
from queues.adapters.store import SqlStore
from queues.adapters.tables import metadata
from queues.agents import State
from tests.databases import DIALECTS, opened, postgresql_url
from tests.queues.fakes import Clock, Form, call
from tests.queues.world import PEOPLE

AT_ONCE_S = 0.3
CUT = text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key")
HOLDER = """
import asyncio, sys
from sqlalchemy.ext.asyncio import create_async_engine
from queues.adapters.lead import Lead
async def main():
    lead = await Lead(create_async_engine(sys.argv[1])).take()
    print(lead.term, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, metadata) as engine:
        yield engine


@pytest.fixture
async def lead(engine: AsyncEngine) -> AsyncIterator[Lead]:
    lead = await Lead(engine).take()
    yield lead
    await lead.give_up()


async def usurped(engine: AsyncEngine, lead: Lead, tmp_path: Path) -> Lead:
    """Another one that leads as well: the file of the lock was removed, or the session was cut."""
    if engine.dialect.name == "sqlite":
        (tmp_path / "test.sqlite.lead").unlink()
    else:
        async with engine.begin() as connection:
            await connection.execute(CUT, {"key": ADVISORY})
    other = await Lead(engine).take(AT_ONCE_S * 10)
    assert other.term == lead.term + 1
    return other


async def test_the_second_is_refused_with_a_sentence_that_says_who_leads(
    engine: AsyncEngine, lead: Lead
) -> None:
    with pytest.raises(LedByAnother, match=r"already \(process \d+ on .+\): stop that one first"):
        await Lead(engine).take(AT_ONCE_S)
    assert lead.term == 1


async def test_who_waits_for_an_orderly_stop_leads_next(engine: AsyncEngine, lead: Lead) -> None:
    taking = asyncio.create_task(Lead(engine).take())
    await asyncio.sleep(AT_ONCE_S)
    await lead.give_up()
    second = await taking
    assert second.term == 2
    await second.give_up()


async def test_a_killed_leader_is_followed_at_once(engine: AsyncEngine, tmp_path: Path) -> None:
    url = (
        postgresql_url()
        if engine.dialect.name == "postgresql"
        else f"sqlite+aiosqlite:///{tmp_path}/test.sqlite"
    )
    first = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, url, stdout=subprocess.PIPE)
    assert first.stdout is not None
    assert await first.stdout.readline() == b"1\n"
    with pytest.raises(LedByAnother):
        await Lead(engine).take(AT_ONCE_S)
    first.kill()
    await first.wait()
    second = await Lead(engine).take(5.0)
    assert second.term == 2
    await second.give_up()


async def test_the_deposed_one_writes_nothing_hands_out_nobody_and_steps_down(
    engine: AsyncEngine, lead: Lead, tmp_path: Path
) -> None:
    store = SqlStore(engine, lead)
    await store.enrol(PEOPLE)
    await store.open()
    floor = await Floor(store, lambda _: None, Clock()).open()
    await floor.sign_in("ana")
    holding = asyncio.create_task(lead.hold())
    other = await usurped(engine, lead, tmp_path)
    session = asyncio.create_task(floor.wait(Form(call(1))))
    with pytest.raises(Deposed, match="this one stops"):
        await asyncio.wait_for(holding, 10)
    await asyncio.sleep(floor.limits.durable_s + AT_ONCE_S)
    assert not session.done()
    session.cancel()
    await asyncio.gather(session, return_exceptions=True)
    await floor.close()
    await store.close()
    fresh = SqlStore(engine, other)
    assert [(state.agent, state.state) for state in (await fresh.load(0)).states] == [("ana", State.READY)]
    await other.give_up()


async def test_an_idle_leader_hears_that_another_leads(
    engine: AsyncEngine, lead: Lead, tmp_path: Path
) -> None:
    holding = asyncio.create_task(lead.hold())
    other = await usurped(engine, lead, tmp_path)
    with pytest.raises(Deposed):
        await asyncio.wait_for(holding, 10)
    await other.give_up()


async def test_a_cut_session_that_nobody_else_took_is_taken_again(tmp_path: Path) -> None:
    async with opened("postgresql", tmp_path, metadata) as engine:
        lead = await Lead(engine).take()
        async with engine.begin() as connection:
            await connection.execute(CUT, {"key": ADVISORY})
        await lead._look()
        with pytest.raises(LedByAnother):
            await Lead(engine).take(AT_ONCE_S)
        holding = asyncio.create_task(lead.hold())
        await asyncio.sleep(AT_ONCE_S)
        assert not holding.done()
        holding.cancel()
        await lead.give_up()


async def test_a_database_that_does_not_answer_deposes_nobody(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path, metadata) as engine:
        lead = await Lead(engine).take()
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE queues_lead RENAME TO elsewhere"))
        await lead._look()
        assert not lead._lost.is_set()
        with pytest.raises(SQLAlchemyError):
            async with engine.begin() as connection:
                await connection.run_sync(lead.demand)
        assert not lead._lost.is_set()
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE elsewhere RENAME TO queues_lead"))
        await lead.give_up()


async def test_a_database_in_memory_is_nobody_else_s() -> None:
    engine = create_async_engine("sqlite+aiosqlite:///:memory:")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    lead = await Lead(engine).take()
    assert lead.term == 1
    await lead.give_up()
    await engine.dispose()
