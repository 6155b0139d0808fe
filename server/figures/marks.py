"""What is kept of a caller's number: a keyed hash, which tells the same number again and nothing else.

Without the installation's secret nobody can find the number, not even by trying all there are; with it one can, so
it stays data about people, and is treated so: it leaves this process with no fact but into the table.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

DIGITS = 16
"""Hex digits: two of ten million numbers share a mark with a chance of one in 400,000."""


def marker(secret: bytes) -> Callable[[str], str]:
    """Give the function from a number in E.164 to its mark."""

    def mark(number: str) -> str:
        return hmac.new(secret, f"figures {number}".encode(), "sha256").hexdigest()[:DIGITS]

    return mark
