"""The file of the heads that were published, which who writes the database cannot write: read a part at a time.

It grows by a line a minute for ever, and calls go on while it is read; so it is never in memory as a whole. A line that
is torn or damaged is passed over by itself. A file that is away, or begins later than it should, vouches for nothing:
it may be an empty folder where another machine's is not mounted.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from recordings.adapters.evidence.elsewhere import Elsewhere
from recordings.evidence.notes import LONGEST, BadNote, Checkpoint, checkpoint_of

LINES_AT_ONCE = 500
"""So many lines are read at once, beside the event loop: a few milliseconds."""
READ_S = 5.0
"""Longest wait for them: a file on another machine that is gone is one that cannot be read."""
LONGEST_LINE = 4 * LONGEST
"""Bytes of a line: a note, its letters written as JSON writes them, is no longer; what is longer is no head's."""
ANEW = "anew"
"""`{"anew": true}` in a line, written by whoever begins a file later than the log on purpose, says that it is whole."""


@dataclass(frozen=True, slots=True)
class Published:
    """Where the heads are that were published."""

    file: Path

    async def heads(self) -> AsyncIterator[Sequence[Checkpoint]]:
        """Give them some at a time, in the order of the file. Raises OSError, and TimeoutError, which is one.

        Where the file begins anew on purpose stands the head of a log without entries.
        """
        start, end, there = -1, 0, Elsewhere(READ_S)
        while end != start:
            start = end
            found, end = await there.do(partial(_part, self.file, start))
            yield found


def notes_of(lines: Iterator[bytes]) -> Iterator[str]:
    """Give the heads of some lines, as they were signed; of a line that cannot be read nothing."""
    for line in lines:
        note = _read(line).get("checkpoint")
        if isinstance(note, str):
            yield note


def lines_of(file: Path | None) -> Iterator[bytes]:
    """Read the lines of a file, of none when it is not there. Raises OSError."""
    if file is None or not file.exists():
        return
    with file.open("rb") as lines:
        while line := lines.readline(LONGEST_LINE):
            yield line


def _part(file: Path, start: int) -> tuple[Sequence[Checkpoint], int]:
    """Read some lines from a place on; give their heads, and where the next part begins."""
    with file.open("rb") as lines:
        lines.seek(start)
        read = [lines.readline(LONGEST_LINE) for _ in range(LINES_AT_ONCE)]
        return [head for line in read if (head := _head(line)) is not None], lines.tell()


def _head(line: bytes) -> Checkpoint | None:
    said = _read(line)
    if said.get(ANEW) is True:
        return Checkpoint("", 0, b"")
    try:
        return checkpoint_of(str(said.get("checkpoint")))
    except BadNote:
        return None


def _read(line: bytes) -> dict[str, object]:
    try:
        said = json.loads(line.decode())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
