"""Things that are counted: euros, minutes, places in the queue.

`say` is how the language counts; where the noun goes is the Romance order, which English and, up to the
ranges and the places, Basque share.
"""

from collections.abc import Mapping

from dialplans.grammar.cardinals import Cardinal, Keys, cardinal, form

_CENTS = 100
_MILLION = 1_000_000
LAST_ORDINAL = 10

Parts = tuple[tuple[int, str], ...]
"""From which hour on it is which part of the day."""

PARTS: Parts = ((0, "night"), (1, "dawn"), (6, "morning"), (12, "noon"), (13, "afternoon"), (21, "night"))
"""As Spain counts them; midnight is "las doce de la noche"."""


def amount(fragments: Mapping[str, str], cents: int, say: Cardinal = cardinal) -> Keys:
    """Return euros and cents of an amount in cents; ValueError when negative or past 999 999 999 euros."""
    euros, rest = divmod(cents, _CENTS)
    if not rest:
        return _euros(fragments, euros, "", say)
    small = ("cent.one",) if rest == 1 else (*say(fragments, rest, ".m"), "cent.many")
    return (*_euros(fragments, euros, ".and", say), *small) if euros else small


def _euros(fragments: Mapping[str, str], euros: int, ending: str, say: Cardinal) -> Keys:
    if euros == 1:
        return (f"euro.one{ending}",)
    linked = "euro.of" in fragments and euros and euros % _MILLION == 0
    return (*say(fragments, euros, ".m"), ("euro.of" if linked else "euro.many") + ending)


def counted_minutes(fragments: Mapping[str, str], minutes: int, say: Cardinal) -> Keys:
    """Return a number of minutes with its noun."""
    return ("time.minute",) if minutes == 1 else (*say(fragments, minutes, ".m"), "time.minutes")


def minutes_range(fragments: Mapping[str, str], low: int, high: int, say: Cardinal = cardinal) -> Keys:
    """Return a waiting time; ValueError unless 0 ≤ low ≤ high."""
    check_range(low, high)
    if low == 0:
        return _said_or_counted(fragments, "range.less_than", max(high, 1), say)
    if low == high:
        return _said_or_counted(fragments, "range.about", high, say)
    between = ("range.between", *say(fragments, low, ""), "time.and")
    return (*between, *counted_minutes(fragments, high, say))


def check_range(low: int, high: int) -> None:
    """Raise ValueError unless 0 ≤ low ≤ high."""
    if not 0 <= low <= high:
        raise ValueError(f"{low} to {high} minutes is not a range")


def _said_or_counted(fragments: Mapping[str, str], opening: str, minutes: int, say: Cardinal) -> Keys:
    """Return the opening and the minutes; some languages melt them into one fragment ("menys d'onze")."""
    key = form(fragments, opening, f".{minutes}")
    if key == opening:
        return (opening, *counted_minutes(fragments, minutes, say))
    return (key,) if minutes == 1 else (key, "time.minutes")


def position(fragments: Mapping[str, str], place: int, say: Cardinal = cardinal) -> Keys:
    """Return a place up to the tenth as an ordinal, then "number" and the cardinal; ValueError below 1."""
    if place < 1:
        raise ValueError(f"{place} is no place: the first is 1")
    return ("place.number", *say(fragments, place, ".u")) if place > LAST_ORDINAL else (f"place.{place}",)


def part_of_day(hour: int, parts: Parts = PARTS) -> str:
    """Return the part of the day an hour (0 to 23) belongs to."""
    return next(f"day.{name}" for start, name in reversed(parts) if hour >= start)
