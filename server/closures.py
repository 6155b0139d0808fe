"""Queues that a supervisor closed, and what those get who wait in them. Kept until somebody opens them again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Self, TypeVar

from sqlalchemy import Column, Double, MetaData, String, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.ports.floor import QueueClosed

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})
closures = Table(
    "server_closures",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("waiting", String(12), nullable=False),
    Column("since_at", Double, nullable=False),
)
ALL, OPEN, SERVE, CALLBACK = "all", "open", "serve", "callback"
Found = TypeVar("Found")


class Closures:
    """Which queues are closed. `load` first."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._closed: dict[str, tuple[str, float]] = {}
        self._changed = asyncio.Event()

    async def load(self) -> Self:
        """Take up what was closed before a restart."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(closures))).all()
        self._closed = {row.subject: (row.waiting, row.since_at) for row in rows}
        return self

    async def put(self, subject: str, waiting: str, at: float) -> None:
        """Close a queue, or open it; on disk when this returns, heard by those who wait at once."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(closures).where(closures.c.subject == subject))
            if waiting != OPEN:
                row = {"subject": subject, "waiting": waiting, "since_at": at}
                await connection.execute(insert(closures).values(**row))
        self._closed.pop(subject, None)
        if waiting != OPEN:
            self._closed[subject] = (waiting, at)
        self.look()

    def listed(self) -> dict[str, str]:
        """Give the closed queues, each with what those get who wait."""
        return {subject: waiting for subject, (waiting, _) in self._closed.items()}

    def look(self) -> None:
        """Have all who wait see anew whether their queue is closed: one of them was moved to another."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def unless(
        self, subject: Callable[[], str], since: float, waiting: Coroutine[object, object, Found]
    ) -> Found:
        """Wait for something, unless the queue is closed to a caller who wants it since then. Raises QueueClosed.

        `subject` is asked again after every `put` and `look`: a supervisor may move who waits.
        """
        asking = asyncio.create_task(waiting, name="a person, unless closed")
        shut = asyncio.create_task(self._shut(subject, since), name="closed")
        try:
            await asyncio.wait({asking, shut}, return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                return asking.result()
            raise QueueClosed(callback=shut.result() == CALLBACK)
        finally:
            for task in (asking, shut):
                task.cancel()
            await asyncio.gather(asking, shut, return_exceptions=True)

    async def _shut(self, subject: Callable[[], str], since: float) -> str:
        while (waiting := self._refusal(subject(), since)) is None:
            await self._changed.wait()
        return waiting

    def _refusal(self, subject: str, since: float) -> str | None:
        for queue in (ALL, subject):
            waiting, at = self._closed.get(queue, (OPEN, 0.0))
            if waiting != OPEN and (waiting != SERVE or since > at):
                return waiting
        return None
