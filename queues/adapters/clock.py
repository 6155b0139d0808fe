"""The floor's clock: the machine's two clocks, read together."""

import logging
import time

from queues import facts as fact
from queues.ports import Clock, Publish
from queues.steady import Steady, onwards

log = logging.getLogger("ventanilla.queues")


class SteadyClock:
    """Call it for the time, unix seconds, as queues/steady.py has it; a jump of the wall is said once."""

    def __init__(self, publish: Publish, wall: Clock = time.time, monotonic: Clock = time.monotonic) -> None:
        self._publish, self._wall, self._monotonic = publish, wall, monotonic
        self._now = Steady(wall(), monotonic())

    def __call__(self) -> float:
        """Tell the time."""
        before, self._now = self._now, onwards(self._now, self._wall(), self._monotonic())
        if self._now.jumped and not before.jumped:
            log.warning("the machine's clock was set by %.0f s; agents and callers are not", self._now.off)
            self._publish(fact.ClockJumped(self._now.off, self._now.shown))
        return self._now.shown
