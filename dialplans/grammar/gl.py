"""Galician, in the norm of the Academy.

Sources: RAG and ILG, Normas ortográficas e morfolóxicas do idioma galego (2003, revised 2012), "numerais", and
the Academy's dictionary: cento un, douscentos, cincocentos; "e" stands between tens and units only.
"""

from dialplans.grammar import cardinals, romance
from dialplans.grammar.cardinals import words
from dialplans.grammar.keys import Press

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
_ORDINALS = words("primeira, segunda, terceira, cuarta, quinta, sexta, sétima, oitava, novena, décima")
_HOURS = words("unha, dúas, tres, catro, cinco, seis, sete, oito, nove, dez, once, doce")
_TEN = 10


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


_FRAGMENTS = {
    **_numbers(),
    **romance.common(_LETTERS, tuple(f"de {month} de" for month in _MONTHS), _ORDINALS),
    "letter.plus": "máis",
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
    "time.and": "e",
    "range.less_than": "menos de",
    "range.less_than.1": "menos dun minuto",
    "range.between": "entre",
    "range.about": "uns",
    "range.about.1": "arredor dun minuto",
    "place.number": "número",
}

_PRESS = Press(
    ("prema", "preme", "pulse", "marque"),
    "asterisco", "grade", ("o", "a", "tecla", "número"), ("para", "se"), ("ou", "e"),
)  # fmt: skip
GRAMMAR = romance.Romance(_FRAGMENTS, _PRESS)
