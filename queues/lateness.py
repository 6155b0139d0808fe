"""How late Asterisk's words come, by the time that it writes on each of them (`timestampevents`). Pure.

AMI is no log: under load its events wait in Asterisk's own queue (asterisk/asterisk issues 2145, 1972) while a ping is
answered at once. So both are measured. Times are unix seconds of the machine's clock, which Asterisk reads as well.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

# The worst of this long is shown: a supervisor looks now and then.
REMEMBERED_S: Final = 60.0
# From here on our view of the floor is one of the past, and Asterisk is better asked.
LATE_S: Final = 1.0


@dataclass(slots=True)
class Lateness:
    """The worst of the last minute. Only what is worse than everything after it is kept, so it stays small."""

    _worst: deque[tuple[float, float]] = field(default_factory=deque)  # (heard at, late), the worst first

    def note(self, written_at: float, heard_at: float) -> bool:
        """Take note of one event; True when it was late. One from the future (a clock was set) is not."""
        late = max(0.0, heard_at - written_at)
        while self._worst and self._worst[-1][1] <= late:
            self._worst.pop()
        self._worst.append((heard_at, late))
        return late >= LATE_S

    def worst(self, now: float) -> float | None:
        """Give the worst of the last minute in seconds; None when nothing was heard."""
        while self._worst and self._worst[0][0] < now - REMEMBERED_S:
            self._worst.popleft()
        return self._worst[0][1] if self._worst else None
