"""The migrations make the tables that the rooms declare, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from server import database
from server.tables import ALL
from tests.databases import DIALECTS, postgresql_url


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
