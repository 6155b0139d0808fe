"""Processes that outlive us: who they are, whether they live, how they are ended. Linux, through /proc."""

import os
import signal
import time
from pathlib import Path

STEP = 0.05  # seconds between two looks; an end is never noticed later than that


def lives(number: int) -> bool:
    """Whether the process runs; a zombie holds nothing any more, its parent has only not looked yet."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


def start_time(number: int) -> int:
    """Clock ticks after boot at which the process began (0 when gone): with its id, the process's identity."""
    try:
        return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def read_pid(file: Path, word: Path) -> int | None:
    """Read the process id a program wrote, if that process lives and has `word` among its arguments.

    Process ids are used again: without the second look we might end somebody else's program.
    """
    try:
        number = int(file.read_text())
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return number if os.fsencode(word) in words and lives(number) else None


def gone_within(number: int, limit: float) -> bool:
    """Wait up to `limit` seconds for a process to end."""
    deadline = time.monotonic() + limit
    while lives(number):
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP)
    return True


def end(number: int, limit: float, polite: int = signal.SIGTERM) -> None:
    """Ask a process to end, and kill it when it has not within `limit` seconds."""
    for how, patience in ((polite, limit), (signal.SIGKILL, 2.0)):
        try:
            os.kill(number, how)
        except ProcessLookupError:
            return
        if gone_within(number, patience):
            return
