"""How fast messages go out: so many a second by one line, codes before everything else."""

import asyncio


class Pace:
    """One line's turns. A code never stands behind what can wait."""

    def __init__(self, per_second: float) -> None:
        self._apart_s = 1.0 / per_second
        self._next = 0.0
        self._urgent = 0
        self._turn = asyncio.Condition()

    async def turn(self, *, urgent: bool) -> None:
        """Wait for one's turn: the time between two of them is kept, and who is urgent comes first."""
        loop = asyncio.get_running_loop()
        self._urgent += urgent
        try:
            async with self._turn:
                while not urgent and self._urgent:
                    await self._turn.wait()
                wait_s = self._next - loop.time()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                self._next = loop.time() + self._apart_s
        finally:
            self._urgent -= urgent
            async with self._turn:
                self._turn.notify_all()

    def rest(self, seconds: float) -> None:
        """Let nobody go for a while: the other side said that we are too fast."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
