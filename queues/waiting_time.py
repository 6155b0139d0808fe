"""How long a caller will still wait: an honest range from live figures, or nothing at all.

With `agents` serving, each freeing one turn every `handle_s` seconds on average, the caller at position k
waits for k turns: a gamma distribution of shape k and mean k x handle_s / agents (M/M/n in overload). Said is
the range from its 10th to its 90th percentile (Wilson-Hilferty), rounded outward to whole minutes. Below
`LEAST_CONVERSATIONS` measured conversations, or with nobody on duty who could serve, nothing is known and
nothing is said: a made-up figure is worse than none.
"""

from collections import deque
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import Final

LEAST_CONVERSATIONS: Final = 8
REMEMBERED: Final = 60
_Z90: Final = 1.2815515655446004
_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Expected:
    """A range of waiting still to come, seconds, whole minutes."""

    least_s: int
    most_s: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller stands: position from 1, wait to expect (None: unknown), whether anyone can serve."""

    position: int
    expected: Expected | None
    staffed: bool


def expected_wait(position: int, agents: int, handle_s: float | None) -> Expected | None:
    """Say the range for this position. `handle_s` is mean talk plus wrap-up, None when unmeasured."""
    if handle_s is None or agents < 1 or position < 1:
        return None
    scale = handle_s / agents
    least, most = (_gamma_percentile(position, z) * scale for z in (-_Z90, _Z90))
    return Expected(int(floor(least / _MINUTE) * _MINUTE), int(ceil(most / _MINUTE) * _MINUTE))


def _gamma_percentile(shape: float, z: float) -> float:
    """Approximate a percentile of the gamma distribution of unit scale (Wilson and Hilferty 1931)."""
    ninth = 1 / (9 * shape)
    return shape * max(0.0, 1 - ninth + z * sqrt(ninth)) ** 3


class HandleTimes:
    """The last conversations of one level: talk plus wrap-up, seconds. Old ones fall out by themselves."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=REMEMBERED)

    def add(self, seconds: float) -> None:
        """Remember one conversation."""
        self._seconds.append(max(0.0, seconds))

    @property
    def mean_s(self) -> float | None:
        """The mean, None while too few were measured to say anything."""
        if len(self._seconds) < LEAST_CONVERSATIONS:
            return None
        return sum(self._seconds) / len(self._seconds)
