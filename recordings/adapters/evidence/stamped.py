"""When entries of the log were there, and which of its lines are the log's, by heads that authorities have stamped.

What stands in a row, anybody has written who can write the database: when a head was published, what a line says. A
stamp is over the root of all lines, and its time is nobody's to write.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.x509 import Certificate
from sqlalchemy import ColumnElement, String, and_, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.published import Published
from recordings.adapters.evidence.reading import Heard, length, side_by_side
from recordings.adapters.evidence.tables import heads, stamps
from recordings.evidence import stamps as stamping
from recordings.evidence.destroyed import NEVER
from recordings.evidence.growing import SideBySide
from recordings.evidence.notes import BadNote, checkpoint_of
from recordings.evidence.stamps import BadStamp

_LOG = logging.getLogger("ventanilla.evidence")
MOST_HEADS = 50
"""So many heads are tried one by one; the first holds, unless a root was replaced, or somebody has been at them."""
_UNLIKE = "the log's entries do not give the heads that were stamped and published"


@dataclass(frozen=True, slots=True)
class Believed:
    """Whose stamps count: roots of authorities, and since when (unix seconds) which certificate's do not any more.

    retired: by the certificate's `x5t#S256`, an authority's or a root's.
    """

    roots: Sequence[Certificate]
    retired: Mapping[str, float] = field(default_factory=dict)

    def at(self, reply: bytes, stamped: bytes) -> float:
        """Say when some bytes were stamped. Raises BadStamp.

        A stamp of the very moment of the retirement counts no more: here the later one is the careful one.
        """
        stamp = stamping.check(reply, stamped, self.roots, strangers=False)
        if stamp.at >= min(self.retired.get(name, NEVER) for name in (stamp.thumbprint, stamp.root)):
            raise BadStamp("its authority's key, or its root, was given up before it")
        return stamp.at


@dataclass(frozen=True, slots=True)
class Shown:
    """A head that was stamped: how many entries, the root over them, when (unix seconds)."""

    size: int
    root: bytes
    at: float


@dataclass(frozen=True, slots=True)
class _Truth:
    """The log's roots by its sizes; and what is wrong with its lines, None when each is its own.

    since: the oldest head that was kept elsewhere.
    """

    roots: Mapping[int, bytes]
    why: str | None
    since: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """Of the file of published heads: the sizes that are no stamped head's, the smallest of all, why it is not read."""

    others: frozenset[int] = frozenset()
    oldest: int = 0
    why: str | None = None


