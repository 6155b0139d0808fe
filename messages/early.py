"""Reports that come before the answer to what they report. Pure: the time is an argument."""

from collections import OrderedDict
from typing import Final

from messages.states import State

EARLY: Final = 1_000  # reports kept
EARLY_S: Final = 60.0  # after that a number that a centre gives anew is another message's


class Early:
    """The last reports that found no message, by the number that the other side gave it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[State, str, float]] = OrderedDict()

    def keep(self, remote: str, state: State, why: str, now: float) -> None:
        """Keep a report; the oldest goes where there are too many."""
        self._kept[remote] = (state, why, now)
        self._kept.move_to_end(remote)
        if len(self._kept) > EARLY:
            self._kept.popitem(last=False)

    def take(self, remote: str | None, now: float) -> tuple[State, str] | None:
        """Give what was reported under a number a moment ago, once."""
        state, why, at = self._kept.pop(remote or "", (State.SENT, "", float("-inf")))
        return (state, why) if 0 <= now - at <= EARLY_S else None
