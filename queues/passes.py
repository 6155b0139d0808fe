"""One pass: the callers who must be looked at, in one order, each with whom they get (router.py has the theory)."""

import heapq
from dataclasses import dataclass, field

from queues.callers import Callers
from queues.explain import Pair, Reasons
from queues.interest import Order
from queues.lines import Line, opened
from queues.profiles import Bench
from queues.rows import Pool, Row, Taken
from queues.wishes import Wish

_DIRTY = -1
"""In the place of a pool's number: this turn is looked at because its line is dirty."""


@dataclass(slots=True)
class Pass:
    """What one pass has looked at and given away. `rows` are those that somebody became free in.

    An example: only Eva becomes free; line A waits for the pool of those trained in pensions, line B for the pool of
    all who speak Catalan, and she is in both. `run` draws each pool's first line: two turns. B's first caller is older,
    so `_take_turn` has B first: it takes B out of its pool, serves that caller with Eva, pushes B's second caller, and
    draws the pool's next line. Nobody else is free, so the pass ends; A was not looked at. `_settle` puts B back into
    its pool under its first caller, and keeps A where it stands: nothing of it has changed.
    """

    callers: Callers
    bench: Bench
    rows: dict[Row, None]
    pairs: list[Pair] = field(default_factory=list)
    _taken: Taken = field(default_factory=Taken)
    _turns: list[tuple[Order, int, int, int]] = field(default_factory=list)  # order, line, place, pool
    _seen: dict[int, int] = field(default_factory=dict)  # line to how many of its turns were looked at
    _sources: dict[Pool, list[Row]] = field(default_factory=dict)  # pools with their fresh rows
    _aside: list[tuple[Pool, Line]] = field(default_factory=list)
    _left: int = 0  # how many are still to give in the rows that were fresh when it began
    _dirty: int = 0  # how many of the turns are of dirty lines
    _given: dict[Row, None] = field(default_factory=dict)  # rows that somebody was given from
    _served: dict[int, int] = field(default_factory=dict)  # line to how many of its callers got somebody

    def run(self) -> list[Pair]:
        """Make every pair, best caller first, and leave callers and bench ready for the next pass."""
        for line in self.callers.dirty:
            if line.turns:
                self._push(line.order(0), line, 0, _DIRTY)
        for row in self.rows:
            self._left += len(row.idle)
            for pool in row.pools:
                self._sources.setdefault(pool, []).append(row)
        for pool in self._sources:
            self._draw(pool)
        free = len(self.bench.free_agents)
        while self._turns and (self._dirty or self._left) and len(self._taken.names) < free:
            self._take_turn()
        self._settle()
        return self.pairs

    def _push(self, order: Order, line: Line, place: int, pool: int) -> None:
        """Bring a turn into the global order."""
        heapq.heappush(self._turns, (order, line.number, place, pool))
        self._dirty += pool == _DIRTY

    def _anybody_left(self, pool: Pool) -> bool:
        """Say whether somebody of a pool who became free is not given away yet."""
        return any(row.on_duty and self._taken.first(row) is not None for row in self._sources[pool])

    def _take_turn(self) -> None:
        order, number, place, pool_number = heapq.heappop(self._turns)
        line = self.callers.numbered[number]
        pool = None if pool_number == _DIRTY else self.bench.pools[pool_number]
        self._dirty -= pool is None
        if pool is not None:
            if not self._anybody_left(pool):
                return
            pool.interest.drop(line)
            self._aside.append((pool, line))
        if self._seen.get(number, 0) == place:
            self._seen[number] = place + 1
            if self._serve(self.callers.wishes[order[2]], line) and place + 1 < len(line.turns):
                self._push(line.order(place + 1), line, place + 1, _DIRTY)
        if pool is not None:
            self._draw(pool)

    def _draw(self, pool: Pool) -> None:
        """Bring the next line that waits for this pool."""
        first = pool.interest.first()
        if first is not None:
            heapq.heappush(self._turns, (*first, 0, pool.number))

    def _serve(self, wish: Wish, line: Line) -> bool:
        """Find this caller somebody; False when whoever stands behind would find nobody either."""
        until = self.callers.gone.get(wish.call)
        if until is not None and until < self.callers.now:
            return True  # kept no longer: those behind may pass
        pair = self._best(wish, line)
        if pair is None:
            return False
        self._taken.names.add(pair.agent)
        if until is None:
            self.pairs.append(pair)
            self._served[line.number] = self._served.get(line.number, 0) + 1
        row = self.bench.row_free(pair.agent)
        if row is not None:
            self._left -= row in self.rows
            self._given[row] = None
        return True

    def _best(self, wish: Wish, line: Line) -> Pair | None:
        rows = self.bench.offered if line in self.callers.dirty else self.rows
        for step, ranks, early in opened(line, wish.since, self.callers.now, self.bench):
            if step.named is None:
                choice = self.bench.pick(ranks, rows, self._taken)
            else:
                choice = self.bench.pick_named(ranks, wish.named, self.callers.now, self._taken)
            if choice is not None:
                reasons = Reasons.of(
                    wish, self.callers.now, step, choice, early=early, balanced=self.bench.balance
                )
                return Pair(wish.call, choice.agent, reasons)
        return None

    def _settle(self) -> None:
        """Put back what was looked at; what stays to be done stays fresh or dirty."""
        for pool, line in self._aside:
            if any(step.ranks.pool is pool for step in self.callers.open_to(line)):
                pool.interest.add(line, line.order(0))
        dirty, self.callers.dirty = self.callers.dirty, {}
        for line in dirty:
            if line.turns:
                if line.away:
                    self.callers.dirty[line] = None
                if self._served.get(line.number) != len(line.turns):
                    self._enlist(line)
        self.callers.given = {pair.call for pair in self.pairs}
        self.bench.fresh = self._given  # still there to give until somebody takes them
        for name in self._taken.names:
            self.callers.agent_changed(name)

    def _enlist(self, line: Line) -> None:
        """Make a line known to every pool that could serve its head now; named agents make it dirty themselves."""
        order = line.order(0)
        for step, ranks, _ in self.callers.open_to(line):
            if step.named is None:
                ranks.pool.interest.add(line, order)
