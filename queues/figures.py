"""The figures of the day, each by a published definition. Pure: outcomes in, figures out."""

from dataclasses import dataclass
from typing import Final

SERVICE_LEVEL_DEFINITION: Final = (
    "Answered within {threshold:.0f} s / (answered + abandoned, without those gone before {short:.0f} s)."
    " The wait counts from the caller's wish for a person to the agent's answer. Asterisk's other formula, "
    "answered within the threshold / answered, is given beside it: it ignores who gave up."
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Seconds. 180 is the benchmark of Ley 10/2025 (three minutes); a short abandon is one under 5 s."""

    service_level_s: float = 180.0
    short_abandon_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened today to wishes for a person; times in seconds, shares 0..1, None when undefined."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    within: int = 0
    rang_out: int = 0
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


class Day:
    """Counts one day's outcomes; the day's start is told from outside, since a day has a time zone."""

    def __init__(self, begins: float, thresholds: Thresholds) -> None:
        self.begins = begins
        self.thresholds = thresholds
        self._n = dict.fromkeys(
            ("offered", "answered", "abandoned", "abandoned_short", "within", "rang_out"), 0
        )
        self._sum_answer_s = 0.0
        self._longest_s = 0.0

    def offered(self) -> None:
        """Count a caller who began to wait."""
        self._n["offered"] += 1

    def rang_out(self) -> None:
        """Count a telephone nobody picked up."""
        self._n["rang_out"] += 1

    def answered(self, waited_s: float) -> None:
        """Count a caller who got a person after this wait."""
        self._n["answered"] += 1
        self._n["within"] += waited_s <= self.thresholds.service_level_s
        self._sum_answer_s += waited_s
        self._longest_s = max(self._longest_s, waited_s)

    def abandoned(self, waited_s: float) -> None:
        """Count a caller who left without one."""
        self._n["abandoned"] += 1
        self._n["abandoned_short"] += waited_s < self.thresholds.short_abandon_s
        self._longest_s = max(self._longest_s, waited_s)

    def figures(self) -> Figures:
        """Give the figures so far."""
        return Figures(**self._n, sum_answer_s=self._sum_answer_s, longest_s=self._longest_s)
