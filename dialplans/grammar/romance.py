"""What the Romance languages we speak say in the same way; each keeps its words, and what differs.

A numeral by itself (a house number, a day, a year) has the form `.u` where a language lists one, Catalan's "vint-i-u".
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from dialplans.grammar import cardinals, counted, signs
from dialplans.grammar.cardinals import Keys
from dialplans.grammar.keys import Press

_QUARTER, _HALF, _HOUR = 15, 30, 60
_ALONE = ".u"


def common(letters: Keys, months: Keys, ordinals: Keys) -> dict[str, str]:
    """Return the fragments that are made the same way: the letters' names, "of December of", "third"."""
    return {
        **{f"letter.{sign}": name for sign, name in zip("abcdefghijklmnopqrstuvwxyz", letters, strict=True)},
        **{f"month.{index}": name for index, name in enumerate(months, start=1)},
        **{f"place.{index}": name for index, name in enumerate(ordinals, start=1)},
        signs.PAUSE: ",",
    }


@dataclass(frozen=True, slots=True)
class Romance:
    """A grammar over its fragments. `parts`: from which hour on it is which part of the day."""

    FRAGMENTS: Mapping[str, str]
    PRESS: Press
    parts: counted.Parts = counted.PARTS

    def number(self, n: int, *, feminine: bool = False) -> Keys:
        """Say a cardinal by itself, or the feminine one."""
        return cardinals.cardinal(self.FRAGMENTS, n, ".f" if feminine else _ALONE)

    def digits(self, text: str) -> Keys:
        """Say digits and letters one by one."""
        return signs.spelled(self.FRAGMENTS, text)

    def date(self, day: dt.date) -> Keys:
        """Say a date; day and year are numerals by themselves."""
        number = cardinals.form(self.FRAGMENTS, f"n.{day.day}", _ALONE)
        return (number, f"month.{day.month}", *cardinals.year(self.FRAGMENTS, day.year, _ALONE))

    def amount(self, cents: int) -> Keys:
        """Say euros and cents; whole millions take a preposition (un millón de euros, un milió d'euros)."""
        return counted.amount(self.FRAGMENTS, cents)

    def telephone(self, e164: str) -> Keys:
        """Say a telephone number."""
        return signs.telephone(self.FRAGMENTS, e164)

    def clock(self, time: dt.time) -> Keys:
        """Say the time on the twelve-hour clock: past the half it is less, and the coming hour."""
        day = counted.part_of_day(time.hour, self.parts)
        if time.minute <= _HALF:
            return (f"clock.{time.hour % 12 or 12}", *self._past(time.minute), day)
        to = _HOUR - time.minute
        minutes = ("clock.quarter_to",) if to == _QUARTER else ("clock.to", *self.minutes(to))
        return (f"clock.{(time.hour + 1) % 12 or 12}", *minutes, day)

    def _past(self, minute: int) -> Keys:
        match minute:
            case 0:
                return ()
            case 15:
                return ("clock.quarter",)
            case 30:
                return ("clock.half",)
            case _:
                return ("clock.past", *self.minutes(minute))

    def minutes(self, n: int) -> Keys:
        """Say minutes after an hour, which are counted though their noun is left out."""
        return cardinals.cardinal(self.FRAGMENTS, n)

    def minutes_range(self, low: int, high: int) -> Keys:
        """Say a waiting time; from nothing it is less than so many, a single value about so many."""
        return counted.minutes_range(self.FRAGMENTS, low, high)

    def position(self, place: int) -> Keys:
        """Say a place in the queue; a call is feminine in all these languages."""
        return counted.position(self.FRAGMENTS, place)
