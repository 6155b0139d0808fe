"""Valencian, as the Generalitat writes and says it.

Sources: AVL, Gramàtica normativa valenciana (2006), §§ 18 and 22, and Diccionari normatiu: huit, dèsset, díhuit,
dènou; cinqué, sisé. The hour is counted from the one that has struck: "les tres i mitja", "les quatre menys quart".
"""

import datetime as dt

from dialplans.grammar import cardinals, counted, signs
from dialplans.grammar.cardinals import words

_UNITS = words(
    "zero, un, dos, tres, quatre, cinc, sis, set, huit, nou, deu, onze, dotze, tretze, catorze, quinze, "
    "setze, dèsset, díhuit, dènou"
)
_TENS = words("vint, trenta, quaranta, cinquanta, seixanta, setanta, huitanta, noranta")
_MONTHS = words(
    "de gener, de febrer, de març, d'abril, de maig, de juny, de juliol, d'agost, de setembre, "
    "d'octubre, de novembre, de desembre"
)
_LETTERS = words(
    "a, be, ce, de, e, efe, ge, hac, i, jota, ca, ele, eme, ene, o, pe, cu, erre, esse, te, u, uve, "
    "uve doble, ics, i grega, zeta"
)
_ORDINALS_MASCULINE = words("primer, segon, tercer, quart, cinqué, sisé, seté, huité, nové, desé")
_ORDINALS = words("primera, segona, tercera, quarta, cinquena, sisena, setena, huitena, novena, desena")
_HOURS = words("una, dues, tres, quatre, cinc, sis, set, huit, nou, deu, onze, dotze")
_TEN, _QUARTER, _HALF, _HOUR = 10, 15, 30, 60


def _below_hundred(n: int) -> str:
    if n < len(_UNITS):
        return _UNITS[n]
    tens, unit = divmod(n, _TEN)
    link = "-i-" if tens == 2 else "-"  # noqa: PLR2004 - the twenties: vint-i-dos, but trenta-dos
    return _TENS[tens - 2] + (f"{link}{_UNITS[unit]}" if unit else "")


def _numbers() -> dict[str, str]:
    plain = {f"n.{n}": _below_hundred(n) for n in range(100)}
    ones = {key: text for key, text in plain.items() if text == "un" or text.endswith("-un")}
    twos = {key: text for key, text in plain.items() if text == "dos" or text.endswith("-dos")}
    hundreds = {f"n.{n}00": f"{_UNITS[n]}-cents" for n in range(2, 10)}
    return {
        **plain,
        **{f"{key}.u": text[:-1] for key, text in ones.items()},
        **{f"{key}.f": f"{text}a" for key, text in ones.items()},
        **{f"{key}.f": f"{text[:-3]}dues" for key, text in twos.items()},
        "n.100": "cent",
        **hundreds,
        **{f"{key}.f": text.replace("dos", "dues")[:-1] + "es" for key, text in hundreds.items()},
        "n.1000": "mil",
        **{f"n.{n}000": f"{_UNITS[n]} mil" for n in range(2, 10)},
        "n.2000.f": "dues mil",
        "n.1000000": "un milió",
        "n.millions": "milions",
    }


