"""A server of somebody else's, started on a free port and ended by its own process id."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from server.runtime.ports import free_ports


@dataclass(frozen=True, slots=True)
class Served:
    """A CRM that serves: the connector's options of an administrator, and of a user who may do its daily work only."""

    options: Mapping[str, str]
    lesser: Mapping[str, str]
    pid: int


READY_LIMIT_S = 120.0
"""A cold disk and two busy processors."""
END_LIMIT_S = 10.0


@contextmanager
def serving(
    words: list[str], surroundings: Mapping[str, str], log: Path, url: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server until the block is left, from the moment its address answers anything at all."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            words,
            env=dict(surroundings),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        _wait(process, log, url)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(END_LIMIT_S)


def _wait(process: "subprocess.Popen[bytes]", log: Path, url: str) -> None:
    deadline = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{url} ended at once: {last_words(log)}")
        try:
            httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{url} did not answer within {READY_LIMIT_S:.0f} s: {last_words(log)}")


def last_words(log: Path) -> str:
    """Give the end of a log."""
    return " / ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])


def free_port() -> int:
    """Give a port that nobody holds now."""
    return free_ports(1).web
