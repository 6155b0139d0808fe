"""How long recordings are kept, as their rows say it, and what became of them."""

import logging
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.evidence.tables import evidence
from recordings.adapters.tables import episodes, insert_once, keeping, quarantine, recordings
from recordings.listening import Keeping
from recordings.naming import encrypted_path, is_of_call, raw_path, wav_path
from recordings.ports import NoAudio
from recordings.reconcile import Unreadable
from recordings.recording import State
from recordings.retention import CLOCK_PROVEN_S, CLOCK_TRUSTED_S, Kept

log = logging.getLogger("ventanilla.recordings")

BATCH = 500
NO_SENSE = (ValueError, TypeError, OverflowError)
"""What a row raises that somebody else wrote: a moment that no calendar has, a word that is none of ours."""
_OVER = (State.ENDED, State.SEALED, State.EMPTY, State.MISSING)
"""Also what could never be sealed, and what has no sound: its rows tell of a person all the same."""


class KeepingRows:
    """The rows that say what became of recordings after their calls. `day_of`: the institution's day of a moment."""

    def __init__(self, engine: AsyncEngine, day_of: Callable[[float], date]) -> None:
        self._engine, self._day_of = engine, day_of

    async def of(self, call: str) -> Keeping | None:
        """Say where a recording stands in its life; None when there is none."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_joined().where(recordings.c.call == call))).one_or_none()
        return _keeping(row) if row is not None else None

    async def after(self, call: str) -> tuple[Kept | Unreadable, ...]:
        """Give recordings that are over, in the order of their calls, those after `call`; and rows of no sense."""
        query = _joined().where(recordings.c.call > call, recordings.c.state.in_(_OVER))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(recordings.c.call).limit(BATCH))).all()
            wanted = select(episodes.c.call, episodes.c.act).where(
                episodes.c.call.in_([row.call for row in rows])
            )
            acts: dict[str, set[str]] = {}
            for one in (await connection.execute(wanted)).all():
                acts.setdefault(one.call, set()).add(one.act)
        return tuple(self._kept(row, frozenset(acts.get(row.call, ()))) for row in rows)

    def _kept(self, row: Row[Any], acts: frozenset[str]) -> Kept | Unreadable:
        try:
            blocked_on = self._day_of(row.since) if row.keeping == Keeping.BLOCKED and row.since else None
            return Kept(row.call, self._day_of(row.begun_at), acts, _keeping(row), row.hold, blocked_on)
        except NO_SENSE:
            return Unreadable(row.call)

    async def become(self, call: str, stands: Keeping, at: float) -> bool:
        """Write down where a recording that is active stands now; False when it is not any more."""
        active = (keeping.c.call == call, keeping.c.keeping == Keeping.ACTIVE)
        async with self._engine.begin() as connection:
            await insert_once(connection, keeping, {"call": call, "keeping": Keeping.ACTIVE})
            done = await connection.execute(update(keeping).where(*active).values(keeping=stands, since=at))
        return done.rowcount == 1

    async def destroyed(self, call: str, at: float) -> None:
        """Write down that a recording was destroyed, and forget its signed vCon, which tells of a person."""
        over = {"keeping": Keeping.DESTROYED, "since": at}
        async with self._engine.begin() as connection:
            await connection.execute(update(keeping).where(keeping.c.call == call).values(over))
            await connection.execute(update(evidence).where(evidence.c.call == call).values(vcon=None))

    async def hold(self, call: str, reason: str | None, by: str, at: float) -> bool:
        """Place a hold, or lift it (None); False when there is no such recording, or nothing to change."""
        there = select(recordings.c.call).where(recordings.c.state != State.DESTROYED)
        before = keeping.c.hold.is_not(None) if reason is None else keeping.c.hold.is_(None)
        held = update(keeping).where(keeping.c.call == call, keeping.c.call.in_(there), before)
        async with self._engine.begin() as connection:
            if await self._known(connection, call):
                await insert_once(connection, keeping, {"call": call, "keeping": Keeping.ACTIVE})
            done = await connection.execute(held.values(hold=reason, held_by=by, held_at=at))
        return done.rowcount == 1

    async def half_destroyed(self) -> tuple[str, ...]:
        """Give the calls whose key is destroyed and whose file may still be there; only what was blocked."""
        query = _joined().where(recordings.c.state == State.DESTROYED, keeping.c.keeping == Keeping.BLOCKED)
        async with self._engine.connect() as connection:
            return tuple(row.call for row in (await connection.execute(query)).all())

    async def paths(self, call: str) -> frozenset[Path]:
        """Give every path a recording may lie at: its row's only if that is its own. Raises NoAudio("unknown")."""
        query = select(recordings.c.path, recordings.c.begun_at).where(recordings.c.call == call)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NoAudio("unknown")
        plain, named = wav_path(call, row.begun_at), Path(row.path)
        own = is_of_call(named, call)
        if not own:
            log.error("the row of call %s names a file that is not its own: that is left", call)
        paths = {raw_path(call), plain, encrypted_path(plain, stored=False)}
        return frozenset(paths | ({named} if own else set()))

    async def quarantined(self) -> tuple[tuple[str, date], ...]:
        """Give the files that belong to no recording, by path, and on which day each was found."""
        query = select(quarantine.c.path, quarantine.c.found_at).order_by(quarantine.c.path)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        named = [row for row in rows if isinstance(row.path, str)]
        return tuple((row.path, day) for row in named if (day := self._day(row.found_at)) is not None)

    def _day(self, at: float) -> date | None:
        try:
            return self._day_of(at)
        except NO_SENSE:
            return None

    async def quarantined_of(self, call: str) -> tuple[str, ...]:
        """Give the files of a call that lie in quarantine, by path."""
        query = select(quarantine.c.path).where(quarantine.c.call == call).order_by(quarantine.c.path)
        async with self._engine.connect() as connection:
            return tuple(
                path for path in (await connection.execute(query)).scalars() if isinstance(path, str)
            )

    async def states(self, calls: Sequence[str]) -> dict[str, str]:
        """Give the states of those of some calls' recordings that have a row."""
        query = select(recordings.c.call, recordings.c.state).where(recordings.c.call.in_(calls))
        async with self._engine.connect() as connection:
            return {row.call: row.state for row in (await connection.execute(query)).all()}

    async def forget_quarantined(self, path: str) -> None:
        """Forget a file that was destroyed."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(quarantine).where(quarantine.c.path == path))

    async def clock_is_believed(self, at: float) -> bool:
        """Whether a call was recorded some time before what the clock says, so that it has been right for a week."""
        query = select(func.max(recordings.c.begun_at)).where(recordings.c.begun_at <= at - CLOCK_PROVEN_S)
        async with self._engine.connect() as connection:
            newest: float | None = (await connection.execute(query)).scalar_one()
        return newest is not None and newest > at - CLOCK_TRUSTED_S

    async def _known(self, connection: AsyncConnection, call: str) -> bool:
        found = await connection.execute(select(recordings.c.call).where(recordings.c.call == call))
        return found.one_or_none() is not None


def _joined() -> Select[tuple[object, ...]]:
    columns = (recordings.c.call, recordings.c.begun_at, recordings.c.state)
    beside = (keeping.c.keeping, keeping.c.hold, keeping.c.since)
    return select(*columns, *beside).join_from(
        recordings, keeping, keeping.c.call == recordings.c.call, isouter=True
    )


def _keeping(row: Row[tuple[object, ...]]) -> Keeping:
    return Keeping.DESTROYED if row.state == State.DESTROYED else Keeping(row.keeping or Keeping.ACTIVE)
