"""Time that never jumps: the wall clock, followed at a walk. Pure.

A wall clock set forward by an hour would end every lease and wrap-up at once and lose the place of whoever is
just coming back; set back, it would keep an agent reserved for an hour. So the floor's time goes on by the
monotonic clock, and closes what separates it from the wall at a twentieth of the time that passes: a lease
is never more than a twentieth shorter or longer, whatever the wall does, and small corrections (NTP) are
followed within seconds.
"""

from dataclasses import dataclass
from typing import Final

CATCH_UP: Final = 0.05
# NTP steps what is off by more than an eighth of a second; from here on somebody should look at the clock.
JUMP_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Steady:
    """`shown`, unix seconds, at this reading of the monotonic clock; `off` is what the wall is ahead of it."""

    shown: float
    monotonic: float
    off: float = 0.0

    @property
    def jumped(self) -> bool:
        """Whether the wall is so far off that somebody set it."""
        return abs(self.off) >= JUMP_S


def onwards(before: Steady, wall: float, monotonic: float) -> Steady:
    """Say the time after `before`; it never goes back, whatever `wall` says."""
    passed = max(0.0, monotonic - before.monotonic)
    shown = before.shown + passed
    most = passed * CATCH_UP
    caught_up = min(max(wall - shown, -most), most)
    return Steady(shown + caught_up, before.monotonic + passed, wall - shown - caught_up)
