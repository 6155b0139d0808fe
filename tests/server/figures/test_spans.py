"""Days and quarters of an hour, where the clocks are changed too."""

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from server.figures.spans import QUARTER_S, Span, day_of, day_span, days, label, pieces, quarter_of

MADRID, HAVANA, BEIRUT = (ZoneInfo(f"{name}") for name in ("Europe/Madrid", "America/Havana", "Asia/Beirut"))
ZONES = st.sampled_from(
    [MADRID, HAVANA, BEIRUT, *map(ZoneInfo, ("America/Mexico_City", "Atlantic/Canary", "Asia/Kathmandu"))]
)
HOUR = 3600.0


def length_h(day: date, zone: ZoneInfo) -> float:
    span = day_span(day, zone)
    return (span.ends - span.begins) / HOUR


def test_a_day_has_23_or_25_hours_when_the_clocks_are_changed() -> None:
    assert length_h(date(2026, 3, 29), MADRID) == 23
    assert length_h(date(2026, 10, 25), MADRID) == 25
    assert length_h(date(2026, 11, 22), MADRID) == 24


def test_a_midnight_that_comes_twice_begins_the_day_once_and_one_that_never_comes_begins_it_too() -> None:
    assert length_h(date(2026, 11, 1), HAVANA) == 25
    assert length_h(date(2026, 3, 29), BEIRUT) == 23


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    first = datetime(2026, 10, 25, 2, 15, tzinfo=MADRID).timestamp()
    assert label(first, MADRID) == "2026-10-25T02:15+02:00"
    assert label(first + HOUR, MADRID) == "2026-10-25T02:15+01:00"


@settings(deadline=None)
@given(st.integers(1_600_000_000, 2_000_000_000), ZONES)
def test_every_moment_is_in_its_day(at: int, zone: ZoneInfo) -> None:
    span = day_span(day_of(at, zone), zone)
    assert span.begins <= at < span.ends


@settings(deadline=None)
@given(st.floats(1.6e9, 2e9), st.floats(0, 90_000))
def test_pieces_are_the_span_again_each_in_one_quarter(begins: float, length: float) -> None:
    cut = [*pieces(Span(begins, begins + length))]
    assert all(after.begins == before.ends for before, after in pairwise(cut))
    assert all(quarter_of(piece.begins) + QUARTER_S >= piece.ends for piece in cut)
    if cut:
        assert (cut[0].begins, cut[-1].ends) == (begins, begins + length)


def test_days_are_listed_from_the_first_to_the_last() -> None:
    assert [*days(date(2026, 2, 27), date(2026, 3, 1))] == [
        date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)
    ]  # fmt: skip
