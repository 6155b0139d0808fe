"""Precedence over other tests, for who measures sound: it must not wait for a processor, a disk or a lock."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FIRST = -10
QUIET = Path(__file__).resolve().parents[1] / ".runtime" / "tests-quiet.lock"
"""Locked while sound is measured: what runs goes on, and no other test begins meanwhile, in any worker."""


@contextmanager
def before_others(*pids: int) -> Iterator[None]:
    """Let this process and these go first where the kernel lets us, which takes root (or CAP_SYS_NICE)."""
    threads = [int(task.name) for pid in (os.getpid(), *pids) for task in Path(f"/proc/{pid}/task").iterdir()]
    before = {thread: os.getpriority(os.PRIO_PROCESS, thread) for thread in threads}
    with _locked(fcntl.LOCK_EX):
        try:
            for thread in threads:
                _set(thread, FIRST)
            yield
        finally:
            for thread, niceness in before.items():
                _set(thread, niceness)


def wait_until_sound_is_measured() -> None:
    """Return once nobody measures sound: a minute at most, as long as the talk in tests/calls/agreeing.py."""
    with _locked(fcntl.LOCK_SH):
        return


@contextmanager
def _locked(how: int) -> Iterator[None]:
    QUIET.parent.mkdir(exist_ok=True)
    with QUIET.open("w") as lock:  # whoever dies lets go of it
        fcntl.flock(lock, how)
        yield


def _set(thread: int, niceness: int) -> None:
    with suppress(PermissionError, ProcessLookupError):  # the second: a thread of a call that is over
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
