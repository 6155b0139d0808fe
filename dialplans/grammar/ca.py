"""Catalan, in the central standard.

Sources: IEC, Gramàtica de la llengua catalana (2016) and Optimot, "numerals", "hora", "data"; the numeral by
itself is "u" (the digit, the day of the month), the counted thing "un".
"""

import datetime as dt

from dialplans.grammar import catalan, counted, romance
from dialplans.grammar.cardinals import Keys, words
from dialplans.grammar.keys import Press

_UNITS = words(
    "zero, un, dos, tres, quatre, cinc, sis, set, vuit, nou, deu, onze, dotze, tretze, catorze, quinze, "
    "setze, disset, divuit, dinou"
)
_TENS = words("vint, trenta, quaranta, cinquanta, seixanta, setanta, vuitanta, noranta")
_MONTHS = words(
    "de gener, de febrer, de març, d'abril, de maig, de juny, de juliol, d'agost, de setembre, "
    "d'octubre, de novembre, de desembre"
)
_LETTERS = words(
    "a, be, ce, de, e, efa, ge, hac, i, jota, ca, ela, ema, ena, o, pe, cu, erra, essa, te, u, ve baixa, "
    "ve doble, ics, i grega, zeta"
)
_ORDINALS = words("primera, segona, tercera, quarta, cinquena, sisena, setena, vuitena, novena, desena")
_HOURS = words("una, dues, tres, quatre, cinc, sis, set, vuit, nou, deu, onze, dotze")
_QUARTER = 15


def _elided(word: str) -> str:
    return f"d'{word}" if word[0] in "aeiou" else f"de {word}"


_FRAGMENTS = {
    **catalan.numbers(_UNITS, _TENS),
    **romance.common(_LETTERS, tuple(f"{month} de" for month in _MONTHS), _ORDINALS),
    "letter.plus": "més",
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
    **{f"clock.of.{hour}": _elided(word) for hour, word in enumerate(_HOURS, start=1)},
    "clock.quarter.1": "un quart",
    "clock.quarter.2": "dos quarts",
    "clock.quarter.3": "tres quarts",
    "clock.past": "i",
    "day.dawn": "de la matinada",
    "day.morning": "del matí",
    "day.noon": "del migdia",
    "day.afternoon": "de la tarda",
    "day.evening": "del vespre",
    "day.night": "de la nit",
    "time.minute": "un minut",
    "time.minutes": "minuts",
    "time.and": "i",
    "range.less_than": "menys de",
    "range.less_than.1": "menys d'un minut",
    "range.less_than.11": "menys d'onze",
    "range.between": "entre",
    "range.about": "uns",
    "range.about.1": "aproximadament un minut",
    "place.number": "número",
}


class _Catalan(romance.Romance):
    """As the others, but for the hours."""

    def clock(self, time: dt.time) -> Keys:
        """Say the time by quarters of the coming hour, the traditional way (dos quarts de tres de la tarda)."""
        quarters, past = divmod(time.minute, _QUARTER)
        minutes = ("clock.past", *self.minutes(past)) if past else ()
        day = counted.part_of_day(time.hour, self.parts)
        if quarters:
            return (f"clock.quarter.{quarters}", *minutes, f"clock.of.{(time.hour + 1) % 12 or 12}", day)
        return (f"clock.{time.hour % 12 or 12}", *minutes, day)


_PARTS = (*counted.PARTS[:-1], (19, "evening"), counted.PARTS[-1])
_PRESS = Press(
    ("premi", "premeu", "prem", "marqui", "marqueu", "marca", "pitgi", "pitgeu"),
    "asterisc", "coixinet", ("el", "l'", "la", "tecla", "número"), ("per", "si"), ("o", "i"),
)  # fmt: skip
GRAMMAR = _Catalan(_FRAGMENTS, _PRESS, _PARTS)
