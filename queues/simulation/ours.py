"""Our own router as the one who decides in a simulation: the very object that the live floor uses."""

import heapq

from queues.router import Router
from queues.wishes import Rules, Wish


class Ours(Router):
    """The router, and when its next wish relaxes.

    The live floor asks the router several times a second; a simulated clock asks exactly when a step opens.
    """

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules)
        self._openings: list[float] = []

    def join(self, wish: Wish) -> None:
        """Put a caller in line, and note when the wish will ask for less."""
        super().join(wish)
        for step in self.steps(wish.call):
            if step.after_s > 0:
                heapq.heappush(self._openings, wish.since + step.after_s)

    def look_again(self, now: float) -> float | None:
        """Say when the next step opens."""
        while self._openings and self._openings[0] <= now:
            heapq.heappop(self._openings)
        return self._openings[0] if self._openings else None
