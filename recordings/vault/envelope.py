"""A recording's own key, and the envelope it is kept in: a General JWE (RFC 7516) for two recipients.

One recipient is the vault: A256KW under the key-encryption key of a year (`kek-2026`). The other is the institution's
escrow: RSA-OAEP-256 to a public key whose private half is not on this machine. Rotation makes a new envelope for the
same key, so it touches no audio. When the envelope is destroyed, the recording is noise for ever.

What lies in it is a JWK of type oct whose `kid` is the call: an envelope that changed places opens for nobody. Any
JOSE library opens it; docs/vault.md has the lines. Chance (the content key, the IV) comes from joserfc.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwe import GeneralJSONEncryption
from joserfc.jwk import OctKey, RSAKey

from recordings.vault.streaming import KEY_BYTES

FORMAT = "AES256_GCM_HKDF"
_KEK, _ESCROW, _CONTENT = "A256KW", "RSA-OAEP-256", "A256GCM"
_ALLOWED = [_KEK, _ESCROW, _CONTENT]


class Locked(Exception):  # noqa: N818 - it says what the envelope is
    """None of the keys that we have opens this envelope: the key was retired, or it is somebody else's."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one recording, and how long the segments of its file are."""

    recording: str
    key: bytes = field(repr=False)
    segment: int


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys that envelopes are made and opened with.

    keks: those that open, by name; current: the name of the one that new envelopes are made for; escrow: the
    institution's public key; demonstration: whether anybody can have these keys, for nobody chose them.
    """

    keks: Mapping[str, OctKey] = field(repr=False)
    current: str
    escrow: RSAKey = field(repr=False)
    demonstration: bool = False


def wrap(key: DataKey, ring: Keyring) -> str:
    """Make the envelope of a recording's key."""
    letter = {"kty": "oct", "kid": key.recording, "alg": FORMAT, "segment": key.segment, "k": _said(key.key)}
    made = GeneralJSONEncryption({"enc": _CONTENT}, json.dumps(letter).encode())
    made.add_recipient({"alg": _KEK, "kid": ring.current}, ring.keks[ring.current])
    made.add_recipient({"alg": _ESCROW, "kid": ring.escrow.thumbprint()}, ring.escrow)
    return json.dumps(jwe.encrypt_json(made, None, algorithms=_ALLOWED))


def unwrap(envelope: str, recording: str, ring: Keyring) -> DataKey:
    """Open an envelope with whichever of the ring's keys it was made for. Raises Locked."""
    sent, name = _for_the_vault(envelope)
    kek = ring.keks.get(name)
    if kek is None:
        raise Locked(f"there is no key {name}")
    try:
        letter = json.loads(jwe.decrypt_json(sent, kek, algorithms=_ALLOWED).plaintext or b"")
        key = DataKey(letter["kid"], _heard(letter["k"]), int(letter["segment"]))
    except (JoseError, ValueError, KeyError, TypeError) as wrong:
        raise Locked(f"the envelope does not open with {name}") from wrong
    if key.recording != recording or len(key.key) != KEY_BYTES or letter["alg"] != FORMAT:
        raise Locked("the envelope belongs to another recording")
    return key


def rewrapped(envelope: str, recording: str, ring: Keyring) -> str | None:
    """Make a new envelope under the ring's current key; None when it is under it already. Raises Locked."""
    if kek_of(envelope) == ring.current:
        return None
    return wrap(unwrap(envelope, recording, ring), ring)


def kek_of(envelope: str) -> str:
    """Say under which key-encryption key an envelope is. Raises Locked for what is none."""
    return _for_the_vault(envelope)[1]


def _for_the_vault(envelope: str) -> tuple[Any, str]:
    """Give the envelope with our recipient alone (RFC 7516, 7.2.2: flattened), and the name of its key.

    A library that is given both would want the private escrow key too.
    """
    try:
        whole = json.loads(envelope)
        ours = next(one for one in whole.pop("recipients") if one["header"]["alg"] == _KEK)
        return {**whole, **ours}, str(ours["header"]["kid"])
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as wrong:
        raise Locked("this is no envelope of ours") from wrong


def _said(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


def _heard(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as wrong:
        raise ValueError("not base64url") from wrong
