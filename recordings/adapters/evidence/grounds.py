"""What the log proves of a recording's term, for who destroys: when it began, and what was agreed to in it.

A row is anybody's who can write the database: begun long ago, with no consent in it, its term would be over. So the
signed vCon counts that the log has, believed to be no older than the first head that shows its entry. Of a recording
that was never signed only its beginning is proven: then the longest of all terms must be over (`acts` is None).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.tables import evidence, log
from recordings.evidence import jws
from recordings.evidence.destroyed import Explained
from recordings.evidence.entries import Kind, sealed
from recordings.evidence.jws import BadSignature


@dataclass(frozen=True, slots=True)
class Grounds:
    """When a recording began at the earliest (unix seconds), and the acts of its consents; None when nobody knows."""

    began: float
    acts: frozenset[str] | None


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
    return Grounds(explained.believed(row.leaf, began), acts) if said == call else None


def _of_entry(row: Row[*tuple[Any, ...]], explained: Explained) -> Grounds | None:
    try:
        began = int(row.line.split(" ")[1]) / 1000
    except (ValueError, IndexError):
        return None
    return Grounds(explained.believed(row.leaf, began), None)
