"""Signed notes and checkpoints of the log, as C2SP writes them.

Sources: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature (Ed25519, 0x01 and 0x04).
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from recordings.evidence.merkle import HASH_BYTES

ED25519, COSIGNATURE = 1, 4
"""Types of signatures: the log's own, and a witness's, which says when."""
LONGEST = 16_384
"""Bytes of a note: sixteen signatures fit in a quarter of it."""
_ID_BYTES, _SIGNATURE_BYTES, _TIME_BYTES = 4, 64, 8
_NAME = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class BadNote(ValueError):  # noqa: N818 - the trade's word
    """A note cannot be read, or nobody known has signed it."""


@dataclass(frozen=True, slots=True)
class Key:
    """Whose signature is known: name, the 32 bytes of an Ed25519 public key, the type of their signatures."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def id(self) -> bytes:
        """The four bytes that signatures of this key begin with."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    @property
    def written(self) -> str:
        """The key as a verifier key: `name+id+base64`."""
        return f"{self.name}+{self.id.hex()}+{_b64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: whose, how many entries, the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Opened:
    """A note whose signatures were checked: its text, and who of those known has signed it, and when they say so."""

    text: str
    signers: tuple[tuple[Key, int | None], ...]


def key_of(written: str) -> Key:
    """Read a verifier key. Raises BadNote."""
    name, _, rest = written.strip().partition("+")
    shown, _, material = rest.partition("+")
    raw = _bytes(material)
    if not _NAME.fullmatch(name) or len(raw) != 1 + HASH_BYTES or raw[0] not in {ED25519, COSIGNATURE}:
        raise BadNote("not the verifier key of an Ed25519 log or witness")
    key = Key(name, raw[1:], raw[0])
    if key.id.hex() != shown.lower():
        raise BadNote("the verifier key's id is not that of its name and key")
    return key


def sign(text: str, key: Key, private: Ed25519PrivateKey) -> str:
    """Give the note: the text, an empty line, our signature."""
    return f"{text}\n{_line(key, private.sign(text.encode()))}"


def cosign(text: str, key: Key, private: Ed25519PrivateKey, at: int) -> str:
    """Give a witness's signature line on a checkpoint's text, made at a unix second."""
    signed = private.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
    return _line(key, at.to_bytes(_TIME_BYTES, "big") + signed)


def opened(note: str, keys: Iterable[Key]) -> Opened:
    """Check a note against the keys that are known; signatures of others are passed over. Raises BadNote."""
    text, lines = parts(note)
    known = {(key.name, key.id): key for key in keys}
    signers = []
    for name, raw in map(_signature, lines):
        key = known.get((name, raw[:_ID_BYTES]))
        if key is not None:
            signers.append((key, _checked(key, text, raw[_ID_BYTES:])))
    if not signers:
        raise BadNote("nobody known has signed it")
    return Opened(text, tuple(signers))


def parts(note: str) -> tuple[str, tuple[str, ...]]:
    """Give a note's text and its signature lines. Raises BadNote."""
    if len(note.encode()) > LONGEST or any(ord(letter) < ord(" ") and letter != "\n" for letter in note):
        raise BadNote("too long for a note, or with control characters")
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise BadNote("a note is a text, an empty line, and signatures")
    return text + "\n", tuple(signatures.splitlines())


def checkpoint_of(text: str) -> Checkpoint:
    """Read a checkpoint's text. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.fullmatch(lines[1]):  # noqa: PLR2004 - three lines, each ended
        raise BadNote("a checkpoint is a name, a size and a root")
    root = _bytes(lines[2])
    if len(root) != HASH_BYTES:
        raise BadNote("a checkpoint's root is 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def _checked(key: Key, text: str, signature: bytes) -> int | None:
    """Check one signature; give the time that a witness signed with it. Raises BadNote."""
    signed, at = text.encode(), None
    if key.kind == COSIGNATURE:
        at = int.from_bytes(signature[:_TIME_BYTES], "big")
        signed, signature = f"cosignature/v1\ntime {at}\n{text}".encode(), signature[_TIME_BYTES:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed)
    except InvalidSignature as wrong:
        raise BadNote(f"the signature of {key.name} is not of this text") from wrong
    return at


def _line(key: Key, signature: bytes) -> str:
    return f"— {key.name} {_b64(key.id + signature)}\n"


def _signature(line: str) -> tuple[str, bytes]:
    words = line.split(" ")
    if len(words) != 3 or words[0] != "—":  # noqa: PLR2004 - dash, name, signature
        raise BadNote("a line below the text is no signature")
    raw = _bytes(words[2])
    if len(raw) < _ID_BYTES + _SIGNATURE_BYTES:
        raise BadNote("a signature is too short")
    return words[1], raw


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise BadNote("not base64") from wrong
