"""The marks of calls that an agent passes on: set by the desk, taken by the call's own session.

Kept in the table too, for the server may die between the mark and the hang-up of the agent's leg.
"""

from __future__ import annotations

import asyncio
from typing import Self

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.ports.floor import Passing

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})
passings = Table(
    "server_passings",
    metadata,
    Column("call", String(64), primary_key=True),
    Column("level", Integer, nullable=False),
    Column("subject", String(40), nullable=False),
)


class Passings:
    """Marks by call. `load` first; `take` never waits, because a caller does."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._marks: dict[str, Passing] = {}
        self._erasing: set[asyncio.Task[None]] = set()

    async def load(self) -> Self:
        """Take up the marks that a lost server left."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(passings))).all()
        self._marks = {row.call: Passing(row.level, row.subject) for row in rows}
        return self

    async def mark(self, call: str, level: int, subject: str) -> None:
        """Mark a call; on disk when this returns. Marking again changes the mark."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(passings).where(passings.c.call == call))
            await connection.execute(insert(passings).values(call=call, level=level, subject=subject))
        self._marks[call] = Passing(level, subject)

    async def unmark(self, call: str) -> None:
        """Take a mark back."""
        self._marks.pop(call, None)
        async with self._engine.begin() as connection:
            await connection.execute(delete(passings).where(passings.c.call == call))

    def take(self, call: str) -> Passing | None:
        """Take the mark off a call, if it bears one; its row goes in the background."""
        mark = self._marks.get(call)
        if mark is not None:
            erasing = asyncio.create_task(self.unmark(call), name=f"passings: erase {call}")
            self._erasing.add(erasing)
            erasing.add_done_callback(self._erasing.discard)
            del self._marks[call]
        return mark
