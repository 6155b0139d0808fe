"""Basque, in the standard of the Academy (Euskara Batua).

Sources: Euskaltzaindia's rules on how numbers, hours and dates are written and said. The noun follows the
number in the singular ("bost euro"), only "bat" follows the noun ("euro bat").

Dates, hours and places are said in the form they have by themselves ("bi mila eta hogeita seiko abenduaren
hirua", "hirurak eta erdi", "hirugarrena"): a case ending would have to melt into the last fragment. So the
Basque text before them ends with a colon ("Data hau da:") and needs no ending of them.
"""

import datetime as dt
from collections.abc import Mapping

from dialplans.grammar import counted, signs
from dialplans.grammar.cardinals import LARGEST, Keys, words
from dialplans.grammar.keys import Press

_UNITS = words(
    "zero, bat, bi, hiru, lau, bost, sei, zazpi, zortzi, bederatzi, hamar, hamaika, hamabi, hamahiru, hamalau, "
    "hamabost, hamasei, hamazazpi, hemezortzi, hemeretzi"
)
_SCORES = words("hogei, berrogei, hirurogei, laurogei")
_HUNDREDS = words(
    "ehun, berrehun, hirurehun, laurehun, bostehun, seiehun, zazpiehun, zortziehun, bederatziehun"
)
_MONTHS = words(
    "urtarrilaren, otsailaren, martxoaren, apirilaren, maiatzaren, ekainaren, uztailaren, abuztuaren, irailaren, "
    "urriaren, azaroaren, abenduaren"
)
_LETTERS = words(
    "a, be, ze, de, e, efe, ge, hatxe, i, jota, ka, ele, eme, ene, o, pe, ku, erre, ese, te, u, uve, "
    "uve bikoitza, ixa, i grekoa, zeta"
)
_HOURS = words(
    "ordu bata, ordu biak, hirurak, laurak, bostak, seiak, zazpiak, zortziak, bederatziak, hamarrak, hamaikak, "
    "hamabiak"
)
_ORDINALS = words(
    "lehenengoa, bigarrena, hirugarrena, laugarrena, bosgarrena, seigarrena, zazpigarrena, zortzigarrena, "
    "bederatzigarrena, hamargarrena"
)
_LAST_DAY, _SCORE = 31, 20
_QUARTER, _HALF, _HOUR = 15, 30, 60
_TEN, _HUNDRED, _THOUSAND, _MILLION = 10, 100, 1_000, 1_000_000
_YEARS = range(1900, 2200)
"""Beyond them no citizen of ours was born and nothing falls due."""


def _below_hundred(n: int) -> str:
    if n < len(_UNITS):
        return _UNITS[n]
    scores, rest = divmod(n, _SCORE)
    return _SCORES[scores - 1] + (f"ta {_UNITS[rest]}" if rest else "")


def _of(number: str) -> str:
    """Return the local genitive: hogeita seiko, bosteko, hamarreko, bateko."""
    if number.endswith("r"):
        return f"{number}reko"
    return f"{number}ko" if number[-1] in "aeiou" else f"{number}eko"


def _definite(number: str) -> str:
    """Return the number with its article: hirua, bosta, hamarra; hamaika has it already."""
    if number.endswith("r"):
        return f"{number}ra"
    return number if number.endswith("a") else f"{number}a"


def _numbers() -> dict[str, str]:
    below = {f"n.{n}": _below_hundred(n) for n in range(_HUNDRED)}
    hundreds = {f"n.{index}00": text for index, text in enumerate(_HUNDREDS, start=1)}
    thousands = {"n.1000": "mila", **{f"n.{n}000": f"{_UNITS[n]} mila" for n in range(2, 10)}}
    large = {"n.thousand": "mila", "n.1000000": "milioi bat", "n.millions": "milioi"}
    joined = hundreds | thousands | large
    return {
        **below,
        **joined,
        **{f"{key}.and": f"{text} eta" for key, text in joined.items()},
        **{f"{key}.ko": _of(text) for key, text in below.items() if key != "n.0"},
        "n.100.ko": "ehuneko",
        "n.900.ko": "bederatziehuneko",
        "n.2000.ko": "bi milako",
    }


PRESS = Press(("sakatu", "markatu"), "asteriskoa", "traola", joins=("edo", "eta"))

FRAGMENTS: dict[str, str] = {
    **_numbers(),
    **{f"letter.{sign}": name for sign, name in zip("abcdefghijklmnopqrstuvwxyz", _LETTERS, strict=True)},
    "letter.plus": "gehi",
    **{f"month.{index}": name for index, name in enumerate(_MONTHS, start=1)},
    "month_day.1": "lehena",
    **{f"month_day.{day}": _definite(_below_hundred(day)) for day in range(2, _LAST_DAY + 1)},
    "euro.one": "euro bat",
    "euro.many": "euro",
    "euro.one.and": "euro bat eta",
    "euro.many.and": "euro eta",
    "cent.one": "zentimo bat",
    "cent.many": "zentimo",
    **{f"clock.{hour}": text for hour, text in enumerate(_HOURS, start=1)},
    "clock.quarter": "eta laurden",
    "clock.half": "eta erdi",
    "clock.quarter_to": "laurden gutxiago",
    "clock.past": "eta",
    "clock.less": "gutxiago",
    "part.dawn": "goizaldeko",
    "part.morning": "goizeko",
    "part.noon": "eguerdiko",
    "part.afternoon": "arratsaldeko",
    "part.night": "gaueko",
    "time.minute": "minutu bat",
    "time.minutes": "minutu",
    "time.and": "eta",
    "range.less": "baino gutxiago",
    "range.in_between": "artean",
    "range.around": "inguru",
    **{f"place.{index}": text for index, text in enumerate(_ORDINALS, start=1)},
    "place.numbered": "zenbakia",
    signs.PAUSE: ",",
}


