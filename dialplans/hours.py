"""When people answer: opening hours in the institution's own time, less Sundays, holidays and closed days.

Pure: the moment is an argument (unix seconds, UTC). National holidays come from the `holidays` library.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays


@dataclass(frozen=True, slots=True)
class Opening:
    """Open from `opens` until just before `closes`, local time, on one day."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Seven days from Monday, their time zone, the country whose holidays close, and own closed days."""

    zone: ZoneInfo
    country: str
    week: tuple[tuple[Opening, ...], ...]
    closed_days: frozenset[date]


@lru_cache(maxsize=64)
def _national_holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


def openings_on(hours: OpeningHours, day: date) -> tuple[Opening, ...]:
    """Give the openings of a day; none on a holiday or a closed day."""
    if day in hours.closed_days or day in _national_holidays(hours.country, day.year):
        return ()
    return hours.week[day.weekday()]


def is_open(hours: OpeningHours, at: float) -> bool:
    """Tell whether people answer at this moment."""
    local = datetime.fromtimestamp(at, tz=hours.zone)
    now = local.time()
    return any(opening.opens <= now < opening.closes for opening in openings_on(hours, local.date()))
