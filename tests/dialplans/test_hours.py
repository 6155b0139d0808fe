"""When people answer: days, hours, holidays, and the two nights a year when an hour is lost or found."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialplans.check import check_institution
from dialplans.hours import (
    Opening,
    OpeningHours,
    Summer,
    closing_time,
    is_day_off,
    is_open,
    open_time_ends,
)
from tests.dialplans.institutions import inss
from tests.dialplans.rich import INSTITUTION, rich, write

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


def test_the_nights_of_the_clock_change_have_their_hours() -> None:
    assert is_open(NIGHT, datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())  # 2:30, summer time
    assert is_open(NIGHT, datetime(2026, 10, 25, 1, 30, tzinfo=UTC).timestamp())  # 2:30 again
    assert is_open(NIGHT, datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp())  # 3:30; there was no 2:30
    assert not is_open(NIGHT, datetime(2026, 3, 29, 0, 59, tzinfo=UTC).timestamp())


def calendar(**others: object) -> OpeningHours:
    """Monday to Friday, 9 to 14 and 16 to 20."""
    day = (Opening(time(9), time(14)), Opening(time(16), time(20)))
    return replace(OpeningHours(MADRID, SPAIN, (day,) * 5 + ((),) * 2), **others)  # type: ignore[arg-type]  # any field


def test_summer_has_its_own_hours_from_its_first_day_to_its_last() -> None:
    summer = Summer((7, 1), (8, 31), ((Opening(time(8), time(12)),),) * 5 + ((),) * 2)
    hours = calendar(summer=summer)
    for day, works_at_eight in (("06-30", False), ("07-01", True), ("08-31", True), ("09-01", False)):
        assert is_open(hours, at(f"2026-{day}T08:30:00")) is works_at_eight
        assert is_open(hours, at(f"2026-{day}T17:00:00")) is not works_at_eight


def test_a_summer_over_new_year_is_one_summer() -> None:
    hours = calendar(summer=Summer((12, 15), (2, 28), ((Opening(time(7), time(8)),),) * 5 + ((),) * 2))
    for moment in ("2026-12-15T07:30:00", "2027-01-04T07:30:00", "2027-02-26T07:30:00"):
        assert is_open(hours, at(moment))
    assert not is_open(hours, at("2027-03-01T07:30:00"))


@pytest.mark.parametrize(
    ("territory", "day", "works"),
    [
        (("ES", None), "2025-05-02", True),  # Madrid's own day
        (("ES", "MD"), "2025-05-02", False),
        (("ES", "CT"), "2025-09-11", False),  # Catalonia's
        (("ES", "MD"), "2025-09-11", True),
        (("ES", "CT"), "2025-12-26", False),
        (("ES", None), "2025-12-26", True),
        (("MX", None), "2025-09-16", False),  # another institution's country
        (("MX", None), "2025-12-08", True),
    ],
)
def test_holidays_are_the_territorys(territory: tuple[str, str | None], day: str, *, works: bool) -> None:
    assert is_open(calendar(territory=territory), at(f"{day}T10:00:00")) is works


def test_local_holidays_come_every_year_and_an_open_day_is_open_all_the_same() -> None:
    local = calendar(local_days=frozenset({(11, 9)}))
    assert not is_open(local, at("2026-11-09T10:00:00"))
    assert not is_open(local, at("2027-11-09T10:00:00"))
    assert is_open(local, at("2026-11-10T10:00:00"))
    opened = replace(local, open_days=frozenset({date(2026, 11, 9)}))
    assert is_open(opened, at("2026-11-09T10:00:00"))
    assert not is_open(opened, at("2027-11-09T10:00:00"))


def test_the_closing_time_is_that_of_the_opening_that_runs() -> None:
    hours = calendar()
    assert closing_time(hours, at("2026-11-23T10:00:00")) == at("2026-11-23T14:00:00")
    assert closing_time(hours, at("2026-11-23T16:00:00")) == at("2026-11-23T20:00:00")
    for closed in ("2026-11-23T14:00:00", "2026-11-23T15:00:00", "2026-11-22T12:00:00"):
        assert closing_time(hours, at(closed)) is None


def test_openings_that_touch_are_one_even_over_midnight() -> None:
    day = (Opening(time(0), time(6)), Opening(time(6), time(14)), Opening(time(18), time(0)))
    hours = OpeningHours(MADRID, SPAIN, (day,) * 7)
    assert closing_time(hours, at("2026-11-23T05:00:00")) == at("2026-11-23T14:00:00")
    assert closing_time(hours, at("2026-11-23T20:00:00")) == at("2026-11-24T14:00:00")
    assert is_open(hours, at("2026-11-23T23:59:59"))


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize(("day", "hours_long"), [(SPRING, 1), (AUTUMN, 3), (date(2026, 11, 22), 2)])
def test_an_opening_over_the_change_of_the_clock_is_shorter_or_longer(day: date, hours_long: int) -> None:
    midnight = datetime.combine(day, time(0), tzinfo=MADRID).timestamp()
    minutes = [midnight + 60 * minute for minute in range(8 * 60)]
    works = [moment for moment in minutes if is_open(NIGHT, moment)]
    assert len(works) == hours_long * 60
    assert works == [works[0] + 60 * minute for minute in range(len(works))]  # in one piece
    assert {closing_time(NIGHT, moment) for moment in works} == {works[-1] + 60}


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_the_day_after_the_change_opens_by_the_new_clock(day: date) -> None:
    monday = day + timedelta(days=1)
    hours = calendar()
    opens = datetime.combine(monday, time(9), tzinfo=MADRID)
    assert not is_open(hours, opens.timestamp() - 1)
    assert is_open(hours, opens.timestamp())


@settings(max_examples=200, deadline=None)
@given(st.integers(int(at("2026-01-01T00:00:00")), int(at("2027-12-31T23:59:00"))))
def test_at_every_moment_it_is_open_until_it_closes_or_closed_without_an_end(moment: int) -> None:
    for hours in (calendar(), NIGHT, rich().calendar("desk"), rich().calendar("night")):
        if is_open(hours, moment):
            closes = closing_time(hours, moment)
            assert closes is not None
            assert closes > moment
            assert not is_open(hours, closes)
            assert is_open(hours, closes - 1)
        else:
            assert closing_time(hours, moment) is None


def test_an_institution_has_several_calendars_with_their_own_days() -> None:
    desk, night = rich().calendar("desk"), rich().calendar("night")
    assert rich().hours is desk
    assert (desk.closing, night.closing) == ("callback", "told")
    assert is_open(desk, at("2026-11-09T10:00:00"))  # a local holiday on which they work
    assert not is_open(desk, at("2026-12-24T10:00:00"))
    assert is_open(desk, at("2026-08-10T08:30:00"))
    assert is_open(night, at("2026-11-28T03:00:00"))
    assert not is_open(night, at("2026-11-28T06:00:00"))
    assert rich().calendar("torn_down") is desk


@pytest.mark.parametrize(
    ("was", "becomes", "field"),
    [
        ('territory = "ES-MD"', 'territory = "ES-XX"', "hours.desk.territory"),
        ('local = ["madrid"]', 'local = ["madriz"]', ""),
        ('first = "07-01"', 'first = "02-30"', "hours.desk.summer.first"),
        ("05-15 =", "13-15 =", "local_holidays"),
        ('closing = "told"', 'closing = "ignored"', "hours.night.closing"),
        ('hours = "night"', 'hours = "noon"', ""),
        ('["18:00-24:00"]', '["18:00-24:30"]', "hours.night.friday.0"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(tmp_path: Path, was: str, becomes: str, field: str) -> None:
    folder = write(tmp_path)
    assert was in INSTITUTION
    (folder / "institution.toml").write_text(INSTITUTION.replace(was, becomes, 1), encoding="utf-8")
    assert [(one.file, one.field) for one in check_institution(folder)] == [("institution.toml", field)]


@pytest.mark.parametrize(("day", "minutes_long"), [(SPRING, 90), (AUTUMN, 150), (date(2026, 11, 22), 90)])
def test_closing_in_the_hour_that_changes_is_the_last_time_the_clock_shows_it(
    day: date, minutes_long: int
) -> None:
    late = OpeningHours(MADRID, SPAIN, ((Opening(time(1), time(2, 30)),),) * 7)
    midnight = datetime.combine(day, time(0), tzinfo=MADRID).timestamp()
    works = [minute for minute in range(6 * 60) if is_open(late, midnight + 60 * minute)]
    assert works == list(range(60, 60 + minutes_long))


@pytest.mark.parametrize(
    ("moment", "off"),
    [
        ("2026-12-25T10:00:00", True),  # Christmas, a Friday
        ("2026-12-24T10:00:00", False),
        ("2026-12-24T21:00:00", False),  # after closing, on a working day
        ("2026-12-26T10:00:00", False),  # a Saturday, when nobody works anyway
    ],
)
def test_a_day_off_is_one_whose_weekday_has_hours(moment: str, off: bool) -> None:  # noqa: FBT001 - a table
    assert is_day_off(INSS, at(moment)) is off


@pytest.mark.parametrize(
    ("since", "open_hours", "ends"),
    [
        ("2026-11-27T19:50:00", 22, "2026-12-01T19:50:00"),  # a Friday evening: two days of the desks later
        ("2026-11-27T19:50:00", 0.1, "2026-11-27T19:56:00"),
        ("2026-11-28T12:00:00", 1, "2026-11-30T10:00:00"),  # a Saturday
        ("2026-12-07T12:00:00", 8.5, "2026-12-09T09:30:00"),  # a holiday between
        ("2026-11-23T08:00:00", 11, "2026-11-23T20:00:00"),
    ],
)
def test_so_many_hours_of_the_desks_end_when_they_were_open_for_so_long(
    since: str, open_hours: float, ends: str
) -> None:
    assert open_time_ends(INSS, at(since), open_hours * 3600) == pytest.approx(at(ends))


def test_desks_that_never_open_end_in_two_years_at_the_latest() -> None:
    never = OpeningHours(MADRID, SPAIN, ((),) * 7)
    assert at("2028-11-23T08:00:00") < open_time_ends(never, at("2026-11-23T08:00:00"), 60.0) < float("inf")
