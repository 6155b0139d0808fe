"""Precedence over the processes of other tests, for who measures sound: it must not wait for a processor."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FIRST = -10


@contextmanager
def before_others(*pids: int) -> Iterator[None]:
    """Let this process and these go first, where the kernel lets us: that takes root (or CAP_SYS_NICE)."""
    threads = [int(task.name) for pid in (os.getpid(), *pids) for task in Path(f"/proc/{pid}/task").iterdir()]
    before = {thread: os.getpriority(os.PRIO_PROCESS, thread) for thread in threads}
    try:
        for thread in threads:
            _set(thread, FIRST)
        yield
    finally:
        for thread, niceness in before.items():
            _set(thread, niceness)


def _set(thread: int, niceness: int) -> None:
    with suppress(PermissionError, ProcessLookupError):  # the second: a thread of a call that is over
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
