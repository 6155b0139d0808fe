"""Work that comes round for ever.

A round that fails is told and the next one comes: no agent may be stuck because one comparison met something
nobody had thought of.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

log = logging.getLogger("ventanilla.queues")

# After a round that failed, so that a lasting fault does not fill the log.
AFTER_FAULT_S: Final = 1.0


class Rounds:
    """One named task that repeats `once` until closed."""

    def __init__(self, name: str, once: Callable[[], Awaitable[None]]) -> None:
        self._name, self._once = name, once
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._go_round(), name=self._name)

    async def close(self) -> None:
        """Stop, in the middle of a round if need be."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _go_round(self) -> None:
        while True:
            try:
                await self._once()
            except Exception:
                log.exception("%s: a round failed, the next one comes", self._name)
                await asyncio.sleep(AFTER_FAULT_S)
