"""The bench: who is signed in and who is free, by skill profile, longest idle first.

A centre with ten thousand agents has some two hundred profiles; a decision looks at profiles only, so its
cost does not grow with the number of agents. Agents of one profile are one *row*. Which rows fulfil a condition is
found once and kept (`Pool`), and so is how well they fit a step (`Ranks`).
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from queues.conditions import Condition, Profile
from queues.rows import Choice, Fit, Idle, Pool, Ranks, Row, Taken
from queues.wishes import Named, Step


class Bench:
    """Signed-in agents by row. No clock, no I/O.

    What a pass must look at gathers in `fresh` (rows that somebody became free in) and `flipped` (pools that lost their
    last agent or got their first), until it is taken away.
    """

    def __init__(self, *, balance: bool = False) -> None:
        self.version = 0  # grows whenever the answer to "who could ever fit" may have changed
        self.pools: list[Pool] = []
        self.fresh: dict[Row, None] = {}
        self.flipped: dict[Pool, None] = {}
        self.offered: dict[Row, None] = {}  # rows on duty with somebody idle
        self.balance = balance
        self._row_for: dict[Profile, Row] = {}
        self._row_of: dict[str, Row] = {}
        self._idle: dict[str, tuple[Row, Idle]] = {}
        self._resting: set[str] = set()
        self._ranks: dict[Step, Ranks] = {}
        self._pool_for: dict[Condition, Pool] = {}
        self._off_duty: frozenset[str] = frozenset()

    @property
    def free_agents(self) -> AbstractSet[str]:
        """The names of those free."""
        return self._idle.keys()

    def profile(self, name: str) -> Profile:
        """Give the profile of a seated agent. Raises KeyError for anybody else."""
        return self._row_of[name].profile

    def is_seated(self, name: str) -> bool:
        """Whether this agent is counted as signed in."""
        return name in self._row_of

    def seat(self, name: str, profile: Profile) -> None:
        """Count an agent as signed in; seating again with another profile moves the agent."""
        self.unseat(name)
        row = self._row(profile)
        self._row_of[name] = row
        self._count(row, 1)

    def unseat(self, name: str) -> None:
        """Forget an agent; one who is not there is no fault."""
        self.busy(name)
        row = self._row_of.pop(name, None)
        if row is not None:
            self._count(row, -1)

    def free(self, name: str, idle_since: float, occupancy: float = 0.0) -> None:
        """Mark a seated agent as free since then. One who is not seated is ignored.

        `occupancy`: share of the signed-in time spent with callers up to now, 0 to 1, weighed when the institution
        balances it.
        """
        self.busy(name)
        row = self._row_of.get(name)
        if row is None:
            return
        idle = (occupancy if self.balance else 0.0, idle_since, name)
        insort(row.idle, idle)
        self._idle[name] = row, idle
        if row.on_duty:
            self.fresh[row] = self.offered[row] = None

    def rests(self, name: str) -> bool:
        """Say whether an agent takes no calls until another word (a break)."""
        return name in self._resting

    def rest(self, name: str) -> None:
        """Mark a seated agent as on a break; `free`, `busy` and `unseat` end it."""
        self.busy(name)
        if name in self._row_of:
            self._resting.add(name)

    def busy(self, name: str) -> None:
        """Mark an agent as not free; one who was not free is no fault."""
        self._resting.discard(name)
        stood = self._idle.pop(name, None)
        if stood is not None:
            row, idle = stood
            del row.idle[bisect_left(row.idle, idle)]
            if not row.idle:
                self.offered.pop(row, None)

    def duty(self, off: frozenset[str]) -> bool:
        """Offer nothing to these teams, whose shift is over, until another word; False if that is as it was."""
        changed, self._off_duty = off != self._off_duty, off
        for row in self._row_for.values() if changed else ():
            on = row.profile.team not in off
            if row.on_duty != on:
                self._turn(row, on=on)
        return changed

    def row_of(self, name: str) -> Row | None:
        """Give the row of a seated agent who is on duty."""
        row = self._row_of.get(name)
        return row if row is not None and row.on_duty else None

    def row_free(self, name: str) -> Row | None:
        """Give the row that a free agent on duty stands in."""
        stood = self._idle.get(name)
        return stood[0] if stood is not None and stood[0].on_duty else None

    def ranks(self, step: Step) -> Ranks:
        """Give how well those who are signed in fit a step; kept in line with who comes."""
        ranks = self._ranks.get(step)
        if ranks is None:
            ranks = self._ranks[step] = Ranks(step, self._pool(step.condition))
        return ranks

    def pick(self, ranks: Ranks, rows: Mapping[Row, None], taken: Taken) -> Choice | None:
        """Choose who takes a call among the free of these rows: best fit, then what balances, then longest idle."""
        best: tuple[int, int, Idle] | None = None
        fits = ranks.pool.rows
        for row in rows if len(rows) < len(fits) else fits:
            if row in fits and row in rows and (first := taken.first(row)) is not None:
                found = (*ranks.key(row), first)
                if best is None or found < best:
                    best = found
        if best is None:
            return None
        language, skill, (balanced, idle_since, name) = best
        return Choice(name, idle_since, Fit(0.0, -language, -skill), balanced)

    def pick_named(self, ranks: Ranks, named: Iterable[Named], now: float, taken: Taken) -> Choice | None:
        """Choose among the agents whom a wish names: best score, then best fit, then as `pick`."""
        least = ranks.step.named or 0.0
        found = []
        for one in named:
            row = self.row_free(one.agent)
            if row is None or row not in ranks.pool.rows or one.agent in taken.names:
                continue
            if now < one.holds_until(least):
                found.append((-one.score_at(now), *ranks.key(row), self._idle[one.agent][1]))
        if not found:
            return None
        score, language, skill, (balanced, idle_since, name) = min(found)
        return Choice(name, idle_since, Fit(-score, -language, -skill), balanced)

    def rows_for(self, step: Step) -> frozenset[Profile]:
        """Say which profiles with somebody signed in fit a step; none for one that asks for named agents."""
        if step.named is not None:
            return frozenset()
        return frozenset(row.profile for row in self.ranks(step).pool.rows if row.seated and row.on_duty)

    def seated(self) -> Iterator[tuple[str, Profile]]:
        """List everybody signed in."""
        return ((name, row.profile) for name, row in self._row_of.items())

    # Inside ------------------------------------------------------------------------------------------

    def _row(self, profile: Profile) -> Row:
        row = self._row_for.get(profile)
        if row is None:
            row = self._row_for[profile] = Row(profile, profile.team not in self._off_duty)
            for pool in self.pools:
                pool.take_in(row)
        return row

    def _pool(self, condition: Condition) -> Pool:
        pool = self._pool_for.get(condition)
        if pool is None:
            pool = self._pool_for[condition] = Pool(len(self.pools), condition)
            self.pools.append(pool)
            for row in self._row_for.values():
                pool.take_in(row)
        return pool

    def _count(self, row: Row, change: int) -> None:
        """Count seats; the first and the last of a row decide whether its pools have anybody."""
        before, row.seated = row.seated, row.seated + change
        if row.on_duty and (before == 0 or row.seated == 0):
            self._flip(row, 1 if before == 0 else -1)
        self.version += before == 0 or row.seated == 0

    def _turn(self, row: Row, *, on: bool) -> None:
        row.on_duty = on
        if row.seated:
            self._flip(row, 1 if on else -1)
        self.version += 1
        if row.idle and on:
            self.fresh[row] = self.offered[row] = None
        elif not on:
            self.offered.pop(row, None)

    def _flip(self, row: Row, change: int) -> None:
        for pool in row.pools:
            before, pool.seated = pool.seated, pool.seated + change
            if before == 0 or pool.seated == 0:
                self.flipped[pool] = None
