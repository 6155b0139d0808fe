"""What the door refused, told without being drowned in it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

log = logging.getLogger("ventanilla.server")

REFUSALS_EVERY_S = 10.0
"""A flood of bad peers must not become a flood of lines: writing them would hold up callers."""
ROUND_S = 1.0
"""How often is looked for what is still untold: so much later than it might be it is told at most."""
HARMLESS = frozenset({"left before the greeting", "hung up", "closing"})
"""Why a peer may leave the door without a word (ivr/adapters/fastagi.py)."""


class Refusals:
    """Tells what the door refused: a line for each rule now and then, however many peers break it.

    The first is told at once, those after it together; nobody stays untold while `run` runs.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._untold: dict[str, int] = {}
        self._told_at: dict[str, float] = {}

    def __call__(self, reason: str) -> None:
        """Take note. Health checks and our own watcher's look at the port are no news."""
        if reason in HARMLESS:
            return
        self._untold[reason] = self._untold.get(reason, 0) + 1
        self._tell_if_due(reason)

    async def run(self) -> None:
        """Tell the end of every flood, with nobody coming after it, and when the server ends."""
        try:
            while True:
                await asyncio.sleep(ROUND_S)
                self.tell_due()
        finally:
            for reason in [*self._untold]:
                self._tell(reason)

    def tell_due(self) -> None:
        """Tell what has waited for its line long enough."""
        for reason in [*self._untold]:
            self._tell_if_due(reason)

    def _tell_if_due(self, reason: str) -> None:
        if self._clock() - self._told_at.get(reason, -REFUSALS_EVERY_S) >= REFUSALS_EVERY_S:
            self._tell(reason)

    def _tell(self, reason: str) -> None:
        self._told_at[reason] = self._clock()
        log.warning("the FastAGI door refused %d peers: %s", self._untold.pop(reason), reason)
