"""Who takes whom: waiting callers and free agents in one global order, indexed, and only what has changed.

Theory of operation
-------------------
Wishes that differ only in age stand in one *line*; agents that differ only in name sit in one *row* (level,
languages, skills, team, site). Whether they fit, and how well, is decided once for each step and row and kept.
A pass walks callers in one global order (priority, then routing age). For each it tries the open steps of the wish,
strictest first, and inside a step the best fit: score of a named agent, language, skill, then who has been idle longest
(or was least occupied). Within a line nobody behind the head can be served when the head cannot.

Only what has changed is looked at, and yet a pass decides as if it had looked at everything (tests/queues/plain.py is
the engine that does, and the two are compared in thousands of random days). Between passes it holds: *no caller of a
line that is not dirty fits an idle agent of a row that is not fresh, and each such line is known (`Interest`) to every
pool that could serve its head*. A line is dirty when somebody new is its head, when a step opens or expires for its
head (`_timers`), when a pool of it got its first agent or lost its last, when an agent whom its wish names comes or is
free, or while one of its callers is away. A row is fresh when somebody became free in it. So a freed agent costs the
few callers who are due first among those who may want it, and a caller who joins behind others costs nothing.

A step opens by waiting time, whether or not an agent is being rung meanwhile; or at once when nobody signed in fits any
earlier step. A floor is part of every step of a wish, so no waiting ever goes below it.

A caller whose session is away for a moment (server restarted, a prompt between two waits) keeps the turn for a short
while: the agent meant for them is kept out of the pass instead of going to somebody behind.
"""

import heapq
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import inf

from queues import rivals
from queues.agents import Agent
from queues.explain import Pair, Reasons, explain
from queues.interest import Order
from queues.lines import Line, Open, cuts_of, next_change, opened, stage_at
from queues.profiles import Bench, Pool, Profile, Row, Taken, profile_of
from queues.rules import steps_of
from queues.wishes import Kind, Rules, Step, Wish, kind_of

__all__ = ["Pair", "Reasons", "Router", "explain"]

_DIRTY = -1
"""In the place of a pool's number: this turn is looked at because its line is dirty."""


@dataclass(slots=True)
class _Pass:
    """What one pass has looked at and given away."""

    now: float
    rows: dict[Row, None]
    taken: Taken = field(default_factory=Taken)
    turns: list[tuple[Order, int, int, int]] = field(default_factory=list)  # order, line, place, pool
    seen: dict[int, int] = field(default_factory=dict)  # line to how many of its turns were looked at
    sources: dict[Pool, list[Row]] = field(default_factory=dict)  # pools with their fresh rows
    aside: list[tuple[Pool, Line]] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    left: int = 0  # how many are still to give in the rows that were fresh when it began
    dirty: int = 0  # how many of the turns are of dirty lines
    given: dict[Row, None] = field(default_factory=dict)  # rows that somebody was given from
    served: dict[int, int] = field(
        default_factory=dict
    )  # line to how many of its callers were given somebody

    def anybody_left(self, pool: Pool) -> bool:
        """Say whether somebody of a pool who became free is not given away yet."""
        return any(row.on_duty and self.taken.first(row) is not None for row in self.sources[pool])

    def push(self, order: Order, line: Line, place: int, pool: int) -> None:
        """Bring a turn into the global order."""
        heapq.heappush(self.turns, (order, line.number, place, pool))
        self.dirty += pool == _DIRTY


