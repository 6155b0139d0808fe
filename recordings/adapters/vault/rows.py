"""The rows of recordings' keys. They are the one thing here whose loss cannot be mended, and whose end is final."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.durable import durably
from recordings.adapters.evidence.tables import evidence
from recordings.adapters.tables import episodes, insert_once, keeping, keys, recordings
from recordings.listening import Keeping
from recordings.naming import SEALED, TINK
from recordings.ports import NoAudio
from recordings.recording import State
from recordings.retention import LEAST_BLOCKED_S

BATCH = 100
FORGET_MS = 500
"""So long SQLite waits for who reads before it empties its log of changes: all who write, calls too, wait as well."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A recording that is sealed and not encrypted yet; `bytes` and `sha512` as it was sealed."""

    call: str
    path: Path
    bytes: int
    sha512: str


@dataclass(frozen=True, slots=True)
class Resting:
    """Where a recording lies; `envelope` is None for one that is not encrypted."""

    call: str
    path: Path
    bytes: int
    sha512: str
    envelope: str | None


class KeyRows:
    """The keys' rows of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def waiting(self, after: str = "") -> tuple[Plain, ...]:
        """Give sealed recordings that are not encrypted, in the order of their calls, those after `after`."""
        table = recordings
        plain = and_(table.c.state == State.SEALED, table.c.path.startswith(SEALED), table.c.call > after)
        query = select(table).where(plain, ~table.c.path.endswith(TINK)).order_by(table.c.call).limit(BATCH)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(Plain(row.call, Path(row.path), row.bytes, row.sha512) for row in rows)

    async def resting(self, call: str) -> Resting:
        """Say where a recording lies. Raises NoAudio: unknown, unsealed, destroyed."""
        joined = select(recordings, keys.c.envelope).join_from(
            recordings, keys, keys.c.call == recordings.c.call, isouter=True
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(joined.where(recordings.c.call == call))).one_or_none()
        if row is None:
            raise NoAudio("unknown")
        if row.state != State.SEALED:
            raise NoAudio("destroyed" if row.state == State.DESTROYED else "unsealed")
        path = Path(row.path)
        if path.suffix == TINK and row.envelope is None:
            raise NoAudio("locked")
        return Resting(call, path, row.bytes, row.sha512, row.envelope if path.suffix == TINK else None)

    async def keep(
        self, plain: Plain, path: Path, envelope: tuple[str, str], peaks: bytes | None, at: float
    ) -> bool:
        """Write an envelope (and its key's name) and the new path, durably; False if the row changed meanwhile."""
        still = (recordings.c.call == plain.call, recordings.c.state == State.SEALED)
        row = {"call": plain.call, "envelope": envelope[0], "kek": envelope[1], "plain": plain.bytes}
        async with self._durably() as connection:
            moved = update(recordings).where(*still, recordings.c.path == plain.path.as_posix())
            if (await connection.execute(moved.values(path=path.as_posix()))).rowcount != 1:
                return False
            await connection.execute(delete(keys).where(keys.c.call == plain.call))
            return await insert_once(
                connection, keys, row | {"peaks": peaks, "made_at": at, "wrapped_at": at}
            )

    async def peaks(self, call: str) -> bytes | None:
        """Give a recording's waveform, if it has one."""
        async with self._engine.connect() as connection:
            found = await connection.execute(select(keys.c.peaks).where(keys.c.call == call))
        peaks: bytes | None = found.scalar_one_or_none()
        return peaks

    async def not_under(self, kek: str, after: str = "") -> tuple[tuple[str, str], ...]:
        """Give (call, envelope) of those under another key, in the order of their calls, those after `after`."""
        query = select(keys.c.call, keys.c.envelope).where(keys.c.kek != kek, keys.c.call > after)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(keys.c.call).limit(BATCH))).all()
        return tuple((row.call, row.envelope) for row in rows)

    async def rewrap(self, call: str, before: str, after: str, kek: str, at: float) -> bool:
        """Put an envelope in the place of the one it was made from; False when that is not there any more."""
        same = (keys.c.call == call, keys.c.envelope == before)
        async with self._durably() as connection:
            done = await connection.execute(
                update(keys).where(*same).values(envelope=after, kek=kek, wrapped_at=at)
            )
        return done.rowcount == 1

    async def count(self) -> dict[str, int]:
        """Count the envelopes by key."""
        query = select(keys.c.kek, func.count().label("many")).group_by(keys.c.kek)
        async with self._engine.connect() as connection:
            return {row.kek: row.many for row in (await connection.execute(query)).all()}

    async def count_waiting(self) -> int:
        """Count the sealed recordings that are not encrypted."""
        plain = and_(recordings.c.state == State.SEALED, ~recordings.c.path.endswith(TINK))
        async with self._engine.connect() as connection:
            found = await connection.execute(select(func.count()).select_from(recordings).where(plain))
        return int(found.scalar_one())

    async def shred(self, call: str, at: float) -> bool:
        """Destroy the envelope, the waveform and what was said in episodes; the recording's row and hash stay.

        False, and nothing is done, unless it has been blocked for four weeks and nothing holds it. Nobody can place
        a hold in between: the row is written to itself first. The key is written over before it is deleted, and
        SQLite told to leave nothing of it in its file.
        """
        blocked = (keeping.c.keeping == Keeping.BLOCKED, keeping.c.since <= at - LEAST_BLOCKED_S)
        free = update(keeping).where(keeping.c.call == call, keeping.c.hold.is_(None), *blocked)
        async with self._durably() as connection:
            if (await connection.execute(free.values(hold=None))).rowcount != 1:
                return False
            await _shred(connection, call)
        await self.forget()
        return True

    async def erase(self, call: str, at: float) -> bool:
        """Do the same by an order, whatever its term and its rows say; False, and nothing is done, while it is held.

        The signed vCon goes with the key, and the rows say at once that it is over: whoever is killed behind it leaves
        files, which reconciling names and the night's run removes.
        """
        free = update(keeping).where(keeping.c.call == call, keeping.c.hold.is_(None))
        async with self._durably() as connection:
            await insert_once(connection, keeping, {"call": call, "keeping": Keeping.ACTIVE})
            if (await connection.execute(free.values(hold=None))).rowcount != 1:
                return False
            await _shred(connection, call)
            await connection.execute(
                update(recordings).where(recordings.c.call == call).values(state=State.DESTROYED)
            )
            # Behind the state: whoever signs meanwhile looks at that, and waits for this or is waited for.
            await connection.execute(update(evidence).where(evidence.c.call == call).values(vcon=None))
            over = {"keeping": Keeping.DESTROYED, "since": at}
            await connection.execute(update(keeping).where(keeping.c.call == call).values(over))
        await self.forget()
        return True

    async def forget(self) -> bool:
        """Let SQLite's log of changes, which still has what was deleted, be emptied; False while somebody reads it."""
        async with self._engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                return True
            patience = (await connection.exec_driver_sql("PRAGMA busy_timeout")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA busy_timeout={FORGET_MS}")
            try:
                busy = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                return int(busy.scalars().one()) == 0
            finally:
                await connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")

    @asynccontextmanager
    async def _durably(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that is on the disk when it is over, and leaves nothing of what it deletes."""
        async with durably(self._engine) as connection:
            if connection.dialect.name == "sqlite":
                await connection.exec_driver_sql("PRAGMA secure_delete=ON")
            yield connection


async def _shred(connection: AsyncConnection, call: str) -> None:
    """Destroy key, waveform and words of a recording whose call is over."""
    nothing = {"envelope": "", "peaks": None, "kek": ""}
    await connection.execute(update(keys).where(keys.c.call == call).values(nothing))
    await connection.execute(delete(keys).where(keys.c.call == call))
    over = recordings.c.state != State.RECORDING
    gone = update(recordings).where(recordings.c.call == call, over)
    await connection.execute(gone.values(state=State.DESTROYED))
    unsaid = {"citizen": None, "leg": "", "text": ""}
    await connection.execute(update(episodes).where(episodes.c.call == call).values(unsaid))
