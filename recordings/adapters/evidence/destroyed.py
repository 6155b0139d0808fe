"""Reads out of the log which recordings may be destroyed, and which were with its word.

A log has millions of entries and of heads. So it comes in parts, and each is taken beside the event loop, on which
calls go on; of the heads the database finds those that matter.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.reading import Heard, length
from recordings.adapters.evidence.tables import heads, log
from recordings.evidence.destroyed import NEVER, TERMS, Explained

PART = 1_000
"""So many entries are read at once: a loop that turns them into rows is held up for a millisecond."""
LEAVES_AT_ONCE = 500
"""Of so many entries the database is asked at once who shows them."""


async def explained(engine: AsyncEngine, at: float, heard: Heard | None = None) -> Explained:
    """Say what the log has of the terms and holds of those recordings that were asked about, None: of all.

    at: now (unix seconds). Of all it says what is destroyed and blocked, and no more: it forgets the heads that it has
    seen.
    """
    found = Explained([], at)
    if heard is None:
        async for rows in _all(engine):
            await asyncio.to_thread(_take, found, rows)
        return found
    found.heads = sorted((await _heads_of(engine, sorted(heard.said.keys() | heard.there.keys()))).items())
    await asyncio.to_thread(found.take, sorted(heard.said.items()))
    return found


def _take(found: Explained, rows: Sequence[Row[Any]]) -> None:
    """Take some entries, in the order of the log, with the heads that show them."""
    found.heads = sorted(_heads(rows).items())
    found.take((row.leaf, row.line) for row in rows)


def _heads(rows: Sequence[Row[Any]]) -> dict[int, float]:
    """Give when the heads were published that are the first to show some entries, by their sizes."""
    return {row.size: _moment(row.at) for row in rows if isinstance(row.size, int)}


def _moment(at: object) -> float:
    """Read the moment in a head's row; what is no number says that it was never published."""
    return at if isinstance(at, int | float) and at == at else NEVER  # noqa: PLR0124 - PostgreSQL keeps a NaN too


async def _all(engine: AsyncEngine) -> AsyncIterator[Sequence[Row[Any]]]:
    """Give every entry that tells of a term, in the order of the log, some at a time: a part of the log each time."""
    kind = log.c.kind.concat(
        ""
    )  # as it stands SQLite goes by the index over kinds: all of them, for every part
    query = _shown(log.c.leaf, log.c.line).where(kind.in_(TERMS)).order_by(log.c.leaf)
    for first in range(0, await length(engine), PART):
        part = query.where(log.c.leaf.between(first, first + PART - 1))
        async with engine.connect() as connection:
            yield (await connection.execute(part)).all()


async def _heads_of(engine: AsyncEngine, leaves: Sequence[int]) -> dict[int, float]:
    """Give the heads that are the first to show some entries."""
    found: dict[int, float] = {}
    for first in range(0, len(leaves), LEAVES_AT_ONCE):
        query = _shown(log.c.leaf).where(log.c.leaf.in_(leaves[first : first + LEAVES_AT_ONCE]))
        async with engine.connect() as connection:
            found |= _heads((await connection.execute(query)).all())
    return found


def _shown(*columns: ColumnElement[Any]) -> Select[Any]:
    """Select entries of the log, with size and time of the first head that shows each, if any does."""
    later = heads.alias("later")
    first = select(func.min(later.c.size)).where(later.c.size > log.c.leaf).correlate(log).scalar_subquery()
    return select(*columns, heads.c.size, heads.c.at).select_from(log.outerjoin(heads, heads.c.size == first))
