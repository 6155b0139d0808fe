"""Hashes what Asterisk adds to every recording, every few seconds, and keeps the chain in the database.

The chain goes on where a lost server left it: what was written meanwhile is one longer chunk. Files are read
in a thread, all of a round in one go; a file that cannot be read is left for the next round.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.tables import chains, chunks, insert_once, recordings
from recordings.chain import CHAINED_AFTER_S, CHUNK_EVERY_S, Chunk, chunk, first_link
from recordings.naming import RAW
from recordings.recording import State

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

    def __init__(self, engine: AsyncEngine, vault: Path, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._vault = vault.resolve()
        self._clock = clock
        self._last: dict[str, Chunk] = {}
        self._looked_at = 0.0

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
        await self._recall(paths.keys() - self._last.keys())
        begins = {call: self._last[call].to_byte if call in self._last else 0 for call in paths}
        begun = self._clock()
        grown = await asyncio.to_thread(lambda: tuple(_read(self._vault, paths, begins)))
        at = self._clock()
        new = [chunk(one.call, self._last.get(one.call), one.end, one.sha512, at) for one in grown]
        if new:
            async with self._engine.begin() as connection:
                await connection.execute(insert(chunks), [asdict(one) for one in new])
        self._last |= {one.call: one for one in new}
        self._looked_at = begun
        return len(new)

    def newest(self, call: str) -> Chunk | None:
        """Give the last chunk of a call that this server has written, whatever the database says."""
        return self._last.get(call)

    def lacks(self, chain: Sequence[Chunk], newest: Chunk | None, begun_at: float, duration_ms: int) -> bool:
        """Whether a chain is not what it was: `newest`, taken before `chain` was read, is not in it, or it is gone."""
        if newest is not None:
            return newest not in chain
        long = duration_ms > CHAINED_AFTER_S * 1000
        return not chain and long and self._looked_at > begun_at + CHAINED_AFTER_S

    async def chunks_of(self, call: str) -> tuple[Chunk, ...]:
        """Give a call's chain, which its file is compared with."""
        wanted = select(chunks).where(chunks.c.call == call).order_by(chunks.c.number)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return tuple(Chunk(**row) for row in rows)

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
        unknown = sorted(calls)
        if not unknown:
            return
        newest = (
            select(chunks.c.call, func.max(chunks.c.number).label("number"))
            .where(chunks.c.call.in_(unknown))
            .group_by(chunks.c.call)
            .subquery()
        )
        both = (chunks.c.call == newest.c.call) & (chunks.c.number == newest.c.number)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(chunks).join(newest, both))).mappings().all()
        self._last |= {row["call"]: Chunk(**row) for row in rows}


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
