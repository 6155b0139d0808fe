"""SQLite's connections: kept open, and free again whatever becomes of who had one."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, event, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from server.database import CONNECTIONS, open_engine

metadata = MetaData()
things = Table(
    "things", metadata, Column("id", Integer, primary_key=True), Column("name", String(20), unique=True)
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    opened = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'connections.sqlite3'}")
    async with opened.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(insert(things), [{"name": "one"}, {"name": "two"}])
    yield opened
    await opened.dispose()


async def names(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(things.c.name).order_by(things.c.id))).scalars())


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


async def test_connections_are_kept_open(engine: AsyncEngine) -> None:
    opened: list[object] = []
    event.listen(engine.sync_engine, "connect", lambda connection, _record: opened.append(connection))
    for _ in range(3):
        await asyncio.gather(*(names(engine) for _ in range(2 * CONNECTIONS)))
    assert 0 < len(opened) <= CONNECTIONS
