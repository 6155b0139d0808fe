"""A group is written whole or not at all, and waits for another writer of the same file."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text

from queues.adapters.pen import Pen
from queues.adapters.tables import lead, metadata
from tests.databases import DIALECTS, opened

ROW = {"id": 1, "term": 1, "holder": "x"}


class Fault(Exception):  # noqa: N818 - as queues names what is no error of ours
    """Something goes wrong in the middle."""


def whole(connection: Connection) -> None:
    connection.execute(insert(lead), ROW)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_fails_in_the_middle_has_written_nothing(dialect: str, tmp_path: Path) -> None:
    def half(connection: Connection) -> None:
        connection.execute(insert(lead), ROW)
        raise Fault

    async with opened(dialect, tmp_path, metadata) as engine:
        pen = Pen(engine)
        with pytest.raises(Fault):
            await pen.write(half)
        async with engine.connect() as connection:
            assert (await connection.execute(select(lead))).all() == []
        await pen.write(whole)
        async with engine.connect() as connection:
            assert len((await connection.execute(select(lead))).all()) == 1
        await pen.close()


async def test_it_waits_for_another_writer(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path, metadata) as engine:
        pen = Pen(engine)
        async with engine.connect() as other:
            await other.execute(text("BEGIN IMMEDIATE"))
            writing = asyncio.create_task(pen.write(whole))
            await asyncio.sleep(0.1)
            assert not writing.done()
            await other.execute(text("COMMIT"))
        await asyncio.wait_for(writing, 5)
        await pen.close()


async def test_the_journal_is_copied_by_somebody_else(tmp_path: Path) -> None:
    def ask(connection: Connection) -> None:
        pages.append(connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar())

    pages: list[object] = []
    async with opened("sqlite", tmp_path, metadata) as engine:
        pen = Pen(engine)
        await pen.write(ask)
        async with engine.connect() as other:
            await other.run_sync(ask)
        await pen.close()
    assert pages == [0, 1000]
