"""How many callbacks may be asked for: what keeps one telephone from having us ring many, or one often. Pure."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

DAY_S: Final = 86_400.0
MOST_MARKS: Final = 50_000
"""Marks remembered: far more than a large centre gives promises in a day."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Promises in 24 hours to one caller, to one number, and to all who withhold theirs.

    A line may be shared by a household or an office; who withholds a number cannot be told from who else does.
    """

    per_caller_day: int = 5
    per_number_day: int = 3
    per_withheld_day: int = 50


@dataclass(slots=True)
class Given:
    """When each mark was given promises (unix seconds), in memory: the one heard of longest ago is forgotten first."""

    times: OrderedDict[str, list[float]] = field(default_factory=OrderedDict)

    def take(self, caller: str | None, number: str, at: float, limits: Limits) -> tuple[str, ...] | None:
        """Count a promise and give the marks it is counted at; None, having counted nothing, beyond a limit."""
        whose = (
            ("withheld", limits.per_withheld_day)
            if caller is None
            else (f"by {caller}", limits.per_caller_day)
        )
        most = dict((whose, (f"to {number}", limits.per_number_day)))
        if any(self._within_a_day(mark, at) >= many for mark, many in most.items()):
            return None
        for mark in most:
            self.times.setdefault(mark, []).append(at)
            self.times.move_to_end(mark)
        while len(self.times) > MOST_MARKS:
            self.times.popitem(last=False)
        return tuple(most)

    def give_back(self, marks: tuple[str, ...], at: float) -> None:
        """Take back what came to no new promise."""
        for mark in marks:
            if at in self.times.get(mark, ()):
                self.times[mark].remove(at)

    def _within_a_day(self, mark: str, at: float) -> int:
        recent = [one for one in self.times.get(mark, ()) if one > at - DAY_S]
        if mark in self.times:
            self.times[mark] = recent
        return len(recent)
