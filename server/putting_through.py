"""Whoever is being put through goes first: what may wait a moment waits until the telephone rings.

When an agent becomes free, another call has just ended, and often a third one comes in. What is written of them
behind the call (the request of each, its hand-over to the CRM, a look ahead for a card) wants the same loop, the same
two cores and SQLite's one lock as the promise, the card and the INVITE of the caller who waits. Nobody waits for it.
So it asks here first, once for each batch and not for each write: under steady load there is always somebody being put
through, and work that comes faster than it is let go must not pile up.

Nothing that must be on disk by a certain time asks here: neither promises nor facts nor snapshots of calls.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Final

from queues.agents import State
from queues.facts import AgentStateChanged

AT_MOST_S: Final = 0.2
"""Longest wait for it, and how long one caller's ring counts: it takes 20 ms, where the page has to show a card 70."""


class PuttingThrough:
    """Hears the agents' states; `over` waits while one of them is reserved whose telephone does not ring yet."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}
        self._nobody = asyncio.Event()

    def hear(self, fact: object) -> None:
        """Take note of who is reserved, and whose telephone rings or never will."""
        match fact:
            case AgentStateChanged(agent=agent, state=State.RESERVED):
                self._since[agent] = self._clock()
                self._nobody.clear()
            case AgentStateChanged(agent=agent):
                self._since.pop(agent, None)
                if not self._since:
                    self._nobody.set()

    async def over(self) -> None:
        """Return when nobody is being put through; AT_MOST_S after the last of them was reserved at the latest."""
        left_s = max(self._since.values(), default=-inf) + AT_MOST_S - self._clock()
        if left_s <= 0:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await self._nobody.wait()
