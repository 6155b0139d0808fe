"""How long recordings are kept, as their rows say it; and the ends of their terms carried out."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.x509 import Certificate
from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.evidence.tables import evidence
from recordings.adapters.tables import episodes, insert_once, keeping, quarantine, recordings
from recordings.adapters.vault.proving import Court, proven, somebodys, unproven
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.stores import Stores
from recordings.facts import (
    Fact,
    HoldLifted,
    HoldPlaced,
    LogDoubted,
    OrphanDestroyed,
    RecordingBlocked,
    RecordingDestroyed,
)
from recordings.listening import Keeping
from recordings.naming import encrypted_path, is_of_call, is_of_the_vault, raw_path, wav_path
from recordings.ports import NoAudio, StoreAway
from recordings.reconcile import Unreadable
from recordings.recording import State
from recordings.retention import (
    CLOCK_PROVEN_S,
    CLOCK_TRUSTED_S,
    ClockDoubted,
    Kept,
    Next,
    Plan,
    Step,
    Terms,
    Unproven,
    planned,
    stray_is_over,
)

log = logging.getLogger("ventanilla.recordings")

BATCH = 500
_NO_SENSE = (ValueError, TypeError, OverflowError)
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
        except _NO_SENSE:
            return Unreadable(row.call)

    async def become(self, call: str, stands: Keeping, at: float) -> None:
        """Write down where a recording stands now."""
        await self._write(call, keeping=stands, since=at)

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
        return tuple((row.path, day) for row in rows if (day := self._day(row.found_at)) is not None)

    def _day(self, at: float) -> date | None:
        try:
            return self._day_of(at)
        except _NO_SENSE:
            return None

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

    async def _write(self, call: str, **values: object) -> None:
        async with self._engine.begin() as connection:
            await insert_once(connection, keeping, {"call": call, "keeping": Keeping.ACTIVE})
            await connection.execute(update(keeping).where(keeping.c.call == call).values(**values))


class Keeper:
    """Carries out what the terms say. `roots`: of the authorities whose stamps of heads count (proving.Court)."""

    def __init__(
        self,
        engine: AsyncEngine,
        stores: Stores,
        day_of: Callable[[float], date],
        publish: Callable[[Fact], None],
        roots: Callable[[], Sequence[Certificate]] | None = None,
    ) -> None:
        self.rows = KeepingRows(engine, day_of)
        self._engine, self._court = engine, Court(engine, day_of, roots)
        self._keys, self._stores, self._publish = KeyRows(engine), stores, publish

    async def plan(self, terms: Terms, today: date) -> Plan:
        """Say what would be done today, and do nothing."""
        whole, after = Plan(today, terms), ""
        while batch := await self.rows.after(after):
            part = planned((one for one in batch if isinstance(one, Kept)), terms, today)
            bad = tuple(one.call for one in batch if isinstance(one, Unreadable))
            whole = Plan(
                today,
                terms,
                whole.steps + part.steps,
                whole.stay + part.stay,
                whole.strange | part.strange,
                unreadable=whole.unreadable + bad,
            )
            after = batch[-1].call
        found = await self.rows.quarantined()
        over = tuple(path for path, day in found if stray_is_over(day, terms, today))
        return replace(whole, strays=over)

    async def proven(self, plan: Plan, at: float) -> Plan:
        """Give a plan without the destructions that the log does not support at a moment; it names them."""
        return await proven(self._court, plan, at)

    async def carry_out(self, plan: Plan, at: float, *, believe_clock: bool = False) -> Plan:
        """Do what a plan says and the log supports, and finish what a server that died left half destroyed.

        Gives what was done. Raises StoreAway, and ClockDoubted before anything is done, unless somebody has looked at
        the clock.
        """
        wanted = plan.of(Next.BLOCK) or plan.of(Next.DESTROY) or plan.strays
        if wanted and not believe_clock and not await self.rows.clock_is_believed(at):
            raise ClockDoubted("no call was recorded in the three months that ended a week ago")
        for call in plan.unreadable:
            log.error(
                "the row of the recording of call %s says what no row of ours can: it is left alone", call
            )
        await self._finish_half(plan, at)
        for step in plan.of(Next.BLOCK):
            await self.rows.become(step.call, Keeping.BLOCKED, at)
            self._publish(RecordingBlocked(step.call, step.act, at))
        plan = await self.proven(plan, at)
        self._name(plan.unproven, at)
        for step in plan.of(Next.DESTROY):
            await self._destroy(step, at)
        await self._destroy_strays(plan.strays, at)
        return plan

    def _name(self, left: Sequence[Unproven], at: float) -> None:
        """Say what is not destroyed although its row is due: each in the log, all of them in one fact."""
        for one in left:
            log.error(
                "the recording of call %s is not destroyed, though its row is due: %s", one.call, one.why
            )
        if left:
            first = f"{left[0].call}, since {left[0].why}"
            self._publish(
                LogDoubted(
                    f"{len(left)} recordings are not destroyed, though their rows are due: {first}.", at
                )
            )

    async def hold(self, call: str, reason: str, by: str, at: float) -> bool:
        """Keep a recording whatever its term; False when that changes nothing."""
        placed = await self.rows.hold(call, reason, by, at)
        if placed:
            self._publish(HoldPlaced(call, by, reason, at))
        return placed

    async def lift(self, call: str, reason: str, by: str, at: float) -> bool:
        """Lift a hold; False when there was none."""
        lifted = await self.rows.hold(call, None, by, at)
        if lifted:
            self._publish(HoldLifted(call, by, reason, at))
        return lifted

    async def _destroy(self, step: Step, at: float) -> None:
        """Destroy the key, and then the files; a hold that was placed since the plan was made keeps them."""
        if not await self._keys.shred(step.call, at):
            return
        if await self._finish(step.call, at):
            self._publish(RecordingDestroyed(step.call, step.act, at))

    async def _destroy_strays(self, strays: Sequence[str], at: float) -> None:
        """Destroy files of no recording; what its row calls one, and a recording's row or the log knows, is left."""
        kept = await somebodys(self._engine, strays)
        if kept:
            log.error(
                "%s files said to be of no recording are left: rows or the log know their calls", len(kept)
            )
        for path in [one for one in strays if one not in kept]:
            try:
                if not is_of_the_vault(Path(path)):
                    raise NoAudio("gone")  # noqa: TRY301 - as the store says it of a name that leads elsewhere
                await self._stores.folder.remove(path)
            except (NoAudio, StoreAway) as fault:
                log.error("what a row calls a file of no recording is left (%s): %r", fault, path[:80])
                continue
            await self.rows.forget_quarantined(path)
            self._publish(OrphanDestroyed(path, at))

    async def _finish_half(self, plan: Plan, at: float) -> None:
        """Finish what a server that died left half destroyed: a row that became so in another way was not ours."""
        half = await self.rows.half_destroyed()
        left = {one.call for one in await unproven(self._court, plan, half, at)}
        for call in half:
            if call not in left:
                await self._finish(call, at)

    async def _finish(self, call: str, at: float) -> bool:
        """Remove what is left of a recording whose key is destroyed; a row of no sense keeps up no other.

        False when something of it stays: then the next night tries again.
        """
        try:
            await self._remove_file(call)
        except (*_NO_SENSE, NoAudio):
            log.error(
                "what is left of the recording of call %s cannot be removed: its row has no sense", call
            )
            return False
        await self.rows.destroyed(call, at)
        return True

    async def _remove_file(self, call: str) -> None:
        """Remove a recording's files by every name it may have: what it was made of may have stayed beside it."""
        for path in await self.rows.paths(call):
            store, name = self._stores.of(path)
            await store.remove(name)


def _joined() -> Select[tuple[object, ...]]:
    columns = (recordings.c.call, recordings.c.begun_at, recordings.c.state)
    beside = (keeping.c.keeping, keeping.c.hold, keeping.c.since)
    return select(*columns, *beside).join_from(
        recordings, keeping, keeping.c.call == recordings.c.call, isouter=True
    )


def _keeping(row: Row[tuple[object, ...]]) -> Keeping:
    return Keeping.DESTROYED if row.state == State.DESTROYED else Keeping(row.keeping or Keeping.ACTIVE)
