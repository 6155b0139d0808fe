"""Hashes what Asterisk adds to every recording, every few seconds, and keeps the chain in the database.

The chain goes on where a lost server left it: what was written meanwhile is one longer chunk. Files are read
in a thread, all of a round in one go; a file that cannot be read is left for the next round.

A second record of it (journal.py) lies elsewhere. Before a server that has not seen a chain grow believes its rows, it
compares the two: what one of them lost in a crash, or somebody took away, is written again from the other, and two that
say different things are no chain at all. Both go only once the seal is on the disk.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.journal import Garbled, Journal, lacking
from recordings.adapters.tables import chains, chunks, insert_once, recordings
from recordings.chain import CHAINED_AFTER_S, CHUNK_EVERY_S, Chunk, chunk, first_link
from recordings.naming import RAW
from recordings.recording import State, Taken

log = logging.getLogger("ventanilla.recordings")

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class _Added:
    """How far a file has grown, and the hash of what came to it."""

    call: str
    end: int
    sha512: str


class Chain:
    """The chains of one vault. `run` must run as a task."""

    def __init__(
        self,
        engine: AsyncEngine,
        vault: Path,
        clock: Callable[[], float] = time.time,
        journal: Journal | None = None,
    ) -> None:
        self._engine = engine
        self._vault = vault.resolve()
        self._clock = clock
        self._journal = journal
        self._last: dict[str, Chunk] = {}
        self._looked_at = 0.0
        self._differ: set[str] = set()
        self._behind: set[str] = set()  # calls whose journal could not be written
        self._one = asyncio.Lock()
        self._cleared = journal is None

    async def run(self) -> None:
        """Go round every CHUNK_EVERY_S, for ever."""
        while True:
            try:
                await self.go_round()
            except (SQLAlchemyError, OSError):
                log.warning("recordings cannot be hashed now; trying again in %s s", CHUNK_EVERY_S)
            await asyncio.sleep(CHUNK_EVERY_S)

    async def go_round(self) -> int:
        """Add a chunk to every recording that has grown; how many."""
        paths = await self._unsealed()
        self._last = {call: one for call, one in self._last.items() if call in paths}
        self._differ &= paths.keys()
        self._behind &= paths.keys()
        await self._recall(paths.keys() - self._last.keys())
        await self._clear(paths.keys())
        begins = {call: self._last[call].to_byte if call in self._last else 0 for call in paths}
        begun = self._clock()
        grown = await asyncio.to_thread(lambda: tuple(_read(self._vault, paths, begins)))
        at = self._clock()
        new = [chunk(one.call, self._last.get(one.call), one.end, one.sha512, at) for one in grown]
        async with self._one:
            if new:
                await self._keep(new)
            await self._note(new)
        self._last |= {one.call: one for one in new}
        self._looked_at = begun
        return len(new)

    def newest(self, call: str) -> Chunk | None:
        """Give the last chunk of a call that this server has written, whatever the database says."""
        return self._last.get(call)

    def lacks(self, chain: Sequence[Chunk], newest: Chunk | None, taken: Taken, duration_ms: int) -> bool:
        """Whether a chain is not what it was: `newest`, taken before `chain` was read, is not in it, or it is gone."""
        if taken.call in self._differ:
            return True
        if newest is not None:
            return newest not in chain
        long = duration_ms > CHAINED_AFTER_S * 1000
        return not chain and long and self._looked_at > taken.begun_at + CHAINED_AFTER_S

    async def chunks_of(self, call: str) -> tuple[Chunk, ...]:
        """Give a call's chain, which its file is compared with."""
        async with self._one:
            return await self._agreed(call)

    async def forget(self, call: str) -> None:
        """Delete the second record of a chain; the seal, and what came of the chain, are on the disk. Never raises.

        What cannot be deleted now is when a server starts again.
        """
        self._differ.discard(call)
        if self._journal is None:
            return
        try:
            await asyncio.to_thread(self._journal.forget, call)
        except OSError as fault:
            log.error(
                "the second record of call %s's chain cannot be deleted: %s", call, type(fault).__name__
            )

    async def _agreed(self, call: str) -> tuple[Chunk, ...]:
        """Let both records of a chain have what either has; two that say different things are told, and left."""
        rows = await self._rows(call)
        if self._journal is None:
            return rows
        noted: tuple[Chunk, ...] = ()
        try:
            noted = await asyncio.to_thread(self._journal.read, call)
            lost = lacking(rows, noted)
        except Garbled:
            lost = None
        except OSError as fault:
            return self._without_journal(fault, [call], rows)
        if lost is None:
            self._differ.add(call)
            log.error("the chunks of call %s are not the same in the database and in the journal", call)
            return rows
        if lost:
            log.error("%s chunks of call %s were gone from the database: written again", len(lost), call)
            await self._keep(lost)
        if unnoted := lacking(noted, rows):
            try:
                await asyncio.to_thread(self._journal.add, unnoted)
            except OSError as fault:
                return self._without_journal(fault, [call], rows)
        return (*rows, *lost)

    async def _note(self, new: Sequence[Chunk]) -> None:
        """Write new chunks into the journal; what it does not take (its disk is full) it is given later, whole."""
        if self._journal is None:
            return
        late = self._behind & {one.call for one in new}
        self._behind -= late
        try:
            await asyncio.to_thread(self._journal.add, [one for one in new if one.call not in late])
        except OSError as fault:
            self._without_journal(fault, [one.call for one in new], ())
        for call in late:
            await self._agreed(call)

    def _without_journal(
        self, fault: OSError, calls: Iterable[str], rows: tuple[Chunk, ...]
    ) -> tuple[Chunk, ...]:
        """Go on with the rows alone, until the journal can be read and written."""
        self._behind.update(calls)
        log.warning("the journal of chunks cannot be used now: %s", fault.strerror)
        return rows

    async def _rows(self, call: str) -> tuple[Chunk, ...]:
        wanted = select(chunks).where(chunks.c.call == call).order_by(chunks.c.number)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return tuple(Chunk(**row) for row in rows)

    async def _keep(self, new: Sequence[Chunk]) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(insert(chunks), [asdict(one) for one in new])

    async def close(
        self, connection: AsyncConnection, call: str, chain: Sequence[Chunk], broken_at: int | None
    ) -> None:
        """Keep a chain's last link and what came of it, in the transaction of the seal.

        The chunks go, unless they are needed to see what was done.
        """
        if not chain and broken_at is None:
            return
        link = chain[-1].link if chain else first_link(call)
        row = {"call": call, "chunks": len(chain), "link": link, "broken_at": broken_at}
        await insert_once(connection, chains, row)
        if broken_at is None:
            await connection.execute(delete(chunks).where(chunks.c.call == call))

    async def _unsealed(self) -> dict[str, Path]:
        """Give the files that grow, or that wait to be sealed."""
        wanted = select(recordings.c.call, recordings.c.path).where(
            recordings.c.state.in_([State.RECORDING, State.ENDED])
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(wanted)).all()
        return {row.call: Path(row.path) for row in rows if row.path.endswith(RAW)}

    async def _recall(self, calls: Iterable[str]) -> None:
        """Take up the chains that a lost server had begun."""
        for call in sorted(calls):
            if known := await self.chunks_of(call):
                self._last[call] = known[-1]

    async def _clear(self, going: Collection[str]) -> None:
        """Delete, once, what a lost server had no time to: the second records of chains that were sealed whole."""
        if self._cleared or self._journal is None:
            return
        left = sorted(await asyncio.to_thread(self._journal.calls) - set(going))
        whole = select(chains.c.call).where(chains.c.call.in_(left), chains.c.broken_at.is_(None))
        async with self._engine.connect() as connection:
            sealed = list((await connection.execute(whole)).scalars())
        for call in sealed:
            await self.forget(call)
        self._cleared = True


def _read(vault: Path, paths: dict[str, Path], begins: dict[str, int]) -> Iterator[_Added]:
    for call, path in paths.items():
        added = _added(call, vault / path, begins[call])
        if added is not None:
            yield added


def _added(call: str, file: Path, begin: int) -> _Added | None:
    """Hash what stands in a file behind `begin`; None when that is nothing, or cannot be read."""
    digest, end = hashlib.sha512(), begin
    try:
        with file.open("rb") as source:
            source.seek(begin)
            while piece := source.read(PIECE):
                digest.update(piece)
                end += len(piece)
    except (OSError, ValueError):  # a path that is none: its row is not ours
        return None
    return _Added(call, end, digest.hexdigest()) if end > begin else None
