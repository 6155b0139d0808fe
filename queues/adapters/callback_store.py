"""The promises to call back, in SQL: on disk before anything is done about them, each move only once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from queues.adapters.lead import Deposed, Lead
from queues.adapters.tables import callbacks
from queues.callbacks import Asked, Callback, Stage, serial_of

_OPEN = callbacks.c.ended_at.is_(None)


class SqlCallbacks:
    """The table over one AsyncEngine. Raises SQLAlchemyError, and Deposed when another server leads."""

    def __init__(self, engine: AsyncEngine, lead: Lead | None = None) -> None:
        self._engine, self._lead = engine, lead
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    async def take(self, asked: Asked, at: float, expires_at: float) -> Callback | None:
        """Write a promise; give it, or the one that stands for the same call. None: the number or person has one."""
        row = {
            "call": asked.call, "number": asked.number, "person": asked.person, "language": asked.language,
            "subject": asked.subject, "level": asked.level, "priority": asked.priority, "since_at": asked.since,
            "way": asked.way, "taken_at": at, "expires_at": expires_at, "stage": Stage.WAITING.value,
            "attempts": 0, "not_before_at": 0.0, "changed_at": at, "why": "",
        }  # fmt: skip
        async with self._engine.begin() as connection:
            await self._demand(connection)
            await connection.execute(self._insert(callbacks).values(row).on_conflict_do_nothing())
        return await self.given_in(asked.call)

    async def standing(self, number: str | None, person: str | None) -> Callback | None:
        """Give the open promise to this number (E.164) or person."""
        whose = [callbacks.c.number == number, callbacks.c.person == person]
        asked = [one for one, value in zip(whose, (number, person), strict=True) if value is not None]
        found = await self._found(_OPEN, or_(*asked)) if asked else ()
        return found[0] if found else None

    async def open_ones(self) -> tuple[Callback, ...]:
        """Give all that is still to come, the oldest turn first."""
        return await self._found(_OPEN)

    async def unkept(self, since: float) -> tuple[Callback, ...]:
        """Give those that came to nothing since then (unix seconds): their time ran out, or nobody was reached."""
        ended = callbacks.c.stage.in_((Stage.EXPIRED.value, Stage.GIVEN_UP.value))
        return await self._found(ended, callbacks.c.ended_at >= since)

    async def given_in(self, call: str) -> Callback | None:
        """Give the promise that was given in this call."""
        found = await self._found(callbacks.c.call == call)
        return found[0] if found else None

    async def asked_in(self, placed: str) -> str | None:
        """Give the call in which a promise was given, by a call that keeps it or tried to."""
        found = await self._found(callbacks.c.serial == serial_of(placed))
        return found[0].asked.call if found else None

    async def move(self, before: Callback, now: Callback) -> bool:
        """Write what became of a promise; False when somebody else was faster: then nothing was written."""
        unchanged = (
            (callbacks.c.serial == before.serial)
            & (callbacks.c.stage == before.stage.value)
            & (callbacks.c.attempts == before.attempts)
            & (callbacks.c.summons == before.summons)
        )
        values = {
            "stage": now.stage.value, "attempts": now.attempts, "not_before_at": now.not_before,
            "changed_at": now.changed_at, "why": now.why, "ended_at": None if now.open else now.changed_at,
            "subject": now.asked.subject, "level": now.asked.level, "priority": now.asked.priority,
            "summons": now.summons,
        }  # fmt: skip
        async with self._engine.begin() as connection:
            await self._demand(connection)
            written = await connection.execute(update(callbacks).where(unchanged).values(values))
        return bool(written.rowcount)

    async def _demand(self, connection: AsyncConnection) -> None:
        """Make sure that we lead. Raises Deposed."""
        if self._lead is None:
            return
        try:
            await connection.run_sync(self._lead.demand)
        except Deposed:
            self._lead.lose()
            raise

    async def _found(self, *where: ColumnElement[bool]) -> tuple[Callback, ...]:
        query = select(callbacks).where(*where).order_by(callbacks.c.since_at, callbacks.c.serial)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return tuple(map(_callback, rows))


def _callback(row: Mapping[Any, Any]) -> Callback:
    asked = Asked(
        row["call"], row["number"], row["person"], row["language"], row["subject"], row["level"],
        row["priority"], row["since_at"], row["way"],
    )  # fmt: skip
    return Callback(
        row["serial"], asked, row["taken_at"], row["expires_at"], Stage(row["stage"]), row["attempts"],
        row["not_before_at"], row["changed_at"], row["why"], row["summons"],
    )  # fmt: skip
