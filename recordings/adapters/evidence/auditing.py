"""What must agree: recordings and their files, evidence, the log, and the heads that were published.

No container can show that a log was rewritten as a whole, or that a call was left out of it. These two comparisons can:
every head that was ever published, also those that only a file or another machine kept, must come out of the entries
as they stand; and what is on one record must be on the others.
"""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha512
from pathlib import Path

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.desk import OVER
from recordings.adapters.evidence.destroyed import explained
from recordings.adapters.evidence.happenings import SOURCES, on_record, reference_of
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.published import Published, lines_of, notes_of
from recordings.adapters.evidence.reading import length
from recordings.adapters.evidence.stamped import StampedHeads
from recordings.adapters.evidence.tables import evidence, heads, log
from recordings.adapters.tables import keeping, keys, recordings
from recordings.evidence import jws
from recordings.evidence.destroyed import HEAD_LATE_S
from recordings.evidence.entries import Kind
from recordings.evidence.happened import Difference, Happened
from recordings.evidence.jws import BadSignature
from recordings.evidence.merkle import consistent, leaf_hash
from recordings.evidence.notes import BadNote, Checkpoint, Key, checkpoint_of, opened
from recordings.evidence.tiles import Place, grow, growing, hash_of
from recordings.listening import Keeping
from recordings.naming import TINK
from recordings.recording import State
from recordings.retention import LEAST_BLOCKED_S

PATIENCE_S = 300.0
"""How long after its end a recording may have no evidence: sealing waits seconds, the notary looks every two."""
UNDER_WAY_S = 86_400.0
"""No call lasts so long, and none waits so long for its seal."""
_UNDER_WAY = (State.RECORDING, State.ENDED)
_EMPTY = (State.MISSING, State.EMPTY)
READ_AT_ONCE = 5_000
GROWN_AT_ONCE = 5_000


