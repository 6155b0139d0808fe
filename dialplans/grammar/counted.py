"""Things that are counted: euros, minutes, places in the queue. The order of words is the Romance one."""

from collections.abc import Mapping

from dialplans.grammar.cardinals import cardinal, form

_CENTS = 100
_MINUTES = 60
_MILLION = 1_000_000
_LAST_ORDINAL = 10


def amount(fragments: Mapping[str, str], cents: int) -> tuple[str, ...]:
    """Return euros and cents of an amount in cents; ValueError when negative or past 999 999 999 euros."""
    euros, rest = divmod(cents, _CENTS)
    if not rest:
        return _euros(fragments, euros, "")
    small = ("cent.one",) if rest == 1 else (*cardinal(fragments, rest, ".m"), "cent.many")
    return (*_euros(fragments, euros, ".and"), *small) if euros else small


def _euros(fragments: Mapping[str, str], euros: int, ending: str) -> tuple[str, ...]:
    if euros == 1:
        return (f"euro.one{ending}",)
    noun = "euro.of" if euros and euros % _MILLION == 0 else "euro.many"
    return (*cardinal(fragments, euros, ".m"), noun + ending)


def duration(fragments: Mapping[str, str], minutes: int) -> tuple[str, ...]:
    """Return hours and minutes; ValueError when negative."""
    hours, rest = divmod(minutes, _MINUTES)
    if not hours:
        return _minutes(fragments, rest)
    said = ("time.hour",) if hours == 1 else (*cardinal(fragments, hours, ".f"), "time.hours")
    return (*said, "time.and", *_minutes(fragments, rest)) if rest else said


def _minutes(fragments: Mapping[str, str], minutes: int) -> tuple[str, ...]:
    return ("time.minute",) if minutes == 1 else (*cardinal(fragments, minutes, ".m"), "time.minutes")


def minutes_range(fragments: Mapping[str, str], low: int, high: int) -> tuple[str, ...]:
    """Return a waiting time; ValueError unless 0 ≤ low ≤ high."""
    if not 0 <= low <= high:
        raise ValueError(f"{low} to {high} minutes is not a range")
    if low == 0:
        return _said_or_counted(fragments, "range.less_than", max(high, 1))
    if low == high:
        return _said_or_counted(fragments, "range.about", high)
    return ("range.between", *cardinal(fragments, low), "time.and", *_minutes(fragments, high))


def _said_or_counted(fragments: Mapping[str, str], opening: str, minutes: int) -> tuple[str, ...]:
    """Return the opening and the minutes; some languages melt them into one fragment ("menys d'onze")."""
    key = form(fragments, opening, f".{minutes}")
    if key == opening:
        return (opening, *_minutes(fragments, minutes))
    return (key,) if minutes == 1 else (key, "time.minutes")


def position(fragments: Mapping[str, str], place: int) -> tuple[str, ...]:
    """Return an ordinal up to the tenth, then "number" and the cardinal; ValueError below 1."""
    if place < 1:
        raise ValueError(f"{place} is no place in a queue: the first is 1")
    if place <= _LAST_ORDINAL:
        return (f"place.{place}",)
    return ("place.number", *cardinal(fragments, place))


def part_of_day(hour: int) -> str:
    """Return the part of the day an hour (0 to 23) belongs to, as Spain counts them."""
    starts = ((0, "dawn"), (6, "morning"), (12, "noon"), (13, "afternoon"), (21, "night"))
    return next(f"day.{name}" for start, name in reversed(starts) if hour >= start)
