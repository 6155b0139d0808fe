"""Every fact, to everyone who asked: in this process. `server/mqtt.py` carries them further."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger("ventanilla.bus")

BACKLOG = 1000
"""Facts a slow reader may be behind before it loses the oldest: a page asleep must not eat memory."""


class Bus:
    """Facts go in once and come out at every listener, in order.

    `publish` never blocks and never raises: the conversation must not suffer from who listens.
    """

    def __init__(self) -> None:
        self._hearers: list[Callable[[object], None]] = []
        self.dropped = 0

    def publish(self, fact: object) -> None:
        """Give `fact` to every hearer; one that fails is logged and does not stop the others."""
        for hear in self._hearers:
            try:
                hear(fact)
            except Exception:  # a door: whoever listens badly must not hurt the call
                log.exception("a hearer failed on %s", type(fact).__name__)

    def hear(self, hearer: Callable[[object], None]) -> Callable[[], None]:
        """Call `hearer` with every fact from now on; the returned function ends that."""
        self._hearers.append(hearer)
        return lambda: self._hearers.remove(hearer)

    @contextmanager
    def subscription(self, backlog: int = BACKLOG) -> Iterator[AsyncIterator[object]]:
        """Facts as an asynchronous iterator, for as long as the context lasts."""
        queue: asyncio.Queue[object] = asyncio.Queue()

        def put(fact: object) -> None:
            if queue.qsize() >= backlog:
                queue.get_nowait()
                self.dropped += 1
            queue.put_nowait(fact)

        forget = self.hear(put)
        try:
            yield _drain(queue)
        finally:
            forget()


async def _drain(queue: asyncio.Queue[object]) -> AsyncIterator[object]:
    while True:
        yield await queue.get()
