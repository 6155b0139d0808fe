"""A statement is one trip to SQLite's thread, and says all that SQLAlchemy asks of it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiosqlite import Connection
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.database import CONNECTIONS, open_engine

metadata = MetaData()
things = Table(
    "things", metadata, Column("id", Integer, primary_key=True), Column("name", String(20), unique=True)
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    opened = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'trips.sqlite3'}")
    async with opened.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(insert(things), [{"name": "one"}, {"name": "two"}])
    yield opened
    await opened.dispose()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    made: list[object] = []
    plain = Connection._execute

    async def counted(self: Connection, fn: Callable[..., object], *words: object, **named: object) -> object:
        made.append(fn)
        answer: object = await plain(self, fn, *words, **named)  # type: ignore[no-untyped-call] # aiosqlite has none here
        return answer

    monkeypatch.setattr(Connection, "_execute", counted)
    return made


async def names(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(things.c.name).order_by(things.c.id))).scalars())


async def three_and_one_again(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(things).values(name="three"))
        await connection.execute(insert(things).values(name="one"))


async def test_a_question_is_one_trip_and_a_write_is_two(engine: AsyncEngine, trips: list[object]) -> None:
    assert await names(engine) == ["one", "two"]
    assert len(trips) == 1
    async with engine.begin() as connection:
        await connection.execute(insert(things).values(name="three"))
    assert len(trips) == 3


async def test_rows_counts_and_keys_are_those_of_sqlite(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        made = await connection.execute(insert(things).values(name="three"))
        assert made.inserted_primary_key == (3,)
        assert (await connection.execute(update(things).values(name=things.c.name + "!"))).rowcount == 3
        back = await connection.execute(
            update(things).where(things.c.id == 2).values(name="2").returning(things.c.id)
        )
        assert back.scalar_one() == 2
        nobody = await connection.execute(select(things).where(things.c.id == 9))
        assert nobody.keys() == things.c.keys()
        assert nobody.first() is None
    assert await names(engine) == ["one!", "2", "three!"]


async def test_what_fails_is_rolled_back_and_the_connection_is_good(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        await three_and_one_again(engine)
    async with engine.connect() as connection:
        with pytest.raises(OperationalError):
            await connection.execute(text("SELECT * FROM nothing_of_the_kind"))
    async with engine.connect() as connection:
        await connection.execute(insert(things).values(name="three"))  # and nobody commits it
    assert await names(engine) == ["one", "two"]
    async with engine.begin() as connection:  # nobody holds the lock
        await connection.execute(insert(things).values(name="three"))


async def test_who_is_cancelled_in_the_middle_of_a_write_leaves_no_lock(engine: AsyncEngine) -> None:
    here, go_on = threading.Event(), threading.Event()

    def slowly() -> int:
        here.set()
        go_on.wait(10)
        return 1

    async def write() -> None:
        async with engine.begin() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            assert driver is not None
            await driver.create_function("slowly", 0, slowly)
            await connection.execute(text("INSERT INTO things (name) VALUES (slowly())"))

    writing = asyncio.create_task(write())
    await asyncio.to_thread(here.wait, 10)
    writing.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with asyncio.timeout(5), engine.begin() as connection:
        await connection.execute(insert(things).values(name="three"))
    assert await names(engine) == ["one", "two", "three"]


async def test_connections_are_kept_open(engine: AsyncEngine, trips: list[object]) -> None:
    for _ in range(2):
        trips.clear()
        await asyncio.gather(*(names(engine) for _ in range(CONNECTIONS)))
    assert len(trips) == CONNECTIONS
