"""Spanish, as it is said in Spain.

Sources: RAE, Ortografía (2010) and Diccionario panhispánico de dudas, "cardinales", "hora", "fecha".
"""

from dialplans.grammar import cardinals, romance
from dialplans.grammar.cardinals import words
from dialplans.grammar.keys import Press

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
_ORDINALS = words("primera, segunda, tercera, cuarta, quinta, sexta, séptima, octava, novena, décima")
_TEN = 10


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


_FRAGMENTS = {
    **_numbers(),
    **romance.common(_LETTERS, tuple(f"de {month} de" for month in _MONTHS), _ORDINALS),
    "letter.plus": "más",
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
    "time.and": "y",
    "range.less_than": "menos de",
    "range.less_than.1": "menos de un minuto",
    "range.between": "entre",
    "range.about": "unos",
    "range.about.1": "alrededor de un minuto",
    "place.number": "número",
}

_PRESS = Press(
    ("pulse", "pulsa", "marque", "marca", "oprima", "oprime", "presione", "presiona", "digite"),
    "asterisco", "almohadilla", ("el", "la", "tecla", "número", "opción"), ("para", "si"), ("o", "u", "y"),
)  # fmt: skip
GRAMMAR = romance.Romance(_FRAGMENTS, _PRESS)
