"""Recordings read again from their first byte to the last: what rests may rot, or be written over.

A file of the right length whose content was exchanged for zeros agrees with every row; only who decrypts it knows.
"""

from collections.abc import Sequence
from hashlib import sha512

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.rounds import Found, Looked, Rounds
from recordings.adapters.tables import recordings
from recordings.evidence.happened import Difference
from recordings.ports import Audio, NoAudio


class Rereading:
    """Reads recordings again."""

    def __init__(self, engine: AsyncEngine, audio: Audio, rounds: Rounds) -> None:
        self._engine, self._audio, self._rounds = engine, audio, rounds

    async def look(self, for_s: float) -> Looked:
        """Read for some seconds, to the end of a recording; at most each once."""
        return await self._rounds.go(self._of, 1, for_s)

    async def _of(self, calls: Sequence[str]) -> Found:
        return {call: [_named(call)] for call in calls if await self._is_bad(call)}

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


def _named(call: str) -> Difference:
    return Difference(
        "audio exchanged", f"The recording of call {call} was read again, and is not what was sealed."
    )
