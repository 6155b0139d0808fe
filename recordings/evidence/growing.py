"""The root of a log while it is read from its beginning, out of as many hashes as its size has bits. Pure.

Lines stand in one table and the hashes of the tree in another, and whoever can write the one may not have written the
other. So both are read side by side; where they part, each goes on by itself, and a root that somebody has stamped says
which of them is the log's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from recordings.evidence.merkle import EMPTY, HASH_BYTES, node_hash


@dataclass(slots=True)
class Growing:
    """A tree that grows to the right: the roots of its whole subtrees, the largest first (RFC 9162, 2.1)."""

    size: int = 0
    whole: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        at = self.size
        while at & 1:
            leaf = node_hash(self.whole.pop(), leaf)
            at >>= 1
        self.whole.append(leaf)
        self.size += 1

    @property
    def root(self) -> bytes:
        """Give the root over all leaves so far."""
        found = self.whole[-1] if self.whole else EMPTY
        for before in reversed(self.whole[:-1]):
            found = node_hash(before, found)
        return found


@dataclass(slots=True)
class SideBySide:
    """Lines and tiles of a log, read from its beginning. `sizes`: at which the roots are wanted.

    bad: leaves whose line is not what their tile has, or is not there.
    """

    sizes: Collection[int]
    bad: list[int] = field(default_factory=list)
    by_lines: dict[int, bytes] = field(default_factory=dict)
    by_tiles: dict[int, bytes] = field(default_factory=dict)
    _lines: Growing | None = field(default_factory=Growing)
    _tiles: Growing | None = None
    _size: int = 0

    def take(self, lines: Sequence[bytes | None], tile: bytes) -> None:
        """Take the next leaves: the hashes of their lines (None for a line that is not there), and their tile's part.

        A tile that is too short ends the tiles, a line that is gone the lines.
        """
        hashes = [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
        for number, line in enumerate(lines):
            kept = hashes[number] if number < len(hashes) else None
            if line != kept:
                self.bad.append(self._size)
                self._part()
            self._grown(line, kept)

    def truth(self, size: int, root: bytes) -> tuple[dict[int, bytes], tuple[int, ...]] | None:
        """Give the log's roots by its sizes, and which of all lines are not its own, by a true root of so many.

        Of those above it, which no stamp is over, nobody can say whether the line or its hash is the right one. None
        when neither lines nor tiles have the root.
        """
        if self.by_lines.get(size) == root:
            return self.by_lines, tuple(leaf for leaf in self.bad if leaf >= size)
        if self.by_tiles.get(size) == root:
            return self.by_tiles, tuple(self.bad)
        return None

    def _part(self) -> None:
        if len(self.bad) == 1 and self._lines is not None:
            self._tiles = Growing(self._lines.size, list(self._lines.whole))
            self.by_tiles = dict(self.by_lines)

    def _grown(self, line: bytes | None, kept: bytes | None) -> None:
        self._lines = _with(self._lines, line)
        self._tiles = _with(self._tiles, kept)
        self._size += 1
        if self._size in self.sizes:
            for tree, roots in ((self._lines, self.by_lines), (self._tiles, self.by_tiles)):
                if tree is not None:
                    roots[self._size] = tree.root


def _with(tree: Growing | None, leaf: bytes | None) -> Growing | None:
    if tree is None or leaf is None:
        return None
    tree.add(leaf)
    return tree
