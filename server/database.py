"""The database engine: SQLite with nothing configured, PostgreSQL by changing one URL."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from asyncpg import PostgresError
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"
TROUBLE = (SQLAlchemyError, PostgresError, OSError, ImportError)
"""What opening and asking a database raises when it cannot be had; OSError includes every refused connection."""
ANSWER_S = 10.0
"""Longest wait for a database to say its revision; one that is there takes milliseconds."""
BUSY_MS = 10_000
"""How long SQLite waits for another writer: longer than the longest group commit by far."""
CONNECTIONS = 15
"""SQLite's connections at most, kept open: SQLAlchemy's own bound, of which it would keep five and open and close the
others, each with a thread and six statements, whenever many want to read at once: as an agent becomes free."""


def open_engine(url: str) -> AsyncEngine:
    """Give an engine for `url`; SQLite in WAL mode, so that readers never wait for the writer."""
    place = make_url(url)
    is_sqlite = place.get_backend_name() == "sqlite"
    pool: dict[str, Any] = {}
    if is_sqlite and place.database not in {None, "", ":memory:"}:
        pool = {"pool_size": CONNECTIONS, "max_overflow": 0, "pool_use_lifo": True}
    engine = create_async_engine(
        url,
        pool_pre_ping=not is_sqlite,
        hide_parameters=True,  # an error message must not quote a citizen
        **pool,
    )
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # NORMAL survives the death of the process, which is what happens; a power cut may cost the last commits.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    # What is deleted or blanked is overwritten in the file, and does not wait in a free page for who copies it.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def migrate(url: str, register: bytes | None = None) -> None:
    """Bring the database at `url` to the newest revision, creating it when there is none.

    `register` is the secret that keys what is kept of identities; without it a database that has answers of
    citizens in plain (revision 0001) cannot be brought further.
    """
    path = make_url(url).database
    if url.startswith("sqlite") and path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    config = alembic_config(url)
    config.attributes["register"] = register
    command.upgrade(config, "head")


def is_missing(url: str) -> bool:
    """Whether this is a SQLite file that does not exist yet."""
    place = make_url(url)
    return place.get_backend_name() == "sqlite" and not Path(place.database or "").exists()


def alembic_config(url: str) -> Config:
    """Alembic's configuration without an ini file: one place less where the URL can be wrong."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def newest() -> str | None:
    """Give the newest revision there is."""
    return ScriptDirectory.from_config(alembic_config("")).get_current_head()


def away(url: str, fault: Exception) -> str:
    """Say in a sentence that the database cannot be used and what mends it; never its password."""
    try:
        place = make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "The database_url is no URL: write it as postgresql+asyncpg://name:password@host/database."
    if isinstance(fault, ImportError | InvalidRequestError | NoSuchModuleError):
        return f"There is no driver for {place}: database_url begins with sqlite+aiosqlite or postgresql+asyncpg."
    return (
        f"The database {place} does not answer ({type(fault).__name__}): "
        "start it, or correct host, name and password in database_url."
    )


async def present(url: str) -> str | None:
    """Give the revision the database is at, None for an empty one."""
    if is_missing(url):
        return None  # an attempt would make an empty file, or fail where the folder is missing too
    engine = open_engine(url)
    try:
        async with asyncio.timeout(ANSWER_S), engine.connect() as connection:
            return await connection.run_sync(
                lambda plain: MigrationContext.configure(plain).get_current_revision()
            )
    finally:
        await engine.dispose()


def write_revision(url: str, message: str) -> str:
    """Write the next migration, numbered and named after `message`; its path."""
    number = f"{int(newest() or 0) + 1:04d}"
    script = command.revision(alembic_config(url), message=message, autogenerate=True, rev_id=number)
    return "" if script is None or isinstance(script, list) else script.path
