"""The Merkle tree of RFC 9162 (section 2.1), SHA-256: roots, paths and what a stranger checks of them.

A tree's inner hashes are asked for as ranges of leaves, `(start, end)`: who keeps the hashes (tiles.py) knows how to
give them.
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY = sha256(b"").digest()
"""The root of a log without entries."""

Range = tuple[int, int]
"""The leaves from the first up to and without the second: a subtree."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf: the prefix keeps a leaf from passing for an inner node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the one above them."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Say how many leaves lie on the left of a tree of `size` (2 or more): the largest power of two below it."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes, or over the roots of equally large whole subtrees."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else EMPTY
    left = split(len(hashes))
    return node_hash(root_of(hashes[:left]), root_of(hashes[left:]))


def inclusion(index: int, size: int) -> tuple[Range, ...]:
    """Give the subtrees whose hashes prove that leaf `index` is in a tree of `size`, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError("a leaf's number is below the size of its tree")
    path: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return tuple(reversed(path))


def consistency(old: int, size: int) -> tuple[Range, ...]:
    """Give the subtrees whose hashes prove that a tree of `size` goes on from the one of `old` leaves."""
    if not 0 < old <= size:
        raise ValueError("an older tree has at least one leaf, and no more than the newer one")
    path: list[Range] = []
    start, end, whole = 0, size, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    if not whole:
        path.append((start, end))
    return tuple(reversed(path))


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether `path` proves that `leaf` (its hash) stands at `index` below `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf
    for hash_ in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node_hash(hash_, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, hash_)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether `path` proves that the newer tree begins with the older one (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    found = _climbed(old - 1, size - 1, hashes)
    return found == (old_root, root)


def _climbed(first: int, last: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Give the older and the newer root that the hashes lead to; None when there are too many or too few."""
    while first & 1:
        first, last = first >> 1, last >> 1
    if not hashes:
        return None
    before = after = hashes[0]
    for hash_ in hashes[1:]:
        if last == 0:
            return None
        if first & 1 or first == last:
            before, after = node_hash(hash_, before), node_hash(hash_, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, hash_)
        first, last = first >> 1, last >> 1
    return (before, after) if last == 0 else None
