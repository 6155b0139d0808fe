"""Puts the demonstration's rows into the tables of the reference; again and again without harm."""

from sqlalchemy.ext.asyncio import AsyncEngine

from corporate.adapters.paying import today
from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import insert_once, metadata
from corporate.demonstration import rows


async def seed(engine: AsyncEngine, now: float) -> None:
    """Insert what is missing; what stands there already stays as it is (calls may have changed it)."""
    found = rows(today(Surroundings(engine, lambda: now)), now)
    async with engine.begin() as connection:
        for name, wanted in found.items():
            table = metadata.tables[f"corporate_{name}"]
            for row in wanted:
                await insert_once(connection, table, row)
