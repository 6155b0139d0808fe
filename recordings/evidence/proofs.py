"""An entry's proof that it is in the log, to be checked without the log: c2sp.org/tlog-proof@v1."""

import base64
import binascii
import re
from dataclasses import dataclass

from recordings.evidence.merkle import HASH_BYTES, included, leaf_hash
from recordings.evidence.notes import BadNote, Key, checkpoint_of, opened

FIRST = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 64
"""A tree with more levels than that would have more entries than there are atoms to write them with."""
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})")


class BadProof(ValueError):  # noqa: N818 - the trade's word
    """A proof cannot be read, or does not prove what it should."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands, the hashes from its sibling up, and the signed checkpoint above them (a note)."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def written(self) -> str:
        """The proof as a file."""
        hashes = "".join(f"{base64.b64encode(hash_).decode()}\n" for hash_ in self.path)
        return f"{FIRST}\nindex {self.index}\n{hashes}\n{self.checkpoint}"


def proof_of(written: str) -> Proof:
    """Read a proof. Raises BadProof."""
    head, _, checkpoint = written.partition("\n\n")
    first, *lines = head.split("\n")
    if lines and lines[0].startswith("extra "):
        lines = lines[1:]
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if first != FIRST or index is None or len(lines) > 1 + MOST_HASHES:
        raise BadProof("this is no proof of c2sp.org/tlog-proof@v1")
    return Proof(int(index[1]), tuple(map(_hash, lines[1:])), checkpoint)


def check(proof: Proof, entry: bytes, log: Key) -> int:
    """Check that `entry` is in the log of this key; give the size of the log it was shown in. Raises BadProof."""
    try:
        head = checkpoint_of(opened(proof.checkpoint, (log,)).text)
    except BadNote as wrong:
        raise BadProof(f"the checkpoint is not the log's: {wrong}") from wrong
    if head.origin != log.name:
        raise BadProof(f"the checkpoint is of another log, {head.origin}")
    if not included(leaf_hash(entry), proof.index, head.size, proof.path, head.root):
        raise BadProof("the entry is not below the checkpoint's root")
    return head.size


def _hash(line: str) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise BadProof("a hash of the path is not base64") from wrong
    if len(raw) != HASH_BYTES:
        raise BadProof("a hash of the path is not 32 bytes")
    return raw