def number(n: int, *, feminine: bool = False) -> Keys:
    """Say a cardinal; Basque has no gender. Before a noun 1 is not said so: "bat" follows it."""
    del feminine
    return _cardinal(FRAGMENTS, n)


def _cardinal(_fragments: object, n: int, _suffix: str = "") -> Keys:
    """Join from the largest part; "eta" stands before the last part, unless that has its own "eta"."""
    if not 0 <= n <= LARGEST:
        raise ValueError(f"{n} is not between 0 and {LARGEST}")
    millions, rest = divmod(n, _MILLION)
    thousands, units = divmod(rest, _THOUSAND)
    said: Keys = _below_thousand(units) if units or not n else ()
    if thousands:
        said = _joined(_times(thousands, f"n.{thousands}000", "n.thousand"), said)
    if millions:
        said = _joined(_times(millions, f"n.{millions}000000", "n.millions"), said)
    return said


def _times(count: int, whole: str, unit: str) -> Keys:
    """Return so many thousands or millions; the commonest are one fragment."""
    return (whole,) if whole in FRAGMENTS else (*_below_thousand(count), unit)


def _joined(high: Keys, low: Keys) -> Keys:
    if not low or any(key.endswith(".and") for key in low):
        return (*high, *low)
    return (*high[:-1], f"{high[-1]}.and", *low)


def _below_thousand(n: int) -> Keys:
    hundreds, rest = divmod(n, _HUNDRED)
    if not hundreds:
        return (f"n.{rest}",)
    return (f"n.{hundreds}00.and", f"n.{rest}") if rest else (f"n.{hundreds}00",)


def digits(text: str) -> Keys:
    """Say digits and letters one by one."""
    return signs.spelled(FRAGMENTS, text)


def date(day: dt.date) -> Keys:
    """Say a date from the year to the day, all in the form it has by itself; years 1900 to 2199."""
    if day.year not in _YEARS:
        raise ValueError(f"{day.year} is not between {_YEARS[0]} and {_YEARS[-1]}")
    return (*_year(day.year), f"month.{day.month}", f"month_day.{day.day}")


def _year(year: int) -> Keys:
    *opening, last = _cardinal(FRAGMENTS, year)
    return (*opening, f"{last}.ko")


def amount(cents: int) -> Keys:
    """Say euros and cents; the nouns follow in the singular."""
    return counted.amount(FRAGMENTS, cents, _cardinal)


def telephone(e164: str) -> Keys:
    """Say a telephone number in the groups of Spain, each as a number."""
    return signs.telephone(FRAGMENTS, e164, _group)


def _group(fragments: Mapping[str, str], group: str) -> Keys:
    if group.startswith("0"):
        return signs.sign_by_sign(fragments, group)
    return _cardinal(fragments, int(group))


def clock(time: dt.time) -> Keys:
    """Say the part of the day and the hour; past the half it is "gutxiago", less, of the coming hour."""
    day = counted.part_of_day(time.hour).replace("day.", "part.")
    past = time.minute <= _HALF
    hour = (time.hour if past else time.hour + 1) % 12 or 12
    minutes = _minutes_past(time.minute) if past else _minutes_to(_HOUR - time.minute)
    return (day, f"clock.{hour}", *minutes)


def _minutes_past(minute: int) -> Keys:
    match minute:
        case 0:
            return ()
        case 15:
            return ("clock.quarter",)
        case 30:
            return ("clock.half",)
        case _:
            return ("clock.past", f"n.{minute}")


def _minutes_to(minute: int) -> Keys:
    return ("clock.quarter_to",) if minute == _QUARTER else (f"n.{minute}", "clock.less")


def minutes_range(low: int, high: int) -> Keys:
    """Say a waiting time: "… baino gutxiago", "… inguru" or "… eta … artean"."""
    counted.check_range(low, high)
    high = max(high, 1)
    minutes = counted.counted_minutes(FRAGMENTS, high, _cardinal)
    if low == 0:
        return (*minutes, "range.less")
    if low == high:
        return (*minutes, "range.around")
    return (*_cardinal(FRAGMENTS, low), "time.and", *minutes, "range.in_between")


def position(place: int) -> Keys:
    """Say a place in the queue with its article: "lehenengoa" to "hamargarrena", then "hamaika zenbakia"."""
    if place <= counted.LAST_ORDINAL:
        return counted.position(FRAGMENTS, place, _cardinal)
    return (*_cardinal(FRAGMENTS, place), "place.numbered")
