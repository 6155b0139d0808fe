"""Days and quarters of an hour of a place, whatever its clocks do. Unix seconds in and out; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

QUARTER_S = 900
"""Every offset in use today is whole quarters of an hour, so the clock's quarters are those of UTC."""


class Span(NamedTuple):
    """From `begins` to before `ends`."""

    begins: float
    ends: float


def begins(day: date, zone: tzinfo) -> float:
    """Give the first moment of a day.

    Where the clocks are set at midnight it may come twice (the first one counts) or not at all (then the first moment
    after the gap counts).
    """
    return datetime.combine(day, time(), zone).timestamp()


def day_of(at: float, zone: tzinfo) -> date:
    """Give the day a moment is in."""
    return datetime.fromtimestamp(at, zone).date()


def day_span(day: date, zone: tzinfo) -> Span:
    """Give a whole day: 23 or 25 hours when the clocks are changed."""
    return Span(begins(day, zone), begins(day + timedelta(days=1), zone))


def days(first: date, last: date) -> Iterator[date]:
    """Give every day from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def quarter_of(at: float) -> float:
    """Give the beginning of the quarter of an hour a moment is in."""
    return at - at % QUARTER_S


def label(at: float, zone: tzinfo) -> str:
    """Write a moment with its offset, so that the hour that comes twice in autumn is told apart."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="minutes")


def pieces(span: Span) -> Iterator[Span]:
    """Cut a span at the quarters of an hour."""
    at = span.begins
    while at < span.ends:
        upto = min(quarter_of(at) + QUARTER_S, span.ends)
        yield Span(at, upto)
        at = upto
