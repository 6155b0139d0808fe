"""Valencian, as the Generalitat writes and says it.

Sources: AVL, Gramàtica normativa valenciana (2006), §§ 18 and 22, and Diccionari normatiu: huit, dèsset, díhuit,
dènou; cinqué, sisé. The hour is counted from the one that has struck: "les tres i mitja", "les quatre menys quart".
"""

from dialplans.grammar import catalan, romance
from dialplans.grammar.cardinals import words
from dialplans.grammar.keys import Press

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
_ORDINALS = words("primera, segona, tercera, quarta, cinquena, sisena, setena, huitena, novena, desena")
_HOURS = words("una, dues, tres, quatre, cinc, sis, set, huit, nou, deu, onze, dotze")


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
    "time.and": "i",
    "range.less_than": "menys de",
    "range.less_than.1": "menys d'un minut",
    "range.less_than.11": "menys d'onze",
    "range.between": "entre",
    "range.about": "uns",
    "range.about.1": "aproximadament un minut",
    "place.number": "número",
}

_PRESS = Press(
    ("prema", "premeu", "marque", "marqueu", "polse", "polseu"),
    "asterisc", "coixinet", ("el", "l'", "la", "tecla", "número"), ("per", "si"), ("o", "i"),
)  # fmt: skip
GRAMMAR = romance.Romance(_FRAGMENTS, _PRESS)
