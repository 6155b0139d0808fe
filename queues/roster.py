"""The agents' half of the floor: their states, their telephones, and the router's bench kept in line with them."""

from collections.abc import Iterable
from dataclasses import replace

from queues import facts as fact
from queues import telephones
from queues.agents import (
    FORCED,
    ON_A_CALL,
    Agent,
    AgentState,
    Event,
    Happening,
    IllegalHappening,
    State,
    UnknownAgent,
    after,
)
from queues.limits import Limits
from queues.occupancy import Occupancy
from queues.ports import Change, Wrapped
from queues.router import Router
from queues.waiting_time import HandleTimes
from queues.wishes import Rules

_GIVEN_BACK = frozenset({Happening.RELEASE, Happening.LEASE_END})


class Roster:
    """Who may sign in and what each is doing. What is to be written and said gathers until `drain`."""

    def __init__(self, people: Iterable[Agent], rules: Rules, limits: Limits) -> None:
        self.people = {agent.name: agent for agent in people}
        self.states = {name: AgentState(name) for name in self.people}
        self._absent: set[str] = set()  # lines without a telephone
        self.router = Router(rules)
        self.occupancy = Occupancy()
        self.limits = limits
        self.handle_times = {1: HandleTimes(), 2: HandleTimes()}
        self.changes: list[Change] = []
        self.facts: list[object] = []
        self._talked: dict[str, tuple[int, float]] = {}
        self._with: dict[str, str] = {}  # call to the agent who is with it
        self._idle_before: dict[str, float] = {}

    def drain(self) -> tuple[list[Change], list[object]]:
        """Take away what is to be written and said."""
        taken = self.changes, self.facts
        self.changes, self.facts = [], []
        return taken

    def enrol(self, people: Iterable[Agent]) -> None:
        """Let these agents sign in; one already known keeps the state."""
        for agent in people:
            self.people[agent.name] = agent
            self.router.unseat(agent.name)
            self.states.setdefault(agent.name, AgentState(agent.name))
            self.seat(self.states[agent.name])

    def happen(self, agent: str, event: Event) -> None:
        """Let something happen to an agent; IllegalHappening or UnknownAgent have changed nothing."""
        old = self.states.get(agent)
        if old is None:
            raise UnknownAgent(agent)
        new = after(old, event)
        if new == old:
            return
        self.put(new, self._idle_before.get(agent) if event.happening in _GIVEN_BACK else None)
        self.changes.append(new)
        if old.state is State.WRAP_UP and new.state is not State.WRAP_UP:
            self._wrapped(old, event.at)
        self.facts.append(
            fact.AgentStateChanged(agent, new.state.value, new.reason, new.call, new.until, event.at)
        )

    def force(self, agent: str, event: Event, by: str) -> None:
        """Let a supervisor do it, and say who and why (in their own words, so no reason code of a pause).

        IllegalHappening or UnknownAgent have changed nothing.
        """
        self.happen(agent, replace(event, reason=FORCED))
        self.facts.append(fact.AgentForced(agent, event.happening.value, by, event.reason, event.at))

    def reachable(self, line: str, *, there: bool, at: float) -> None:
        """Take note that a telephone came or went; an agent whose own is not there is offered no call."""
        agent = telephones.owner(line)
        if agent not in self.people or there == (line not in self._absent):
            return
        before = self.is_reachable(agent)
        (self._absent.discard if there else self._absent.add)(line)
        if self.is_reachable(agent) != before:
            self.seat(self.states[agent])
            self.facts.append(fact.AgentReachable(agent, there, at))

    @property
    def absent(self) -> frozenset[str]:
        """The lines without a telephone, as far as Asterisk has told."""
        return frozenset(self._absent)

    def is_reachable(self, agent: str) -> bool:
        """Say whether the telephone that this agent signed in with is there, as far as Asterisk knows."""
        address = self.states[agent].address
        return not telephones.tells(address) or telephones.line(agent, address) not in self._absent

    def attempt(self, agent: str, event: Event) -> bool:
        """Let something happen to an agent if it can; outside events and sessions may come late or twice."""
        try:
            self.happen(agent, event)
        except (IllegalHappening, UnknownAgent):
            return False
        return True

    def put(self, state: AgentState, idle_since: float | None = None) -> None:
        """Set an agent's state as it is, and the router's bench with it."""
        before = self.states[state.agent]
        if before.call is not None and self._with.get(before.call) == state.agent:
            del self._with[before.call]
        if state.call is not None and state.state in ON_A_CALL:
            self._with.setdefault(state.call, state.agent)  # who else is on the call helps
        self.states[state.agent] = state
        self.occupancy.note(before, state)
        self.seat(state, idle_since)

    def is_with(self, call: str, agent: str) -> None:
        """Name the one who has this call, of all who are on it."""
        self._with[call] = agent

    def _fits(self, agent: str, call: str) -> bool:
        state = self.states.get(agent)
        return state is not None and state.call == call

    def seat(self, state: AgentState, idle_since: float | None = None) -> None:
        """Bring the router's bench in line with a state."""
        name = state.agent
        if state.state is State.SIGNED_OUT or not self.is_reachable(name):
            self.router.unseat(name)
            return
        if not self.router.bench.is_seated(name):
            self.router.seat(self.people[name])
        if state.state is State.READY:
            since = state.since if idle_since is None else idle_since
            self.router.free(name, since, self.occupancy.share(name))
        elif state.state is State.PAUSED:
            self.router.rest(name)
        else:
            self.router.busy(name)

    def _wrapped(self, old: AgentState, at: float) -> None:
        wrap = at - old.since
        level, talked = self._talked.pop(old.agent, (0, 0.0))
        if level:
            self.handle_times[level].add(talked + wrap)
        if old.call is not None:
            self.changes.append(Wrapped(old.call, old.agent, wrap))