class Audit:
    """Compares what one database has. `published`: a file of heads, one JSON object a line, when there is one.

    `ordered`: which call each order was to erase, as somebody keeps them, by the orders' fingerprints. `stamped`: by
    whose time stamps what was destroyed had been blocked four weeks before; without, by when rows say that heads were
    published.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        published: Path | None = None,
        clock: Callable[[], float] = time.time,
        ordered: Mapping[str, str] | None = None,
        stamped: StampedHeads | None = None,
    ) -> None:
        self._engine, self._published, self._clock = engine, published, clock
        self._ordered = {order: reference_of(call) for order, call in (ordered or {}).items()}
        self._stamped = stamped

    async def look(self) -> tuple[Difference, ...]:
        """Give everything that does not agree. Reads the whole log."""
        parts = (
            ("Recordings and evidence", self._rows()),
            ("What was destroyed", self._taken_away()),
            ("What was sealed", self._unsealed()),
            ("What was not entered into the log", self._unlogged()),
            ("Time stamps", self._stamps()),
            ("What is under way, and the file of heads", self._stuck()),
            ("The log", self._log()),
        )
        return tuple([one for name, part in parts for one in await _compared(name, part)])

    async def _rows(self) -> AsyncIterator[Difference]:
        """Compare recordings with evidence, both ways."""
        joined = recordings.outerjoin(evidence, evidence.c.call == recordings.c.call)
        query = select(recordings.c.call, recordings.c.state, evidence.c.id).select_from(joined)
        over_at = func.coalesce(recordings.c.sealed_at, recordings.c.ended_at, recordings.c.begun_at)
        overdue = over_at < self._clock() - PATIENCE_S
        async with self._engine.connect() as connection:
            unsigned = query.where(recordings.c.state.in_(OVER), evidence.c.id.is_(None), overdue)
            for row in (await connection.execute(unsigned.order_by(recordings.c.call))).all():
                yield Difference(
                    "unsigned", f"The recording of call {row.call} is {row.state} and was never signed."
                )
            orphans = select(evidence.c.call).where(evidence.c.call.not_in(select(recordings.c.call)))
            for call in (await connection.execute(orphans)).scalars():
                yield Difference("row gone", f"There is evidence of call {call}, and no recording.")

    async def _taken_away(self) -> AsyncIterator[Difference]:
        """Name what was sealed and was taken away, or called destroyed, and the log says nothing of it."""
        there = recordings.outerjoin(keeping, keeping.c.call == recordings.c.call)
        there = there.outerjoin(evidence, evidence.c.call == recordings.c.call)
        there = there.outerjoin(keys, keys.c.call == recordings.c.call)
        table = recordings.c
        unlocked = and_(table.state == State.SEALED, table.path.endswith(TINK), keys.c.call.is_(None))
        settled = or_(keeping.c.since.is_(None), func.abs(keeping.c.since - self._clock()) > PATIENCE_S)
        unsaid = and_(evidence.c.id.is_not(None), evidence.c.vcon.is_(None))
        said = or_(table.state == State.DESTROYED, keeping.c.keeping == Keeping.DESTROYED)
        gone = and_(or_(said, unsaid), settled)
        log_ = await explained(self._engine, self._clock())
        ordered = {
            one
            for one, orders in log_.ordered.items()
            if any(self._ordered.get(order) == one for order in orders)
        }
        query = select(table.call).select_from(there).order_by(table.call)
        async with self._engine.connect() as connection:
            for call in (await connection.execute(query.where(unlocked))).scalars():
                yield Difference(
                    "key gone", f"The recording of call {call} is encrypted, and its key is gone."
                )
            calls = (await connection.execute(query.where(gone))).scalars().all()
        for call in calls:
            reference = reference_of(call)
            if reference not in ordered and not await self._in_time(log_.ended.get(reference)):
                yield Difference(
                    "destroyed unsaid",
                    f"Of call {call} something was destroyed, and the log does not say that it was blocked "
                    "four weeks before, and that nothing held it.",
                )

    async def _in_time(self, ended: tuple[int, int, float] | None) -> bool:
        """Whether the log says of a recording that it was blocked, and destroyed four weeks later (Explained.ended).

        What a row's head says of that has anybody written; the two stamps may each be late by a day.
        """
        if ended is None or self._stamped is None:
            return ended is not None
        blocked, destroyed, at = ended
        over = min(at, await self._stamped.since(destroyed)) + HEAD_LATE_S
        return await self._stamped.since(blocked) - HEAD_LATE_S + LEAST_BLOCKED_S <= over

    async def _unsealed(self) -> AsyncIterator[Difference]:
        """Name what was signed as a sealed recording, and whose row says that it never was one."""
        there = recordings.join(evidence, evidence.c.call == recordings.c.call)
        columns = (recordings.c.call, recordings.c.state, recordings.c.sha512, evidence.c.vcon)
        query = select(*columns).select_from(there)
        denied = recordings.c.state.in_((*_UNDER_WAY, *_EMPTY))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.where(denied).order_by(recordings.c.call))).all()
        for row in rows:
            never = row.state in _EMPTY and row.vcon is not None and not _has_content(row.vcon)
            if not never or (row.state == State.MISSING and row.sha512 is not None):
                yield Difference(
                    "unsealed", f"The recording of call {row.call} was sealed and signed; its row denies it."
                )

    async def _unlogged(self) -> AsyncIterator[Difference]:
        """Name what happened some time ago and was not entered into the log."""
        async with self._engine.connect() as connection:
            for source in SOURCES:
                waits = source.rows.where(source.logged.is_distinct_from(source.at))
                waits = waits.where(
                    func.abs(source.at - self._clock()) > PATIENCE_S
                )  # of text SQLite makes 0
                for row in (await connection.execute(waits)).all():
                    said = f"What became of the recording of call {row.call} ({source.kind})"
                    yield Difference("unlogged", f"{said} was not entered into the log.")

    async def _stamps(self) -> AsyncIterator[Difference]:
        """Say how many time stamps ran out before another was made over them."""
        query = select(func.count()).select_from(evidence)
        over = query.where(evidence.c.vcon.is_not(None), evidence.c.stamp_until < self._clock())
        async with self._engine.connect() as connection:
            count = (await connection.execute(over)).scalar_one()
        if count:
            yield Difference("stamps ran out", f"{count} time stamps ran out before they were renewed.")

    async def _stuck(self) -> AsyncIterator[Difference]:
        """Name what is under way for longer than any call lasts, and a file of published heads that is not there."""
        since = func.coalesce(recordings.c.ended_at, recordings.c.begun_at)
        late = (recordings.c.state.in_(_UNDER_WAY), since < self._clock() - UNDER_WAY_S)
        query = select(recordings.c.call, recordings.c.state).where(*late).order_by(recordings.c.call)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
            published = select(func.count(), func.min(heads.c.size)).select_from(heads)
            many, oldest = (await connection.execute(published)).one()
        for row in rows:
            yield Difference("stuck", f"The recording of call {row.call} is called {row.state} for days.")
        if self._published is not None and many:
            async for one in _not_kept(Published(self._published), many, oldest):
                yield one

    async def _log(self) -> AsyncIterator[Difference]:
        """Read the log from its first entry: what it says must be on record, and its heads must come out of it."""
        before = await length(self._engine)
        happened = Happened(await on_record(self._engine), before)
        signed = await self._signed()
        heads_, unread = await self._heads()
        tiles: dict[Place, bytes] = {}
        size, new = 0, list[bytes]()
        async for leaf, kind, line in self._entries():
            if leaf != size + len(new):
                yield Difference("entry gone", f"Entry {size + len(new)} of the log is gone.")
                return
            new.append(leaf_hash(_text(line).encode()))
            for one in _line(leaf, kind, line, signed, happened):
                yield one
            if len(new) >= GROWN_AT_ONCE or size + len(new) in heads_:
                size = _grown(tiles, size, new)
                for one in _head(size, tiles, heads_.pop(size, ())):
                    yield one
        size = _grown(tiles, size, new)
        for ahead in sorted(heads_):
            yield Difference("head ahead", f"A head of {ahead} entries was published; the log has {size}.")
        for one in (
            *_cut(size, before),
            *unread,
            *await self._tiles(size, tiles),
            *_unentered(signed),
            *happened.rest(),
        ):
            yield one

    async def _signed(self) -> dict[str, str]:
        """Give the calls of signed vCons by their hash."""
        async with self._engine.connect() as connection:
            rows = (
                await connection.execute(select(evidence.c.call, evidence.c.sha512, evidence.c.vcon))
            ).all()
        return {
            row.sha512 if row.vcon is None else sha512(row.vcon.encode()).hexdigest(): row.call
            for row in rows
        }

    async def _heads(self) -> tuple[dict[int, tuple[bytes, ...]], list[Difference]]:
        """Give the roots that were published for each size, here and in the file, and say what is no head here."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(heads.c.note, heads.c.size))).all()
        notes: list[tuple[str, object]] = [(row.note, row.size) for row in rows]
        with suppress(OSError):  # that it cannot be read was named (_stuck)
            kept = await asyncio.to_thread(lambda: list(notes_of(lines_of(self._published))))
            notes += [(note, None) for note in kept]
        roots: dict[int, tuple[bytes, ...]] = {}
        bad = 0
        for note, size in notes:
            try:
                checkpoint = checkpoint_of(note)
            except (BadNote, TypeError, AttributeError):
                bad += size is not None
                continue
            bad += size not in (None, checkpoint.size)
            roots[checkpoint.size] = (*roots.get(checkpoint.size, ()), checkpoint.root)
        said = Difference("no head", f"{bad} of the heads that are on record are none that can be read.")
        return roots, [said] * bool(bad)

    async def _entries(self) -> AsyncIterator[tuple[int, str, str]]:
        after = -1
        while True:
            query = select(log).where(log.c.leaf > after).order_by(log.c.leaf).limit(READ_AT_ONCE)
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query)).all()
            for row in rows:
                yield row.leaf, row.kind, row.line
            if len(rows) < READ_AT_ONCE:
                return
            after = rows[-1].leaf

    async def _tiles(self, size: int, tiles: Mapping[Place, bytes]) -> list[Difference]:
        """Compare the root of the kept tiles, which proofs are read from, with that of the entries."""
        if size == 0:
            return []
        try:
            kept = await Log(self._engine).root(size)
        except KeyError:
            kept = b""
        if kept == hash_of((0, size), tiles):
            return []
        return [
            Difference(
                "tiles differ", "The tiles that proofs are read from are not those of the log's entries."
            )
        ]