class StampedHeads:
    """The stamped heads of one database, for one look: it remembers what it has seen.

    `published`: the heads that somebody keeps outside of the database. When they are away, or begin after a recording
    did, nobody can say that nothing held it: a log that was cut off before its hold has the right stamps, too.
    """

    def __init__(self, engine: AsyncEngine, believed: Believed, published: Published | None = None) -> None:
        self._engine, self._believed, self._published = engine, believed, published
        self._sizes: list[int] | None = None
        self._known: dict[int, Shown | None] = {}
        self._truth: _Truth | None = None

    async def hear(self, heard: Heard) -> None:
        """Read the log from its first line to its last: what is asked, and what all else here is said by."""
        await self._read(heard)

    async def were_kept(self) -> bool:
        """Whether heads were published to a file that is kept elsewhere, or nobody can say; not: it is not there."""
        if self._published is None:
            return False
        try:
            async for _ in self._published.heads():
                return True
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    async def newest(self) -> Shown | None:
        """Give the newest that counts; None when there is none."""
        sizes = await self._all()
        for behind in _outward(len(sizes)):
            if (found := await self._shown(sizes[-1 - behind])) is not None:
                return found
        return None

    async def since(self, leaf: int) -> float:
        """Say when the first head was stamped that has an entry; NEVER when none was, or none of the log as it is.

        Where many do not count (an authority's root was replaced) a later one may be given, never one too early.
        """
        sizes = await self._all()
        first = before = bisect_right(sizes, leaf)
        for ahead in _outward(len(sizes) - first):
            if (at := await self._ours(sizes[first + ahead])) is not None:
                return await self._earlier(sizes[before : first + ahead], at)
            before = first + ahead + 1
        return NEVER

    async def spoilt(self, leaf: int) -> str | None:
        """Say why the log is not believed in what it has from a line on; None when it is.

        One line that is damaged, wherever, spoils all: it might have said that a recording is held, or ordered to go.
        """
        truth = await self._true()
        if truth.why is None and truth.since > await self._first(leaf):
            return "the file of published heads lacks those of its time: it was begun later, or is another"
        return truth.why

    async def _earlier(self, between: Sequence[int], at: float) -> float:
        """Give the time of the first that counts of some heads before one that does, if those that do follow others."""
        first, last = 0, len(between)
        while first < last:
            middle = (first + last) // 2
            earlier = await self._ours(between[middle])
            if earlier is None:
                first = middle + 1
            else:
                last, at = middle, earlier
        return at

    async def _ours(self, size: int) -> float | None:
        """Say when a head was stamped, if it is one of the log as it is."""
        shown = await self._shown(size)
        truth = await self._true() if shown is not None else None
        return shown.at if shown and truth and truth.roots.get(size) == shown.root else None

    async def _true(self) -> _Truth:
        """Say what is right, by the one reading; without any it is made now."""
        return self._truth if self._truth is not None else await self._read(Heard())

    async def _read(self, heard: Heard) -> _Truth:
        """Read the log; a head that was published and does not come out of it shows that it was cut, or rewritten."""
        newest, stamped = await self.newest(), frozenset(await self._all())
        kept = await self._kept(stamped)
        sizes = stamped | kept.others
        end = max(newest.size if newest is not None else 0, await length(self._engine))
        read = await side_by_side(self._engine, sizes, end, heard)
        self._truth = await self._judged(read, newest, kept, sizes)
        return self._truth

    async def _judged(
        self, read: SideBySide, newest: Shown | None, kept: _Kept, sizes: frozenset[int]
    ) -> _Truth:
        found = read.truth(newest.size, newest.root) if newest is not None else None
        if found is None or (kept.why is None and not await self._agrees(found[0], sizes)):
            return _Truth({}, _UNLIKE)
        roots, bad = found
        damaged = f"line {bad[0]} of the log is not what was stamped, or hashed beside it" if bad else None
        return _Truth(roots, damaged or kept.why, kept.oldest)

    async def _kept(self, stamped: frozenset[int]) -> _Kept:
        """See what was published; a file that is away, or has no head, is trouble: the notary has written some."""
        others, seen = set[int](), set[int]()
        if self._published is None:
            return _Kept()
        try:
            async for part in self._published.heads():
                sizes = {head.size for head in part}
                others |= sizes - stamped
                seen = {min(seen | sizes)} if sizes else seen
        except OSError as fault:
            return self._lost(type(fault).__name__)
        return _Kept(frozenset(others), min(seen)) if seen else self._lost("it has no head")

    def _lost(self, why: str) -> _Kept:
        _LOG.error("the heads that were published cannot be read (%s): nothing is destroyed", why)
        return _Kept(why=f"the file of published heads cannot be read ({why})")

    async def _agrees(self, roots: Mapping[int, bytes], sizes: frozenset[int]) -> bool:
        """Whether what was published comes out of the log; what was published meanwhile is not asked about."""
        if self._published is None:
            return True
        try:
            async for part in self._published.heads():
                if any(roots.get(one.size) != one.root for one in part if one.size and one.size in sizes):
                    return False
        except OSError as fault:
            _LOG.error("the heads that were published cannot be read any more: %s", type(fault).__name__)
            return False
        return True

    async def _first(self, leaf: int) -> int:
        """Give the size of the first stamped head that has an entry; the entry's own when there is none."""
        sizes = await self._all()
        place = bisect_right(sizes, leaf)
        return sizes[place] if place < len(sizes) else leaf

    async def _shown(self, size: int) -> Shown | None:
        """Check a head's stamp."""
        if size not in self._known:
            self._known[size] = await self._checked(size)
        return self._known[size]

    async def _checked(self, size: int) -> Shown | None:
        query = select(heads.c.note, stamps.c.reply).join(stamps, _of_head()).where(heads.c.size == size)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        try:
            at = await asyncio.to_thread(self._believed.at, row.reply, row.note.encode())
            head = checkpoint_of(row.note)
        except (BadStamp, BadNote, ValueError, TypeError, AttributeError):
            return None
        return Shown(size, head.root, at) if head.size == size else None

    async def _all(self) -> list[int]:
        """Give the sizes of all heads that have a stamp."""
        if self._sizes is None:
            query = select(heads.c.size).join(stamps, _of_head()).order_by(heads.c.size)
            async with self._engine.connect() as connection:
                sizes = (await connection.execute(query)).scalars()
                self._sizes = [size for size in sizes if isinstance(size, int)]
        return self._sizes


def _outward(many: int) -> Iterator[int]:
    """Give numbers below `many`: the first one by one, then ever further apart, and the last."""
    place, step = 0, 1
    while place < many - 1:
        yield place
        step = 1 if place < MOST_HEADS - 1 else step * 2
        place += step
    if many:
        yield many - 1


def _of_head() -> ColumnElement[bool]:
    subject = literal("head:") + cast(heads.c.size, String)
    return and_(stamps.c.subject == subject, stamps.c.number == 0)
