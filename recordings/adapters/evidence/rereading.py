"""Recordings read again from their first byte to the last: what rests may rot, or be written over.

A file of the right length whose content was exchanged for zeros agrees with every row; only who decrypts it knows.
It is read no faster than RATE, so that the calls' own files have the disk.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha512

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.rounds import Away, Found, Looked, Rounds
from recordings.adapters.tables import recordings
from recordings.evidence.happened import Difference
from recordings.ports import Audio, NoAudio, StoreAway

RATE = 50_000_000
"""Bytes in a second: half of what the slowest disk of a server reads; in half an hour 90 GB."""


class Rereading:
    """Reads recordings again. `clock`: seconds, of the rate alone; `sleep` lets others have the disk."""

    def __init__(
        self,
        engine: AsyncEngine,
        audio: Audio,
        rounds: Rounds,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._engine, self._audio, self._rounds = engine, audio, rounds
        self._clock, self._sleep = clock, sleep

    async def look(self, for_s: float) -> Looked:
        """Read for some seconds, to the end of a recording; at most each once."""
        return await self._rounds.go(self._of, 1, for_s)

    async def _of(self, calls: Sequence[str]) -> Found:
        return {call: [_named(call)] for call in calls if await self._is_bad(call)}

    async def _is_bad(self, call: str) -> bool:
        """Whether what lies there is not what was sealed; what is gone or locked is named without reading it.

        Raises Away when its store does not answer; one that is not set is named without reading, too.
        """
        digest, read, begun = sha512(), 0, self._clock()
        try:
            await self._audio.length(call)
            async for piece in self._audio.read(call):
                digest.update(piece)
                read += len(piece)
                if (early := read / RATE - (self._clock() - begun)) > 0:
                    await self._sleep(early)
        except NoAudio as none:
            if isinstance(none.__cause__, StoreAway):
                raise Away({call: [_unread(call, none.__cause__.reason)]}) from none
            return none.reason == "damaged"
        except (ValueError, TypeError, LookupError):  # a row of no sense
            return False
        return digest.hexdigest() != await self._sealed(call)

    async def _sealed(self, call: str) -> str | None:
        query = select(recordings.c.sha512).where(recordings.c.call == call)
        async with self._engine.connect() as connection:
            found: str | None = (await connection.execute(query)).scalar_one_or_none()
        return found


def _named(call: str) -> Difference:
    return Difference(
        "audio exchanged", f"The recording of call {call} was read again, and is not what was sealed."
    )


def _unread(call: str, why: str) -> Difference:
    said = f"The store of the recording of call {call} does not answer ({why}): it was not read again."
    return Difference("audio not read", said)
