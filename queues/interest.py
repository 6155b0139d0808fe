"""Which lines wait for somebody of one pool, by the turn of each line's first caller: a heap that mends itself.

The turn under which a line stands may be older than the line's first caller has now, never newer: then the line is
found too early, looked at, and put where it belongs. So a caller who leaves costs nothing here.
"""

import heapq
from typing import Protocol

Order = tuple[int, float, str]


class Interested(Protocol):
    """A line of callers, as far as it matters here."""

    number: int

    head: Order | None
    """The turn of the first caller, None when nobody waits."""


class Interest:
    """The lines that wait for a pool."""

    def __init__(self) -> None:
        self._heap: list[tuple[Order, int]] = []
        self._standing: dict[int, tuple[Order, Interested]] = {}

    def add(self, line: Interested, order: Order) -> None:
        """Let a line stand here by this turn, unless it stands by an older one."""
        stands = self._standing.get(line.number)
        if stands is None or order < stands[0]:
            self._standing[line.number] = order, line
            heapq.heappush(self._heap, (order, line.number))
            if len(self._heap) > 2 * len(self._standing) + 16:
                self._tidy()

    def drop(self, line: Interested) -> None:
        """Forget a line."""
        self._standing.pop(line.number, None)

    def first(self) -> tuple[Order, int] | None:
        """Give the turn that is due first, and the number of its line; None: nobody waits.

        Lines without a caller are forgotten on the way.
        """
        while self._heap:
            first = order, number = self._heap[0]
            stands = self._standing.get(number)
            if stands is not None and stands[0] == order:
                head = stands[1].head
                if head == order:
                    return first
                del self._standing[number]
                if head is not None:
                    self._standing[number] = head, stands[1]
                    heapq.heapreplace(self._heap, (head, number))
                    continue
            heapq.heappop(self._heap)
        return None

    def _tidy(self) -> None:
        self._heap = [(order, number) for number, (order, _) in self._standing.items()]
        heapq.heapify(self._heap)
