"""Facts are kept in groups, in order, and wait while the database is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from server import facts_store
from server.database import open_engine
from server.facts_store import FactsStore, metadata


@dataclass(frozen=True)
class CallArrived:
    call: str
    at: float


@dataclass(frozen=True)
class Spoke:
    call: str
    at: float


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'facts.sqlite3'}")
    yield engine
    await engine.dispose()


async def create(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


async def written(store: FactsStore, count: int) -> list[dict[str, object]]:
    for _ in range(400):
        rows = await store.since(0)
        if len(rows) >= count:
            return rows
        await asyncio.sleep(0.025)
    raise AssertionError(f"{count} facts were expected in the table")


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_facts_come_back_as_they_were_said_and_live_text_is_not_kept(engine: AsyncEngine) -> None:
    await create(engine)
    store = FactsStore(engine)
    task = asyncio.create_task(store.run())
    for fact in (CallArrived("a", 1.0), Spoke("a", 1.5), CallArrived("b", 2.0)):
        store.hear(fact)
    rows = await written(store, 2)
    await stop(task)
    assert [(row["type"], row["call"], row["at"]) for row in rows] == [
        ("CallArrived", "a", 1.0),
        ("CallArrived", "b", 2.0),
    ]


async def test_facts_said_while_the_table_is_away_are_written_when_it_is_back(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(facts_store, "RETRY_S", 0.05)
    store = FactsStore(engine)
    task = asyncio.create_task(store.run())
    store.hear(CallArrived("a", 1.0))
    while "wait for the database" not in caplog.text:  # noqa: ASYNC110 - pytest's own time limit bounds it
        await asyncio.sleep(0.02)
    await create(engine)
    store.hear(CallArrived("b", 2.0))
    rows = await written(store, 2)
    await stop(task)
    assert [row["call"] for row in rows] == ["a", "b"]


async def test_what_is_waiting_when_the_server_stops_is_written_before_it_goes(engine: AsyncEngine) -> None:
    await create(engine)
    store = FactsStore(engine)
    task = asyncio.create_task(store.run())
    await asyncio.sleep(0)
    store.hear(CallArrived("a", 1.0))
    await stop(task)
    assert len(await store.since(0)) == 1


async def test_who_waits_for_a_fact_to_be_on_record_finds_it_there_without_waiting_for_the_group(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts_store, "GROUP_S", 3600.0)
    await create(engine)
    store = FactsStore(engine)
    task = asyncio.create_task(store.run())
    for number in range(3):
        store.hear(CallArrived(str(number), float(number)))
        await store.settled()
        assert len(await store.since(0)) == number + 1
    await store.settled()  # with nothing to wait for
    await stop(task)


async def test_who_waits_is_told_when_it_cannot_be_put_on_record(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts_store, "ON_DISK_S", 0.1)
    store = FactsStore(engine)  # without its table
    task = asyncio.create_task(store.run())
    store.hear(CallArrived("a", 1.0))
    with pytest.raises(TimeoutError):
        await store.settled()
    await stop(task)


async def test_the_end_of_the_record_is_counted_from_its_last_fact(engine: AsyncEngine) -> None:
    await create(engine)
    store = FactsStore(engine)
    assert await store.latest(60.0, ("CallArrived",)) == []
    task = asyncio.create_task(store.run())
    for at in (1.0, 100.0, 159.0, 160.0):
        store.hear(CallArrived("a", at))
    await store.settled()
    await stop(task)
    assert [row["at"] for row in await store.latest(60.0, ("CallArrived",))] == [100.0, 159.0, 160.0]
    assert await store.latest(60.0, ("CallEnded",)) == []
