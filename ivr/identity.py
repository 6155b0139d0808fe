"""The identification protocol of level 1: document, check, questions. Pure; chance is an argument.

A DNI is keyed as 8 digits, a NIE as `*`, then 1, 2 or 3 for X, Y or Z, and 7 digits, an NSS as `*4` and its
12 digits. The check letter is keyed as the telephone key that bears it: a key bears several letters, so a
slip of the finger stays unseen one time in eight, which is why the document is read back. Documents of
nobody take the same path, with the same number of questions drawn the same way, and end in the same
refusal: what a caller hears tells nothing about who exists.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from stdnum.es import dni, nie

from ivr import nss

LONGEST_ANSWER: Mapping[str, int] = {
    "first_benefit_month": 6,  # mmyyyy
    "last_payment_euros": 5,  # whole euros; ends with #
    "account_last4": 4,
    "birth_municipality_postcode": 5,
    # A question that ends with the hash key waits for one digit more than anybody has: if the last digit
    # ended it, the hash would be taken for an answer to the next one.
    "children_count": 3,  # ends with #
    "first_affiliation_year": 4,
    "contributed_years": 3,  # whole years; ends with #
    "last_request_month": 6,  # mmyyyy
    "withholding_percent": 3,  # whole per cent; ends with #
    "last_employer_postcode": 5,
}
QUESTIONS = tuple(LONGEST_ANSWER)
"""All that can be asked: facts that administration and person know, and that stand on no document."""

WEAK = frozenset({"children_count", "withholding_percent"})
"""Questions that a stranger guesses too often; never more than one of them in a protocol.

Ten questions, two of them weak, are three protocols of three questions, whichever are drawn first.
"""

NOUGHT = frozenset({"children_count", "withholding_percent"})
"""Questions that 0 may be the answer to; anywhere else a lone 0 is a person."""

DNI_KEYS = 8
NIE_KEYS = 9
NSS_SIGN = "*4"
NSS_KEYS = len(NSS_SIGN) + nss.LENGTH
_NIE_LETTERS = {"1": "X", "2": "Y", "3": "Z"}
KEYPAD = {letter: key for key, letters in {
    "2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ",
}.items() for letter in letters}  # fmt: skip
"""The telephone key that bears each letter (ITU-T E.161)."""

Draw: TypeAlias = Callable[[Sequence[str], int], list[str]]
"""Chance: `random.SystemRandom().sample`, or what a test says."""


def keys_missing(first: str) -> int:
    """Say how many keys are still to come after the first eight."""
    if len(first) < DNI_KEYS or not first.startswith("*"):
        return 0
    return (NSS_KEYS if first.startswith(NSS_SIGN) else NIE_KEYS) - DNI_KEYS


def affiliation(keys: str) -> str | None:
    """Give the NSS from its keys, None if they are none or its check digits are wrong."""
    digits = keys.removeprefix(NSS_SIGN)
    return digits if keys.startswith(NSS_SIGN) and nss.is_valid(digits) else None


def key_of(letter: str) -> str:
    """Give the telephone key that bears a check letter."""
    return KEYPAD[letter]


def unlettered(keys: str) -> str | None:
    """Give a DNI or NIE less its check letter (`12345678`, `X2482300`) from its keys; None if it is none."""
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
    return complete if KEYPAD[complete[-1]] == key and rule.is_valid(complete) else None


def draw(on_file: Collection[str], asked: Collection[str], count: int, chance: Draw) -> tuple[str, ...]:
    """Draw the questions for a person with these answers on file, or for nobody (none on file).

    `asked` were put to them too recently to be put again. Nobody, and a person of whom too little is left,
    are asked out of all questions, of which then at least one has no right answer. Empty when too few
    questions are left whoever they are: that tells nothing about who exists either.
    """
    for known in (on_file, QUESTIONS):
        left = [question for question in QUESTIONS if question in known and question not in asked]
        weak = [question for question in left if question in WEAK]
        pool = [question for question in left if question not in WEAK]
        pool += chance(weak, 1) if weak else []
        if len(pool) >= count:
            return tuple(chance(pool, count))
    return ()
