"""When people answer: a calendar in the institution's own time, with summer hours, holidays and closed days.

Pure: the moment is an argument (unix seconds, UTC). National and regional holidays come from the `holidays`
library, local ones from the institution's own table. An opening is a stretch of real time, from the first
moment at which the clock shows its beginning to the last at which it shows its end: on the night an hour is
lost it is shorter, on the night an hour is found it is longer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import holidays

LOOK_AHEAD_DAYS = 30  # a desk that stays shut for longer has no next opening worth telling
_DAYS_KEPT = 512  # calendars times days that anybody asks for

Closing: TypeAlias = Literal["served", "callback", "told"]
"""What becomes of callers who still wait at closing time."""

Week: TypeAlias = "tuple[tuple[Opening, ...], ...]"
"""Seven days, from Monday."""

MonthDay: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Opening:
    """Open from `opens` until just before `closes`, local time, on one day; closing at 0:00 is midnight after it."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Summer:
    """Other hours from one day of the year to another, both included."""

    first: MonthDay
    last: MonthDay
    week: Week


@dataclass(frozen=True, slots=True, eq=False)  # one per institution and calendar; its days are remembered
class OpeningHours:
    """A calendar. `territory`: country, and region, whose holidays close it: ("ES", "MD"), ("ES", None).

    local_days: holidays of every year; closed_days, open_days: single days, the latter open whatever they
    are otherwise (with the hours of their weekday).
    """

    zone: ZoneInfo
    territory: tuple[str, str | None]
    week: Week
    closed_days: frozenset[date] = frozenset()
    local_days: frozenset[MonthDay] = frozenset()
    open_days: frozenset[date] = frozenset()
    summer: Summer | None = None
    closing: Closing = "served"


@lru_cache(maxsize=64)
def _holidays(territory: tuple[str, str | None], year: int) -> frozenset[date]:
    country, region = territory
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


def is_territory(country: str, region: str | None) -> bool:
    """Tell whether holidays are known for this country and region."""
    regions = holidays.list_supported_countries(include_aliases=True).get(country)
    return regions is not None and (region is None or region in regions)


def openings_on(hours: OpeningHours, day: date) -> tuple[Opening, ...]:
    """Give the openings of a day; none on a holiday or a closed day."""
    if day not in hours.open_days and _is_closed(hours, day):
        return ()
    return _week_of(hours, day)[day.weekday()]


def _is_closed(hours: OpeningHours, day: date) -> bool:
    local = (day.month, day.day) in hours.local_days
    return local or day in hours.closed_days or day in _holidays(hours.territory, day.year)


def _week_of(hours: OpeningHours, day: date) -> Week:
    summer = hours.summer
    return summer.week if summer is not None and _within(summer, (day.month, day.day)) else hours.week


def _within(summer: Summer, day: MonthDay) -> bool:
    if summer.first <= summer.last:
        return summer.first <= day <= summer.last
    return day >= summer.first or day <= summer.last  # over New Year, south of the equator


@lru_cache(maxsize=_DAYS_KEPT)
def _stretches(hours: OpeningHours, day: date) -> tuple[tuple[float, float], ...]:
    """Give the openings of a day as unix seconds, first moment and first moment after."""
    return tuple(
        (_moment(day, opening.opens, hours.zone, fold=0), _end(day, opening.closes, hours.zone))
        for opening in openings_on(hours, day)
    )


def _end(day: date, closes: time, zone: ZoneInfo) -> float:
    return _moment(day + timedelta(days=closes == time(0)), closes, zone, fold=1)


def _moment(day: date, hour: time, zone: ZoneInfo, fold: int) -> float:
    """Give the moment at which the clock shows this; `fold` 1: the second one, where it shows it twice.

    An hour that is lost: the same length after it is shown the last time before (PEP 495, fold 0).
    """
    moment = datetime.combine(day, hour, tzinfo=zone)
    first = moment.timestamp()
    return max(first, moment.replace(fold=fold).timestamp())


def _ahead(hours: OpeningHours, at: float) -> Iterator[tuple[float, float]]:
    today = datetime.fromtimestamp(at, tz=hours.zone).date()
    for ahead in range(LOOK_AHEAD_DAYS):
        yield from _stretches(hours, today + timedelta(days=ahead))


def is_open(hours: OpeningHours, at: float) -> bool:
    """Tell whether people answer at this moment."""
    today = datetime.fromtimestamp(at, tz=hours.zone).date()
    return any(opens <= at < closes for opens, closes in _stretches(hours, today))


def is_day_off(hours: OpeningHours, at: float) -> bool:
    """Tell whether it is a day on which people would answer, were it not a holiday or a closed day."""
    today = datetime.fromtimestamp(at, tz=hours.zone).date()
    return bool(_week_of(hours, today)[today.weekday()]) and not openings_on(hours, today)


def closing_time(hours: OpeningHours, at: float) -> float | None:
    """Give the moment (unix seconds) at which an opening that now runs ends; None when it is closed.

    Openings that touch, over midnight too, are one.
    """
    end: float | None = None
    for opens, closes in _ahead(hours, at):
        if opens <= (at if end is None else end) < closes:
            end = closes
    return end


def open_time_ends(hours: OpeningHours, at: float, seconds: float) -> float:
    """Give the moment at which people have answered for so many seconds since `at`."""
    today, left = datetime.fromtimestamp(at, tz=hours.zone).date(), seconds
    for ahead in range(_LONGEST_SEARCH_DAYS):
        for opens, closes in _stretches(hours, today + timedelta(days=ahead)):
            begins = max(opens, at)
            if closes - begins >= left:
                return begins + left
            left -= max(0.0, closes - begins)
    return at + timedelta(days=_LONGEST_SEARCH_DAYS).total_seconds()


_LONGEST_SEARCH_DAYS = (
    800  # two years of closed days are a fault of the calendar, which must not hang anybody
)


def working_day_ends(hours: OpeningHours, at: float, days: int) -> float:
    """Give the moment at which the `days`-th working day after today ends; 0: today's end, or the next working day's.

    A working day is one on which the calendar has an opening.
    """
    today = datetime.fromtimestamp(at, tz=hours.zone).date()
    left = days
    for ahead in range(0 if days == 0 else 1, _LONGEST_SEARCH_DAYS):
        ends = [closes for _, closes in _stretches(hours, today + timedelta(days=ahead)) if closes > at]
        if ends:
            left -= 1
            if left <= 0:
                return ends[-1]
    return at + timedelta(days=days).total_seconds()
