"""The chunk chains a second time: a file for each recording that grows, where the evidence's keys lie.

Who can write both the vault and the database could take a chain out of the one, exchange the file in the other, and
wait for a restart: the next server would hash what lies there and find nothing wrong. Here a lost server's chains are
found again. Blocking; a line is a chunk, and one that was cut off (the server died) never was.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from recordings.chain import Chunk
from recordings.naming import raw_path

SUFFIX = ".chunks"


class Garbled(Exception):  # noqa: N818 - it says what the file is
    """Somebody else wrote into a journal: no line of ours stands there."""


class Journal:
    """The journal of one installation, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, chunks: Iterable[Chunk]) -> None:
        """Add chunks, each to its own call's file; what is no call has none. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for one in chunks:
            file = self._file(one.call)
            if file is None:
                continue
            descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as out:
                out.write(f"{json.dumps(asdict(one))}\n")

    def read(self, call: str) -> tuple[Chunk, ...]:
        """Give a call's chunks; none when there are none. Raises Garbled, OSError."""
        file = self._file(call)
        if file is None or not file.exists():
            return ()
        whole = file.read_bytes()
        ends = whole.rfind(b"\n") + 1
        if ends < len(whole):
            os.truncate(file, ends)
        try:
            return tuple(Chunk(**json.loads(line)) for line in whole[:ends].splitlines())
        except (ValueError, TypeError, RecursionError) as wrong:
            raise Garbled(call) from wrong

    def forget(self, call: str) -> None:
        """Delete a call's file: its recording is sealed. Raises OSError."""
        if (file := self._file(call)) is not None:
            file.unlink(missing_ok=True)

    def calls(self) -> frozenset[str]:
        """Give the calls that have a file."""
        return frozenset(file.name.removesuffix(SUFFIX) for file in self._folder.glob(f"*{SUFFIX}"))

    def _file(self, call: str) -> Path | None:
        try:
            return self._folder / f"{raw_path(call).stem}{SUFFIX}"
        except ValueError:  # a row that somebody else wrote
            return None


def lacking(kept: Sequence[Chunk], other: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Give what one record of a chain has more than another; nothing when it is the shorter; None when they differ."""
    both = min(len(kept), len(other))
    return other[both:] if list(kept[:both]) == list(other[:both]) else None
