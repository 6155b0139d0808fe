"""Whether a recording grew while a voice answered: what is agreed to by voice is on the disk, not only in a row.

Asterisk writes whole buffers, one a second, so the end of what was just said is not there at once. Where the file
stood before is what the chunk chain says, which outlives a server.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.tables import chunks, recordings
from recordings.recording import bytes_at_least

GROWS_WITHIN_S = 3.0
"""Longest wait for the file to have what was said: three of Asterisk's buffers."""
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class _Stood:
    """How many bytes a recording had at a moment (unix seconds)."""

    file: Path
    at: float
    bytes: int


class Growth:
    """How the files of one vault grow."""

    def __init__(self, engine: AsyncEngine, vault: Path, within_s: float = GROWS_WITHIN_S) -> None:
        self._engine, self._vault, self._within_s = engine, vault.resolve(), within_s

    async def over(self, call: str, begun: float, ended: float) -> bool:
        """Whether a call's file has what was said from `begun` to `ended` (unix seconds), which is now.

        So it is if it grows still, and no more is lacking than a whole recording may lack. Waits for it.
        """
        stood = await self._before(call, begun)
        if stood is None:
            return False
        now = await asyncio.to_thread(_bytes, stood.file)
        wanted = max(now + 1, stood.bytes + bytes_at_least(ended - stood.at))
        limit = time.monotonic() + self._within_s
        while await asyncio.to_thread(_bytes, stood.file) < wanted:
            if time.monotonic() > limit:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    async def _before(self, call: str, at: float) -> _Stood | None:
        """Say where the file stood when it was hashed last before a moment, or at its beginning."""
        row = select(recordings.c.path, recordings.c.begun_at).where(recordings.c.call == call)
        hashed = select(chunks.c.to_byte, chunks.c.at).where(chunks.c.call == call, chunks.c.at <= at)
        async with self._engine.connect() as connection:
            recording = (await connection.execute(row)).one_or_none()
            last = (await connection.execute(hashed.order_by(chunks.c.number.desc()).limit(1))).one_or_none()
        if recording is None:
            return None
        file = self._vault / recording.path
        return _Stood(file, last.at, last.to_byte) if last else _Stood(file, recording.begun_at, 0)


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
