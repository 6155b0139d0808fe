"""What the log must say beside what is signed: recordings begun, opened to somebody's ears, blocked, held, destroyed.

It is read out of the rooms' own rows, not heard as it happens: so what a killed server, or the command line, had no
time to tell is entered by the next round. Each row has the moment that the log has of it; while the two differ it is
entered, whatever any clock says.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.evidence.tables import log
from recordings.adapters.tables import keeping, listenings, recordings
from recordings.evidence.entries import Entry, Kind, happened
from recordings.evidence.happened import OnRecord
from recordings.listening import Keeping, Purpose

BATCH = 500


@dataclass(frozen=True, slots=True)
class Source:
    """Where one kind of happening is on record: whose row, when, what the log has of it, and its reference there."""

    kind: Kind
    key: Column[str]
    at: Column[float]
    logged: Column[float]
    where: ColumnElement[bool]
    reference: Callable[[str], str]

    @property
    def rows(self) -> Select[Any]:
        """Give key, moment and what is logged of every row that says that it happened."""
        table = self.key.table
        columns = (self.key.label("key"), table.c.call, self.at.label("at"), self.logged.label("logged"))
        return select(*columns).where(self.at.is_not(None), self.where)


@dataclass(frozen=True, slots=True)
class Happening:
    """One row that the log does not have as it is."""

    source: Source
    key: str
    entry: Entry


def reference_of(call: str) -> str:
    """Give the reference of a recording in the log: nobody reads a call out of it who does not know it already."""
    return sha256(f"ventanilla recording {call}".encode()).hexdigest()


def _opened(kind: Kind, purpose: Purpose) -> Source:
    table = listenings.c
    return Source(kind, table.id, table.opened_at, table.opened_logged, table.purpose == purpose, str)


def _kept(kind: Kind, stands: Keeping) -> Source:
    table = keeping.c
    return Source(kind, table.call, table.since, table.since_logged, table.keeping == stands, reference_of)


def _held(kind: Kind, where: ColumnElement[bool]) -> Source:
    return Source(kind, keeping.c.call, keeping.c.held_at, keeping.c.held_logged, where, reference_of)


SOURCES = (
    Source(
        Kind.BEGUN,
        recordings.c.call,
        recordings.c.begun_at,
        recordings.c.begun_logged,
        recordings.c.begun_at.is_not(None),
        reference_of,
    ),
    _opened(Kind.LISTENED, Purpose.LISTEN),
    _opened(Kind.EXPORTED, Purpose.EXPORT),
    _kept(Kind.BLOCKED, Keeping.BLOCKED),
    _held(Kind.HELD, keeping.c.hold.is_not(None)),
    _held(Kind.LIFTED, keeping.c.hold.is_(None)),
    _kept(Kind.DESTROYED, Keeping.DESTROYED),
)


async def unlogged(engine: AsyncEngine) -> tuple[Happening, ...]:
    """Give what happened and is not in the log, some of it when there is much; what it cannot take is left out."""
    async with engine.connect() as connection:
        found = [one for source in SOURCES for one in await _of(connection, source)]
    return tuple(sorted(found, key=lambda one: one.entry.at))


async def known(engine: AsyncEngine, found: Sequence[Happening]) -> frozenset[str]:
    """Give those lines that the log has although their rows do not say so: from before rows did."""
    lines: set[str] = set()
    async with engine.connect() as connection:
        for source in {one.source.kind: one.source for one in found}.values():
            moments = {one.entry.at for one in found if one.source is source}
            query = select(log.c.line).where(log.c.kind == source.kind, log.c.at.in_(moments))
            lines.update((await connection.execute(query)).scalars())
    return frozenset(lines)


async def logged(connection: AsyncConnection, found: Sequence[Happening]) -> None:
    """Let the rows say what the log has of them; belongs to the transaction of the entries."""
    for source in SOURCES:
        rows = [{"of": one.key, "moment": one.entry.at} for one in found if one.source is source]
        if rows:
            there = update(source.key.table).where(source.key == bindparam("of"))
            await connection.execute(there.values({source.logged: bindparam("moment")}), rows)


async def on_record(engine: AsyncEngine) -> dict[str, list[OnRecord]]:
    """Give what rows say happened, by their references in the log."""
    found: dict[str, list[OnRecord]] = {}
    async with engine.connect() as connection:
        for source in SOURCES:
            for row in (await connection.execute(source.rows)).all():
                said = OnRecord(source.kind, row.at, row.call, row.logged == row.at)
                found.setdefault(source.reference(row.key), []).append(said)
    return found


async def _of(connection: AsyncConnection, source: Source) -> list[Happening]:
    query = source.rows.where(source.logged.is_distinct_from(source.at)).order_by(source.at).limit(BATCH)
    return [
        one for row in (await connection.execute(query)).all() for one in _happening(source, row.key, row.at)
    ]


def _happening(source: Source, key: str, at: float) -> Iterator[Happening]:
    """Give a row's entry; none of what no log can take, which reconciling names."""
    try:
        yield Happening(source, key, happened(source.kind, source.reference(key), at))
    except (ValueError, TypeError, OverflowError):
        return
