"""Transactions that are on the disk when they are over: before what they tell of is deleted elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@asynccontextmanager
async def durably(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a transaction that survives a power cut the moment after it.

    SQLite with synchronous=NORMAL may lose the last commits then; one that is written through takes all before it
    along. PostgreSQL writes every commit through, unless its operator forbade that.
    """
    async with engine.connect() as connection:
        lite = connection.dialect.name == "sqlite"
        if lite:
            await connection.exec_driver_sql("PRAGMA synchronous=FULL")
        try:
            yield connection
            await connection.commit()
        finally:
            await connection.rollback()
            if lite:
                await connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
