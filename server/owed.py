"""What callers were promised and somebody has yet to do: calls back, numbers left in the last resort, messages.

A promise is kept when its request is settled: an agent finishes it (in a call, or as work between calls) with an
outcome that leaves nothing for us to do, or closes it, or somebody says `ventanilla promises done`. A promised call
that nobody made in GOOD_FOR_S expires: it is a fact, and number and person may ask again. What was left or spoken
expires never, for it keeps nobody from asking.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Table, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.facts import RequestHandled, RequestNoted
from crm_bridge.requests import OURS_TO_DO, OUTCOMES, State
from server.facts import PromiseEnded
from server.promises import promises
from server.spooled import callbacks
from server.voice_messages import MACHINE, voice_messages

log = logging.getLogger("ventanilla.promises")

GOOD_FOR_S: Final = 7 * 86_400.0
"""How long a promised call keeps number and person from being promised another: five working days are past by then."""
LOOK_EVERY_S = 60.0
"""How often it is looked whether a promise has expired; it has lasted days by then."""
KEPT, EXPIRED = "kept", "expired"


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing to be done. `what`: callback, number or message; `number` E.164; `since` unix seconds.

    `hours`: morning, afternoon or any, where the caller was asked; `file` is a message's, in the folder of messages.
    """

    what: str
    request: str
    call: str
    number: str | None
    language: str
    since: float
    subject: str = ""
    hours: str = ""
    file: str = ""


def settles(fact: object) -> str | None:
    """Give the request that a fact settles: an agent left nothing for us to do."""
    match fact:
        case RequestHandled(request=request, action="close"):
            return request
        case RequestHandled(request=request, action="work", outcome=str(outcome)):
            return request if OUTCOMES.get(outcome, State.IN_PROGRESS) not in OURS_TO_DO else None
        case RequestNoted(request=request, agent=agent, outcome=outcome) if agent != MACHINE:
            return request if OUTCOMES.get(outcome, State.IN_PROGRESS) not in OURS_TO_DO else None
        case _:
            return None


class Owing:
    """What is owed, in the three tables that hold it."""

    def __init__(
        self, engine: AsyncEngine, publish: Callable[[object], None], clock: Callable[[], float]
    ) -> None:
        self._engine, self._publish, self._clock = engine, publish, clock
        self._settled: asyncio.Queue[str] = asyncio.Queue()

    async def listed(self) -> tuple[Owed, ...]:
        """Give what is open, the oldest first."""
        async with self._engine.connect() as connection:
            found = [
                _owed(what, row)
                for what, query in OPEN.items()
                for row in (await connection.execute(query)).all()
            ]
        return tuple(sorted(found, key=lambda one: (one.since, one.request)))

    async def done(self, request: str) -> int:
        """Take note that what this request promised was done; how many things that were."""
        return sum([await self._end(table, table.c.request == request, KEPT) for table in TABLES])

    async def expire(self) -> int:
        """End the promised calls that nobody made in time; how many."""
        old = promises.c.promised_at < self._clock() - GOOD_FOR_S
        return await self._end(promises, old, EXPIRED)

    async def _end(self, table: Table, which: ColumnElement[bool], ending: str) -> int:
        at, still = self._clock(), table.c.kept_at.is_(None)
        changed = update(table).where(which, still).values(kept_at=at, ending=ending)
        async with self._engine.begin() as connection:
            rows = (await connection.execute(changed.returning(table.c.call, table.c.request))).all()
        for row in rows:
            self._publish(PromiseEnded(row.call or "", row.request, ending, at))
        return len(rows)

    def hear(self, fact: object) -> None:
        """Keep in mind what settles a request."""
        if (request := settles(fact)) is not None:
            self._settled.put_nowait(request)

    async def run(self) -> None:
        """End what is settled at once, what is expired now and then, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    settled = await self._settled.get()
            except TimeoutError:
                settled = ""
            try:
                await (self.done(settled) if settled else self.expire())
            except (SQLAlchemyError, OSError) as fault:
                log.error("a promise stays open, say `ventanilla promises done`: %s", type(fault).__name__)


TABLES = (promises, callbacks, voice_messages)
OPEN: Final[dict[str, Select[Any]]] = {
    "callback": select(promises, promises.c.promised_at.label("since")).where(promises.c.kept_at.is_(None)),
    "number": select(callbacks, callbacks.c.left_at.label("since")).where(callbacks.c.kept_at.is_(None)),
    "message": select(voice_messages, voice_messages.c.left_at.label("since")).where(
        voice_messages.c.kept_at.is_(None), voice_messages.c.left_at.is_not(None)
    ),
}


def _owed(what: str, row: Row[Any]) -> Owed:
    said = row._mapping  # noqa: SLF001 - the name that SQLAlchemy documents for it
    return Owed(
        what,
        said["request"],
        said["call"] or "",
        said["number"],
        said["language"],
        said["since"],
        said.get("subject", ""),
        said.get("hours", ""),
        said.get("path", ""),
    )
