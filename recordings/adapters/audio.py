"""Sealed recordings as bytes: what stands in the vault's folder."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.shelf import Shelf
from recordings.ports import NoAudio

PIECE = 1 << 16  # bytes: a piece is read in a thread, in less than a millisecond


class PlainAudio:
    """The Audio of files that are not encrypted. `vault`: the folder that rows' paths are relative to."""

    def __init__(self, engine: AsyncEngine, vault: Path) -> None:
        self._shelf = Shelf(engine)
        self._vault = vault

    async def length(self, call: str) -> int:
        """Say how many bytes there are. Raises NoAudio."""
        path = await self._path(call)
        try:
            return (await asyncio.to_thread(path.stat)).st_size
        except OSError as fault:
            raise NoAudio("gone") from fault

    async def read(self, call: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`. Raises NoAudio."""
        path, length = await self._path(call), await self.length(call)
        at, last = max(0, start), length if end is None else min(end, length)
        while at < last:
            piece = await asyncio.to_thread(_piece, path, at, min(PIECE, last - at))
            if not piece:
                raise NoAudio("damaged")  # shorter than a moment ago
            yield piece
            at += len(piece)

    async def _path(self, call: str) -> Path:
        place = await self._shelf.place_of(call)
        return self._vault / place


def _piece(path: Path, start: int, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(count)
    except OSError as fault:
        raise NoAudio("gone") from fault
