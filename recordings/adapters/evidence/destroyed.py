"""Reads out of the log which recordings may be destroyed, and which were with its word.

A log has millions of entries and of heads. So the database finds what somebody asks about, it comes in parts, and each
part is taken beside the event loop, on which calls go on.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.tables import evidence, heads, log
from recordings.evidence.destroyed import TERMS, Explained
from recordings.evidence.entries import Kind

PART = 1_000
"""So many entries are read at once: a loop that turns them into rows is held up for a millisecond."""
CALLS_AT_ONCE = 500
"""About so many recordings the log is asked at once, each time from its beginning."""
_REFERENCE = 64
"""Letters of a reference, which a line ends with (entries.py)."""


async def explained(engine: AsyncEngine, at: float, calls: Sequence[str] | None = None) -> Explained:
    """Read what the log has of terms and holds of some calls' recordings, None: of all; `at`: now (unix seconds).

    Of all it says what is destroyed and blocked, and no more: it forgets the heads that it has seen.
    """
    found = Explained([], at)
    if calls is None:
        async for rows in _all(engine):
            await asyncio.to_thread(_take, found, rows)
        return found
    seen: dict[int, float] = {}
    for first in range(0, len(calls), CALLS_AT_ONCE):
        some = calls[first : first + CALLS_AT_ONCE]
        seen |= await _signed(engine, some)
        async for rows in _asked(engine, some):
            await asyncio.to_thread(_take, found, rows)
            seen |= _heads(rows)
    found.heads = sorted(seen.items())
    return found


def _take(found: Explained, rows: Sequence[Row[Any]]) -> None:
    """Take some entries, in the order of the log, with the heads that show them."""
    found.heads = sorted(_heads(rows).items())
    found.take((row.leaf, row.line) for row in rows)


def _heads(rows: Sequence[Row[Any]]) -> dict[int, float]:
    """Give when the heads were published that are the first to show some entries, by their sizes."""
    return {row.size: row.at for row in rows if row.size is not None}


async def _all(engine: AsyncEngine) -> AsyncIterator[Sequence[Row[Any]]]:
    """Give every entry that tells of a term, in the order of the log, some at a time: a part of the log each time."""
    async with engine.connect() as connection:
        last = (await connection.execute(select(func.max(log.c.leaf)))).scalar_one()
    kind = log.c.kind.concat(
        ""
    )  # as it stands SQLite goes by the index over kinds: all of them, for every part
    query = _shown(log, log.c.leaf, log.c.line).where(kind.in_(TERMS)).order_by(log.c.leaf)
    for first in range(0, (last if last is not None else -1) + 1, PART):
        part = query.where(log.c.leaf.between(first, first + PART - 1))
        async with engine.connect() as connection:
            yield (await connection.execute(part)).all()


async def _asked(engine: AsyncEngine, calls: Sequence[str]) -> AsyncIterator[Sequence[Row[Any]]]:
    """Give the entries that tell of the terms and of the beginnings of some recordings, some at a time."""
    reference = func.substr(log.c.line, func.length(log.c.line) - (_REFERENCE - 1))
    of_them = reference.in_([reference_of(call) for call in calls])
    query = _shown(log, log.c.leaf, log.c.line).where(log.c.kind.in_((*TERMS, Kind.BEGUN)), of_them)
    last = -1
    while True:
        part = query.where(log.c.leaf > last).order_by(log.c.leaf).limit(PART)
        async with engine.connect() as connection:
            rows = (await connection.execute(part)).all()
        yield rows
        if len(rows) < PART:
            return
        last = rows[-1].leaf


async def _signed(engine: AsyncEngine, calls: Sequence[str]) -> dict[int, float]:
    """Give the heads that are the first to show what was signed of some calls."""
    query = _shown(evidence, evidence.c.leaf).where(evidence.c.call.in_(calls))
    async with engine.connect() as connection:
        return _heads((await connection.execute(query)).all())


def _shown(table: FromClause, *columns: ColumnElement[Any]) -> Select[Any]:
    """Select entries of a table by their leaves, with size and time of the first head that shows each, if any does."""
    later = heads.alias("later")
    first = (
        select(func.min(later.c.size)).where(later.c.size > table.c.leaf).correlate(table).scalar_subquery()
    )
    return select(*columns, heads.c.size, heads.c.at).select_from(
        table.outerjoin(heads, heads.c.size == first)
    )
