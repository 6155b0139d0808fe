"""The database engine: SQLite with nothing configured, PostgreSQL by changing one URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 10_000
"""How long SQLite waits for another writer: longer than the longest group commit by far."""


def open_engine(url: str) -> AsyncEngine:
    """Give an engine for `url`; SQLite in WAL mode, so that readers never wait for the writer."""
    engine = create_async_engine(
        url,
        pool_pre_ping=not url.startswith("sqlite"),
        hide_parameters=True,  # an error message must not quote a citizen
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # NORMAL survives the death of the process, which is what happens; a power cut may cost the last commits.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
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


def alembic_config(url: str) -> Config:
    """Alembic's configuration without an ini file: one place less where the URL can be wrong."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def newest() -> str | None:
    """Give the newest revision there is."""
    return ScriptDirectory.from_config(alembic_config("")).get_current_head()


async def present(url: str) -> str | None:
    """Give the revision the database is at, None for an empty one."""
    engine = open_engine(url)
    try:
        async with engine.connect() as connection:
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
