"""When an office of the reference implementation can be visited: pure, from its row and a date."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from corporate.appointments import Office

FARTHEST_DAYS = 60  # how far ahead an appointment is given: no office knows its own year
LEAD_S = 3600.0  # nobody can be sent to an office that is an hour away in less than an hour


@dataclass(frozen=True, slots=True)
class Opening:
    """An office and its working day: `opens`, `closes` in minutes after midnight, local time, Monday to Friday.

    Every `minutes` an appointment begins at each of its `desks`. `territory` is whose holidays close it.
    """

    office: Office
    territory: str
    desks: int
    opens: int
    closes: int
    minutes: int

    def times(self, day: dt.date) -> Iterator[float]:
        """Give the beginnings of a day's appointments in unix seconds, in order."""
        if not works(day, self.territory):
            return
        zone = ZoneInfo(self.office.zone)
        for minute in range(self.opens, self.closes - self.minutes + 1, self.minutes):
            local = dt.datetime.combine(day, dt.time(minute // 60, minute % 60), zone)
            yield local.timestamp()

    def offers(self, starts_at: float, now: float) -> bool:
        """Say whether an appointment may begin then."""
        if not now + LEAD_S <= starts_at <= now + FARTHEST_DAYS * 86400:
            return False
        day = dt.datetime.fromtimestamp(starts_at, ZoneInfo(self.office.zone)).date()
        return starts_at in self.times(day)


def works(day: dt.date, territory: str) -> bool:
    """Say whether offices open that day: Monday to Friday, no national or regional holiday."""
    return day.weekday() < 5 and day not in _holidays(territory, day.year)  # noqa: PLR2004 (5 is Saturday)


@lru_cache(maxsize=256)
def _holidays(territory: str, year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("ES", subdiv=territory or None, years=year))


def slot_id(office: str, starts_at: float) -> str:
    """Name a time at an office."""
    return f"{office}@{starts_at:.0f}"


def read_slot(slot: str) -> tuple[str, float] | None:
    """Read a slot's name back; None when it is none of ours."""
    office, at, written = slot.partition("@")
    return (office, float(written)) if at and written.isascii() and written.isdigit() else None


def nearest(offices: tuple[Office, ...], postcode: str, most: int) -> tuple[Office, ...]:
    """Order the offices of a postal code's province, its own first; Spanish codes are numbered by province and town.

    Neighbouring numbers are neighbouring delivery districts. Across a province's border they are not (08 is
    Barcelona, 07 the Balearic Islands), so nobody is sent there.
    """
    there = [one for one in offices if one.postcode[:2] == postcode[:2]]
    there.sort(key=lambda one: (one.postcode[:3] != postcode[:3], _apart(one, postcode), one.id))
    return tuple(there[:most])


def _apart(office: Office, postcode: str) -> int:
    return abs(int(office.postcode) - int(postcode))
