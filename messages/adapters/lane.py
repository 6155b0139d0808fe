"""A lane of the post: what is due goes out, a few at once, and one that nobody answers holds up no other.

Each channel has lanes of its own: where a mail server lets all of a lane's places wait, no SMS stands behind them.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from messages.channels import Due

# Within this, what waits for a later time is found, and what is more pressing than what was found.
LOOK_S: Final = 1.0
AT_ONCE: Final = 10  # sendings that wait for their answers at the same time
LEAVES_S: Final = 2.0  # for what is being handed over to be answered, when the server stops in good order

Look = Callable[[], Awaitable[tuple[Due, ...]]]
Hand = Callable[[Due], Awaitable[None]]


class Lane:
    """One lane. `look` gives what is due, the most pressing first; `hand` sends one, and is in no hurry after a fault.

    in_hand: the numbers of those that are just being handed over.
    """

    def __init__(self, look: Look, hand: Hand, in_hand: Collection[int]) -> None:
        self._look, self._hand, self._in_hand = look, hand, in_hand
        self._woken = asyncio.Event()
        self._going: dict[asyncio.Task[None], int] = {}
        self._next: deque[Due] = deque()
        self._looked_at = 0.0

    def wake(self) -> None:
        """Look at once: something was left."""
        self._woken.set()

    async def run(self) -> None:
        """Send, for ever. Who is cancelled begins nothing new, and hears what comes of what was handed over."""
        try:
            while True:
                self._woken.clear()
                await self._begin()
                await self._something()
        finally:
            await self._leave()

    async def once(self) -> None:
        """Send what is due now."""
        try:
            await self._begin()
            while self._going:
                await asyncio.wait(self._going)
                for task in tuple(self._going):
                    self._ended(task)
                self._fill()
        finally:
            await self._leave()

    async def _begin(self) -> None:
        """Look where nothing is left of what was found, or it is old, and begin as many as go at once."""
        now = asyncio.get_running_loop().time()
        old = not self._next or now >= self._looked_at + LOOK_S
        if old and len(self._going) < AT_ONCE:
            self._looked_at, found = now, await self._look()
            known = set(self._going.values())
            self._next = deque(one for one in found if one.piece.sending not in known)
        self._fill()

    def _fill(self) -> None:
        while self._next and len(self._going) < AT_ONCE:
            one = self._next.popleft()
            going = asyncio.create_task(self._hands_over(one), name="post: sending")
            self._going[going] = one.piece.sending

    async def _hands_over(self, one: Due) -> None:
        await self._hand(one)

    async def _something(self) -> None:
        """Wait until something was left, something has ended, or it is time to look again."""
        woken = asyncio.create_task(self._woken.wait(), name="post: woken")
        try:
            done, _ = await asyncio.wait(
                {woken, *self._going}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()
        for task in tuple(self._going):
            if task in done:
                self._ended(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._going[task]
        task.result()

    async def _leave(self) -> None:
        """End what was not begun, and wait a little for the answer to what was: it would be in doubt."""
        handed = [task for task, sending in self._going.items() if sending in self._in_hand]
        if handed:
            await asyncio.wait(handed, timeout=LEAVES_S)
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)
        self._going.clear()
        self._next.clear()
