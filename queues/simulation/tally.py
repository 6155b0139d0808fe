"""What a simulated day is counted by: outcomes in, figures out. Pure.

A real day is counted from its facts (server/figures), by the same definitions.
"""

from dataclasses import dataclass

from queues.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened to the callers of a simulated day; times in seconds, shares 0..1, None when undefined."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    within: int = 0
    sum_answer_s: float = 0.0
    longest_s: float = 0.0

    @property
    def service_level(self) -> float | None:
        """Answered within the threshold, of all answered or abandoned after a short time."""
        counted = self.answered + self.abandoned - self.abandoned_short
        return self.within / counted if counted else None

    @property
    def asa_s(self) -> float | None:
        """Average speed of answer, over those answered."""
        return self.sum_answer_s / self.answered if self.answered else None


class Tally:
    """Counts outcomes by the definitions of docs/figures.md."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._n = dict.fromkeys(("offered", "answered", "abandoned", "abandoned_short", "within"), 0)
        self._sum_answer_s = 0.0
        self._longest_s = 0.0

    def offered(self) -> None:
        """Count a caller who began to wait."""
        self._n["offered"] += 1

    def answered(self, waited_s: float) -> None:
        """Count a caller who got a person after this wait."""
        self._n["answered"] += 1
        self._n["within"] += waited_s <= self._thresholds.service_level_s
        self._sum_answer_s += waited_s
        self._longest_s = max(self._longest_s, waited_s)

    def abandoned(self, waited_s: float) -> None:
        """Count a caller who left without one."""
        self._n["abandoned"] += 1
        self._n["abandoned_short"] += waited_s < self._thresholds.short_abandon_s
        self._longest_s = max(self._longest_s, waited_s)

    def figures(self) -> Figures:
        """Give the figures so far."""
        return Figures(**self._n, sum_answer_s=self._sum_answer_s, longest_s=self._longest_s)
