"""When a child that died is started again. Pure: states and a clock in, a state out.

A child that ran steadily before it died is started again almost at once; one that dies again and again waits
twice as long each time, up to half a minute, and is never given up: a telephone line that comes back at three in
the morning should find its server.
"""

from dataclasses import dataclass

FIRST_REST = 0.5  # seconds after a first death; callers hear music for no longer than that
LONGEST_REST = 30.0  # seconds between two tries of a child that cannot stay alive
STEADY = 60.0  # seconds alive after which earlier deaths are forgotten


@dataclass(frozen=True, slots=True)
class Running:
    """Alive since `since` (monotonic seconds), after `deaths` in quick succession."""

    since: float
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class Resting:
    """Dead; to be started when the clock shows `until`."""

    until: float
    deaths: int


def rest_after(deaths: int) -> float:
    """Seconds to rest after so many deaths in quick succession (1 or more)."""
    return float(min(FIRST_REST * 2 ** min(deaths - 1, 16), LONGEST_REST))


def died(state: Running, now: float) -> Resting:
    """Decide how long a child rests that was just found dead."""
    deaths = 1 if now - state.since >= STEADY else state.deaths + 1
    return Resting(now + rest_after(deaths), deaths)


def started(state: Resting, now: float) -> Running:
    """Remember the deaths of a child that was just started again."""
    return Running(now, state.deaths)


def failed(state: Resting, now: float) -> Resting:
    """Rest longer, since it could not even be started."""
    return Resting(now + rest_after(state.deaths + 1), state.deaths + 1)
