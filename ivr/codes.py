"""The one-time code of level 2: how it is made, hashed and judged. Pure; chance, key and time are arguments.

A code proves nothing alone: it is good for one call, one person and one procedure, for some minutes, once,
and for three tries. Which of these a stranger misses, they are not told. Only the hash is kept; a code is
six digits, so the hash is keyed, and the key is not in the database.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ivr.ports.proving import CodeVerdict, Proof

LEVEL = 2
TRIES = 3
SIX, EIGHT = 6, 8
STRONG = frozenset({"bank_account"})
"""Procedures whose code has eight digits, and is given for nothing else: they move money."""

HOUR_S = 3600.0
DAY_S = 86400.0

Below: TypeAlias = Callable[[int], int]
"""Chance: `secrets.randbelow`, or what a test says."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many codes a person gets in an hour and in a day, and for how many seconds one is good.

    per_number_day: to one number or address in a day, whoever they are for: a family may share a mobile.
    """

    per_hour: int
    per_day: int
    good_for_s: float
    per_number_day: int = 10


@dataclass(frozen=True, slots=True)
class Issued:
    """What is kept of a code. Times are unix seconds; `spent`: keyed rightly, or another took its place."""

    hashed: str
    issued_at: float
    tries: int
    spent: bool


@dataclass(frozen=True, slots=True)
class Given:
    """A code that a person was given: when, how often it was tried, and whether a try was right."""

    issued_at: float
    tries: int
    right: bool


def length(procedure: str) -> int:
    """Give how many digits a procedure's code has."""
    return EIGHT if procedure in STRONG else SIX


def opens(proof: Proof, procedure: str) -> bool:
    """Say whether a proof is worth level 2 for a procedure: one that moves money takes the code that named it.

    So whoever is talked into saying a code "for your certificate" has not given away their account.
    """
    if proof.level != LEVEL or procedure not in STRONG:
        return proof.level >= LEVEL
    return proof.procedure == procedure


def make(digits: int, below: Below) -> str:
    """Make a code of so many digits, each number as likely as any other, leading noughts included."""
    return f"{below(10**digits):0{digits}d}"


def hashed(key: bytes, binding: Sequence[str], code: str) -> str:
    """Give the hash of a code that is good for this call, person and procedure only."""
    return hmac.digest(key, "\0".join((*binding, code)).encode(), "sha256").hex()


def judge(issued: Issued | None, tried: str, at: float, limits: Limits) -> CodeVerdict:
    """Say what a try is worth; `tried` is the hash of what was keyed. No code at all is an expired one."""
    right = hmac.compare_digest(issued.hashed if issued else "", tried)
    if issued is None or issued.spent or not 0 <= at - issued.issued_at <= limits.good_for_s:
        return "expired"
    if issued.tries >= TRIES:
        return "worn_out"
    if right:
        return "right"
    return "wrong" if issued.tries + 1 < TRIES else "worn_out"


def too_many(issued_at: Sequence[float], at: float, limits: Limits) -> bool:
    """Say whether codes issued at these times, the newest included, are more than a person gets."""
    hour = sum(1 for one in issued_at if one > at - HOUR_S)
    day = sum(1 for one in issued_at if one > at - DAY_S)
    return hour > limits.per_hour or day > limits.per_day


def guessed(issued: Sequence[Given], at: float, limits: Limits) -> bool:
    """Say whether somebody has used up a day's codes with wrong tries and no right one: then people must look at it."""
    today = [one for one in issued if one.issued_at > at - DAY_S]
    wrong = sum(one.tries for one in today)
    return len(today) >= limits.per_day and wrong >= TRIES and not any(one.right for one in today)


def settled(changed_at: float, at: float, hours: float) -> bool:
    """Say whether a person's contact has stood long enough to be believed."""
    return at - changed_at >= hours * HOUR_S
