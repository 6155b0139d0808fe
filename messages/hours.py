"""Quiet hours: when no telephone is made to ring for something that can wait. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Quiet:
    """From when until when, by the institution's clock; both the same: never. It may go over midnight."""

    begins: time
    ends: time
    zone: ZoneInfo

    def until(self, at: float) -> float | None:
        """Give when the quiet ends that reigns at `at` (unix seconds, both); None when none does."""
        here = datetime.fromtimestamp(at, self.zone)
        clock = here.time().replace(tzinfo=None)
        over_midnight = self.ends <= self.begins
        if self.begins == self.ends:
            return None
        quiet = (
            (clock >= self.begins or clock < self.ends) if over_midnight else self.begins <= clock < self.ends
        )
        if not quiet:
            return None
        days = 1 if over_midnight and clock >= self.begins else 0
        end = datetime.combine(here.date() + timedelta(days=days), self.ends, self.zone)
        if end.timestamp() <= at:  # the hour that the clocks are put back by: it ends the second time
            end = end.replace(fold=1)
        return end.timestamp()
