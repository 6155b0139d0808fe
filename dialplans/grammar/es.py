"""Spanish, as it is said in Spain.

Sources: RAE, Ortografía (2010) and Diccionario panhispánico de dudas, "cardinales", "hora", "fecha".
"""

import datetime as dt

from dialplans.grammar import cardinals, counted, signs
from dialplans.grammar.cardinals import words

_UNITS = words(
    "cero, uno, dos, tres, cuatro, cinco, seis, siete, ocho, nueve, diez, once, doce, trece, catorce, "
    "quince, dieciséis, diecisiete, dieciocho, diecinueve, veinte, veintiuno, veintidós, veintitrés, "
    "veinticuatro, veinticinco, veintiséis, veintisiete, veintiocho, veintinueve"
)
_TENS = words("treinta, cuarenta, cincuenta, sesenta, setenta, ochenta, noventa")
_HUNDREDS = words(
    "doscientos, trescientos, cuatrocientos, quinientos, seiscientos, setecientos, ochocientos, novecientos"
)
_MONTHS = words(
    "enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre"
)
_LETTERS = words(
    "a, be, ce, de, e, efe, ge, hache, i, jota, ka, ele, eme, ene, o, pe, cu, erre, ese, te, u, uve, "
    "uve doble, equis, i griega, zeta"
)
_ORDINALS_MASCULINE = words(
    "primero, segundo, tercero, cuarto, quinto, sexto, séptimo, octavo, noveno, décimo"
)
_ORDINALS = words("primera, segunda, tercera, cuarta, quinta, sexta, séptima, octava, novena, décima")
_TEN, _QUARTER, _HALF, _HOUR = 10, 15, 30, 60


def _below_hundred(n: int) -> str:
    if n < len(_UNITS):
        return _UNITS[n]
    tens, unit = divmod(n, _TEN)
    return _TENS[tens - 3] + (f" y {_UNITS[unit]}" if unit else "")


def _numbers() -> dict[str, str]:
    plain = {f"n.{n}": _below_hundred(n) for n in range(100)}
    ones = {key: text for key, text in plain.items() if text.endswith("uno")}
    hundreds = {f"n.{index}00": text for index, text in enumerate(_HUNDREDS, start=2)}
    return {
        **plain,
        **{f"{key}.m": "veintiún" if text == "veintiuno" else text[:-1] for key, text in ones.items()},
        **{f"{key}.f": text[:-1] + "a" for key, text in ones.items()},
        "n.100": "cien",
        "n.100.and": "ciento",
        **hundreds,
        **{f"{key}.f": text[:-2] + "as" for key, text in hundreds.items()},
        "n.1000": "mil",
        **{f"n.{n}000": f"{_UNITS[n]} mil" for n in range(2, 10)},
        "n.1000000": "un millón",
        "n.millions": "millones",
    }


FRAGMENTS: dict[str, str] = {
    **_numbers(),
    **{f"letter.{sign}": name for sign, name in zip("abcdefghijklmnopqrstuvwxyz", _LETTERS, strict=True)},
    "letter.plus": "más",
    **{f"month.{index}": f"de {name} de" for index, name in enumerate(_MONTHS, start=1)},
    **{f"year.{year}": f"dos mil {_below_hundred(year - 2000)}" for year in cardinals.SPOKEN_YEARS},
    "euro.one": "un euro",
    "euro.many": "euros",
    "euro.of": "de euros",
    "euro.one.and": "un euro con",
    "euro.many.and": "euros con",
    "euro.of.and": "de euros con",
    "cent.one": "un céntimo",
    "cent.many": "céntimos",
    "clock.1": "la una",
    **{f"clock.{hour}": f"las {_UNITS[hour]}" for hour in range(2, 13)},
    "clock.sharp": "en punto",
    "clock.quarter": "y cuarto",
    "clock.half": "y media",
    "clock.quarter_to": "menos cuarto",
    "clock.past": "y",
    "clock.to": "menos",
    "day.dawn": "de la madrugada",
    "day.morning": "de la mañana",
    "day.noon": "del mediodía",
    "day.afternoon": "de la tarde",
    "day.night": "de la noche",
    "time.minute": "un minuto",
    "time.minutes": "minutos",
    "time.hour": "una hora",
    "time.hours": "horas",
    "time.and": "y",
    "range.less_than": "menos de",
    "range.less_than.1": "menos de un minuto",
    "range.between": "entre",
    "range.about": "unos",
    "range.about.1": "alrededor de un minuto",
    **{f"place.{index}": text for index, text in enumerate(_ORDINALS, start=1)},
    **{f"ordinal.{index}": text for index, text in enumerate(_ORDINALS_MASCULINE, start=1)},
    "place.number": "número",
    signs.PAUSE: ",",
}


def number(n: int, *, feminine: bool = False, before_noun: bool = False) -> tuple[str, ...]:
    """Say a cardinal; before a masculine noun "uno" is "un" (veintiún euros)."""
    return cardinals.cardinal(FRAGMENTS, n, ".f" if feminine else ".m" if before_noun else "")


def digits(text: str) -> tuple[str, ...]:
    """Say digits and letters one by one."""
    return signs.spelled(FRAGMENTS, text)


def date(day: dt.date) -> tuple[str, ...]:
    """Say a date; the first of the month is "uno", as is usual in Spain."""
    return (f"n.{day.day}", f"month.{day.month}", *cardinals.year(FRAGMENTS, day.year))


def amount(cents: int) -> tuple[str, ...]:
    """Say euros and cents; whole millions take "de" (un millón de euros)."""
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
    """Say a waiting time; from nothing it is "menos de", a single value "unos"."""
    return counted.minutes_range(FRAGMENTS, low, high)


def ordinal(n: int, *, feminine: bool = False) -> tuple[str, ...]:
    """Say an ordinal: "primero" to "décimo", then "número once"."""
    return counted.ordinal(FRAGMENTS, n, "place" if feminine else "ordinal")


def position(place: int) -> tuple[str, ...]:
    """Say a place in the queue; a call is feminine: "primera"."""
    return ordinal(place, feminine=True)
