"""What the door refused, told without being drowned in it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger("ventanilla.server")

REFUSALS_EVERY_S = 10.0
"""A flood of bad peers must not become a flood of lines: writing them would hold up callers."""
HARMLESS = frozenset({"left before the greeting", "hung up", "closing"})
"""Why a peer may leave the door without a word (ivr/adapters/fastagi.py)."""


class Refusals:
    """Tells what the door refused: a line for each rule now and then, however many peers break it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._untold: dict[str, int] = {}
        self._told_at: dict[str, float] = {}

    def __call__(self, reason: str) -> None:
        """Take note. Health checks and our own watcher's look at the port are no news."""
        if reason in HARMLESS:
            return
        self._untold[reason] = self._untold.get(reason, 0) + 1
        now = self._clock()
        if now - self._told_at.get(reason, -REFUSALS_EVERY_S) >= REFUSALS_EVERY_S:
            self._told_at[reason] = now
            log.warning("the FastAGI door refused %d peers: %s", self._untold.pop(reason), reason)
