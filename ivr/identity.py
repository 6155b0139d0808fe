"""The identification protocol of level 1: document, check letter, questions. Pure; chance is an argument.

A DNI is keyed as 8 digits, a NIE as `*`, then 1, 2 or 3 for X, Y or Z, and 7 digits. The check letter is
keyed as the telephone key that bears it: a key bears several letters, so a slip of the finger stays unseen
one time in eight, which is why the document is read back. Documents of nobody take the same path, with the
same number of questions drawn the same way, and end in the same refusal: what a caller hears tells nothing
about who exists.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from stdnum.es import dni, nie

QUESTIONS = (
    "first_benefit_month",
    "last_payment_euros",
    "account_last4",
    "birth_municipality_postcode",
    "children_count",
)
"""All that can be asked: facts that administration and person know, and that stand on no document."""

LONGEST_ANSWER: Mapping[str, int] = {
    "first_benefit_month": 6,  # mmyyyy
    "last_payment_euros": 5,  # whole euros; ends with #
    "account_last4": 4,
    "birth_municipality_postcode": 5,
    "children_count": 2,  # ends with #
}

DNI_KEYS = 8
NIE_KEYS = 9
_NIE_LETTERS = {"1": "X", "2": "Y", "3": "Z"}
_KEYPAD = {letter: key for key, letters in {
    "2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ",
}.items() for letter in letters}  # fmt: skip

Draw: TypeAlias = Callable[[Sequence[str], int], list[str]]
"""Chance: `random.SystemRandom().sample`, or what a test says."""


def unlettered(keys: str) -> str | None:
    """Give a document less its check letter (`12345678`, `X2482300`) from its keys; None if it is none."""
    if not keys.isascii():
        return None
    if keys.startswith("*"):
        digits, letter = keys[2:], _NIE_LETTERS.get(keys[1:2])
        return f"{letter}{digits}" if letter and len(keys) == NIE_KEYS and digits.isdecimal() else None
    return keys if len(keys) == DNI_KEYS and keys.isdecimal() else None


def lettered(document: str, key: str) -> str | None:
    """Complete a document with its check letter if that letter is on this telephone key, else None.

    Source of the rule: python-stdnum, after the Ministry of the Interior (number modulo 23).
    """
    rule = nie if document[0] in "XYZ" else dni
    complete = document + str(rule.calc_check_digit(document))
    return complete if _KEYPAD[complete[-1]] == key and rule.is_valid(complete) else None


def draw(facts: Mapping[str, str] | None, count: int, chance: Draw) -> tuple[str, ...]:
    """Draw the questions for a person, or for nobody (None).

    Nobody, and a person of whom too little is on file, are asked out of all questions, of which then at
    least one has no right answer.
    """
    known = [question for question in QUESTIONS if (facts or {}).get(question)]
    return tuple(chance(known if len(known) >= count else QUESTIONS, count))


def holds(facts: Mapping[str, str] | None, answers: Mapping[str, str]) -> bool:
    """Tell whether every answer is right, in a time that does not tell which was wrong."""
    right = facts is not None and bool(answers)
    for question, answer in answers.items():
        expected = (facts or {}).get(question, "")
        right &= bool(expected) and hmac.compare_digest(_plain(expected), _plain(answer))
    return right


def _plain(answer: str) -> bytes:
    """Strip leading noughts, so that 02 children are 2, and keep at least one digit."""
    return (answer.lstrip("0") or "0").encode("ascii", "replace")
