"""The chunk chain of a recording: a hash of what was added, every few seconds, each bound to the one before. Pure.

It is kept while Asterisk writes, in another place than the file. So whoever exchanges the file before it is sealed
must exchange the rows too, in the seconds between two chunks; else what is sealed does not fit the chain, and the
recording says so for ever.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

CHUNK_EVERY_S = 5.0
CHAINED_AFTER_S = 10.0
"""A recording that is longer, and that was looked at after so long, has a chain; else somebody has taken it away."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The bytes `from_byte` up to `to_byte` of Asterisk's file as they were at `at` (unix seconds).

    sha512: of these bytes; link: of this chunk and all before it; both hex. `number` counts from 1.
    """

    call: str
    number: int
    from_byte: int
    to_byte: int
    sha512: str
    link: str
    at: float


def first_link(call: str) -> str:
    """Give what the first chunk of a call is bound to."""
    return hashlib.sha512(f"ventanilla recording {call}\n".encode()).hexdigest()


def chunk(call: str, before: Chunk | None, to_byte: int, sha512: str, at: float) -> Chunk:
    """Give the chunk that follows `before`, or the first."""
    number, from_byte = (before.number + 1, before.to_byte) if before else (1, 0)
    link = _link(before.link if before else first_link(call), number, from_byte, to_byte, sha512)
    return Chunk(call, number, from_byte, to_byte, sha512, link, at)


def broken_link(call: str, chunks: Sequence[Chunk]) -> Chunk | None:
    """Give the first chunk that is not bound to the one before it; None when all are."""
    before: Chunk | None = None
    for one in chunks:
        if one != chunk(call, before, one.to_byte, one.sha512, one.at):
            return one
        before = one
    return None


def _link(before: str, number: int, from_byte: int, to_byte: int, sha512: str) -> str:
    return hashlib.sha512(f"{before}\n{number}\n{from_byte}\n{to_byte}\n{sha512}\n".encode()).hexdigest()


@dataclass(slots=True)
class Check:
    """Compares bytes with the chunks of a call while they pass; `broken_at`: the first byte that does not fit."""

    chunks: Sequence[Chunk]
    broken_at: int | None = None
    _at: int = 0
    _number: int = 0
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha512)

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the file."""
        rest = memoryview(piece)
        while self.broken_at is None and self._number < len(self.chunks) and rest:
            wanted = self.chunks[self._number]
            part = rest[: wanted.to_byte - self._at]
            self._digest.update(part)
            self._at += len(part)
            rest = rest[len(part) :]
            if self._at == wanted.to_byte:
                self._compare(wanted)

    def close(self) -> int | None:
        """Say where the file does not fit its chain: None if it does; a file that ends too early does not."""
        if self.broken_at is None and self._number < len(self.chunks):
            self.broken_at = self._at
        return self.broken_at

    def _compare(self, wanted: Chunk) -> None:
        if self._digest.hexdigest() != wanted.sha512:
            self.broken_at = wanted.from_byte
        self._digest = hashlib.sha512()
        self._number += 1


def checking(call: str, chunks: Iterable[Chunk]) -> Check:
    """Begin to compare a call's file with its chunks; a chain that is broken in itself fits nothing."""
    kept = tuple(chunks)
    broken = broken_link(call, kept)
    return Check(kept, None if broken is None else broken.from_byte)
