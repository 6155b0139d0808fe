"""How many may write at once, and how fast. Plain counting, in memory: it is about load, not about proof."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SEATS = 1000  # as many calls as one Asterisk is asked to hold
OPENINGS_WINDOW_SECONDS = 600.0
OPENINGS_PER_SEAT = 10  # in the window: each page may lose its line and come back now and then
ADDRESSES = 10_000  # remembered at once; whoever came longest ago is forgotten first
WORDS_PER_SECOND = 40.0  # a held key repeats thirty times a second; nobody types half as fast
WHOLE_LINE = 10.0  # four whole lines a second are more than anybody writes
WORDS_AT_ONCE = 120.0  # what a browser sends after it was asleep for a moment


class TooMany(Exception):  # noqa: N818 - it says how it is
    """The house, or this address, has its fill."""


class Writers:
    """Counts open lines and openings by address; one per application."""

    def __init__(self, per_address: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_address, self._clock = per_address, clock
        self._open: Counter[str] = Counter()
        self._openings: OrderedDict[str, deque[float]] = OrderedDict()

    @contextmanager
    def seat(self, address: str) -> Iterator[None]:
        """Hold a seat for a line from this address. Raises TooMany."""
        if self._open.total() >= SEATS or self._open[address] >= self._per_address:
            raise TooMany
        self._count(address)
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def _count(self, address: str) -> None:
        now = self._clock()
        openings = self._openings.setdefault(address, deque())
        self._openings.move_to_end(address)
        while openings and openings[0] <= now - OPENINGS_WINDOW_SECONDS:
            openings.popleft()
        if len(openings) >= self._per_address * OPENINGS_PER_SEAT:
            raise TooMany
        openings.append(now)
        if len(self._openings) > ADDRESSES:
            self._openings.popitem(last=False)


class Pace:
    """How fast one line is written on: `word` says whether one more is within measure (a token bucket)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = WORDS_AT_ONCE, clock()

    def word(self, weight: float = 1.0) -> bool:
        """Count a word, a whole line as `WHOLE_LINE` of them; False when they come faster than anybody types."""
        now = self._clock()
        self._left = min(WORDS_AT_ONCE, self._left + (now - self._at) * WORDS_PER_SECOND)
        self._at = now
        self._left -= weight
        return self._left >= 0
