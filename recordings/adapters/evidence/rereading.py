"""Recordings read again from their first byte to the last, some every night: what rests may rot, or be written over.

A file of the right length whose content was exchanged for zeros agrees with every row; only who decrypts it knows. So
each comparison reads on where the one before it stopped, for a time, and begins anew when it has come round. What was
found bad is read again each time, and named until it is well.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import sha512
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.tables import recordings
from recordings.evidence.happened import Difference
from recordings.ports import Audio, NoAudio
from recordings.recording import State

BATCH = 50


@dataclass(frozen=True, slots=True)
class Round:
    """How far a round has come: after which call it goes on, and what was found bad."""

    after: str = ""
    bad: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reread:
    """What a comparison read again: how many of how many recordings, and what is wrong with them."""

    read: int
    there: int
    found: tuple[Difference, ...]


class Rereading:
    """Reads recordings again. `place`: the file that says how far it came; `clock`: seconds."""

    def __init__(
        self,
        engine: AsyncEngine,
        audio: Audio,
        place: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._audio, self._place, self._clock = engine, audio, place, clock

    async def look(self, for_s: float) -> Reread:
        """Read for some seconds, to the end of a recording; at most each once."""
        until = self._clock() + for_s
        before = await asyncio.to_thread(_read, self._place)
        bad = {call for call in sorted(before.bad) if await self._is_bad(call)}
        count, after = 0, before.after
        async for call in self._round(before.after):
            if self._clock() >= until:
                break
            count, after = count + 1, call
            if call not in before.bad and await self._is_bad(call):
                bad.add(call)
            if count % BATCH == 0:
                await asyncio.to_thread(_write, self._place, Round(after, frozenset(bad)))
        await asyncio.to_thread(_write, self._place, Round(after, frozenset(bad)))
        return Reread(count, await self._count(), tuple(map(_named, sorted(bad))))

    async def _is_bad(self, call: str) -> bool:
        """Whether what lies there is not what was sealed; what is gone or locked is named without reading it."""
        digest = sha512()
        try:
            await self._audio.length(call)
            async for piece in self._audio.read(call):
                digest.update(piece)
        except NoAudio as none:
            return none.reason == "damaged"
        except (ValueError, TypeError, LookupError):  # a row of no sense
            return False
        return digest.hexdigest() != await self._sealed(call)

    async def _sealed(self, call: str) -> str | None:
        query = select(recordings.c.sha512).where(recordings.c.call == call)
        async with self._engine.connect() as connection:
            found: str | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def _round(self, begin: str) -> AsyncIterator[str]:
        """Give every sealed recording once, in the order of their calls, from behind one on and round to it."""
        async for call in self._after(begin):
            yield call
        async for call in self._after(""):
            if call > begin:
                return
            yield call

    async def _after(self, after: str) -> AsyncIterator[str]:
        query = (
            select(recordings.c.call).where(recordings.c.state == State.SEALED).order_by(recordings.c.call)
        )
        while True:
            async with self._engine.connect() as connection:
                further = query.where(recordings.c.call > after).limit(BATCH)
                calls = list((await connection.execute(further)).scalars())
            for call in calls:
                yield call
            if not calls:
                return
            after = calls[-1]

    async def _count(self) -> int:
        query = select(func.count()).select_from(recordings).where(recordings.c.state == State.SEALED)
        async with self._engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())


def _named(call: str) -> Difference:
    return Difference(
        "audio exchanged", f"The recording of call {call} was read again, and is not what was sealed."
    )


def _read(place: Path) -> Round:
    """Read how far a round came; a file that is spoilt begins a new one."""
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        return Round(str(kept["after"]), frozenset(map(str, kept["bad"])))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return Round()


def _write(place: Path, came: Round) -> None:
    """Write it whole or not at all. Raises OSError."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place.with_name(f".{place.name}.new")
    fresh.write_text(json.dumps({"after": came.after, "bad": sorted(came.bad)}), encoding="utf-8")
    fresh.replace(place)
