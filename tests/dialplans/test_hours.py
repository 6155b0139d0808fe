"""When people answer: days, hours, holidays, and the two nights a year when an hour is lost or found."""

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from dialplans.hours import Opening, OpeningHours, is_open, next_opening
from tests.dialplans.institutions import inss

MADRID = ZoneInfo("Europe/Madrid")
INSS = inss().hours
SPAIN = ("ES", None)
NIGHT = OpeningHours(MADRID, SPAIN, ((Opening(time(2), time(4)),),) * 7)


def at(text: str) -> float:
    """Local time in Madrid as unix seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=MADRID).timestamp()


@pytest.mark.parametrize(
    ("moment", "works"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T19:59:59", True),
        ("2026-11-23T20:00:00", False),
        ("2026-11-21T12:00:00", False),  # Saturday
        ("2026-12-08T12:00:00", False),  # a Tuesday, and a holiday everywhere
        ("2026-12-25T12:00:00", False),
        ("2026-07-01T09:00:00", True),
    ],
)
def test_people_answer_in_opening_hours_and_not_on_holidays(moment: str, *, works: bool) -> None:
    assert is_open(INSS, at(moment)) is works


def test_a_closed_day_of_our_own_is_closed() -> None:
    monday = datetime(2026, 11, 23, tzinfo=MADRID).date()
    own = replace(INSS, closed_days=frozenset({monday}))
    assert not is_open(own, at("2026-11-23T12:00:00"))


def test_the_hour_is_the_institutions_whatever_the_servers_clock() -> None:
    assert is_open(INSS, datetime(2026, 7, 1, 7, 30, tzinfo=UTC).timestamp())
    assert not is_open(INSS, datetime(2026, 1, 7, 7, 30, tzinfo=UTC).timestamp())


def test_the_next_opening_is_after_the_weekend_and_the_holiday() -> None:
    assert next_opening(INSS, at("2026-11-20T20:00:00")) == datetime(2026, 11, 23, 9, tzinfo=MADRID)
    assert next_opening(INSS, at("2026-12-07T21:00:00")) == datetime(2026, 12, 9, 9, tzinfo=MADRID)
    assert next_opening(INSS, at("2026-11-23T07:00:00")) == datetime(2026, 11, 23, 9, tzinfo=MADRID)


def test_a_desk_that_never_opens_has_no_next_opening() -> None:
    never = OpeningHours(MADRID, SPAIN, ((),) * 7)
    assert next_opening(never, at("2026-11-23T12:00:00")) is None


def test_the_nights_of_the_clock_change_have_their_hours() -> None:
    assert is_open(NIGHT, datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())  # 2:30, summer time
    assert is_open(NIGHT, datetime(2026, 10, 25, 1, 30, tzinfo=UTC).timestamp())  # 2:30 again
    assert is_open(NIGHT, datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp())  # 3:30; there was no 2:30
    assert not is_open(NIGHT, datetime(2026, 3, 29, 0, 59, tzinfo=UTC).timestamp())
