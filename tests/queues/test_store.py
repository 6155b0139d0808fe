"""The store on real databases, and the fake beside it: what was written is there after a restart."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from queues.adapters.floor import Floor
from queues.adapters.store import SqlStore
from queues.adapters.tables import metadata, outcomes
from queues.agents import AgentState, State
from queues.demonstration import demonstration_agents
from queues.ports import KeptPlace, Outcome, PlaceGone, PlaceTaken, Store, Wrapped
from queues.wishes import Wish
from tests.databases import DIALECTS, opened
from tests.queues.fakes import Clock, Form, MemoryStore, call

WISH = Wish(call(1), "pension", "ca", 2, 1, 1_800_000_000.125)
PAUSED = AgentState("ana", State.PAUSED, 1_800_000_000.5, "lunch", address="sip:201@192.0.2.7")
TALKING = AgentState("ana", State.TALKING, 1_800_000_001.5, call=call(1), then="paused", then_reason="lunch")
ANSWERED = Outcome(
    call(1), "pension", "ca", 2, "answered", "ana", 1_800_000_000.0, 1_800_000_100.0, 20.0, 80.0
)


@pytest.fixture(params=["memory", *DIALECTS])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    async with opened(request.param, tmp_path, metadata) as engine:
        sql = SqlStore(engine)
        await sql.enrol(demonstration_agents())
        await sql.open()
        yield sql
        await sql.close()


async def test_states_places_and_agents_come_back_as_they_were(store: Store) -> None:
    taken = KeptPlace(WISH, "marta", 1_800_000_002.25, began=1_800_000_001.75)
    await store.save([PAUSED, PlaceTaken(KeptPlace(WISH))])
    await store.save([TALKING, PlaceTaken(taken)])
    kept = await store.load(0.0)
    assert list(kept.states) == [TALKING]
    assert list(kept.places) == [taken]
    assert {agent.name: agent for agent in await store.agents()} == {
        a.name: a for a in demonstration_agents()
    }


async def test_after_a_restart_the_talk_before_a_caller_was_passed_on_is_no_waiting(store: Store) -> None:
    clock = Clock()
    floor, turn = await Floor(store, lambda _: None, clock).open(), clock()
    await floor.sign_in("ana")
    await floor.wait(Form(call(1), since=turn))
    floor.answered(call(1))
    clock.passes(300)
    floor.ended(call(1))
    passed_on = asyncio.create_task(floor.wait(Form(call(1), level=2, since=turn)))
    await asyncio.sleep(0)
    passed_on.cancel()
    await floor.close()
    await store.save(())
    clock.passes(20)
    again = await Floor(store, lambda _: None, clock).open()
    (row,) = again.board().waiting
    assert clock() - row.since == 20
    assert again.hall.places[call(1)].wish.since == turn
    await again.close()


async def test_a_place_that_is_gone_is_gone(store: Store) -> None:
    await store.save([PlaceTaken(KeptPlace(WISH))])
    await store.save([PlaceGone(WISH.call)])
    assert list((await store.load(0.0)).places) == []


async def test_outcomes_are_given_from_the_asked_time_on(store: Store) -> None:
    yesterday = replace(ANSWERED, call=call(0), ended_at=1_799_900_000.0)
    await store.save([yesterday, ANSWERED])
    assert list((await store.load(1_800_000_000.0)).outcomes) == [ANSWERED]


@pytest.fixture(params=DIALECTS)
async def sql(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with opened(request.param, tmp_path, metadata) as engine:
        store = SqlStore(engine)
        await store.open()
        yield store
        await store.close()


async def test_a_wrap_up_is_added_to_the_outcome_it_belongs_to(sql: SqlStore) -> None:
    other = replace(ANSWERED, agent="marta")
    await sql.save([ANSWERED, other])
    await sql.save([Wrapped(ANSWERED.call, "ana", 42.0)])
    kept = (await sql.load(0.0)).outcomes
    assert {outcome.agent: outcome.wrap_s for outcome in kept} == {"ana": 42.0, "marta": None}


async def test_many_changes_at_once_are_written_in_one_group(sql: SqlStore) -> None:
    groups = {sql.save([replace(ANSWERED, call=call(number))]) for number in range(500)}
    await asyncio.gather(*groups)
    async with sql._engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(outcomes)) == 500


async def test_one_change_the_database_refuses_does_not_hold_up_the_others(sql: SqlStore) -> None:
    spoiled = replace(PAUSED, agent="eva", reason=None)  # type: ignore[arg-type]  # what types cannot prevent
    await sql.save([spoiled, PAUSED])
    assert list((await sql.load(0.0)).states) == [PAUSED]


async def test_what_cannot_be_written_now_is_written_when_the_database_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queues.adapters.store.RETRY_S", 0.01)
    async with opened("sqlite", tmp_path, metadata) as engine:
        store = SqlStore(engine)
        await store.open()
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE queues_agent_states RENAME TO away"))
        saved = store.save([PAUSED])
        await asyncio.sleep(0.05)
        assert not saved.done()
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE away RENAME TO queues_agent_states"))
        await saved
        assert list((await store.load(0.0)).states) == [PAUSED]
        await store.close()
