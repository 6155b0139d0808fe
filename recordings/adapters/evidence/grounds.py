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

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.reading import Heard
from recordings.adapters.evidence.tables import evidence
from recordings.evidence import jws
from recordings.evidence.destroyed import Explained
from recordings.evidence.entries import Kind, sealed
from recordings.evidence.jws import BadSignature

AT_ONCE = 200
"""So many signed vCons are in memory at once; they are read beside the event loop."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """When a recording began at the earliest (unix seconds), and the acts of its consents; None when nobody knows.

    leaf: the entry of the log that says so; first: from which on entries may tell of the recording.
    """

    began: float
    acts: frozenset[str] | None
    leaf: int
    first: int


async def places_of(engine: AsyncEngine, calls: Sequence[str]) -> frozenset[int]:
    """Say at which entries of the log the signed vCons of some recordings are said to stand."""
    found = set[int]()
    for first in range(0, len(calls), AT_ONCE):
        query = select(evidence.c.leaf).where(evidence.c.call.in_(calls[first : first + AT_ONCE]))
        async with engine.connect() as connection:
            found |= set((await connection.execute(query)).scalars())
    return frozenset(found)


async def grounds_of(
    engine: AsyncEngine, calls: Sequence[str], heard: Heard, explained: Explained
) -> dict[str, Grounds]:
    """Give what the log proves of recordings, as it was heard; nothing of those of which it has no word."""
    found: dict[str, Grounds] = {}
    begun = _begun(heard)
    for first in range(0, len(calls), AT_ONCE):
        some = calls[first : first + AT_ONCE]
        query = select(evidence.c.call, evidence.c.vcon, evidence.c.leaf).where(evidence.c.call.in_(some))
        async with engine.connect() as connection:
            signed = {row.call: row for row in (await connection.execute(query)).all()}
        found |= await asyncio.to_thread(_grounds, some, begun, signed, heard, explained)
    return found


def _begun(heard: Heard) -> dict[str, tuple[int, str]]:
    """Give the first entry of each recording's beginning, by its reference."""
    found: dict[str, tuple[int, str]] = {}
    for leaf, line in sorted(heard.said.items()):
        kind, _, rest = line.partition(" ")
        if kind == Kind.BEGUN:
            found.setdefault(rest.rpartition(" ")[2], (leaf, line))
    return found


def _grounds(
    calls: Sequence[str],
    begun: Mapping[str, tuple[int, str]],
    signed: Mapping[str, Row[*tuple[Any, ...]]],
    heard: Heard,
    explained: Explained,
) -> dict[str, Grounds]:
    found: dict[str, Grounds] = {}
    for call in calls:
        first = begun.get(reference_of(call))
        entry = _of_entry(*first, explained) if first is not None else None
        vcon = _of_vcon(call, signed[call], heard, explained) if call in signed else None
        if vcon is not None:
            found[call] = replace(vcon, first=min(entry.leaf, vcon.leaf) if entry else 0)
        elif entry is not None:
            found[call] = entry
    return found


def _of_vcon(call: str, row: Row[*tuple[Any, ...]], heard: Heard, explained: Explained) -> Grounds | None:
    """Read a signed vCon; None for one that is not the log's, not this call's, or cannot be read."""
    if not isinstance(row.vcon, str) or heard.there.get(row.leaf) != sealed(row.vcon.encode(), 0.0).line:
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


def _of_entry(leaf: int, line: str, explained: Explained) -> Grounds | None:
    try:
        began = int(line.split(" ")[1]) / 1000
    except (ValueError, IndexError, ArithmeticError):
        return None
    return Grounds(explained.believed(leaf, began), None, leaf, leaf)
