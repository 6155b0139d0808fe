"""What the floor is woken for between two ticks: the end of a wrap-up, whose agent is wanted at once."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from queues.agents import AgentState, State
from queues.ports import Change, Clock

# An alarm is set by one clock and judged by another: it comes a little late rather than a little early, and in vain.
LATE_S: Final = 0.001


class Alarms:
    """Calls `ring` when a wrap-up ends. Sets none before `open` and after `close`."""

    def __init__(self, ring: Callable[[], None], clock: Clock) -> None:
        self._ring, self._clock = ring, clock
        self._open = False
        self._alarms: set[asyncio.TimerHandle] = set()

    def open(self) -> None:
        """Begin to set alarms."""
        self._open = True

    def close(self) -> None:
        """Set no more, and let none that is set ring."""
        self._open = False
        for alarm in self._alarms:
            alarm.cancel()

    def follow(self, changes: Iterable[Change]) -> None:
        """Set an alarm for every wrap-up that begins in these changes."""
        for change in changes if self._open else ():
            if isinstance(change, AgentState) and change.state is State.WRAP_UP and change.until is not None:
                self._set(max(0.0, change.until - self._clock()) + LATE_S)

    def _set(self, after_s: float) -> None:
        def ring() -> None:
            self._alarms.discard(alarm)
            self._ring()

        alarm = asyncio.get_running_loop().call_later(after_s, ring)
        self._alarms.add(alarm)
