"""Who takes whom: one pass over waiting callers and free agents, explainable and indexed.

Theory of operation
-------------------
Wishes that differ only in age are one *kind*; agents that differ only in name are one *profile* (level,
languages, skills). Whether they fit, and how well, is decided once per kind of step and profile and kept.
A pass walks the callers of all kinds in one global order (priority, then age). For each it tries the open
steps of the wish, strictest first, and inside a step the best-fitting profile that has somebody free:
language proficiency, then skill, then the agent who has been idle longest. Within a kind nobody behind the
head can be served when the head cannot, so a pass costs kinds times profiles, not callers times agents.

Relaxing: a step opens by waiting time, or at once when nobody signed in fits any earlier step (waiting
would change nothing). A specialist's floor is part of every step of a second-level wish, so no waiting ever
hands such a caller to somebody untrained.

A caller whose session is away for a moment (server restarted, a prompt between two waits) keeps the turn
for a short while: the agent meant for them is kept out of the pass instead of going to somebody behind.
"""

import heapq
from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass, field

from queues.agents import Agent
from queues.profiles import Bench, Profile, profile_of
from queues.wishes import Kind, Rules, Step, Wish, kind_of, steps_of


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why this caller got this agent, as figures. `explain` says them in sentences."""

    wish: Wish
    at: float
    step: Step
    early: bool
    language_proficiency: int
    skill: int
    idle_since: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A decision: this caller to this agent, and why."""

    call: str
    agent: str
    reasons: Reasons


def explain(pair: Pair) -> tuple[str, ...]:
    """Say the reasons of a decision in sentences, nothing personal in them but the agent's name."""
    why, wish = pair.reasons, pair.reasons.wish
    opened = "nobody signed in fits an earlier step" if why.early else "its time has come"
    return (
        _who(wish) + f", priority {wish.priority}",
        f"waited {why.at - wish.since:.1f} s; nobody who fits was due before in this pass",
        f"step {why.step.sentence} ({opened})",
        f"{pair.agent} fits best: language {why.language_proficiency}, skill {why.skill}",
        f"{pair.agent} is the longest idle of those: {why.at - why.idle_since:.1f} s",
    )


def _who(wish: Wish) -> str:
    return f"call {wish.call}: {wish.subject}, {wish.language}, level {wish.level}"


@dataclass(slots=True)
class _Line:
    """The callers of one kind, oldest first."""

    kind: Kind
    steps: tuple[Step, ...]
    turns: list[tuple[float, str]] = field(default_factory=list)


