"""How each language says a number, a date, an amount or a telephone, as keys of recorded fragments.

A grammar turns a value into a tuple of fragment keys; `FRAGMENTS` is the text of every fragment it can ever name.
It is a module of plain functions (`eu`, `en`), or what the Romance languages share (`romance`) over a language's own
words. `written` joins the texts again, for live text.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from dialplans.grammar import ca, en, es, eu, gl, va
from dialplans.grammar.keys import Press

__all__ = ["GRAMMARS", "Grammar", "grammar", "written"]


class Grammar(Protocol):
    """What every language can say; all arguments are plain values, all results tuples of fragment keys.

    Every function raises ValueError for a value outside its range, never a half answer.
    """

    @property
    def FRAGMENTS(self) -> Mapping[str, str]:  # noqa: N802 - a module's constant, seen through the Protocol
        """Key to text of every fragment the functions below can name."""

    @property
    def PRESS(self) -> Press:  # noqa: N802 - as above
        """The words of "press 1", and of the star and the hash, in texts of the language."""

    def number(self, n: int, *, feminine: bool = False) -> tuple[str, ...]:
        """Say a cardinal by itself, 0 to 999 999 999."""

    def digits(self, text: str) -> tuple[str, ...]:
        """Say digits and the letters A to Z one by one ("12345678Z"), with pauses between groups."""

    def date(self, day: dt.date) -> tuple[str, ...]:
        """Say day, month and year of 1900 to 2199 ("tres de diciembre de dos mil veintiséis").

        Without article; but English begins with its own ("the third of…"), and Basque is said as a date stands
        by itself ("…ko abenduaren hirua"): the Basque text before it ends with a colon. So do hour and place.
        """

    def amount(self, cents: int) -> tuple[str, ...]:
        """Say euros and cents; `cents` is the whole amount in cents, not negative."""

    def telephone(self, e164: str) -> tuple[str, ...]:
        """Say a telephone number in the groups people say; `e164` is "+" and 7 to 15 digits."""

    def clock(self, time: dt.time) -> tuple[str, ...]:
        """Say the time of day with its article and part of the day ("las nueve de la mañana")."""

    def minutes_range(self, low: int, high: int) -> tuple[str, ...]:
        """Say a waiting time in minutes, low ≤ high ("entre dos y cuatro minutos")."""

    def position(self, place: int) -> tuple[str, ...]:
        """Say a place in the queue, from 1, agreeing with the word for call ("tercera", "número once")."""


GRAMMARS: Mapping[str, Grammar] = {
    "es": es.GRAMMAR,
    "ca": ca.GRAMMAR,
    "va": va.GRAMMAR,
    "gl": gl.GRAMMAR,
    "eu": eu,
    "en": en,
}
"""Every language that has a grammar; a new language is one new module and one entry here."""


def grammar(language: str) -> Grammar:
    """Return the grammar of a language code such as "es"; KeyError when there is none."""
    return GRAMMARS[language]


def written(language: str, keys: tuple[str, ...]) -> str:
    """Return what the fragments say, as one piece of text; KeyError for a key that is no fragment."""
    fragments = GRAMMARS[language].FRAGMENTS
    return " ".join(fragments[key] for key in keys).replace(" ,", ",")
