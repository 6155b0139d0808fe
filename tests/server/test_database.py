"""The migrations make the tables that the rooms declare, on both databases."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from crm_bridge.answers import keyed
from server import database
from server.tables import ALL
from tests.databases import DIALECTS, postgresql_url

KEY = b"a secret of the tests"


@pytest.fixture(params=DIALECTS)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'fresh.sqlite3'}"
        return
    yield (fresh := postgresql_url())
    await asyncio.to_thread(command.downgrade, database.alembic_config(fresh), "base")


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found = compare_metadata(context, ALL)  # type: ignore[arg-type] # a list is taken, and documented
    return [one for one in found if getattr(one[1], "name", "") != "alembic_version"]


async def test_the_migrations_make_the_tables_that_the_rooms_declare(url: str) -> None:
    await asyncio.to_thread(database.migrate, url)
    engine = database.open_engine(url)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
        assert await database.present(url) == database.newest()
    finally:
        await engine.dispose()


async def test_migrating_twice_changes_nothing(url: str) -> None:
    await asyncio.to_thread(database.migrate, url)
    await asyncio.to_thread(database.migrate, url)
    assert await database.present(url) == database.newest()


async def test_answers_that_stood_in_plain_are_hashed_and_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite3"
    url = f"sqlite+aiosqlite:///{file}"
    await asyncio.to_thread(command.upgrade, database.alembic_config(url), "0002")
    with closing(sqlite3.connect(file)) as old, old:
        old.execute("INSERT INTO crm_citizens VALUES ('c-1', '12345678Z', 'A', 'B', 'es', 0)")
        old.execute("INSERT INTO crm_identity_facts VALUES ('c-1', 'account_last4', '0090817263')")
    with pytest.raises(RuntimeError, match="db upgrade"):
        await asyncio.to_thread(database.migrate, url)
    await asyncio.to_thread(database.migrate, url, KEY)
    with closing(sqlite3.connect(file)) as new:
        row = new.execute("SELECT question, answer FROM crm_identity_facts").fetchall()
        assert row == [("account_last4", keyed(KEY, "c-1", "account_last4", "90817263"))]
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    left = await asyncio.to_thread(lambda: b"".join(part.read_bytes() for part in tmp_path.iterdir()))
    assert b"90817263" not in left
