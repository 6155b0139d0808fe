"""What lies before the notary: rows that wait for a signature or a stamp, and what is written when they have it."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha512
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.episodes import Episodes
from recordings.adapters.evidence.tables import evidence, heads, stamps
from recordings.adapters.tables import chains, insert_once, marks, recordings
from recordings.evidence.stamps import Stamp
from recordings.evidence.vcon import Chained, Recorded
from recordings.naming import is_in_writing
from recordings.recording import State

BATCH = 50
OVER = (State.SEALED, State.EMPTY, State.MISSING)
"""States of recordings that become nothing else, but for being destroyed."""
STAMP_AGAIN_S = 30.0
"""What got no stamp is tried again so often; an authority that is away is asked with one and not with all that wait."""
RENEW_BEFORE_S = 180 * 86_400.0
"""A stamp is renewed half a year before its authority's certificate runs out."""
RENEW_AGAIN_S = 30 * 86_400.0
"""A renewal that was not to be had, or that holds no longer, is tried again after so long: six times in half a year."""
_CANNOT = 200
"""Characters of a trouble that are kept."""


@dataclass(frozen=True, slots=True)
class Unstamped:
    """What waits for a stamp: whose (an evidence's id, or head:<size>), which one, and the bytes it will be of."""

    subject: str
    number: int
    content: bytes
    call: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A call's evidence as it is kept; `vcon` is None once it was destroyed."""

    call: str
    id: str
    vcon: bytes | None
    sha512: str
    certificate: str
    signed_at: float
    leaf: int
    stamped_at: float | None


class Desk:
    """The evidence of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._episodes = Episodes(engine)

    # --- waiting for a signature ---

    async def unsigned(self, ended_after: float, without: Collection[str] = ()) -> tuple[Recorded, ...]:
        """Give recordings that are over without evidence, of calls that ended after a moment, oldest first.

        The empty and the missing too: that there is nothing to be heard is evidence as well.

        `without`: calls that are left out.
        """
        query = (
            select(recordings, chains.c.chunks, chains.c.link, chains.c.broken_at)
            .outerjoin(evidence, evidence.c.call == recordings.c.call)
            .outerjoin(chains, chains.c.call == recordings.c.call)
            .where(
                recordings.c.state.in_(OVER),
                recordings.c.ended_at >= ended_after,
                evidence.c.call.is_(None),
                recordings.c.call.not_in(without),
            )
            .order_by(recordings.c.ended_at)
            .limit(BATCH)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
            noted = await _marks(connection, [row.call for row in rows])
        return tuple([await self._recorded(row, noted) for row in rows])

    async def signed(
        self,
        connection: AsyncConnection,
        call: str,
        named: str,
        written: bytes,
        certificate: str,
        leaf: int,
        at: float,
    ) -> None:
        """Write down what was signed; belongs to the transaction of its entry in the log.

        Of a recording that was destroyed meanwhile the vCon is not kept: its hash is, as of every other.
        """
        still = (recordings.c.call == call, recordings.c.state.in_(OVER))
        over = await connection.execute(update(recordings).where(*still).values(state=recordings.c.state))
        row = {
            "call": call,
            "id": named,
            "vcon": written.decode() if over.rowcount == 1 else None,
            "sha512": sha512(written).hexdigest(),
            "certificate": certificate,
            "signed_at": at,
            "leaf": leaf,
            "tries": 0,
        }
        await connection.execute(evidence.insert().values(row))

    async def _recorded(self, row: Row[Any], noted: dict[str, list[tuple[str, int]]]) -> Recorded:
        sealed = row.state == State.SEALED  # an empty one's hash is of a header, which is kept nowhere
        return Recorded(
            evidence="",
            call=row.call,
            begun_at=row.begun_at,
            ended_at=row.ended_at,
            duration_ms=row.duration_ms if sealed else 0,
            bytes=row.bytes if sealed else 0,
            sha512=row.sha512 if sealed else None,
            flaw=row.flaw,
            orderly=row.orderly,
            in_writing=is_in_writing(row.call),
            notice_key=row.notice_key,
            notice_language=row.language,
            notice_offset_ms=row.notice_offset_ms,
            marks=tuple(noted.get(row.call, ())),
            episodes=await self._episodes.episodes_of(row.call),
            chain=Chained(row.chunks, row.link, row.broken_at) if row.link is not None else None,
        )

    # --- waiting for a stamp ---

    async def unstamped(self, now: float) -> tuple[Unstamped, ...]:
        """Give what has no stamp, or one that runs out, unless it was tried lately; heads first, for they are few."""
        async with self._engine.connect() as connection:
            return (*await _heads(connection), *await _evidence(connection, now))

    async def lost(self) -> int:
        """Have stamped anew what is called stamped, and has no stamp that is kept; how many. Reads all evidence."""
        table = evidence.c
        kept = select(stamps.c.at).where(stamps.c.subject == table.id).correlate(evidence)
        query = select(table.call).where(
            table.stamped_at.is_not(None), table.vcon.is_not(None), ~kept.exists()
        )
        async with self._engine.connect() as connection:
            calls = list((await connection.execute(query)).scalars())
        anew = {"stamped_at": None, "stamp_until": None, "tried_at": None}
        for first in range(0, len(calls), BATCH):
            some = table.call.in_(calls[first : first + BATCH])
            async with self._engine.begin() as connection:
                await connection.execute(update(evidence).where(some).values(anew))
        return len(calls)

    async def stamped(self, waiting: Unstamped, reply: bytes, stamp: Stamp) -> None:
        """Keep a stamp."""
        row = {
            "subject": waiting.subject,
            "number": waiting.number,
            "reply": reply,
            "at": stamp.at,
            "until": stamp.valid_until,
            "authority": stamp.authority[:_CANNOT],
        }
        async with self._engine.begin() as connection:
            if not await insert_once(connection, stamps, row):
                return
            if waiting.call is not None:
                until = {"stamp_until": stamp.valid_until, "trouble": None}
                first = {"stamped_at" if waiting.number == 0 else "tried_at": stamp.at}
                await connection.execute(
                    update(evidence).where(evidence.c.call == waiting.call).values(**until, **first)
                )

    async def trouble(self, waiting: Unstamped, why: str, at: float) -> None:
        """Write down that a stamp was not to be had."""
        if waiting.call is None:
            return
        values = {"tries": evidence.c.tries + 1, "tried_at": at, "trouble": why[:_CANNOT]}
        async with self._engine.begin() as connection:
            await connection.execute(update(evidence).where(evidence.c.call == waiting.call).values(values))

    # --- reading ---

    async def of_call(self, call: str) -> Kept | None:
        """Give a call's evidence; None when it has none yet."""
        query = select(evidence).where(evidence.c.call == call)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _kept(row) if row is not None else None

    async def stamps_of(self, subject: str) -> tuple[bytes, ...]:
        """Give the stamps of an evidence or a head, the first one first."""
        query = select(stamps.c.reply).where(stamps.c.subject == subject).order_by(stamps.c.number)
        async with self._engine.connect() as connection:
            return tuple((await connection.execute(query)).scalars())

    async def forget(self, call: str) -> bool:
        """Destroy a call's signed vCon, which tells of a person; hash, stamp and entry stay. Whether there was one."""
        there = (evidence.c.call == call, evidence.c.vcon.is_not(None))
        async with self._engine.begin() as connection:
            done = await connection.execute(update(evidence).where(*there).values(vcon=None))
        return done.rowcount == 1


