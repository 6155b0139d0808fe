"""What stands in the log: one line for each entry, of hashes and random ids; nothing in it tells of a person.

The line of a sealed recording can be written by anybody who has its signed vCon, so that they can find it:
`sealed <SHA-512 of the vCon's file, hex>`. The others say a moment and a random id, or a key's fingerprint.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha512

LONGEST = 200


class Kind(StrEnum):
    """What happened."""

    SEALED = "sealed"  # a recording's vCon was signed
    BEGUN = "begun"  # a recording began
    LISTENED = "listened"
    EXPORTED = "exported"
    BLOCKED = "blocked"
    HELD = "held"  # legal hold
    LIFTED = "lifted"  # legal hold
    DESTROYED = "destroyed"  # the key of a recording
    ERASED = "erased"  # a recording is to be destroyed by an order: `<SHA-256 of the order>:<reference>`
    RETIRED = "retired"  # a key of ours


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log: its kind, and when it was written (unix seconds)."""

    kind: Kind
    line: str
    at: float

    @property
    def bytes(self) -> bytes:
        """What is hashed as a leaf: the line, without an end of line."""
        return self.line.encode()


_WORD = re.compile(r"[a-z0-9:.-]{1,160}")


def sealed(vcon: bytes, at: float) -> Entry:
    """Give the entry of a signed vCon."""
    return Entry(Kind.SEALED, f"{Kind.SEALED} {sha512(vcon).hexdigest()}", at)


def happened(kind: Kind, reference: str, at: float) -> Entry:
    """Give the entry of something that happened to a reference: a random id or a hash, nothing that tells of a person.

    Raises ValueError for anything else.
    """
    if kind is Kind.SEALED or not _WORD.fullmatch(reference):
        raise ValueError("the log takes random ids and hashes only")
    return Entry(kind, f"{kind} {round(at * 1000)} {reference}", at)
