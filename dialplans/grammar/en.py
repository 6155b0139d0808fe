"""English, as it is said in Britain and Ireland.

Sources: New Hart's Rules (Oxford, 2014), ch. 11; Quirk et al., A Comprehensive Grammar (1985), §§ 6.63-6.67: "and"
before the last tens and units, years by hundreds from 2010. Telephone numbers are said figure by figure.
"""

import datetime as dt

from dialplans.grammar import counted, signs
from dialplans.grammar.cardinals import LARGEST, Keys, words
from dialplans.grammar.keys import Press

_UNITS = words(
    "zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, "
    "fifteen, sixteen, seventeen, eighteen, nineteen"
)
_TENS = words("twenty, thirty, forty, fifty, sixty, seventy, eighty, ninety")
_MONTHS = words(
    "January, February, March, April, May, June, July, August, September, October, November, December"
)
_LETTERS = words("A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z")
_ORDINALS = words(
    "first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth, eleventh, twelfth, thirteenth, "
    "fourteenth, fifteenth, sixteenth, seventeenth, eighteenth, nineteenth, twentieth"
)
_LAST_DAY, _PLACES = 31, 10
_TEN, _QUARTER, _HALF, _HOUR = 10, 15, 30, 60
_HUNDRED, _THOUSAND, _MILLION = 100, 1_000, 1_000_000
_TWELVE: dict[int, Keys] = {0: ("n.12", "day.midnight"), 12: ("n.12", "day.noon")}
_ROUND = 5
"""The minutes people say without the word: ten past, but twelve minutes past."""


def _below_hundred(n: int) -> str:
    if n < len(_UNITS):
        return _UNITS[n]
    tens, unit = divmod(n, _TEN)
    return _TENS[tens - 2] + (f"-{_UNITS[unit]}" if unit else "")


def _ordinal(n: int) -> str:
    if n <= len(_ORDINALS):
        return _ORDINALS[n - 1]
    return f"{_TENS[n // _TEN - 2]}-{_ORDINALS[n % _TEN - 1]}" if n % _TEN else "thirtieth"


def _and(texts: dict[str, str]) -> dict[str, str]:
    return {f"{key}.and": f"{text} and" for key, text in texts.items()}


def _numbers() -> dict[str, str]:
    hundreds = {f"n.{n}00": f"{_UNITS[n]} hundred" for n in range(1, 10)}
    thousands = {f"n.{n}000": f"{_UNITS[n]} thousand" for n in range(1, 10)}
    large = {"n.thousand": "thousand", "n.1000000": "one million", "n.millions": "million"}
    return {
        **{f"n.{n}": _below_hundred(n) for n in range(100)},
        **hundreds,
        **thousands,
        **large,
        **_and(hundreds | thousands | large),
    }


def _years() -> dict[str, str]:
    noughties = {f"year.{year}": f"two thousand and {_UNITS[year - 2000]}" for year in range(2001, 2010)}
    spoken = {f"year.{year}": f"twenty {_below_hundred(year - 2000)}" for year in range(2010, 2041)}
    return {**noughties, **spoken, "year.oh": "oh", "year.hundred": "hundred"}


PRESS = Press(
    ("press", "dial", "push"), "star", "hash", ("the", "key", "number"), ("for", "to", "if"), ("or", "and")
)

FRAGMENTS: dict[str, str] = {
    **_numbers(),
    **{f"letter.{sign}": name for sign, name in zip("abcdefghijklmnopqrstuvwxyz", _LETTERS, strict=True)},
    "letter.plus": "plus",
    **{f"date.{day}": f"the {_ordinal(day)} of" for day in range(1, _LAST_DAY + 1)},
    **{f"month.{index}": name for index, name in enumerate(_MONTHS, start=1)},
    **_years(),
    "euro.one": "one euro",
    "euro.many": "euros",
    "euro.one.and": "one euro and",
    "euro.many.and": "euros and",
    "cent.one": "one cent",
    "cent.many": "cents",
    **{f"clock.{hour}": f"{_UNITS[hour]} o'clock" for hour in range(1, 13)},
    "clock.before.quarter_past": "a quarter past",
    "clock.before.half_past": "half past",
    "clock.before.quarter_to": "a quarter to",
    "clock.past": "past",
    "clock.to": "to",
    "clock.before.minute_past": "one minute past",
    "clock.before.minute_to": "one minute to",
    "clock.before.minutes_past": "minutes past",
    "clock.before.minutes_to": "minutes to",
    "day.noon": "noon",
    "day.midnight": "midnight",
    "day.morning": "in the morning",
    "day.afternoon": "in the afternoon",
    "day.evening": "in the evening",
    "day.night": "at night",
    "time.minute": "one minute",
    "time.minutes": "minutes",
    "time.and": "and",
    "range.less_than": "less than",
    "range.less_than.1": "less than one minute",
    "range.between": "between",
    "range.about": "about",
    "range.about.1": "about one minute",
    **{f"place.{n}": _ordinal(n) for n in range(1, _PLACES + 1)},
    "place.number": "number",
    signs.PAUSE: ",",
}


