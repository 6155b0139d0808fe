"""Alembic's environment: the tables of all rooms, one history."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from server.tables import ALL


def migrate_with(connection: Connection) -> None:
    """Run the migrations on an open connection."""
    context.configure(connection=connection, target_metadata=ALL, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


async def migrate() -> None:
    """Open the database that `server.database` named, and migrate it."""
    engine = create_async_engine(context.config.attributes["url"], hide_parameters=True)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate_with)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(migrate())
