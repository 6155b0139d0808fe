"""The append-only table of facts, written in groups: boards, statistics and timelines are derived from it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    select,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.topics import written

log = logging.getLogger("ventanilla.facts")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

facts = Table(
    "server_facts",
    metadata,
    # SQLite counts up by itself only in an INTEGER key.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("type", String(40), nullable=False),
    Column("call", String(64)),
    Column("agent", String(64)),
    Column("at", Double, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_server_facts_call", "call"),
    Index("ix_server_facts_at", "at"),
)

GROUP_S = 0.05
"""How long facts gather before they are written together: 60,000 rows a second instead of 2,700."""
GROUP_MAX = 2000
RETRY_S = 1.0
"""Pause after a failed write: the database is away or full; the facts wait in memory."""
ON_DISK_S = 3.0
"""How long somebody waits for what was said to be on disk before it is acted on."""
MEMORY_MAX = 500_000
"""Facts kept while the database is away: about ten minutes of a centre ten times the model's size."""


class FactsStore:
    """Hears every fact, writes those that `written` says are kept. One task owns the writing."""

    def __init__(self, engine: AsyncEngine, mark: Callable[[str], str] | None = None) -> None:
        """Write to `engine`; `mark` makes of a caller's number what is kept of it (server/topics.py)."""
        self._engine, self._mark = engine, mark
        self._waiting: deque[dict[str, Any]] = deque()
        self._wake, self._hurry = asyncio.Event(), asyncio.Event()
        self._heard, self._done, self._progress = 0, 0, asyncio.Event()
        self.lost = 0

    @property
    def waiting(self) -> int:
        """How many facts wait to be written."""
        return len(self._waiting)

    def hear(self, fact: object) -> None:
        """Take a fact; cheap, for it is called from the conversation."""
        row = written(fact, self._mark)
        if row is None:
            return
        if len(self._waiting) >= MEMORY_MAX:
            self._waiting.popleft()
            self.lost += 1
            self._done += 1
        self._heard += 1
        self._waiting.append(row)
        self._wake.set()

    async def settled(self) -> None:
        """Wait until all that was heard is on disk: the group goes at once. Raises TimeoutError after ON_DISK_S.

        For what must be on record before it is done; a fact that waits in memory dies with the process.
        """
        heard = self._heard
        async with asyncio.timeout(ON_DISK_S):
            while self._done < heard:
                self._hurry.set()
                await self._progress.wait()

    async def run(self) -> None:
        """Write until cancelled; what is waiting then is written before it returns."""
        try:
            while True:
                await self._wake.wait()
                await self._gather()
                self._wake.clear()
                await self._write_waiting()
        finally:
            await asyncio.shield(self._write_group())

    async def _gather(self) -> None:
        """Let facts gather, unless somebody waits for them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GROUP_S):
                await self._hurry.wait()
        self._hurry.clear()

    async def _write_waiting(self) -> None:
        while self._waiting:
            if not await self._write_group():
                await asyncio.sleep(RETRY_S)

    async def _write_group(self) -> bool:
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_MAX))]
        if not group:
            return True
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(facts), group)
        except (SQLAlchemyError, OSError) as error:
            self._waiting.extendleft(reversed(group))
            log.error("%d facts wait for the database: %s", len(self._waiting), type(error).__name__)
            return False
        self._done += len(group)
        self._progress.set()
        self._progress = asyncio.Event()
        return True

    async def latest(self, seconds: float, types: Sequence[str]) -> list[dict[str, Any]]:
        """Give the facts of these types from the last so many seconds that have any fact, oldest first."""
        async with self._engine.connect() as connection:
            newest: float | None = (await connection.execute(select(func.max(facts.c.at)))).scalar_one()
        return [] if newest is None else await self.since(newest - seconds, types)

    async def ends(self, calls: Sequence[str]) -> dict[str, float]:
        """Give when those of these calls ended (unix seconds) whose end was told, the earlier end first."""
        ended = (facts.c.type == "CallEnded") & facts.c.call.in_(calls)
        at = func.max(facts.c.at)
        query = select(facts.c.call, at).where(ended).group_by(facts.c.call).order_by(at)
        async with self._engine.connect() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def since(self, at: float, types: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Give the facts from `at` (unix seconds) on, oldest first, as they were written."""
        query = select(facts).where(facts.c.at >= at).order_by(facts.c.id)
        if types:
            query = query.where(facts.c.type.in_(types))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [{**json.loads(row["body"]), "type": row["type"]} for row in rows]