def head_subject(size: int) -> str:
    """Name a head among what is stamped."""
    return f"head:{size}"


async def _marks(connection: AsyncConnection, calls: list[str]) -> dict[str, list[tuple[str, int]]]:
    query = select(marks).where(marks.c.call.in_(calls)).order_by(marks.c.offset_ms)
    noted: dict[str, list[tuple[str, int]]] = {}
    for row in (await connection.execute(query)).all():
        noted.setdefault(row.call, []).append((row.kind, row.offset_ms))
    return noted


async def _heads(connection: AsyncConnection) -> list[Unstamped]:
    """Give the newest head when it has no stamp: one proves all that is below it."""
    newest = (await connection.execute(select(heads).order_by(heads.c.size.desc()).limit(1))).one_or_none()
    if newest is None:
        return []
    subject = head_subject(newest.size)
    has = (await connection.execute(select(stamps.c.at).where(stamps.c.subject == subject))).first()
    return [] if has else [Unstamped(subject, 0, newest.note.encode(), None)]


async def _evidence(connection: AsyncConnection, now: float) -> list[Unstamped]:
    table = evidence.c
    fresh = and_(table.stamped_at.is_(None), _not_tried_since(now - STAMP_AGAIN_S))
    old = and_(await _runs_out(connection, now), _not_tried_since(now - RENEW_AGAIN_S))
    query = select(evidence).where(table.vcon.is_not(None), or_(fresh, old))
    rows = (await connection.execute(query.order_by(table.signed_at).limit(BATCH))).all()
    return [await _waiting(connection, row) for row in rows]


async def _runs_out(connection: AsyncConnection, now: float) -> ColumnElement[bool]:
    """Give the condition that a stamp is to be renewed now: it still holds, and there are newer ones that hold longer.

    As long as the authority has the same certificate another stamp of it would hold no longer than the first.
    """
    longest = (await connection.execute(select(func.max(stamps.c.until)))).scalar_one()
    until = evidence.c.stamp_until
    return and_(until > now, until < now + RENEW_BEFORE_S, until < (longest or 0.0))


def _not_tried_since(moment: float) -> ColumnElement[bool]:
    return or_(evidence.c.tried_at.is_(None), evidence.c.tried_at <= moment)


async def _waiting(connection: AsyncConnection, row: Row[Any]) -> Unstamped:
    """Give what is to be stamped: the vCon, and for a renewal all the stamps before it behind it."""
    query = select(stamps.c.reply).where(stamps.c.subject == row.id).order_by(stamps.c.number)
    before = list((await connection.execute(query)).scalars())
    return Unstamped(row.id, len(before), b"".join([row.vcon.encode(), *before]), row.call)


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        row.call,
        row.id,
        row.vcon.encode() if row.vcon is not None else None,
        row.sha512,
        row.certificate,
        row.signed_at,
        row.leaf,
        row.stamped_at,
    )