async def _compared(name: str, part: AsyncIterator[Difference]) -> list[Difference]:
    """Compare one part; what stands in a row there must hide no other, nor what was found before it."""
    found: list[Difference] = []
    try:
        async for one in part:
            found.append(one)  # noqa: PERF401 - what was found until it failed is said
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as fault:
        why = f"{name} could not be compared ({type(fault).__name__}): a row is not what it should be."
        found.append(Difference("not compared", why))
    return found


async def _not_kept(published: Published, many: int, oldest: int) -> AsyncIterator[Difference]:
    """Say that a file does not have what was published; while it has not, nothing of that time is destroyed."""
    begins: list[int] = []
    try:
        async for part in published.heads():
            begins = [min([*begins, *(head.size for head in part)])] if begins or part else []
    except FileNotFoundError:
        yield Difference("heads gone", f"{many} heads were published; the file that had them is gone.")
        return
    except OSError as fault:
        why = type(fault).__name__
        yield Difference("heads gone", f"{many} heads were published; their file cannot be read ({why}).")
        return
    if not begins or begins[0] > oldest:
        lacks = "the file of them lacks the oldest: it was begun later, or is another."
        yield Difference("heads gone", f"{many} heads were published; {lacks}")


def _grown(tiles: dict[Place, bytes], size: int, new: list[bytes]) -> int:
    """Let the tree grow by leaf hashes, which are used up; give its new size."""
    edge = {place: tiles[place] for place in growing(size) if place in tiles}
    tiles |= grow(edge, size, new)
    size += len(new)
    new.clear()
    return size


