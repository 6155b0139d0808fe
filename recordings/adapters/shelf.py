"""The recordings' rows: every question and change that the recorder, the sealer and the reconciler make."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Update, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.durable import durably
from recordings.adapters.tables import insert_once, keeping, marks, quarantine, recordings
from recordings.listening import Keeping
from recordings.marks import Kind, Notice, offset_ms
from recordings.naming import raw_path
from recordings.ports import NoAudio
from recordings.reconcile import Orphan, RowSeen
from recordings.recording import CHANNELS, Flaw, Sealed, State, Taken

BATCH = 50
_UNSEALED = (State.RECORDING, State.ENDED)
"""What may become sealed, or missing: what was erased while it was sealed stays so."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A recording that waits to be sealed; how often that failed, when it did last, and why."""

    taken: Taken
    path: Path
    tries: int
    tried_at: float
    trouble: str = ""


class Shelf:
    """The rows of one vault."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(self, call: str, notice: Notice, at: float) -> bool:
        """Insert a call's row with its notice; False when it has one."""
        row = {
            "call": call,
            "state": State.RECORDING,
            "path": raw_path(call).as_posix(),
            "language": notice.language,
            "notice_key": notice.key,
            "notice_offset_ms": notice.offset_ms,
            "begun_at": at,
            "orderly": True,
            "tries": 0,
        }
        async with self._engine.begin() as connection:
            return await insert_once(connection, recordings, row)

    async def state(self, call: str) -> State | None:
        """Say where a call's recording stands; None when it has none."""
        async with self._engine.connect() as connection:
            found = await connection.execute(select(recordings.c.state).where(recordings.c.call == call))
        state = found.scalar_one_or_none()
        return State(state) if state else None

    async def place_of(self, call: str) -> Path:
        """Say where the sealed file of a call stands, relative to the vault. Raises NoAudio."""
        query = select(recordings.c.state, recordings.c.path).where(recordings.c.call == call)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NoAudio("unknown")
        if row.state != State.SEALED:
            raise NoAudio("unsealed")
        return Path(row.path)

    async def mark(self, call: str, kind: Kind, at: float) -> None:
        """Note a moment inside a recording; nothing when the call is not recorded."""
        async with self._engine.begin() as connection:
            found = await connection.execute(select(recordings.c.begun_at).where(recordings.c.call == call))
            begun_at = found.scalar_one_or_none()
            if begun_at is not None:
                moment = {"call": call, "kind": kind, "offset_ms": offset_ms(begun_at, at)}
                await insert_once(connection, marks, moment)

    async def muted(self) -> frozenset[str]:
        """Give the calls that are being recorded and whose last gap nobody has ended."""
        gaps = (Kind.MUTED, Kind.UNMUTED)
        query = (
            select(marks.c.call, marks.c.kind)
            .join(recordings, recordings.c.call == marks.c.call)
            .where(recordings.c.state == State.RECORDING, marks.c.kind.in_(gaps))
            .order_by(marks.c.offset_ms, marks.c.kind)  # of the same millisecond: "muted", then "unmuted"
        )
        async with self._engine.connect() as connection:
            last = {row.call: row.kind for row in (await connection.execute(query)).all()}
        return frozenset(call for call, kind in last.items() if kind == Kind.MUTED)

    async def ended(self, call: str, at: float, *, orderly: bool = True) -> bool:
        """Queue a recording to be sealed; False when it was not being recorded (or queued before)."""
        now_ended = update(recordings).where(recordings.c.call == call, recordings.c.state == State.RECORDING)
        async with self._engine.begin() as connection:
            done = await connection.execute(now_ended.values(state=State.ENDED, ended_at=at, orderly=orderly))
        return done.rowcount == 1

    async def queued(self, after: str = "") -> tuple[Queued, ...]:
        """Give recordings that wait to be sealed, in the order of their calls, those after `after`."""
        table = recordings
        query = select(table).where(table.c.state == State.ENDED, table.c.call > after)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(table.c.call).limit(BATCH))).all()
        return tuple(
            Queued(
                Taken(row.call, row.begun_at, row.ended_at, row.orderly),
                Path(row.path),
                row.tries,
                row.tried_at or 0.0,
                row.trouble or "",
            )
            for row in rows
        )

    async def sealed(
        self,
        taken: Taken,
        sealed: Sealed,
        flaw: Flaw,
        path: Path,
        at: float,
        beside: Callable[[AsyncConnection], Awaitable[None]] | None = None,
    ) -> bool:
        """Write down what was sealed and when it ended, durably: the original is deleted next.

        An empty recording keeps the path of its original. `beside`: what is written with it, or not at all. False, and
        nothing is written, when it waits no more: it was erased meanwhile.
        """
        row = {
            "ended_at": taken.ended_at,
            "state": State.EMPTY if flaw is Flaw.EMPTY else State.SEALED,
            "path": path.as_posix(),
            "flaw": flaw,
            "sealed_at": at,
            "channels": CHANNELS,
            "bytes": sealed.bytes,
            "duration_ms": sealed.duration_ms,
            "sha512": sealed.sha512,
            "trouble": None,
        }
        async with durably(self._engine) as connection:
            if (await connection.execute(_waiting(taken.call).values(row))).rowcount != 1:
                return False
            if beside is not None:
                await beside(connection)
        return True

    async def missing(self, call: str) -> bool:
        """Write down that a recording has no file; False when it waits no more for its seal."""
        return await self._change(call, state=State.MISSING, flaw=Flaw.MISSING)

    async def trouble(self, call: str, reason: str, at: float) -> None:
        """Count a try to seal that failed; the recording stays queued."""
        await self._change(call, tries=recordings.c.tries + 1, tried_at=at, trouble=reason)

    async def rows(self, begun_after: float) -> Mapping[str, RowSeen]:
        """Give the rows begun after a moment, and those that are not finished however old."""
        table = recordings
        unfinished = table.c.state.in_([State.RECORDING, State.ENDED])
        columns = (table.c.call, table.c.state, table.c.path, table.c.begun_at, keeping.c.keeping)
        beside = table.outerjoin(keeping, keeping.c.call == table.c.call)
        query = select(*columns).select_from(beside).where(or_(table.c.begun_at >= begun_after, unfinished))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {row.call: _seen(row) for row in rows}

    async def adopt(self, orphan: Orphan, at: float) -> bool:
        """Put a file without owner into quarantine; False when it is there already."""
        row = {
            "path": orphan.file.name,
            "call": orphan.call,
            "bytes": orphan.file.bytes,
            "found_at": at,
        }
        async with self._engine.begin() as connection:
            return await insert_once(connection, quarantine, row)

    async def _change(self, call: str, **values: object) -> bool:
        async with self._engine.begin() as connection:
            return (await connection.execute(_waiting(call).values(**values))).rowcount == 1


def _waiting(call: str) -> Update:
    """Begin a change of a recording that is not sealed yet."""
    return update(recordings).where(recordings.c.call == call, recordings.c.state.in_(_UNSEALED))


def _seen(row: Row[*tuple[Any, ...]]) -> RowSeen:
    """Give a row as it is compared; one that says what none of ours can has no state."""
    try:
        datetime.fromtimestamp(row.begun_at, UTC)
        over = Keeping(row.keeping or Keeping.ACTIVE) is not Keeping.ACTIVE
        state = State(row.state) if Path(row.path).parts else None
        return RowSeen(row.call, state, Path(row.path), row.begun_at, term_over=over)
    except (ValueError, TypeError, OverflowError, OSError):
        return RowSeen(row.call, None, Path("unreadable"), 0.0)
