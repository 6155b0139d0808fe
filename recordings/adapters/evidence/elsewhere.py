"""Files on another machine: whose server is gone hangs, for ever where a network's folder is mounted hard.

So they are asked in a thread of their own, one at a time, and waited for as long as the caller says. The thread holds
nobody up: neither who waits for a thread of the event loop's few, nor a server that stops.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Elsewhere:
    """Work on files that may hang. `limit_s`: how long each is waited for."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._under_way: Future[Any] | None = None

    async def do(self, work: Callable[[], T]) -> T:
        """Do something; while something before it hangs nothing is begun. Raises TimeoutError, and what `work` does."""
        if self._under_way is not None and not self._under_way.done():
            raise TimeoutError("it hangs still")
        found: Future[T] = Future()
        self._under_way = found
        threading.Thread(target=_do, args=(found, work), daemon=True).start()
        async with asyncio.timeout(self._limit_s):
            # Shielded: who is not waited for any more goes on hanging, and is not to be called done.
            return await asyncio.shield(asyncio.wrap_future(found))


def _do(found: Future[T], work: Callable[[], T]) -> None:
    try:
        found.set_result(work())
    except BaseException as fault:  # noqa: BLE001 - a door: it is raised where it is waited for
        found.set_exception(fault)