class Router:
    """The index of who waits and who is free. No clock, no I/O: `now` is unix seconds, always passed in."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.bench = Bench(rules.capacity, balance=rules.choice == "occupancy")
        self._wishes: dict[str, Wish] = {}
        self._away: dict[str, float] = {}
        self._lines: dict[tuple[Kind, int], Line] = {}
        self._numbered: dict[int, Line] = {}
        self._line_of: dict[str, Line] = {}
        self._using: dict[Pool, dict[Line, None]] = {}
        self._naming: dict[str, dict[Line, None]] = {}
        self._steps: dict[tuple[object, ...], tuple[tuple[Step, ...], tuple[float, ...]]] = {}
        self._dirty: dict[Line, None] = {}
        self._given: set[str] = set()  # callers whom the last pass gave somebody, until they leave
        self._timers: list[tuple[float, int]] = []
        self._made = 0
        self._now = -inf
        self._shift_at = -inf

    # Agents ------------------------------------------------------------------------------------------

    def seat(self, agent: Agent) -> None:
        """Count this agent among those signed in; not yet offered calls."""
        self.bench.seat(agent.name, profile_of(agent))
        self._dirty.update(self._naming.get(agent.name, {}))

    def unseat(self, name: str) -> None:
        """Forget an agent who signed out."""
        self.bench.unseat(name)
        self._dirty.update(self._naming.get(name, {}))

    def free(
        self, name: str, idle_since: float, occupancy: float = 0.0, carrying: Collection[str] = ()
    ) -> None:
        """Offer calls to a seated agent, idle since then; `occupancy` and `carrying` as `Bench.free` has them."""
        self.bench.free(name, idle_since, occupancy, carrying)
        if name in self._naming:
            self._dirty.update(self._naming[name])

    def busy(self, name: str) -> None:
        """Offer this agent no call."""
        self.bench.busy(name)

    # Callers -----------------------------------------------------------------------------------------

    def join(self, wish: Wish) -> None:
        """Put a caller in line by priority and `since`; joining again replaces the wish."""
        self.leave(wish.call)
        self._wishes[wish.call] = wish
        self._put(wish, self._line_now(wish))

    def leave(self, call: str) -> None:
        """Take a caller out of line; one who is not there is no fault."""
        wish = self._wishes.pop(call, None)
        if wish is not None:
            self._take_out(wish, self._line_of.pop(call))
            self._away.pop(call, None)
            self._given.discard(call)

    def away(self, call: str, until: float) -> None:
        """Keep a turn until then while the caller's session is not there; offer it nobody."""
        if call in self._wishes:
            line = self._line_of[call]
            line.away += call not in self._away
            self._away[call] = until
            self._dirty[line] = None

    @property
    def waiting(self) -> Mapping[str, Wish]:
        """Callers in line, by call."""
        return self._wishes

    # Decisions ---------------------------------------------------------------------------------------

    def route(self, now: float) -> list[Pair]:
        """Give every pair to be made now, best caller first. Changes nothing: asked again, it says the same."""
        self._look_at_the_clock(now)
        self._look_at_the_bench()
        self._dirty.update((self._line_of[call], None) for call in self._given)
        if not self._dirty and not self.bench.fresh:
            return []
        one = _Pass(now, self.bench.fresh)
        for line in self._dirty:
            if line.turns:
                one.push(line.order(0), line, 0, _DIRTY)
        for row in one.rows:
            one.left += len(row.idle)
            for pool in row.pools:
                one.sources.setdefault(pool, []).append(row)
        for pool in one.sources:
            self._draw(pool, one)
        free = len(self.bench.free_agents)
        while one.turns and (one.dirty or one.left) and len(one.taken.names) < free:
            self._take_turn(one)
        self._settle(one)
        return one.pairs

    def could_serve(self, kind: Kind) -> frozenset[Profile]:
        """Say which profiles signed in could ever serve wishes of this kind, whatever the wait."""
        return frozenset[Profile]().union(*(self.bench.rows_for(step) for step in self._asked(kind)[0]))

    def position(self, call: str) -> int | None:
        """Count this caller and those before who compete for the same agents; None if not in line."""
        wish = self._wishes.get(call)
        return None if wish is None else rivals.position(wish, self._lines.values(), self.could_serve)

    def positions(self) -> list[tuple[Wish, int]]:
        """List everybody in line in global order with their position: one sweep for a whole board."""
        return rivals.positions(self._wishes.values(), self.could_serve)

    def open_steps(self, call: str, now: float) -> list[Open]:
        """List the steps that a caller in line is content with now. Raises KeyError for anybody else."""
        return list(opened(self._line_of[call], self._wishes[call].since, now, self.bench))

    def steps(self, call: str) -> tuple[Step, ...]:
        """List all steps of a caller in line, open or not. Raises KeyError for anybody else."""
        return self._asked(kind_of(self._wishes[call]))[0]

    # One pass ----------------------------------------------------------------------------------------

    def _take_turn(self, one: _Pass) -> None:
        order, number, place, pool_number = heapq.heappop(one.turns)
        line = self._numbered[number]
        pool = None if pool_number == _DIRTY else self.bench.pools[pool_number]
        one.dirty -= pool is None
        if pool is not None:
            if not one.anybody_left(pool):
                return
            pool.interest.drop(line)
            one.aside.append((pool, line))
        if one.seen.get(number, 0) == place:
            one.seen[number] = place + 1
            if self._serve(self._wishes[order[2]], line, one) and place + 1 < len(line.turns):
                one.push(line.order(place + 1), line, place + 1, _DIRTY)
        if pool is not None:
            self._draw(pool, one)

    def _draw(self, pool: Pool, one: _Pass) -> None:
        """Bring the next line that waits for this pool."""
        number = pool.interest.first()
        if number is not None:
            line = self._numbered[number]
            one.push(line.order(0), line, 0, pool.number)

    def _serve(self, wish: Wish, line: Line, one: _Pass) -> bool:
        """Find this caller somebody; False when whoever stands behind would find nobody either."""
        until = self._away.get(wish.call)
        if until is not None and until < one.now:
            return True  # kept no longer: those behind may pass
        pair = self._best(wish, line, one)
        if pair is None:
            return False
        one.taken.names.add(pair.agent)
        if until is None:
            one.pairs.append(pair)
            one.served[line.number] = one.served.get(line.number, 0) + 1
        row = self.bench.row_free(pair.agent)
        if row is not None:
            one.left -= row in one.rows
            one.given[row] = None
        return True

    def _best(self, wish: Wish, line: Line, one: _Pass) -> Pair | None:
        rows = self.bench.offered if line in self._dirty else one.rows
        for step, ranks, early in opened(line, wish.since, one.now, self.bench):
            if step.named is None:
                choice = self.bench.pick(ranks, rows, one.taken)
            else:
                choice = self.bench.pick_named(ranks, wish.named, one.now, one.taken)
            if choice is not None:
                return Pair(wish.call, choice.agent, Reasons.of(wish, one.now, step, choice, early=early))
        return None

    def _settle(self, one: _Pass) -> None:
        """Put back what was looked at; what stays to be done stays fresh or dirty."""
        for pool, line in one.aside:
            if any(step.ranks.pool is pool for step in self._open(line)):
                pool.interest.add(line, line.order(0))
        dirty, self._dirty = self._dirty, {}
        for line in dirty:
            if line.turns:
                if line.away:
                    self._dirty[line] = None
                if one.served.get(line.number) != len(line.turns):
                    self._enlist(line)
        self._given = {pair.call for pair in one.pairs}
        self.bench.fresh = one.given  # still there to give until somebody takes them
        for name in one.taken.names:
            self._dirty.update(self._naming.get(name, {}))

    def _enlist(self, line: Line) -> None:
        """Make a line known to every pool that could serve its head now; named agents make it dirty themselves."""
        order = line.order(0)
        for step, ranks, _ in self._open(line):
            if step.named is None:
                ranks.pool.interest.add(line, order)

    def _open(self, line: Line) -> list[Open]:
        return list(opened(line, line.turns[0][0], self._now, self.bench))

    # What has changed --------------------------------------------------------------------------------

    def _look_at_the_clock(self, now: float) -> None:
        if now < self._now:
            self._start_over(now)
        self._now = now
        if now >= self._shift_at:
            self._change_shifts(now)
        while self._timers and self._timers[0][0] <= now:
            due, number = heapq.heappop(self._timers)
            line = self._numbered.get(number)
            if line is not None and line.timer == due:
                self._age(line, now)

    def _look_at_the_bench(self) -> None:
        flipped, self.bench.flipped = self.bench.flipped, {}
        for pool in flipped:
            self._dirty.update(self._using.get(pool, {}))

    def _change_shifts(self, now: float) -> None:
        shifts = self.rules.shifts
        off = frozenset(team for team, shift in shifts.items() if not shift.is_open(now))
        self._shift_at = min((shift.changes_at(now) for shift in shifts.values()), default=inf)
        if self.bench.duty(off):
            self._dirty.update(dict.fromkeys(self._lines.values()))

    def _start_over(self, now: float) -> None:
        """Begin again from who waits and who is free: the clock was set back."""
        wishes, away = list(self._wishes.values()), dict(self._away)
        for wish in wishes:
            self.leave(wish.call)
        self._now, self._shift_at = now, -inf
        for wish in wishes:
            self.join(wish)
        for call, until in away.items():
            self.away(call, until)

    def _age(self, line: Line, now: float) -> None:
        """Let time do its work in a line: some go on to the next stage, steps open for those who stay."""
        line.timer = inf
        while line.turns and line.turns[0][0] + line.cut <= now:
            wish = self._wishes[line.turns[0][1]]
            self._take_out(wish, line)
            self._put(wish, self._line_now(wish))
        if line.turns:
            self._dirty[line] = None
            self._schedule(line)

    # Lines -------------------------------------------------------------------------------------------

    def _put(self, wish: Wish, line: Line) -> None:
        turn = (wish.since, wish.call)
        line.put(turn)
        self._line_of[wish.call] = line
        line.away += wish.call in self._away
        if line.turns[0] == turn:
            self._schedule(line)
        if line.turns[0] == turn or line.away:
            self._dirty[line] = None

    def _take_out(self, wish: Wish, line: Line) -> None:
        place = line.take_out((wish.since, wish.call))
        if wish.call in self._away:
            line.away -= 1
            self._dirty[line] = None
        if not line.turns and line.kind.named:
            self._forget(line)
        elif line.turns and place == 0:
            self._schedule(line)

    def _schedule(self, line: Line) -> None:
        due = next_change(line, line.turns[0][0], self._now)
        if due < line.timer:
            line.timer = due
            heapq.heappush(self._timers, (due, line.number))

    def _asked(self, kind: Kind) -> tuple[tuple[Step, ...], tuple[float, ...]]:
        """Give the steps of a kind and the routing ages at which some expire."""
        asks = kind[1:5]  # neither the priority nor the agents named change them
        asked = self._steps.get(asks)
        if asked is None:
            steps = steps_of(kind, self.rules)
            asked = self._steps[asks] = steps, cuts_of(steps)
        return asked

    def _line_now(self, wish: Wish) -> Line:
        """Give the line that a wish stands in at its present age."""
        kind = kind_of(wish)
        return self._line(kind, stage_at(self._asked(kind)[1], wish.since, self._now))

    def _line(self, kind: Kind, stage: int) -> Line:
        line = self._lines.get((kind, stage))
        if line is None:
            self._made += 1
            steps, expire = self._asked(kind)
            cuts = (*expire, inf)
            past = cuts[stage - 1] if stage else 0.0
            asked = tuple((step, self.bench.ranks(step)) for step in steps if step.until_s > past)
            line = self._lines[kind, stage] = Line(self._made, kind, stage, cuts[stage], asked)
            self._numbered[line.number] = line
            for _, ranks in asked:
                self._using.setdefault(ranks.pool, {})[line] = None
            for one in kind.named:
                self._naming.setdefault(one.agent, {})[line] = None
        return line

    def _forget(self, line: Line) -> None:
        """Drop the line of one named wish; the lines of common wishes stay, for they are few."""
        del self._lines[line.kind, line.stage], self._numbered[line.number]
        self._dirty.pop(line, None)
        for _, ranks in line.steps:
            self._using[ranks.pool].pop(line, None)
            ranks.pool.interest.drop(line)
        for one in line.kind.named:
            self._naming.get(one.agent, {}).pop(line, None)
