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

from collections.abc import Mapping
from math import inf

from queues.agents import Agent
from queues.callers import Callers
from queues.conditions import profile_of
from queues.explain import Pair, Reasons, explain
from queues.lines import Open
from queues.passes import Pass
from queues.profiles import Bench
from queues.rivals import Rivals
from queues.rules import prefers
from queues.wishes import Kind, Rules, Step, Wish, kind_of

__all__ = ["Pair", "Reasons", "Router", "explain"]


class Router:
    """The index of who waits and who is free. No clock, no I/O: `now` is unix seconds, always passed in."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.bench = Bench(balance=rules.choice == "occupancy")
        self._callers = Callers(rules, self.bench)
        self._rivals = Rivals(self.bench, self._callers)
        self._shift_at = -inf

    # Agents ------------------------------------------------------------------------------------------

    def seat(self, agent: Agent) -> None:
        """Count this agent among those signed in; not yet offered calls."""
        self.bench.seat(agent.name, profile_of(agent))
        self._callers.agent_changed(agent.name)

    def unseat(self, name: str) -> None:
        """Forget an agent who signed out."""
        self.bench.unseat(name)
        self._callers.agent_changed(name)

    def free(self, name: str, idle_since: float, occupancy: float = 0.0) -> None:
        """Offer calls to a seated agent, idle since then; `occupancy` as `Bench.free` has it."""
        self.bench.free(name, idle_since, occupancy)
        self._callers.agent_changed(name)

    def busy(self, name: str) -> None:
        """Offer this agent no call."""
        rested = self.bench.rests(name)
        self.bench.busy(name)
        if rested:
            self._callers.agent_changed(name)

    def rest(self, name: str) -> None:
        """Offer this agent no call, and let nobody wait for them: a break."""
        self.bench.rest(name)
        self._callers.agent_changed(name)

    # Callers -----------------------------------------------------------------------------------------

    def join(self, wish: Wish) -> None:
        """Put a caller in line by priority and `since`; joining again replaces the wish."""
        self._callers.join(wish)

    def leave(self, call: str) -> None:
        """Take a caller out of line; one who is not there is no fault."""
        self._callers.leave(call)

    def away(self, call: str, until: float) -> None:
        """Keep a turn until then while the caller's session is not there; offer it nobody."""
        self._callers.away(call, until)

    @property
    def waiting(self) -> Mapping[str, Wish]:
        """Callers in line, by call."""
        return self._callers.wishes

    # Decisions ---------------------------------------------------------------------------------------

    def route(self, now: float) -> list[Pair]:
        """Give every pair to be made now, best caller first. Changes nothing: asked again, it says the same."""
        self._look_at_the_clock(now)
        callers, bench = self._callers, self.bench
        if bench.flipped:
            flipped, bench.flipped = bench.flipped, {}
            callers.pools_changed(flipped)
        callers.take_up_the_given()
        return Pass(callers, bench, bench.fresh).run() if callers.dirty or bench.fresh else []

    def _look_at_the_clock(self, now: float) -> None:
        if now >= self._shift_at or now < self._callers.now:
            shifts = self.rules.shifts
            off = frozenset(team for team, shift in shifts.items() if not shift.is_open(now))
            self._shift_at = min((shift.changes_at(now) for shift in shifts.values()), default=inf)
            if self.bench.duty(off):
                self._callers.all_changed()
        self._callers.look_at_the_clock(now)

    def anybody_for(self, kind: Kind) -> bool:
        """Say whether anybody signed in could ever serve wishes of this kind, whatever the wait."""
        return self._rivals.anybody_for(kind)

    def position(self, call: str) -> int | None:
        """Count this caller and those before who compete for the same agents; None if not in line."""
        wish = self.waiting.get(call)
        return None if wish is None else self._rivals.position(wish)

    def positions(self) -> list[tuple[Wish, int]]:
        """List everybody in line in global order with their position: one sweep for a whole board."""
        return self._rivals.positions(self.waiting.values())

    def preferred(self, call: str) -> bool:
        """Say whether somebody of a higher priority is due before this caller; False for one not in line."""
        wish = self.waiting.get(call)
        return wish is not None and self._rivals.preferred(wish)

    def forlorn(self) -> set[str]:
        """Name the callers in line whom nobody signed in could ever serve, whatever the wait."""
        return self._rivals.forlorn()

    def open_steps(self, call: str, now: float) -> list[Open]:
        """List the steps that a caller in line is content with now. Raises KeyError for anybody else."""
        return self._callers.opened(call, now)

    def steps(self, call: str) -> tuple[Step, ...]:
        """List all steps of a caller in line, open or not. Raises KeyError for anybody else."""
        return self._callers.asked(kind_of(self.waiting[call]))

    def opening(self, call: str, now: float) -> dict[Step, float]:
        """Say at which routing age each step opens to a caller in line. Raises KeyError as above."""
        return self._callers.opening(call, now)

    def prefers(self, kind: Kind) -> bool:
        """Say whether wishes of this kind are better served by agents whom they name."""
        return prefers(self._callers.asked(kind))
