"""Codes at rest: sealed with a key that is not in the database, so that who copies the database has no code.

AES-256-GCM (RFC 5116) under a key drawn from the installation's secret (HKDF, RFC 5869). A seal is bound to the message
and to whom it goes: a row in which somebody has written another number cannot be opened, and is not sent.
"""

import secrets
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE: Final = 12  # octets: RFC 5116, 5.2
KEY: Final = 32
_PURPOSE: Final = b"ventanilla: codes in the outbox"


class Unsealable(ValueError):  # noqa: N818 - a word about what was found
    """A seal that this key does not open, or not for this message and these addresses."""


class Seal:
    """The seal of one installation; `secret` is kept outside the database."""

    def __init__(self, secret: bytes, chance: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._box = AESGCM(HKDF(SHA256(), KEY, None, _PURPOSE).derive(secret))
        self._chance = chance

    def close(self, text: str, key: str, number: str | None, email: str | None) -> bytes:
        """Seal the text of the message with this key, for these addresses."""
        nonce = self._chance(NONCE)
        return nonce + self._box.encrypt(nonce, text.encode(), _bound(key, number, email))

    def open(self, sealed: bytes, key: str, number: str | None, email: str | None) -> str:
        """Give the text again. Raises Unsealable."""
        try:
            return self._box.decrypt(sealed[:NONCE], sealed[NONCE:], _bound(key, number, email)).decode()
        except (InvalidTag, ValueError):
            raise Unsealable("a code that cannot be opened") from None


def _bound(*about: str | None) -> bytes:
    return "\0".join(one or "" for one in about).encode()