class Router:
    """The index of who waits and who is free. No clock, no I/O: `now` is unix seconds, always passed in."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.bench = Bench()
        self._lines: dict[Kind, _Line] = {}
        self._wishes: dict[str, Wish] = {}
        self._away: dict[str, float] = {}
        self._rivals_of: dict[Kind, list[_Line]] = {}
        self._rivals_at = -1

    # Agents ------------------------------------------------------------------------------------------

    def seat(self, agent: Agent) -> None:
        """Count this agent among those signed in; not yet offered calls."""
        self.bench.seat(agent.name, profile_of(agent))

    def unseat(self, name: str) -> None:
        """Forget an agent who signed out."""
        self.bench.unseat(name)

    def free(self, name: str, idle_since: float) -> None:
        """Offer calls to a seated agent, idle since then."""
        self.bench.free(name, idle_since)

    def busy(self, name: str) -> None:
        """Offer this agent no call."""
        self.bench.busy(name)

    # Callers -----------------------------------------------------------------------------------------

    def join(self, wish: Wish) -> None:
        """Put a caller in line by priority and `since`; joining again replaces the wish."""
        self.leave(wish.call)
        kind = kind_of(wish)
        line = self._lines.get(kind)
        if line is None:
            line = self._lines[kind] = _Line(kind, steps_of(kind, self.rules))
            self._rivals_of.clear()
        insort(line.turns, (wish.since, wish.call))
        self._wishes[wish.call] = wish

    def leave(self, call: str) -> None:
        """Take a caller out of line; one who is not there is no fault."""
        self._away.pop(call, None)
        wish = self._wishes.pop(call, None)
        if wish is None:
            return
        line = self._lines[kind_of(wish)]
        del line.turns[bisect_left(line.turns, (wish.since, call))]
        if not line.turns:
            del self._lines[line.kind]
            self._rivals_of.clear()

    def away(self, call: str, until: float) -> None:
        """Keep a turn until then while the caller's session is not there; offer it nobody."""
        if call in self._wishes:
            self._away[call] = until

    @property
    def waiting(self) -> Mapping[str, Wish]:
        """Callers in line, by call."""
        return self._wishes

    # Decisions ---------------------------------------------------------------------------------------

    def route(self, now: float) -> list[Pair]:
        """One pass: every pair to be made now, best caller first. Changes nothing."""
        if not self._wishes or not self.bench.anybody_free:
            return []
        taken: set[str] = set()
        pairs = []
        turns = [(self._wish(line, 0).order, index, 0) for index, line in enumerate(self._lines.values())]
        heapq.heapify(turns)
        lines = tuple(self._lines.values())
        while turns and len(taken) < len(self.bench.free_agents):
            _, index, place = heapq.heappop(turns)
            wish = self._wish(lines[index], place)
            if self._away.get(wish.call, now) >= now:
                pair = self._best(wish, lines[index].steps, now, taken)
                if pair is None:
                    continue  # and whoever of this kind stands behind would find nobody either
                taken.add(pair.agent)
                if wish.call not in self._away:
                    pairs.append(pair)
            if place + 1 < len(lines[index].turns):
                heapq.heappush(turns, (self._wish(lines[index], place + 1).order, index, place + 1))
        return pairs

    def could_serve(self, kind: Kind) -> frozenset[Profile]:
        """Say which profiles signed in could ever serve wishes of this kind, whatever the wait."""
        steps = steps_of(kind, self.rules)
        return frozenset[Profile]().union(*(self.bench.rows_for(step) for step in steps))

    def position(self, call: str) -> int | None:
        """Count this caller and those before who compete for the same agents; None if not in line."""
        wish = self._wishes.get(call)
        if wish is None:
            return None
        return 1 + sum(_before(line, wish) for line in self._rivals(kind_of(wish)))

    def positions(self) -> list[tuple[Wish, int]]:
        """List everybody in line in global order with their position: one sweep for a whole board."""
        turns = sorted(self._wishes.values(), key=lambda wish: wish.order)
        passed = dict.fromkeys(self._lines, 0)
        listed = []
        for wish in turns:
            kind = kind_of(wish)
            listed.append((wish, 1 + sum(passed[rival.kind] for rival in self._rivals(kind))))
            passed[kind] += 1
        return listed

    def _wish(self, line: _Line, place: int) -> Wish:
        return self._wishes[line.turns[place][1]]

    def _open(self, wish: Wish, steps: tuple[Step, ...], now: float) -> list[tuple[Step, bool]]:
        """List the steps a wish is content with now; True beside one that opened before its time.

        A step opens early when nobody signed in fits any step before it.
        """
        opened, all_dead = [], True
        for step in steps:
            due = now - wish.since >= step.after_s
            if due or all_dead:
                opened.append((step, not due))
            all_dead = all_dead and not self.bench.anybody_seated(step)
        return opened

    def _best(self, wish: Wish, steps: tuple[Step, ...], now: float, taken: set[str]) -> Pair | None:
        for step, early in self._open(wish, steps, now):
            choice = self.bench.pick(step, taken)
            if choice is not None:
                why = Reasons(
                    wish, now, step, early, choice.fit.language, choice.fit.skill, choice.idle_since
                )
                return Pair(wish.call, choice.agent, why)
        return None

    def _rivals(self, mine: Kind) -> list[_Line]:
        """Give the lines that compete with this kind; kept until lines or those signed in change."""
        if self._rivals_at != self.bench.version:
            self._rivals_of.clear()
            self._rivals_at = self.bench.version
        rivals = self._rivals_of.get(mine)
        if rivals is None:
            own = self.could_serve(mine)
            rivals = [line for line in self._lines.values() if self._compete(mine, own, line.kind)]
            self._rivals_of[mine] = rivals
        return rivals

    def _compete(self, mine: Kind, own: frozenset[Profile], other: Kind) -> bool:
        """Whether another kind wants the same agents; with nobody signed in, the same level and language."""
        others = self.could_serve(other)
        same = (mine.level, mine.language) == (other.level, other.language)
        return not own.isdisjoint(others) or (same and not own and not others)


def _before(line: _Line, wish: Wish) -> int:
    """How many of a line are due before this wish."""
    if line.kind.priority != wish.priority:
        return len(line.turns) if line.kind.priority > wish.priority else 0
    return bisect_left(line.turns, (wish.since, wish.call))
