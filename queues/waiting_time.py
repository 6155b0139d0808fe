"""How long a caller will still wait: an honest range from live figures, or nothing at all.

With `agents` serving, each freeing one turn every `handle_s` seconds on average, the caller at position k
waits for k turns: a gamma distribution of shape k and mean k x handle_s / agents (M/M/n in overload). Said is
the range from its 10th to its 90th percentile (Wilson-Hilferty), rounded outward to whole minutes. Below
`LEAST_CONVERSATIONS` measured conversations, or with nobody on duty who could serve, nothing is known and
nothing is said: a made-up figure is worse than none.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import Final, NamedTuple

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
    """Where a caller stands: position from 1, wait to expect (None: unknown), how many could serve them at last.

    `handle_s`: mean talk plus wrap-up now, None: unmeasured; `preferred`: somebody of a higher priority is before them.
    """

    position: int
    expected: Expected | None
    agents: int
    handle_s: float | None = None
    preferred: bool = False


class Staffed(NamedTuple):
    """How many could serve once the steps that open by then are open. `opens_in_s`: 0 for what is open now."""

    opens_in_s: float
    agents: int


def expected_over(position: int, stages: Sequence[Staffed], handle_s: float | None) -> Expected | None:
    """Say the range for a caller whom more agents may serve later (`stages`, in the order in which they open).

    The end is the shortest that holds: either those of a stage serve all turns from its opening on, or those of an
    earlier one. It begins with the turns as all together serve them, but never before anybody may.
    """
    ranges = [
        (stage.opens_in_s, found)
        for stage in stages
        if (found := _range(position, stage.agents, handle_s)) is not None
    ]
    if not ranges:
        return None
    least = max(ranges[0][0], ranges[-1][1][0])
    most = min(opens_in_s + longest for opens_in_s, (_, longest) in ranges)
    return _whole_minutes(least, max(least, most))


def expected_wait(position: int, agents: int, handle_s: float | None) -> Expected | None:
    """Say the range for this position. `handle_s` is mean talk plus wrap-up, None when unmeasured."""
    found = _range(position, agents, handle_s)
    return None if found is None else _whole_minutes(*found)


def _range(position: int, agents: int, handle_s: float | None) -> tuple[float, float] | None:
    if handle_s is None or agents < 1 or position < 1:
        return None
    scale = handle_s / agents
    return _gamma_percentile(position, -_Z90) * scale, _gamma_percentile(position, _Z90) * scale


def _whole_minutes(least: float, most: float) -> Expected:
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
