"""How many are due before a caller among those who want the same agents: the position that is said.

Who competes with whom changes only with who is signed in, by profile, and with kinds of wishes that are new; so it is
kept (`Rivals`) until then, and a caller who joins costs a look at each line of the others.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from queues.callers import Asks, Callers, asks_of
from queues.lines import Line
from queues.profiles import Bench
from queues.rows import Pool, Row
from queues.wishes import Kind, Wish, kind_of

Mask = int
"""A set of rows, one bit each."""


class Rivals:
    """Who competes for the same agents, of the callers of a centre. No clock, no I/O."""

    def __init__(self, bench: Bench, callers: Callers) -> None:
        self._bench, self._callers = bench, callers
        self._version = -1  # of the bench, when what is kept was found
        self._here: Mask = 0  # rows with somebody signed in and on duty
        self._bits: dict[Row, Mask] = {}
        self._pools: dict[Asks, tuple[Pool, ...]] = {}
        self._fitting: dict[Asks, tuple[int, Mask]] = {}  # of all rows, by how many they were
        self._served: dict[Asks, Mask] = {}
        self._grouped = 0  # how many kinds of wishes are taken up
        self._against: dict[Asks, list[dict[Line, None]]] = {}

    def anybody_for(self, kind: Kind) -> bool:
        """Say whether somebody signed in and on duty could ever serve wishes of this kind, whatever the wait."""
        self._look()
        return self._serve(asks_of(kind)) != 0

    def position(self, wish: Wish) -> int:
        """Count this caller and those before who compete for the same agents."""
        return 1 + sum(_before(line, wish) for line in self._others(wish))

    def preferred(self, wish: Wish) -> bool:
        """Say whether somebody of a higher priority competes for the same agents."""
        return any(line.kind.priority > wish.priority for line in self._others(wish))

    def forlorn(self) -> set[str]:
        """Name all whom nobody who is signed in and on duty could ever serve."""
        self._look()
        groups = self._callers.by_asks
        lines = (line for asks in groups if not self._serve(asks) for line in groups[asks])
        return {call for line in lines for _, call in line.turns}

    def _others(self, wish: Wish) -> Iterator[Line]:
        """Give the lines of those who compete with this caller, their own among them, where somebody stands."""
        self._look()
        asks = asks_of(kind_of(wish))
        lines = self._against.get(asks)
        if lines is None:
            groups = self._callers.by_asks
            lines = self._against[asks] = [groups[other] for other in groups if self._compete(asks, other)]
        return (line for group in lines for line in group if line.turns)

    def positions(self, waiting: Iterable[Wish]) -> list[tuple[Wish, int]]:
        """List everybody in global order with their position: one sweep for a whole board."""
        self._look()
        turns = sorted(waiting, key=lambda wish: wish.order)
        asked = [asks_of(kind_of(wish)) for wish in turns]
        number = {asks: place for place, asks in enumerate(dict.fromkeys(asked))}
        compete = self._table(list(number))
        passed = np.zeros(len(number), dtype=np.int64)
        listed = []
        for wish, asks in zip(turns, asked, strict=True):
            own = number[asks]
            listed.append((wish, 1 + int(passed[own])))
            passed += compete[own]
        return listed

    def _table(self, asked: list[Asks]) -> npt.NDArray[np.bool_]:
        """Say of each pair whether they compete; as who competes does so both ways, half of it is asked."""
        table = np.zeros((len(asked), len(asked)), dtype=np.bool_)
        served = list(map(self._serve, asked))
        for row, own in enumerate(served):
            if own:
                table[row, : row + 1] = [own & other != 0 for other in served[: row + 1]]
            else:
                table[row, : row + 1] = [self._compete(asked[row], other) for other in asked[: row + 1]]
        table |= table.T
        return table

    def _look(self) -> None:
        """Forget what is kept when who is signed in has changed; take up kinds of wishes that are new."""
        if self._version != self._bench.version:
            self._version = self._bench.version
            self._served.clear()
            self._against.clear()
            self._here = sum(bit for row, bit in self._bits.items() if row.seated and row.on_duty)
        groups = self._callers.by_asks
        for other in islice(groups, self._grouped, None):
            for asks, lines in self._against.items():
                if self._compete(asks, other):
                    lines.append(groups[other])
        self._grouped = len(groups)

    def _compete(self, mine: Asks, other: Asks) -> bool:
        """Whether two want the same agents; with nobody signed in, the same level and language."""
        own, others = self._serve(mine), self._serve(other)
        return bool(own & others) or (not own and not others and mine[:2] == other[:2])

    def _serve(self, asks: Asks) -> Mask:
        """Say which rows with somebody signed in could ever serve these wishes, whatever the wait."""
        served = self._served.get(asks)
        if served is None:
            served = self._served[asks] = self._fit(asks) & self._here
        return served

    def _fit(self, asks: Asks) -> Mask:
        """Say which rows fit, whoever is signed in; found again when there are more."""
        pools = self._pools.get(asks)
        if pools is None:
            pools = self._pools[asks] = self._callers.pools(Kind(0, *asks))
        size = sum(len(pool.rows) for pool in pools)
        known = self._fitting.get(asks)
        if known is None or known[0] != size:
            rows = {row for pool in pools for row in pool.rows}
            known = self._fitting[asks] = size, sum(map(self._bit, rows))
        return known[1]

    def _bit(self, row: Row) -> Mask:
        bit = self._bits.get(row)
        if bit is None:
            bit = self._bits[row] = 1 << len(self._bits)
            self._here |= bit if row.seated and row.on_duty else 0
        return bit


def _before(line: Line, wish: Wish) -> int:
    """How many of a line are due before this wish."""
    priority, turns = line.kind.priority, line.turns
    if priority != wish.priority:
        return len(turns) if priority > wish.priority else 0
    turn = (wish.since, wish.call)
    return len(turns) if turns[-1] < turn else bisect_left(turns, turn)  # most have just come
