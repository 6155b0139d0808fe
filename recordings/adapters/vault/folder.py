"""A store that is a folder of this machine."""

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from recordings.adapters.stereo import make_durable, reason_of
from recordings.ports import NoAudio, StoreAway

T = TypeVar("T")


class FolderStore:
    """Files below a folder. `put` moves: the file that is given must be on the same file system.

    A name that leads out of the folder is nobody's file: names come out of rows, which somebody else may have written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, source: Path) -> None:
        """Move a file that is durable itself into its place, and make the move durable."""
        await _away(lambda: _move(source, self._place(name)))

    async def size(self, name: str) -> int:
        """Say how many bytes there are."""
        return await _away(lambda: self._place(name).stat().st_size)

    async def read(self, name: str, start: int, end: int) -> bytes:
        """Give the bytes from `start` up to `end`."""
        return await _away(lambda: _piece(self._place(name), start, end))

    async def remove(self, name: str) -> None:
        """Remove a file, and make that durable. Raises NoAudio("gone") for a name or a link that leads elsewhere."""
        await _away(lambda: _gone(self._own(name)))

    def _place(self, name: str) -> Path:
        """Say where a name lies. Raises NoAudio("gone") for one that leads out of the folder."""
        path = Path(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name:
            raise NoAudio("gone")
        return self._folder / path

    def _own(self, name: str) -> Path:
        """Say where a name lies that may be deleted: no link, nor behind one that leads out of the folder."""
        place = self._place(name)
        if place.is_symlink() or not place.resolve().is_relative_to(self._folder.resolve()):
            raise NoAudio("gone")
        return place


async def _away(work: Callable[[], T]) -> T:
    """Do what blocks in a thread; what the system refuses is the store's state."""
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError as gone:
        raise NoAudio("gone") from gone
    except OSError as fault:
        raise StoreAway(reason_of(fault)) from fault


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    make_durable(target.parent)


def _piece(file: Path, start: int, end: int) -> bytes:
    with file.open("rb") as opened:
        piece = os.pread(opened.fileno(), end - start, start)
    if len(piece) != end - start:
        raise NoAudio("damaged")
    return piece


def _gone(file: Path) -> None:
    try:
        file.unlink()
    except OSError as fault:
        if fault.errno != errno.ENOENT:
            raise
        return
    make_durable(file.parent)
