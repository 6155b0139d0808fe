"""Snapshots of calls in progress, kept in memory and written behind in groups.

The conversation only leaves its newest snapshot here, in memory; what changed since is written together, at
most `GROUP_S` later. A call that begins and ends within that time never costs a row. At start everything
that a server before us left is read once, so that a call that arrives is looked up without waiting.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final, Self

from sqlalchemy import Insert, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialplans.machine import Walk
from ivr.adapters.tables import calls
from ivr.ports.calls import Kept
from ivr.ports.floor import WishForm

GROUP_S: Final = 0.05  # what a killed server may have lost of a walk: less than a key press
LOST_S: Final = 60.0  # a line that broke comes back within seconds (the dialplan's attempts), or not at all
STALE_S: Final = 12 * 3600.0  # a call kept for longer ended while nobody listened
RETRY_S: Final = 0.5  # a database that cannot be written for a moment
CLOSE_S: Final = 5.0  # how long closing waits for the last group

log = logging.getLogger("ventanilla.ivr")


class SqlCalls:
    """The calls in progress over one AsyncEngine. Call `open` before use and `close` at the end."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: dict[str, Kept] = {}
        self._written: set[str] = set()
        self._dirty: set[str] = set()
        self._lost: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None

    async def open(self, at: float) -> Self:
        """Read what a server before us kept, less what is stale, and start writing groups."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(calls).where(calls.c.kept_at < at - STALE_S))
            rows = (await connection.execute(select(calls))).mappings().all()
        for row in rows:
            with suppress(ValueError, KeyError, TypeError):  # a snapshot of a version that kept other things
                self._kept[row["call"]] = _kept(row)
        self._written = {row["call"] for row in rows}
        self._writer = asyncio.create_task(self._write_groups(), name="ivr: calls")
        return self

    async def close(self) -> None:
        """Write what is pending, then stop."""
        if self._writer is not None:
            self._writer.cancel()
            with suppress(asyncio.CancelledError):
                await self._writer
        with suppress(TimeoutError, SQLAlchemyError):
            async with asyncio.timeout(CLOSE_S):
                await self._write()

    def unfinished(self, call: str) -> Kept | None:
        """Give what was kept of a call that comes back."""
        self._lost.pop(call, None)
        return self._kept.get(call)

    def in_progress(self) -> tuple[Kept, ...]:
        """Give what goes on as far as we know, for who compares it with Asterisk's channels.

        A call whose caller left was told to have ended; it is only kept in case the line was lost by mistake.
        """
        return tuple(kept for call, kept in self._kept.items() if call not in self._lost)

    def keep(self, kept: Kept) -> None:
        """Keep this in place of what was kept of the call before."""
        self._kept[kept.call] = kept
        self._changed(kept.call)

    async def written(self) -> None:
        """Write what is pending now, for who may not go on before it is on disk. Raises SQLAlchemyError."""
        await self._write()

    def finished(self, call: str) -> None:
        """Drop what is kept of a call: it will not come back."""
        self._lost.pop(call, None)
        if self._kept.pop(call, None) is not None:
            self._changed(call)

    def lost(self, call: str, at: float) -> None:
        """Drop what is kept of a call whose line is gone, unless it comes back within the minute."""
        self._lost.pop(call, None)  # so that they stand in the order of their loss
        self._lost[call] = at
        while (oldest := next(iter(self._lost))) and self._lost[oldest] < at - LOST_S:
            self.finished(oldest)

    def _changed(self, call: str) -> None:
        if not self._dirty:
            self._wake.set()
        self._dirty.add(call)

    async def _write_groups(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GROUP_S)
            self._wake.clear()
            try:
                await self._write()
            except SQLAlchemyError as fault:
                log.warning("calls cannot be written, trying again: %s", type(fault).__name__)
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def _write(self) -> None:
        """Write one group: the newest snapshot of every call that changed, and the end of those that ended."""
        async with self._writing:  # one after the other, or an older snapshot could be the last one written
            await self._write_group()

    async def _write_group(self) -> None:
        dirty, self._dirty = self._dirty, set()
        rows = [_row(self._kept[call]) for call in dirty if call in self._kept]
        ended = [{"ended": call} for call in dirty & self._written if call not in self._kept]
        try:
            async with self._engine.begin() as connection:
                if rows:
                    await connection.execute(_upsert(connection), rows)
                if ended:
                    await connection.execute(delete(calls).where(calls.c.call == bindparam("ended")), ended)
        except BaseException:
            self._dirty |= dirty
            raise
        self._written.update(row["call"] for row in rows)
        self._written.difference_update(end["ended"] for end in ended)


def _upsert(connection: AsyncConnection) -> Insert:
    """Insert or replace by the call's id: the one place that depends on the database's dialect."""
    rest = [column.name for column in calls.columns if not column.primary_key]
    if connection.dialect.name == "postgresql":
        row = postgresql.insert(calls)
        return row.on_conflict_do_update(
            index_elements=["call"], set_={name: row.excluded[name] for name in rest}
        )
    line = sqlite.insert(calls)
    return line.on_conflict_do_update(
        index_elements=["call"], set_={name: line.excluded[name] for name in rest}
    )


def _row(kept: Kept) -> dict[str, Any]:
    return {
        "call": kept.call,
        "stage": kept.stage,
        "walk": kept.walk.to_json(),
        "caller": kept.caller,
        "page": kept.page,
        "wish": None if kept.wish is None else asdict(kept.wish),
        "recording": kept.recording,
        "began_at": kept.began_at,
        "kept_at": kept.at,
    }


def _kept(row: Any) -> Kept:  # noqa: ANN401 - a SQLAlchemy row has no static columns; Any stops here
    return Kept(
        call=row["call"],
        stage=row["stage"],
        walk=Walk.from_json(row["walk"]),
        caller=row["caller"],
        page=row["page"],
        wish=None if row["wish"] is None else WishForm(**row["wish"]),
        recording=row["recording"],
        began_at=row["began_at"],
        at=row["kept_at"],
    )
