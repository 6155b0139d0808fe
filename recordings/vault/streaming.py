"""Tink's streaming encryption, AES256_GCM_HKDF: the bytes of a file, and where in it a piece of plaintext lies.

Theory of operation. A file is a header and segments. The header is one byte that says its length (40), a salt of
32 bytes and a prefix of 7. The file's own key is HKDF-SHA256 of the recording's key with that salt, and `info` is
what Tink calls the associated data: here the call's id, so a file under another name opens for nobody. Segment i is
AES-256-GCM under the nonce prefix, i (32 bits, big-endian), and one byte that is 1 for the last segment only, so a
file that is cut, or whose segments changed places, opens for nobody either. All segments but the last are `segment`
bytes long, tag included; the first is shorter by the header.

Because a segment opens by itself, a player that seeks costs two or three segments. But who reads from the middle
does not see the end: the whole length must be compared with what is known otherwise (`ciphertext_bytes`).

Source: developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming; Tink itself reads and writes the same (tests).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
SALT_BYTES = 32
PREFIX_BYTES = 7
HEADER_BYTES = 1 + SALT_BYTES + PREFIX_BYTES
TAG_BYTES = 16
SEGMENT_BYTES = 1 << 16  # two seconds of a call: what a player that seeks decrypts too much
_MOST_SEGMENTS = 1 << 32


class NotAuthentic(Exception):  # noqa: N818 - it says what the bytes are
    """These bytes were not encrypted with this key, for this recording, at this place; or somebody changed them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a file: its number, where it lies in the file and in the plaintext, whether it is the last."""

    number: int
    start: int
    end: int
    plain_start: int
    last: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """How a plaintext of `plain` bytes lies in a file whose segments are `segment` bytes."""

    plain: int
    segment: int = SEGMENT_BYTES

    def __post_init__(self) -> None:
        if self.plain < 0 or self.segment <= HEADER_BYTES + TAG_BYTES or self.segments > _MOST_SEGMENTS:
            raise ValueError("no file of this format has such segments")

    @property
    def first_plain(self) -> int:
        """Bytes of plaintext in a whole first segment."""
        return self.segment - HEADER_BYTES - TAG_BYTES

    @property
    def next_plain(self) -> int:
        """Bytes of plaintext in every other whole segment."""
        return self.segment - TAG_BYTES

    @property
    def segments(self) -> int:
        """How many segments there are; an empty plaintext has one too."""
        return 1 + max(0, -(-(self.plain - self.first_plain) // self.next_plain))

    @property
    def ciphertext_bytes(self) -> int:
        """How long the file is."""
        return HEADER_BYTES + self.plain + TAG_BYTES * self.segments

    def touched(self, start: int, end: int) -> Iterator[Segment]:
        """Give the segments that hold the plaintext from `start` up to and without `end`."""
        start, end = max(0, start), min(end, self.plain)
        if start < end:
            yield from (self._at(number) for number in range(self._of(start), self._of(end - 1) + 1))

    def all(self) -> Iterator[Segment]:
        """Give every segment."""
        return (self._at(number) for number in range(self.segments))

    def _of(self, offset: int) -> int:
        return 0 if offset < self.first_plain else 1 + (offset - self.first_plain) // self.next_plain

    def _at(self, number: int) -> Segment:
        last = number == self.segments - 1
        end = self.ciphertext_bytes if last else (number + 1) * self.segment
        if number == 0:
            return Segment(0, HEADER_BYTES, end, 0, last)
        plain_start = self.first_plain + (number - 1) * self.next_plain
        return Segment(number, number * self.segment, end, plain_start, last)


class Cipher:
    """Seals and opens the segments of one file."""

    def __init__(self, key: bytes, header: bytes, recording: str) -> None:
        """Derive the file's own key. Raises NotAuthentic for what is no header of this format."""
        if len(key) != KEY_BYTES or len(header) != HEADER_BYTES or header[0] != HEADER_BYTES:
            raise NotAuthentic("not a file of this format")
        salt, self._prefix = header[1 : 1 + SALT_BYTES], header[1 + SALT_BYTES :]
        derived = HKDF(SHA256(), KEY_BYTES, salt, recording.encode()).derive(key)
        self._aes = AESGCM(derived)

    def seal(self, number: int, piece: bytes, *, last: bool) -> bytes:
        """Encrypt the plaintext of one segment."""
        return self._aes.encrypt(self._nonce(number, last=last), piece, None)

    def open(self, segment: Segment, piece: bytes) -> bytes:
        """Decrypt one segment. Raises NotAuthentic."""
        try:
            return self._aes.decrypt(self._nonce(segment.number, last=segment.last), piece, None)
        except (InvalidTag, ValueError) as wrong:
            raise NotAuthentic("a segment does not open") from wrong

    def _nonce(self, number: int, *, last: bool) -> bytes:
        return self._prefix + number.to_bytes(4, "big") + bytes([last])


def header_of(salt: bytes, prefix: bytes) -> bytes:
    """Give a header; both must be fresh random bytes for every file. Raises ValueError for other lengths."""
    if len(salt) != SALT_BYTES or len(prefix) != PREFIX_BYTES:
        raise ValueError("a header has a salt of 32 bytes and a prefix of 7")
    return bytes([HEADER_BYTES]) + salt + prefix


def encrypted(
    pieces: Iterable[bytes], cipher: Cipher, header: bytes, segment: int = SEGMENT_BYTES
) -> Iterator[bytes]:
    """Yield a whole file: its header, then its segments. `pieces`: the plaintext, in pieces of any size."""
    yield header
    for number, (piece, last) in enumerate(_cut(pieces, segment)):
        yield cipher.seal(number, piece, last=last)


def _cut(pieces: Iterable[bytes], segment: int) -> Iterator[tuple[bytes, bool]]:
    """Cut a plaintext for the segments; a whole one is kept until more comes, for only the last is sealed as such."""
    held, room = bytearray(), segment - HEADER_BYTES - TAG_BYTES
    for piece in pieces:
        held += piece
        while len(held) > room:
            yield bytes(held[:room]), False
            del held[:room]
            room = segment - TAG_BYTES
    yield bytes(held), True
