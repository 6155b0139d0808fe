"""Who waits, line by line, and which lines a pass must look at: those that are *dirty* (router.py says when)."""

import heapq
from collections.abc import Iterable
from math import inf

from queues.lines import Line, Open, cuts_of, next_change, opened, opening, stage_at
from queues.profiles import Bench
from queues.rows import Pool
from queues.rules import steps_of
from queues.wishes import Kind, Rules, Step, Wish, kind_of

Asks = tuple[int, str, str, str]
"""What decides the steps of a wish: level, language, subject, channel."""


def asks_of(kind: Kind) -> Asks:
    """Say what decides the steps of a kind of wish: neither the priority nor the agents named change them."""
    return kind[1:5]


class Callers:
    """The callers of a centre. `now`: the moment of the last pass; `given`: whom it gave somebody, till they leave."""

    def __init__(self, rules: Rules, bench: Bench) -> None:
        self.wishes: dict[str, Wish] = {}
        self.gone: dict[str, float] = {}  # callers whose session is away, until when the turn is kept
        self.numbered: dict[int, Line] = {}
        self.dirty: dict[Line, None] = {}
        self.given: set[str] = set()
        self.now = -inf
        self._rules, self._bench = rules, bench
        self._lines: dict[tuple[Kind, int], Line] = {}
        self._line_of: dict[str, Line] = {}
        self._using: dict[Pool, dict[Line, None]] = {}
        self._naming: dict[str, dict[Line, None]] = {}
        self.by_asks: dict[Asks, dict[Line, None]] = {}
        self._steps: dict[Asks, tuple[tuple[Step, ...], tuple[float, ...]]] = {}
        self._timers: list[tuple[float, int]] = []
        self._made = 0

    def join(self, wish: Wish) -> None:
        """Put a caller in line by priority and `since`; joining again replaces the wish."""
        self.leave(wish.call)
        self.wishes[wish.call] = wish
        self._put(wish, self._line_now(wish))

    def leave(self, call: str) -> None:
        """Take a caller out of line; one who is not there is no fault."""
        wish = self.wishes.pop(call, None)
        if wish is not None:
            self._take_out(wish, self._line_of.pop(call))
            self.gone.pop(call, None)
            self.given.discard(call)

    def away(self, call: str, until: float) -> None:
        """Keep a turn until then while the caller's session is not there; offer it nobody."""
        if call in self.wishes:
            line = self._line_of[call]
            line.away += call not in self.gone
            self.gone[call] = until
            self.dirty[line] = None

    def asked(self, kind: Kind) -> tuple[Step, ...]:
        """List the steps of a kind of wish, open or not."""
        return self._asked(kind)[0]

    def pools(self, kind: Kind) -> tuple[Pool, ...]:
        """List those whom the steps of a kind ask for, but for steps that ask for agents named."""
        return tuple(self._bench.ranks(step).pool for step in self.asked(kind) if step.named is None)

    def opened(self, call: str, now: float) -> list[Open]:
        """List the steps that a caller is content with now. Raises KeyError for one who does not wait."""
        return list(opened(self._line_of[call], self.wishes[call].since, now, self._bench))

    def opening(self, call: str, now: float) -> dict[Step, float]:
        """Say at which routing age each step opens to a caller. Raises KeyError for one who does not wait."""
        return opening(self._line_of[call], now, self._bench)

    def open_to(self, line: Line) -> list[Open]:
        """List the steps that the head of a line is content with now."""
        return list(opened(line, line.turns[0][0], self.now, self._bench))

    # What makes a line dirty -------------------------------------------------------------------------

    def agent_changed(self, name: str) -> None:
        """Look at those whose wish names this agent."""
        if name in self._naming:
            self.dirty.update(self._naming[name])

    def pools_changed(self, pools: Iterable[Pool]) -> None:
        """Look at those whose steps ask for one of these."""
        for pool in pools:
            self.dirty.update(self._using.get(pool, {}))

    def all_changed(self) -> None:
        """Look at everybody."""
        self.dirty.update(dict.fromkeys(self._lines.values()))

    def take_up_the_given(self) -> None:
        """Look again at those whom the last pass gave somebody, and who are still here."""
        self.dirty.update((self._line_of[call], None) for call in self.given)

    def look_at_the_clock(self, now: float) -> None:
        """Let time pass up to now; a clock that was set back makes a new beginning."""
        if now < self.now:
            self._start_over(now)
        self.now = now
        while self._timers and self._timers[0][0] <= now:
            due, number = heapq.heappop(self._timers)
            line = self.numbered.get(number)
            if line is not None and line.timer == due:
                self._age(line, now)

    def _start_over(self, now: float) -> None:
        """Begin again from who waits and who is free: the clock was set back."""
        wishes, away = list(self.wishes.values()), dict(self.gone)
        for wish in wishes:
            self.leave(wish.call)
        self.now = now
        for wish in wishes:
            self.join(wish)
        for call, until in away.items():
            self.away(call, until)

    def _age(self, line: Line, now: float) -> None:
        """Let time do its work in a line: some go on to the next stage, steps open for those who stay."""
        line.timer = inf
        while line.turns and line.turns[0][0] + line.cut <= now:
            wish = self.wishes[line.turns[0][1]]
            self._take_out(wish, line)
            self._put(wish, self._line_now(wish))
        if line.turns:
            self.dirty[line] = None
            self._schedule(line)

    # Lines -------------------------------------------------------------------------------------------

    def _put(self, wish: Wish, line: Line) -> None:
        turn = (wish.since, wish.call)
        line.put(turn)
        self._line_of[wish.call] = line
        line.away += wish.call in self.gone
        if line.turns[0] == turn:
            self._schedule(line)
        if line.turns[0] == turn or line.away:
            self.dirty[line] = None

    def _take_out(self, wish: Wish, line: Line) -> None:
        place = line.take_out((wish.since, wish.call))
        if wish.call in self.gone:
            line.away -= 1
            self.dirty[line] = None
        if not line.turns and line.kind.named:
            self._forget(line)
        elif line.turns and place == 0:
            self._schedule(line)

    def _schedule(self, line: Line) -> None:
        due = next_change(line, line.turns[0][0], self.now)
        if due < line.timer:
            line.timer = due
            heapq.heappush(self._timers, (due, line.number))

    def _asked(self, kind: Kind) -> tuple[tuple[Step, ...], tuple[float, ...]]:
        """Give the steps of a kind and the routing ages at which some expire."""
        asks = asks_of(kind)
        asked = self._steps.get(asks)
        if asked is None:
            steps = steps_of(kind, self._rules)
            asked = self._steps[asks] = steps, cuts_of(steps)
        return asked

    def _line_now(self, wish: Wish) -> Line:
        """Give the line that a wish stands in at its present age."""
        kind = kind_of(wish)
        return self._line(kind, stage_at(self._asked(kind)[1], wish.since, self.now))

    def _line(self, kind: Kind, stage: int) -> Line:
        line = self._lines.get((kind, stage))
        if line is None:
            self._made += 1
            steps, expire = self._asked(kind)
            cuts = (*expire, inf)
            past = cuts[stage - 1] if stage else 0.0
            asked = tuple((step, self._bench.ranks(step)) for step in steps if step.until_s > past)
            line = self._lines[kind, stage] = Line(self._made, kind, stage, cuts[stage], asked)
            self.numbered[line.number] = line
            self.by_asks.setdefault(asks_of(kind), {})[line] = None
            for _, ranks in asked:
                self._using.setdefault(ranks.pool, {})[line] = None
            for one in kind.named:
                self._naming.setdefault(one.agent, {})[line] = None
        return line

    def _forget(self, line: Line) -> None:
        """Drop the line of one named wish; the lines of common wishes stay, for they are few."""
        del self._lines[line.kind, line.stage], self.numbered[line.number]
        self.dirty.pop(line, None)
        del self.by_asks[asks_of(line.kind)][line]
        for _, ranks in line.steps:
            self._using[ranks.pool].pop(line, None)
            ranks.pool.interest.drop(line)
        for one in line.kind.named:
            self._naming.get(one.agent, {}).pop(line, None)
