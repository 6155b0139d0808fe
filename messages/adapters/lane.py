"""A lane of the post: what is due goes out, a few at once, and one that nobody answers holds up no other."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from messages.channels import Due

LOOK_S: Final = 1.0  # what waits for a later time is found within
AT_ONCE: Final = 10  # sendings that wait for their answers at the same time
LEAVES_S: Final = 2.0  # for what is being handed over to be answered, when the server stops in good order

Look = Callable[[], Awaitable[tuple[Due, ...]]]
Hand = Callable[[Due], Awaitable[bool]]


class Lane:
    """One lane. `look` gives what is due, `hand` sends one and says whether it came to that.

    in_hand: the numbers of those that are just being handed over.
    """

    def __init__(self, look: Look, hand: Hand, in_hand: Collection[int]) -> None:
        self._look, self._hand, self._in_hand = look, hand, in_hand
        self._woken = asyncio.Event()
        self._going: dict[asyncio.Task[bool], int] = {}
        self._next: deque[Due] = deque()

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

    async def once(self) -> bool:
        """Send what is due now; whether anything was."""
        sent = False
        try:
            await self._begin()
            while self._going:
                await asyncio.wait(self._going)
                went = [self._ended(task) for task in tuple(self._going)]
                sent = sent or any(went)
                self._fill()
        finally:
            await self._leave()
        return sent

    async def _begin(self) -> None:
        """Look for more where nothing is left of what was found, and begin as many as go at once."""
        if not self._next and len(self._going) < AT_ONCE:
            found = await self._look()
            known = set(self._going.values())
            self._next.extend(one for one in found if one.piece.sending not in known)
        self._fill()

    def _fill(self) -> None:
        while self._next and len(self._going) < AT_ONCE:
            one = self._next.popleft()
            going = asyncio.create_task(self._hands_over(one), name="post: sending")
            self._going[going] = one.piece.sending

    async def _hands_over(self, one: Due) -> bool:
        return await self._hand(one)

    async def _something(self) -> None:
        """Wait until something was left, something has ended, or it is time to look again."""
        woken = asyncio.create_task(self._woken.wait(), name="post: woken")
        try:
            done, _ = await asyncio.wait(
                {woken, *self._going}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()
        went = [self._ended(task) for task in done if task in self._going]
        if not all(went):  # it waits for the morning, or its database did not answer: no hurry
            await asyncio.sleep(LOOK_S)

    def _ended(self, task: asyncio.Task[bool]) -> bool:
        del self._going[task]
        return task.result()

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
