"""What the log proves of a recording's term, for who destroys: when it began, and what was agreed to in it.

A row is anybody's who can write the database: begun long ago, with no consent in it, its term would be over. So the
signed vCon counts that the log has, believed to be no older than the first head that shows its entry. Of a recording
that was never signed only its beginning is proven: then the longest of all terms must be over (`acts` is None).

When a head was published stands in a row, too. Its time stamp has a time that nobody writes into a database.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.x509 import Certificate
from sqlalchemy import Row, String, and_, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.tables import evidence, heads, log
from recordings.adapters.evidence.tables import stamps as stamps_table
from recordings.evidence import jws, stamps
from recordings.evidence.destroyed import NEVER, Explained
from recordings.evidence.entries import Kind, sealed
from recordings.evidence.jws import BadSignature
from recordings.evidence.notes import BadNote, checkpoint_of
from recordings.evidence.stamps import BadStamp

MOST_HEADS = 50
"""So many stamped heads above an entry are tried; the first holds, unless somebody has been at it."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """When a recording began at the earliest (unix seconds), and the acts of its consents; None when nobody knows.

    leaf: the entry of the log that says so.
    """

    began: float
    acts: frozenset[str] | None
    leaf: int


class StampedHeads:
    """When entries were there at the latest, by the time stamps of heads. `roots`: of the authorities believed."""

    def __init__(self, engine: AsyncEngine, roots: Sequence[Certificate]) -> None:
        self._engine, self._roots, self._log = engine, roots, Log(engine)
        self._known: dict[int, float | None] = {}

    async def since(self, leaf: int) -> float:
        """Say when the first head was stamped that has an entry; NEVER when none was, or none of the log as it is."""
        subject = literal("head:") + cast(heads.c.size, String)
        joined = heads.join(stamps_table, and_(stamps_table.c.subject == subject, stamps_table.c.number == 0))
        query = select(heads.c.size, heads.c.note, stamps_table.c.reply).select_from(joined)
        query = query.where(heads.c.size > leaf).order_by(heads.c.size).limit(MOST_HEADS)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            if row.size not in self._known:
                self._known[row.size] = await self._at(row)
            if (at := self._known[row.size]) is not None:
                return at
        return NEVER

    async def _at(self, row: Row[*tuple[Any, ...]]) -> float | None:
        try:
            stamp = await asyncio.to_thread(stamps.check, row.reply, row.note.encode(), self._roots)
            head = checkpoint_of(row.note)
            ours = (head.size, head.root) == (row.size, await self._log.root(row.size))
        except (BadStamp, BadNote, KeyError, ValueError):
            return None
        return stamp.at if ours else None


async def grounds_of(engine: AsyncEngine, call: str, explained: Explained) -> Grounds | None:
    """Give what the log proves; None when it has no word of the recording, or another than its signed vCon."""
    joined = evidence.outerjoin(log, log.c.leaf == evidence.c.leaf)
    signed = select(evidence.c.vcon, evidence.c.leaf, log.c.line).select_from(joined)
    begun = f"{Kind.BEGUN} % {reference_of(call)}"
    first = select(log.c.leaf, log.c.line).where(log.c.kind == Kind.BEGUN, log.c.line.like(begun))
    async with engine.connect() as connection:
        vcon = (await connection.execute(signed.where(evidence.c.call == call))).one_or_none()
        entry = (
            (await connection.execute(first.order_by(log.c.leaf).limit(1))).one_or_none()
            if not vcon
            else None
        )
    if vcon is not None:
        return _of_vcon(call, vcon, explained)
    return _of_entry(entry, explained) if entry is not None else None


def _of_vcon(call: str, row: Row[*tuple[Any, ...]], explained: Explained) -> Grounds | None:
    if row.vcon is None or row.line != sealed(row.vcon.encode(), 0.0).line:
        return None
    try:
        composed = jws.read(row.vcon.encode()).vcon
        bodies = [(one["purpose"], one["body"]) for one in composed["attachments"]]
        (said,) = [body["call"] for purpose, body in bodies if purpose == "recording"]
        acts = frozenset(str(body["act"]) for purpose, body in bodies if purpose == "consent")
        began = datetime.fromisoformat(composed["dialog"][0]["start"]).timestamp()
    except (BadSignature, LookupError, TypeError, ValueError, OverflowError):
        return None
    return Grounds(explained.believed(row.leaf, began), acts, row.leaf) if said == call else None


def _of_entry(row: Row[*tuple[Any, ...]], explained: Explained) -> Grounds | None:
    try:
        began = int(row.line.split(" ")[1]) / 1000
    except (ValueError, IndexError):
        return None
    return Grounds(explained.believed(row.leaf, began), None, row.leaf)
