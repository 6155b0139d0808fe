"""What the log must say beside what is signed: recordings begun, opened to somebody's ears, blocked, held, destroyed.

It is read out of the rooms' own rows, not heard as it happens: so what a killed server, or the command line, had no
time to tell is entered by the next round.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.evidence.tables import evidence, log
from recordings.adapters.tables import keeping, listenings, recordings
from recordings.evidence.entries import Entry, Kind, happened
from recordings.listening import Keeping, Purpose
from recordings.recording import State

LOOK_BACK_S = 120.0
"""Rows are written in another order than their times say, by seconds. What a server that was away has missed is later
than the last entry, so all of it is read."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Source:
    """Where one kind of happening is on record: when it was, and under which reference it is entered."""

    kind: Kind
    at: ColumnElement[float]
    query: Select[Any]
    reference: Callable[[Row[Any]], str]


def reference_of(call: str) -> str:
    """Give the reference of a recording in the log: nobody reads a call out of it who does not know it already."""
    return sha256(f"ventanilla recording {call}".encode()).hexdigest()


def _listening(kind: Kind, purpose: Purpose) -> Source:
    query = select(listenings.c.id, listenings.c.opened_at.label("at")).where(
        listenings.c.purpose == purpose, listenings.c.opened_at.is_not(None)
    )
    return Source(kind, listenings.c.opened_at, query, lambda row: str(row.id))


def _recording(kind: Kind, at: ColumnElement[float], query: Select[Any]) -> Source:
    return Source(kind, at, query, lambda row: reference_of(row.call))


def _kept(kind: Kind, at: ColumnElement[float], *where: ColumnElement[bool]) -> Source:
    return _recording(kind, at, select(keeping.c.call, at.label("at")).where(at.is_not(None), *where))


SOURCES = (
    _recording(
        Kind.BEGUN,
        recordings.c.begun_at,
        select(recordings.c.call, recordings.c.begun_at.label("at")),
    ),
    _listening(Kind.LISTENED, Purpose.LISTEN),
    _listening(Kind.EXPORTED, Purpose.EXPORT),
    _kept(Kind.BLOCKED, keeping.c.since, keeping.c.keeping == Keeping.BLOCKED),
    _kept(Kind.HELD, keeping.c.held_at, keeping.c.hold.is_not(None)),
    _kept(Kind.DESTROYED, keeping.c.since, keeping.c.keeping == Keeping.DESTROYED),
)


async def unlogged(engine: AsyncEngine) -> tuple[Entry, ...]:
    """Give what happened and is not in the log, some of it when there is much."""
    async with engine.connect() as connection:
        found = [entry for source in SOURCES for entry in await _of(connection, source)]
    return tuple(sorted(found, key=lambda entry: entry.at))


async def forget_destroyed(engine: AsyncEngine) -> int:
    """Destroy the signed vCons of recordings whose key was destroyed: they tell of a person. How many."""
    ours = keeping.c.keeping == Keeping.DESTROYED  # not one whose row somebody else wrote
    gone = select(recordings.c.call).join(keeping, keeping.c.call == recordings.c.call)
    gone = gone.where(recordings.c.state == State.DESTROYED, ours)
    there = (evidence.c.vcon.is_not(None), evidence.c.call.in_(gone))
    async with engine.begin() as connection:
        return (await connection.execute(update(evidence).where(*there).values(vcon=None))).rowcount


async def _of(connection: AsyncConnection, source: Source) -> list[Entry]:
    last = (
        await connection.execute(select(func.max(log.c.at)).where(log.c.kind == source.kind))
    ).scalar_one()
    since = (last or 0.0) - LOOK_BACK_S
    there = await connection.execute(select(log.c.line).where(log.c.kind == source.kind, log.c.at >= since))
    known = set(there.scalars())
    rows = (await connection.execute(source.query.where(source.at >= since).order_by(source.at))).all()
    entries = (happened(source.kind, source.reference(row), row.at) for row in rows)
    return [entry for entry in entries if entry.line not in known][:BATCH]
