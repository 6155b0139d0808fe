"""What may be keyed: the rules that a step of kind `ask` names.

A rule only says whether digits can be what was asked for; whether they are right is for who keeps them.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

LONGEST = 24  # an account number has 22 digits in Spain; nobody keys more in one go

Rule: TypeAlias = Literal["any", "date", "month", "year", "postcode", "telephone"]

LENGTHS: Mapping[Rule, int] = MappingProxyType(
    {"date": len("ddmmyyyy"), "month": len("mmyyyy"), "year": len("yyyy"), "postcode": 5, "telephone": 9}
)
"""How many digits that has which a rule takes; what is not here has any number."""

_MONTHS = range(1, 13)
_YEARS = range(1900, 2101)
_PROVINCES = range(1, 53)


def _any(_: str) -> bool:
    return True


def _date(digits: str) -> bool:
    """Take day, month and year: 03112026."""
    if len(digits) != LENGTHS["date"]:
        return False
    try:
        day = dt.date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return False
    return day.year in _YEARS


def _month(digits: str) -> bool:
    """Take month and year: 112026."""
    return len(digits) == LENGTHS["month"] and int(digits[:2]) in _MONTHS and int(digits[2:]) in _YEARS


def _year(digits: str) -> bool:
    return len(digits) == LENGTHS["year"] and int(digits) in _YEARS


def _postcode(digits: str) -> bool:
    """Take a Spanish one: the province, 01 to 52, and three more digits."""
    return len(digits) == LENGTHS["postcode"] and int(digits[:2]) in _PROVINCES


def _telephone(digits: str) -> bool:
    """Take a Spanish number as it is dialled at home: nine digits, the first from 6 to 9."""
    return len(digits) == LENGTHS["telephone"] and digits[0] in "6789"


RULES: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "any": _any,
        "date": _date,
        "month": _month,
        "year": _year,
        "postcode": _postcode,
        "telephone": _telephone,
    }
)


def holds(rule: str, digits: str, least: int, most: int) -> bool:
    """Tell whether this was keyed as asked: digits only, as many as wanted, and the rule holds."""
    return digits.isascii() and digits.isdecimal() and least <= len(digits) <= most and RULES[rule](digits)