def _text(line: object) -> str:
    return line if isinstance(line, str) else repr(line)


def _line(
    leaf: int, kind: object, line: object, signed: dict[str, str], happened: Happened
) -> Iterator[Difference]:
    """Compare a line with evidence and rows; SQLite keeps in a cell for text whatever somebody writes there."""
    if isinstance(kind, str) and isinstance(line, str):
        yield from _entry(leaf, kind, line, signed, happened.size)
        yield from happened.line(leaf, kind, line)
    else:
        yield Difference("no entry", f"Entry {leaf} of the log is no text.")


def _entry(leaf: int, kind: str, line: str, signed: dict[str, str], before: int) -> Iterator[Difference]:
    """Compare an entry with the evidence; what has its entry is taken out of `signed`.

    before: how many entries there were before the evidence was read; of those after, it may not have been there yet.
    """
    reference = line.rpartition(" ")[2]
    if kind == Kind.SEALED and signed.pop(reference, None) is None and leaf < before:
        yield Difference(
            "evidence gone", f"Entry {leaf} of the log is of a recording whose evidence is not on record."
        )


def _has_content(vcon: str) -> bool:
    """Whether a signed vCon names a recording's bytes; of one that cannot be read, nobody can say that it does not."""
    try:
        return "content_hash" in jws.read(vcon.encode()).vcon["dialog"][0]
    except (BadSignature, LookupError, TypeError):
        return True


def _head(size: int, tiles: Mapping[Place, bytes], roots: Sequence[bytes]) -> Iterator[Difference]:
    if roots and any(root != hash_of((0, size), tiles) for root in roots):
        yield Difference(
            "rewritten",
            f"The head of {size} entries that was published does not come out of the log: it was rewritten.",
        )


def _cut(size: int, hashed: int) -> Iterator[Difference]:
    """Name a last line that was taken away; a head that has it need not be published yet."""
    if size < hashed:
        yield Difference("entry gone", f"Entry {size} of the log is gone, and its hash is there still.")


def _unentered(signed: Mapping[str, str]) -> Iterator[Difference]:
    for call in sorted(signed.values()):
        yield Difference("not in the log", f"The signed vCon of call {call} is not the one in the log.")


async def consistent_heads(log_: Log, notes: Sequence[str], keys: Sequence[Key]) -> str | None:
    """Say why a log does not go on from the first head to the second (or to the log as it is), None when it does."""
    try:
        read = [checkpoint_of(opened(note, keys).text) for note in notes]
    except BadNote as fault:
        return f"A head is not one that this log has signed: {fault}."
    old, size = read[0], await log_.size()
    if max(head.size for head in read) > size:
        return f"The log has {size} entries, and a head of {max(head.size for head in read)} was signed: some are gone."
    new = read[1] if len(read) > 1 else Checkpoint(old.origin, size, await log_.root(size))
    if old.size > new.size:
        return "The second head is the older one: name them the other way round."
    if old.size and not consistent(
        old.size, new.size, old.root, new.root, await log_.consistency(old.size, new.size)
    ):
        return (
            f"The log was rewritten: what it had when it had {old.size} entries (root "
            f"{base64.b64encode(old.root).decode()}) is not what it has now."
        )
    return None
