"""The one-time code of level 2: how it is made, hashed and judged. Pure; chance, key and time are arguments.

A code proves nothing alone: it is good for one call, one person and one procedure, for some minutes, once,
and for three tries. Which of these a stranger misses, they are not told. Only the hash is kept; a code is
six digits, so the hash is keyed, and the key is not in the database.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ivr.ports.proving import CodeVerdict

TRIES = 3
SIX, EIGHT = 6, 8
STRONG = frozenset({"bank_account"})
"""Procedures whose code has eight digits: they move money."""

HOUR_S = 3600.0
DAY_S = 86400.0

Below: TypeAlias = Callable[[int], int]
"""Chance: `secrets.randbelow`, or what a test says."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many codes a person gets in an hour and in a day, and for how many seconds one is good."""

    per_hour: int
    per_day: int
    good_for_s: float


@dataclass(frozen=True, slots=True)
class Issued:
    """What is kept of a code. Times are unix seconds."""

    hashed: str
    issued_at: float
    tries: int
    spent: bool


def length(procedure: str) -> int:
    """Give how many digits a procedure's code has."""
    return EIGHT if procedure in STRONG else SIX


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


def settled(changed_at: float, at: float, hours: float) -> bool:
    """Say whether a person's contact has stood long enough to be believed."""
    return at - changed_at >= hours * HOUR_S
