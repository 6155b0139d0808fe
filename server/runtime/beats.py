"""How a server shows that its event loop turns: a byte a second through a pipe, to the watcher that started it.

A process that hangs is there, its port takes connections (the kernel does), and nobody answers. A pipe and not a file:
no disk that is full or slow can silence a healthy server, nobody else can speak into it, and it is gone with the two.
"""

import asyncio
import logging
import os
import stat
from contextlib import suppress
from dataclasses import dataclass

VARIABLE = "BEAT_OF_VENTANILLA"
"""Where a server is told the number of its end of the pipe. None of VENTANILLA_…: under this watcher an older server
would refuse a setting that it does not know."""

BEAT_S = 1.0
SILENCE_S = 15.0
"""Silence after which a server is taken for hung; two busy cores hold one up for some seconds, not for so long."""
FIRST_BEAT_S = 180.0
"""Silence after which a server that was never heard and serves nobody is taken for hung: three times what `run` grants
a start (`serving.READY_LIMIT`), for one that is only slow must not be cut short, to begin again as slowly."""
COUNTED_S = 1.0
"""The most of the time between two looks that counts: where the watcher itself stood still (a machine that slept, or
that gives nobody any time), the server's silence says nothing."""
DRAUGHT = 65_536  # bytes read at once: all that a pipe holds

log = logging.getLogger("ventanilla.runtime")


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is known of a child that was last looked at when the clock (monotonic seconds) showed `looked`.

    `silent` are the seconds since it was last heard; `heard`: ever. One never heard is starting, or does not beat.
    """

    looked: float
    silent: float = 0.0
    heard: bool = False


def felt(pulse: Pulse, now: float, *, beat: bool) -> Pulse:
    """Look once more; `beat`: it was heard since the last look."""
    if beat:
        return Pulse(now, heard=True)
    return Pulse(now, pulse.silent + min(now - pulse.looked, COUNTED_S), pulse.heard)


def patience(pulse: Pulse) -> float:
    """Seconds of silence that are borne."""
    return SILENCE_S if pulse.heard else FIRST_BEAT_S


def hangs(pulse: Pulse) -> bool:
    """Whether it was silent for too long; of one never heard it must be asked besides whether it serves."""
    return pulse.silent >= patience(pulse)


class Ear:
    """The watcher's end of a pipe; a new one for every server."""

    def __init__(self) -> None:
        self._end: int | None = None

    def open(self) -> int:
        """Begin to listen to a new server; gives its end, which the caller closes when the server has it."""
        self.close()
        self._end, servers = os.pipe()
        os.set_blocking(self._end, False)
        return servers

    def heard(self) -> bool:
        """Whether there was a beat since this was last asked."""
        if self._end is None:
            return False
        with suppress(BlockingIOError):
            return bool(os.read(self._end, DRAUGHT))
        return False

    def close(self) -> None:
        """Listen no more."""
        if self._end is not None:
            os.close(self._end)
            self._end = None


async def beat() -> None:
    """Beat as long as the loop turns and a watcher listens; at once over in a server that none has started."""
    end = _end_of_ours()
    if end is None:
        log.warning(
            "Nobody listens whether this server turns, so nobody ends it should it hang: it was started by hand, or "
            "by an older `ventanilla run`. Stop that at a quiet hour and start it again."
        )
    while end is not None:
        try:
            os.write(end, b".")
        except BlockingIOError:
            pass  # full: the watcher stands still
        except OSError:  # it is dead; the next one ends us and starts its own
            log.warning(
                "The watcher is gone, so nobody starts this server again should it end or hang. "
                "Run: ventanilla run. It takes over what runs, with its calls."
            )
            return
        await asyncio.sleep(BEAT_S)


def _end_of_ours() -> int | None:
    """Take the pipe from the environment, for ourselves and none of our children."""
    with suppress(ValueError, OSError):
        end = int(os.environ.pop(VARIABLE, ""))
        if stat.S_ISFIFO(os.fstat(end).st_mode):
            os.set_inheritable(end, False)
            os.set_blocking(end, False)
            return end
    return None
