"""Reads the log from its first line to its last, once: what it says of some recordings, and whether it is the log.

One reading gives both. Who writes the database could else show a line to whom it is about, and another to who compares.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.tables import log, tiles
from recordings.evidence.growing import SideBySide
from recordings.evidence.merkle import HASH_BYTES, leaf_hash
from recordings.evidence.tiles import WIDTH

AT_ONCE = 4 * WIDTH
"""So many lines are read and hashed at once, beside the event loop: a few milliseconds."""
_REFERENCE = 64
"""Letters of a reference, which a line ends with (entries.py)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was asked, and what the log says of it: lines by their leaves.

    about: references of recordings, and `said` their lines. places: of entries, and `there` the lines that stand there.
    """

    about: frozenset[str] = frozenset()
    places: frozenset[int] = frozenset()
    said: dict[int, str] = field(default_factory=dict)
    there: dict[int, str] = field(default_factory=dict)

    def hear(self, leaf: int, line: object) -> None:
        """Take a line, if it was asked for; what is no text says nothing."""
        if not isinstance(line, str):
            return
        if line[-_REFERENCE:] in self.about:
            self.said[leaf] = line
        if leaf in self.places:
            self.there[leaf] = line


async def length(engine: AsyncEngine) -> int:
    """Say how many entries there are, by the lines or by their hashes: a last line may have been taken away.

    Both are counted: who writes a line of a far number shall have nobody read up to there.
    """
    hashed = select(func.sum(func.length(tiles.c.hashes))).where(tiles.c.level == 0)
    async with engine.connect() as connection:
        lines: int = (await connection.execute(select(func.count()).select_from(log))).scalar_one()
        return max(lines, int((await connection.execute(hashed)).scalar_one() or 0) // HASH_BYTES)


async def side_by_side(
    engine: AsyncEngine, sizes: frozenset[int], size: int, heard: Heard | None = None
) -> SideBySide:
    """Read the first so many lines of the log beside its tiles; `sizes`: at which the roots are wanted."""
    found = SideBySide(sizes)
    for first in range(0, size, AT_ONCE):
        end = min(first + AT_ONCE, size)
        lines = select(log.c.leaf, log.c.kind, log.c.line).where(log.c.leaf >= first, log.c.leaf < end)
        kept = select(tiles.c.number, tiles.c.hashes).where(
            tiles.c.level == 0, tiles.c.number >= first // WIDTH, tiles.c.number * WIDTH < end
        )
        async with engine.connect() as connection:
            there = {row.leaf: (row.kind, row.line) for row in (await connection.execute(lines)).all()}
            rows = (await connection.execute(kept)).all()
            hashes = {row.number: row.hashes for row in rows if isinstance(row.hashes, bytes)}
        await asyncio.to_thread(_take, found, range(first, end), there, hashes, heard)
    return found


def _take(
    found: SideBySide,
    leaves: range,
    there: Mapping[int, tuple[str, str]],
    hashes: Mapping[int, bytes],
    heard: Heard | None,
) -> None:
    for first in range(leaves.start, leaves.stop, WIDTH):
        part = range(first, min(first + WIDTH, leaves.stop))
        tile = hashes.get(first // WIDTH, b"")[: len(part) * HASH_BYTES]
        found.take([_hashed(*there[leaf]) if leaf in there else None for leaf in part], tile)
    if heard is not None:
        for leaf in leaves:  # a line between two of them is under no root
            if leaf in there:
                heard.hear(leaf, there[leaf][1])


def _hashed(kind: object, line: object) -> bytes:
    """Hash a line; one that is looked for under another kind than its own is none of the log's, nor what is no text."""
    if not isinstance(kind, str) or not isinstance(line, str):
        return sha256(repr(line).encode()).digest()
    own = line.partition(" ")[0] == kind
    return leaf_hash(line.encode()) if own else sha256(line.encode()).digest()
