"""What the log proves of recordings' terms, for who destroys: when one began, and what was agreed to in it.

A row is anybody's who can write the database: begun long ago, with no consent in it, its term would be over. So the
signed vCon counts that the log has, believed to be no older than the first head that shows its entry. Of a recording
that was never signed, or whose signed vCon is spoilt, only its beginning is proven: then the longest of all terms must
be over (`acts` is None).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.tables import evidence, log
from recordings.evidence import jws
from recordings.evidence.destroyed import Explained
from recordings.evidence.entries import Kind, sealed
from recordings.evidence.jws import BadSignature

AT_ONCE = 200
"""About so many recordings the log is asked at once; their vCons are read beside the event loop."""
_REFERENCE = 64
"""Letters of a reference, which a line ends with (entries.py)."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """When a recording began at the earliest (unix seconds), and the acts of its consents; None when nobody knows.

    leaf: the entry of the log that says so; first: from which on entries may tell of the recording.
    """

    began: float
    acts: frozenset[str] | None
    leaf: int
    first: int


async def grounds_of(engine: AsyncEngine, calls: Sequence[str], explained: Explained) -> dict[str, Grounds]:
    """Give what the log proves of recordings; nothing of those of which it has no word."""
    found: dict[str, Grounds] = {}
    for first in range(0, len(calls), AT_ONCE):
        some = calls[first : first + AT_ONCE]
        begun, signed = await _begun(engine, some), await _signed(engine, some)
        found |= await asyncio.to_thread(_grounds, some, begun, signed, explained)
    return found


async def _begun(engine: AsyncEngine, calls: Sequence[str]) -> dict[str, Row[*tuple[Any, ...]]]:
    """Give the first entry of each recording's beginning."""
    references = {reference_of(call): call for call in calls}
    ending = func.substr(log.c.line, func.length(log.c.line) - (_REFERENCE - 1))
    query = select(log.c.leaf, log.c.line).where(log.c.kind == Kind.BEGUN, ending.in_(list(references)))
    found: dict[str, Row[*tuple[Any, ...]]] = {}
    async with engine.connect() as connection:
        for row in (await connection.execute(query.order_by(log.c.leaf))).all():
            found.setdefault(references[row.line[-_REFERENCE:]], row)
    return found


async def _signed(engine: AsyncEngine, calls: Sequence[str]) -> dict[str, Row[*tuple[Any, ...]]]:
    """Give each signed vCon, and the line of the log that it says is its own."""
    joined = evidence.outerjoin(log, log.c.leaf == evidence.c.leaf)
    columns = (evidence.c.call, evidence.c.vcon, evidence.c.leaf, log.c.line)
    async with engine.connect() as connection:
        rows = await connection.execute(
            select(*columns).select_from(joined).where(evidence.c.call.in_(calls))
        )
        return {row.call: row for row in rows.all()}


def _grounds(
    calls: Sequence[str],
    begun: Mapping[str, Row[*tuple[Any, ...]]],
    signed: Mapping[str, Row[*tuple[Any, ...]]],
    explained: Explained,
) -> dict[str, Grounds]:
    found: dict[str, Grounds] = {}
    for call in calls:
        entry = _of_entry(begun[call], explained) if call in begun else None
        vcon = _of_vcon(call, signed[call], explained) if call in signed else None
        if vcon is not None:
            found[call] = replace(vcon, first=min(entry.leaf, vcon.leaf) if entry else 0)
        elif entry is not None:
            found[call] = entry
    return found


def _of_vcon(call: str, row: Row[*tuple[Any, ...]], explained: Explained) -> Grounds | None:
    """Read a signed vCon; None for one that is not the log's, not this call's, or cannot be read."""
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
    return Grounds(explained.believed(row.leaf, began), acts, row.leaf, 0) if said == call else None


def _of_entry(row: Row[*tuple[Any, ...]], explained: Explained) -> Grounds | None:
    try:
        began = int(row.line.split(" ")[1]) / 1000
    except (ValueError, IndexError, TypeError, AttributeError, ArithmeticError):
        return None
    return Grounds(explained.believed(row.leaf, began), None, row.leaf, row.leaf)
