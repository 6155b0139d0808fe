"""Galician, in the norm of the Academy.

Sources: RAG and ILG, Normas ortográficas e morfolóxicas do idioma galego (2003, revised 2012), "numerais", and
the Academy's dictionary: cento un, douscentos, cincocentos; "e" stands between tens and units only.
"""

import datetime as dt

from dialplans.grammar import cardinals, counted, signs
from dialplans.grammar.cardinals import words

_UNITS = words(
    "cero, un, dous, tres, catro, cinco, seis, sete, oito, nove, dez, once, doce, trece, catorce, quince, "
    "dezaseis, dezasete, dezaoito, dezanove"
)
_TENS = words("vinte, trinta, corenta, cincuenta, sesenta, setenta, oitenta, noventa")
_HUNDREDS = words(
    "douscentos, trescentos, catrocentos, cincocentos, seiscentos, setecentos, oitocentos, novecentos"
)
_MONTHS = words(
    "xaneiro, febreiro, marzo, abril, maio, xuño, xullo, agosto, setembro, outubro, novembro, decembro"
)
_LETTERS = words(
    "a, be, ce, de, e, efe, gue, hache, i, iota, ca, ele, eme, ene, o, pe, cu, erre, ese, te, u, uve, "
    "uve dobre, xe, i grego, zeta"
)
_ORDINALS_MASCULINE = words(
    "primeiro, segundo, terceiro, cuarto, quinto, sexto, sétimo, oitavo, noveno, décimo"
)
_ORDINALS = words("primeira, segunda, terceira, cuarta, quinta, sexta, sétima, oitava, novena, décima")
_HOURS = words("unha, dúas, tres, catro, cinco, seis, sete, oito, nove, dez, once, doce")
_TEN, _QUARTER, _HALF, _HOUR = 10, 15, 30, 60


def _below_hundred(n: int) -> str:
    if n < len(_UNITS):
        return _UNITS[n]
    tens, unit = divmod(n, _TEN)
    return _TENS[tens - 2] + (f" e {_UNITS[unit]}" if unit else "")


def _numbers() -> dict[str, str]:
    plain = {f"n.{n}": _below_hundred(n) for n in range(100)}
    ones = {key: text for key, text in plain.items() if text == "un" or text.endswith(" un")}
    twos = {key: text for key, text in plain.items() if text == "dous" or text.endswith(" dous")}
    hundreds = {f"n.{index}00": text for index, text in enumerate(_HUNDREDS, start=2)}
    return {
        **plain,
        **{f"{key}.f": f"{text}ha" for key, text in ones.items()},
        **{f"{key}.f": f"{text[:-4]}dúas" for key, text in twos.items()},
        "n.100": "cen",
        "n.100.and": "cento",
        **hundreds,
        **{f"{key}.f": text.replace("dous", "duas")[:-2] + "as" for key, text in hundreds.items()},
        "n.1000": "mil",
        **{f"n.{n}000": f"{_UNITS[n]} mil" for n in range(2, 10)},
        "n.2000.f": "dúas mil",
        "n.1000000": "un millón",
        "n.millions": "millóns",
    }


FRAGMENTS: dict[str, str] = {
    **_numbers(),
    **{f"letter.{sign}": name for sign, name in zip("abcdefghijklmnopqrstuvwxyz", _LETTERS, strict=True)},
    "letter.plus": "máis",
    **{f"month.{index}": f"de {name} de" for index, name in enumerate(_MONTHS, start=1)},
    **{f"year.{year}": f"dous mil {_below_hundred(year - 2000)}" for year in cardinals.SPOKEN_YEARS},
    "euro.one": "un euro",
    "euro.many": "euros",
    "euro.of": "de euros",
    "euro.one.and": "un euro con",
    "euro.many.and": "euros con",
    "euro.of.and": "de euros con",
    "cent.one": "un céntimo",
    "cent.many": "céntimos",
    "clock.1": "a unha",
    **{f"clock.{hour}": f"as {_HOURS[hour - 1]}" for hour in range(2, 13)},
    "clock.sharp": "en punto",
    "clock.quarter": "e cuarto",
    "clock.half": "e media",
    "clock.quarter_to": "menos cuarto",
    "clock.past": "e",
    "clock.to": "menos",
    "day.dawn": "da madrugada",
    "day.morning": "da mañá",
    "day.noon": "do mediodía",
    "day.afternoon": "da tarde",
    "day.night": "da noite",
    "time.minute": "un minuto",
    "time.minutes": "minutos",
    "time.hour": "unha hora",
    "time.hours": "horas",
    "time.and": "e",
    "range.less_than": "menos de",
    "range.less_than.1": "menos dun minuto",
    "range.between": "entre",
    "range.about": "uns",
    "range.about.1": "arredor dun minuto",
    **{f"place.{index}": text for index, text in enumerate(_ORDINALS, start=1)},
    **{f"ordinal.{index}": text for index, text in enumerate(_ORDINALS_MASCULINE, start=1)},
    "place.number": "número",
    signs.PAUSE: ",",
}


def number(n: int, *, feminine: bool = False, before_noun: bool = False) -> tuple[str, ...]:
    """Say a cardinal; before a noun and alone it is the same in Galician."""
    del before_noun  # "un" is already the form that stands before a noun
    return cardinals.cardinal(FRAGMENTS, n, ".f" if feminine else "")


def digits(text: str) -> tuple[str, ...]:
    """Say digits and letters one by one."""
    return signs.spelled(FRAGMENTS, text)


def date(day: dt.date) -> tuple[str, ...]:
    """Say a date; the day is the plain numeral (un de abril)."""
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
    """Say an ordinal: "primeiro" to "décimo", then "número once"."""
    return counted.ordinal(FRAGMENTS, n, "place" if feminine else "ordinal")


def position(place: int) -> tuple[str, ...]:
    """Say a place in the queue; a call is feminine: "primeira"."""
    return ordinal(place, feminine=True)
