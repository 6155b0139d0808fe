"""Webhooks signed as the Standard Webhooks specification 1.0.0 says: symmetric, `v1`, HMAC-SHA-256. Pure.

What is signed is `<id>.<timestamp>.<body>`, so neither the body nor its age nor its name can be changed. A receiver
refuses what is older or younger than TOLERANCE_S and an id that it took before: `verified` says the id, whoever keeps
ids says whether it is new.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence

# The specification's reference libraries allow five minutes either way; clocks of institutions drift by seconds.
TOLERANCE_S = 300
SHORTEST_KEY, LONGEST_KEY = 24, 64  # bytes; the specification's bounds
MOST_SIGNATURES = 8  # a sender that rotates its secret sends two
_ID = re.compile(r"[A-Za-z0-9_.-]{1,120}")
_PREFIX = "whsec_"


class Forged(Exception):  # noqa: N818 (it says what the message is)
    """The message is not to be believed; the words say why and hold nothing of it."""


def keys_of(secrets: str) -> tuple[bytes, ...]:
    """Read secrets as they are written in a setting: one, or the new and the old one, with a space between.

    Raises ValueError with the remedy, never with the secret.
    """
    return tuple(_key(one) for one in secrets.split())


def _key(secret: str) -> bytes:
    remedy = "write whsec_ and 24 to 64 random bytes in base64: openssl rand -base64 32"
    if not secret.startswith(_PREFIX):
        raise ValueError(f"a webhook secret begins with whsec_; {remedy}")
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"what follows whsec_ is no base64; {remedy}") from None
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ValueError(f"a webhook secret of {len(key)} bytes; {remedy}")
    return key


def headers_of(keys: Sequence[bytes], name: str, at: float, body: bytes) -> dict[str, str]:
    """Give the three headers of a message: `name` stays the same when it is sent again, `at` is of this sending."""
    seconds = int(at)
    signatures = " ".join(_signature(key, name, seconds, body) for key in keys)
    return {"webhook-id": name, "webhook-timestamp": str(seconds), "webhook-signature": signatures}


def verified(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, at: float) -> str:
    """Give the id of a message that one of our keys signed within the tolerance. Raises Forged.

    `headers` are in lower case. Signatures of other versions than `v1` are passed over, as the specification says.
    """
    name, written = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(name):
        raise Forged("webhook-id is missing or malformed")
    if not (written.isascii() and written.isdecimal() and len(written) <= len("9999999999")):
        raise Forged("webhook-timestamp is missing or no unix seconds")
    if abs(at - int(written)) > TOLERANCE_S:
        raise Forged(f"webhook-timestamp is more than {TOLERANCE_S} seconds from our clock")
    offered = headers.get("webhook-signature", "").split()[:MOST_SIGNATURES]
    right = False
    for key in keys:
        expected = _signature(key, name, int(written), body).encode()
        for one in offered:
            right |= hmac.compare_digest(expected, one.encode("utf-8", "surrogateescape"))
    if not right:
        raise Forged("no signature of ours")
    return name


def _signature(key: bytes, name: str, seconds: int, body: bytes) -> str:
    content = f"{name}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
