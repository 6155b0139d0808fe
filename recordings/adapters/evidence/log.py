"""The log in the database: entries are added at its end, and proofs are read out of its tiles."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.evidence.tables import heads, log, tiles
from recordings.adapters.tables import insert_once
from recordings.evidence.entries import Entry
from recordings.evidence.merkle import EMPTY, Range, consistency, inclusion, leaf_hash
from recordings.evidence.tiles import Place, Tiles, grow, growing, hash_of, wanted

TRIES = 8
"""How often an entry is tried again that another process was quicker than: the command line adds some, too."""
PAUSE_S = 0.05
_FAR = 2**53
"""No log is so long; what a row has instead of a number is none of its entries."""

Also = Callable[[AsyncConnection, int], Awaitable[None]]


class Crowded(Exception):  # noqa: N818 - named for what happened
    """Other processes were quicker, again and again; nothing was written."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head that was published: how many entries, the signed checkpoint, when."""

    size: int
    note: str
    at: float


class Log:
    """The log of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._one = asyncio.Lock()

    async def append(self, entries: Sequence[Entry], also: Also | None = None) -> int:
        """Add entries at the end; give the number of the first. Raises Crowded.

        `also` writes more in the same transaction, and is given that number.
        """
        async with self._one:
            for _ in range(TRIES):
                try:
                    async with self._engine.begin() as connection:
                        first = await append(connection, entries)
                        if also is not None:
                            await also(connection, first)
                        return first
                except (IntegrityError, OperationalError):
                    await asyncio.sleep(PAUSE_S)
        raise Crowded

    async def size(self) -> int:
        """Say how many entries there are."""
        async with self._engine.connect() as connection:
            return await size(connection)

    async def root(self, entries: int) -> bytes:
        """Give the root over the first so many entries."""
        if entries == 0:
            return EMPTY
        return (await self._hashes(((0, entries),)))[0]

    async def inclusion(self, leaf: int, entries: int) -> tuple[bytes, ...]:
        """Give the hashes that prove an entry to be in the log of so many."""
        return await self._hashes(inclusion(leaf, entries))

    async def consistency(self, old: int, entries: int) -> tuple[bytes, ...]:
        """Give the hashes that prove the log of so many to go on from the older one."""
        return await self._hashes(consistency(old, entries))

    async def lines(self, first: int = 0, most: int = 10_000) -> tuple[bytes, ...]:
        """Give the entries from one on, as they are hashed."""
        query = select(log.c.line).where(log.c.leaf >= first).order_by(log.c.leaf).limit(most)
        async with self._engine.connect() as connection:
            return tuple(line.encode() for line in (await connection.execute(query)).scalars())

    async def publish(self, size_: int, root: str, note: str, at: float) -> None:
        """Keep a head that is published; once for each size."""
        async with self._engine.begin() as connection:
            await insert_once(connection, heads, {"size": size_, "root": root, "note": note, "at": at})

    async def head(self, above: int = 0, *, newest: bool = True) -> Head | None:
        """Give the newest published head of more than `above` entries, or the oldest of those."""
        order = heads.c.size.desc() if newest else heads.c.size
        query = select(heads).where(heads.c.size > above).order_by(order).limit(1)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Head(row.size, row.note, row.at) if row else None

    async def _hashes(self, ranges: tuple[Range, ...]) -> tuple[bytes, ...]:
        async with self._engine.connect() as connection:
            known = await read(connection, wanted(ranges))
        return tuple(hash_of(one, known) for one in ranges)


async def append(connection: AsyncConnection, entries: Sequence[Entry]) -> int:
    """Add entries at the end of the log; give the number of the first.

    The rows go first: their numbers are a key, so whoever was slower fails there, before any tile is touched.
    """
    first = await size(connection)
    rows = [
        {"leaf": first + number, "kind": entry.kind, "line": entry.line, "at": entry.at}
        for number, entry in enumerate(entries)
    ]
    await connection.execute(insert(log), rows)
    edge = await read(connection, growing(first))
    for place, hashes in grow(edge, first, [leaf_hash(entry.bytes) for entry in entries]).items():
        await _keep(connection, place, hashes, fresh=place not in edge)
    return first


async def size(connection: AsyncConnection) -> int:
    """Say how many entries there are."""
    number = log.c.leaf < _FAR  # SQLite: text and bytes are greater than every number
    last = (await connection.execute(select(func.max(log.c.leaf)).where(number))).scalar_one()
    return 0 if last is None else int(last) + 1


async def read(connection: AsyncConnection, places: Iterable[Place]) -> Tiles:
    """Give those tiles that there are."""
    asked = [tuple(place) for place in places]
    if not asked:
        return {}
    query = select(tiles).where(tuple_(tiles.c.level, tiles.c.number).in_(asked))
    rows = (await connection.execute(query)).all()
    return {Place(row.level, row.number): row.hashes for row in rows}


async def _keep(connection: AsyncConnection, place: Place, hashes: bytes, *, fresh: bool) -> None:
    if fresh:
        await connection.execute(insert(tiles).values(level=place.level, number=place.number, hashes=hashes))
        return
    there = (tiles.c.level == place.level) & (tiles.c.number == place.number)
    await connection.execute(tiles.update().where(there).values(hashes=hashes))