FRAGMENTS: dict[str, str] = {
    **_numbers(),
    **{f"letter.{sign}": name for sign, name in zip("abcdefghijklmnopqrstuvwxyz", _LETTERS, strict=True)},
    "letter.plus": "més",
    **{f"month.{index}": f"{name} de" for index, name in enumerate(_MONTHS, start=1)},
    **{f"year.{year}": f"dos mil {_below_hundred(year - 2000)}" for year in cardinals.SPOKEN_YEARS},
    "euro.one": "un euro",
    "euro.many": "euros",
    "euro.of": "d'euros",
    "euro.one.and": "un euro amb",
    "euro.many.and": "euros amb",
    "euro.of.and": "d'euros amb",
    "cent.one": "un cèntim",
    "cent.many": "cèntims",
    "clock.1": "la una",
    **{f"clock.{hour}": f"les {_HOURS[hour - 1]}" for hour in range(2, 13)},
    "clock.sharp": "en punt",
    "clock.quarter": "i quart",
    "clock.half": "i mitja",
    "clock.quarter_to": "menys quart",
    "clock.past": "i",
    "clock.to": "menys",
    "day.dawn": "de la matinada",
    "day.morning": "del matí",
    "day.noon": "del migdia",
    "day.afternoon": "de la vesprada",
    "day.night": "de la nit",
    "time.minute": "un minut",
    "time.minutes": "minuts",
    "time.hour": "una hora",
    "time.hours": "hores",
    "time.and": "i",
    "range.less_than": "menys de",
    "range.less_than.1": "menys d'un minut",
    "range.less_than.11": "menys d'onze",
    "range.between": "entre",
    "range.about": "uns",
    "range.about.1": "aproximadament un minut",
    **{f"place.{index}": text for index, text in enumerate(_ORDINALS, start=1)},
    **{f"ordinal.{index}": text for index, text in enumerate(_ORDINALS_MASCULINE, start=1)},
    "place.number": "número",
    signs.PAUSE: ",",
}


def number(n: int, *, feminine: bool = False, before_noun: bool = False) -> tuple[str, ...]:
    """Say a cardinal; before a noun and alone it is the same in Valencian."""
    del before_noun  # "un" is already the form that stands before a noun
    return cardinals.cardinal(FRAGMENTS, n, ".f" if feminine else "")


def digits(text: str) -> tuple[str, ...]:
    """Say digits and letters one by one; the digit 1 is "u"."""
    return signs.spelled(FRAGMENTS, text)


def date(day: dt.date) -> tuple[str, ...]:
    """Say a date; the day is the numeral (u, vint-i-u), the month elides before a vowel (d'abril)."""
    return (
        *cardinals.cardinal(FRAGMENTS, day.day, ".u"),
        f"month.{day.month}",
        *cardinals.year(FRAGMENTS, day.year),
    )


def amount(cents: int) -> tuple[str, ...]:
    """Say euros and cents; whole millions elide (un milió d'euros)."""
    return counted.amount(FRAGMENTS, cents)


def telephone(e164: str) -> tuple[str, ...]:
    """Say a telephone number."""
    return signs.telephone(FRAGMENTS, e164)


def clock(time: dt.time) -> tuple[str, ...]:
    """Say the time on the twelve-hour clock: past the half it is "menos" and the coming hour."""
    if time.minute > _HALF:
        coming = dt.time((time.hour + 1) % 24)
        to = _HOUR - time.minute
        minutes = ("clock.quarter_to",) if to == _QUARTER else ("clock.to", *number(to))
        return (_hour(coming.hour), *minutes, counted.part_of_day(time.hour))
    return (_hour(time.hour), *_minutes_past(time.minute), counted.part_of_day(time.hour))


def _hour(hour: int) -> str:
    return f"clock.{hour % 12 or 12}"


def _minutes_past(minute: int) -> tuple[str, ...]:
    match minute:
        case 0:
            return ("clock.sharp",)
        case 15:
            return ("clock.quarter",)
        case 30:
            return ("clock.half",)
        case _:
            return ("clock.past", *number(minute))


def duration_minutes(minutes: int) -> tuple[str, ...]:
    """Say a length of time in hours and minutes."""
    return counted.duration(FRAGMENTS, minutes)


def minutes_range(low: int, high: int) -> tuple[str, ...]:
    """Say a waiting time; from nothing it is "menys de", a single value "uns"."""
    return counted.minutes_range(FRAGMENTS, low, high)


def ordinal(n: int, *, feminine: bool = False) -> tuple[str, ...]:
    """Say an ordinal: "primer" to "desé", then "número onze"."""
    return counted.ordinal(FRAGMENTS, n, "place" if feminine else "ordinal")


def position(place: int) -> tuple[str, ...]:
    """Say a place in the queue; a call is feminine: "primera"."""
    return ordinal(place, feminine=True)
