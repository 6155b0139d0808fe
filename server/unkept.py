"""Callbacks that came to nothing become promises that a person keeps: nobody who was promised a call is forgotten.

A callback expires when its turn did not come in time, and is given up when nobody was reached in the last attempt. Its
row says so, and it is the row that is read: a server killed in between finds it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from crm_bridge.ports import CrmDown
from ivr.ports.requests import CallBack
from queues.adapters.callback_store import SqlCallbacks
from queues.callbacks import Callback
from queues.facts import CallbackExpired, CallbackGivenUp
from server.owed import GOOD_FOR_S
from server.promises import Promises

log = logging.getLogger("ventanilla.promises")

LOOK_EVERY_S = 60.0
"""How often it is looked for what could not be written at once: a person rings hours later anyway."""


class Unkept:
    """Takes over what callbacks left undone. What is older than a promise lasts is nobody's any more."""

    def __init__(self, callbacks: SqlCallbacks, promises: Promises, clock: Callable[[], float]) -> None:
        self._callbacks, self._promises, self._clock = callbacks, promises, clock
        self._taken: set[int] = set()
        self._soon = asyncio.Event()

    def hear(self, fact: object) -> None:
        """Look at once when a callback has come to nothing."""
        if isinstance(fact, CallbackExpired | CallbackGivenUp):
            self._soon.set()

    async def run(self) -> None:
        """Take over now and again, until cancelled."""
        while True:
            try:
                await self.take_over()
            except (SQLAlchemyError, OSError, CrmDown) as fault:
                log.error("a callback that came to nothing waits to be a promise: %s", type(fault).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._soon.wait()
            self._soon.clear()

    async def take_over(self) -> int:
        """Make promises of what came to nothing; how many were not taken over before."""
        found = await self._callbacks.unkept(self._clock() - GOOD_FOR_S)
        fresh = [one for one in found if one.serial not in self._taken]
        for one in fresh:
            if await self._promises.take_over(_asked(one), f"{one.asked.call}:not-kept"):
                self._taken.add(one.serial)
        self._taken &= {one.serial for one in found}
        return len(fresh)


def _asked(callback: Callback) -> CallBack:
    asked = callback.asked
    return CallBack(asked.call, asked.number, asked.language, asked.subject, person=asked.person)
