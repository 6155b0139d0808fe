"""A log's hashes in tiles of 256 (as c2sp.org/tlog-tiles cuts them): to grow a log, and to prove, takes a few tiles.

Tile (0, n) holds the hashes of leaves 256·n and on; tile (1, n) the roots of the whole tiles (0, 256·n) and on; and so
up. A million entries are 3,925 tiles; the proof for one of them reads at most a handful.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from recordings.evidence.merkle import EMPTY, HASH_BYTES, Range, node_hash, root_of, split

WIDTH = 256
_BITS = 8


class Place(NamedTuple):
    """Which tile: its level, and its number from the left."""

    level: int
    number: int


Tiles = Mapping[Place, bytes]
"""Tiles as they are kept: 32 bytes for each hash, one after the other."""


def growing(size: int) -> tuple[Place, ...]:
    """Name the tiles at the right edge of a log of `size`, which grow when entries are added."""
    places = []
    level, at = 0, size
    while level == 0 or at:
        places.append(Place(level, at // WIDTH))
        level, at = level + 1, at >> _BITS
    return tuple(places)


def grow(tiles: Tiles, size: int, added: Sequence[bytes]) -> dict[Place, bytes]:
    """Give the tiles that change when leaf hashes are added to a log of `size`; `tiles`: those of `growing`."""
    changed: dict[Place, bytes] = {}
    level, at, new = 0, size, added
    while new:
        carried: list[bytes] = []
        done = 0
        while done < len(new):
            place, filled = Place(level, at // WIDTH), at % WIDTH
            taken = new[done : done + WIDTH - filled]
            tile = (tiles.get(place, b"") if filled else b"") + b"".join(taken)
            changed[place] = tile
            if filled + len(taken) == WIDTH:
                carried.append(root_of(hashes(tile)))
            at, done = at + len(taken), done + len(taken)
        level, new = level + 1, carried
        at = size >> (_BITS * level)
    return changed


def hashes(tile: bytes) -> list[bytes]:
    """Cut a tile into its hashes."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def wanted(ranges: Iterable[Range]) -> frozenset[Place]:
    """Name the tiles that hold what the hashes of some subtrees are made of."""
    return frozenset(_place(start, end) for given in ranges for start, end in _whole(given))


def hash_of(given: Range, tiles: Tiles) -> bytes:
    """Give the hash of a subtree out of its tiles. Raises KeyError for a tile that is not among them."""
    start, end = given
    if start == end:
        return EMPTY
    if not _is_whole(given):
        middle = start + split(end - start)
        return node_hash(hash_of((start, middle), tiles), hash_of((middle, end), tiles))
    place = _place(start, end)
    first, last = (at >> (_BITS * place.level) for at in given)
    tile = tiles[place]
    found = tile[(first - place.number * WIDTH) * HASH_BYTES : (last - place.number * WIDTH) * HASH_BYTES]
    if len(found) != (last - first) * HASH_BYTES:
        raise KeyError(place)
    return root_of(hashes(found))


def _is_whole(given: Range) -> bool:
    """Say whether a subtree has a power of two of leaves: those have their place in the tiles."""
    leaves = given[1] - given[0]
    return leaves & (leaves - 1) == 0


def _whole(given: Range) -> Iterable[Range]:
    start, end = given
    if start == end:
        return
    if _is_whole(given):
        yield given
        return
    middle = start + split(end - start)
    yield from _whole((start, middle))
    yield from _whole((middle, end))


def _place(start: int, end: int) -> Place:
    """Name the tile in which a whole subtree's hashes stand; one of 2^12 leaves is 16 hashes of level 1."""
    level = ((end - start).bit_length() - 1) // _BITS
    return Place(level, (start >> (_BITS * level)) // WIDTH)