def number(n: int, *, feminine: bool = False) -> Keys:
    """Say a cardinal; English has one form."""
    del feminine
    return _cardinal(FRAGMENTS, n)


def _cardinal(_fragments: object, n: int, _suffix: str = "") -> Keys:
    if not 0 <= n <= LARGEST:
        raise ValueError(f"{n} is not between 0 and {LARGEST}")
    millions, rest = divmod(n, _MILLION)
    thousands, units = divmod(rest, _THOUSAND)
    link = ".and" if 0 < units < _HUNDRED else ""
    keys: list[str] = []
    if millions == 1:
        keys.append("n.1000000" + (link if not thousands else ""))
    elif millions:
        keys += [*_below_thousand(millions), "n.millions" + (link if not thousands else "")]
    if 0 < thousands < _TEN:
        keys.append(f"n.{thousands}000{link}")
    elif thousands:
        keys += [*_below_thousand(thousands), f"n.thousand{link}"]
    return (*keys, *_below_thousand(units)) if units or not n else tuple(keys)


def _below_thousand(n: int) -> Keys:
    hundreds, rest = divmod(n, _HUNDRED)
    if not hundreds:
        return (f"n.{rest}",)
    return (f"n.{hundreds}00.and", f"n.{rest}") if rest else (f"n.{hundreds}00",)


def digits(text: str) -> Keys:
    """Say digits and letters one by one."""
    return signs.spelled(FRAGMENTS, text)


def date(day: dt.date) -> Keys:
    """Say a date with its article ("the third of December twenty twenty-six")."""
    return (f"date.{day.day}", f"month.{day.month}", *_year(day.year))


def _year(year: int) -> Keys:
    if f"year.{year}" in FRAGMENTS:
        return (f"year.{year}",)
    century, rest = divmod(year, _HUNDRED)
    if century % _TEN == 0 and rest < _TEN:
        return _cardinal(FRAGMENTS, year)
    if rest == 0:
        return (f"n.{century}", "year.hundred")
    return (f"n.{century}", *(("year.oh",) if rest < _TEN else ()), f"n.{rest}")


def amount(cents: int) -> Keys:
    """Say euros and cents."""
    return counted.amount(FRAGMENTS, cents, _cardinal)


def telephone(e164: str) -> Keys:
    """Say a telephone number figure by figure, in the groups of Spain."""
    return signs.telephone(FRAGMENTS, e164, signs.sign_by_sign)


def clock(time: dt.time) -> Keys:
    """Say the time on the twelve-hour clock; past the half it is "to" the coming hour."""
    past = time.minute <= _HALF
    hour = (time.hour if past else time.hour + 1) % 12 or 12
    day = _part_of_day(time.hour)
    if not time.minute:
        return _TWELVE.get(time.hour) or (f"clock.{hour}", day)
    minutes = time.minute if past else _HOUR - time.minute
    return (*_minutes(minutes, "past" if past else "to"), f"n.{hour}", day)


def _minutes(minutes: int, side: str) -> Keys:
    match minutes:
        case 15:
            return (f"clock.before.quarter_{side}",)
        case 30:
            return (f"clock.before.half_{side}",)
        case 1:
            return (f"clock.before.minute_{side}",)
        case _ if minutes % _ROUND:
            return (f"n.{minutes}", f"clock.before.minutes_{side}")
        case _:
            return (f"n.{minutes}", f"clock.{side}")


def _part_of_day(hour: int) -> str:
    starts = ((0, "morning"), (12, "afternoon"), (18, "evening"), (21, "night"))
    return next(f"day.{name}" for start, name in reversed(starts) if hour >= start)


def minutes_range(low: int, high: int) -> Keys:
    """Say a waiting time; from nothing it is "less than", a single value "about"."""
    return counted.minutes_range(FRAGMENTS, low, high, _cardinal)


def position(place: int) -> Keys:
    """Say a place in the queue: "first" to "tenth", then "number eleven"."""
    return counted.position(FRAGMENTS, place, _cardinal)
