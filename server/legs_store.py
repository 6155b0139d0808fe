"""The legs of calls that are more than a caller and an agent, kept over a restart. A few rows at any time."""

from __future__ import annotations

from sqlalchemy import Column, Double, MetaData, String, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from queues.legs import Legs, Stage

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})
legs = Table(
    "server_legs",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("agent", String(40), nullable=False),
    Column("stage", String(12), nullable=False),
    Column("second", String(40), nullable=False),
    Column("since_at", Double, nullable=False),
)


class LegsStore:
    """One row for each call with several legs."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def load(self) -> list[Legs]:
        """Give what a lost server left."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(legs))).all()
        return [Legs(row.call, row.agent, Stage(row.stage), row.second, row.since_at) for row in rows]

    async def keep(self, one: Legs) -> None:
        """Write the legs of a call; on disk when this returns. Plain ones need no row."""
        row = {"call": one.call, "agent": one.agent, "stage": one.stage.value, "second": one.second}
        async with self._engine.begin() as connection:
            await connection.execute(delete(legs).where(legs.c.call == one.call))
            if not one.plain:
                await connection.execute(insert(legs).values(**row, since_at=one.since))
