"""The floor without its clock: agents, places and the router together, one happening at a time.

Pure in the sense of the house: time is an argument, nothing is awaited. What must be written and said is
gathered in `changes` and `facts`, which the shell (adapters/floor.py) takes away after each happening. One
call is with one agent at most and one agent with one call at most: both are settled here in one step.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from queues import facts as fact
from queues.agents import (
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
from queues.figures import Day, Thresholds
from queues.limits import Limits
from queues.ports import (
    Change,
    KeptPlace,
    Outcome,
    PlaceGone,
    PlaceTaken,
    Reservation,
    WishForm,
    Wrapped,
)
from queues.router import Pair, Router
from queues.waiting_time import HandleTimes
from queues.wishes import Rules, Wish


class Hall:
    """Everything the floor knows. `day_begins` gives the start of the day a time is in (unix seconds)."""

    def __init__(
        self,
        people: Iterable[Agent],
        rules: Rules,
        limits: Limits,
        thresholds: Thresholds,
        day_begins: Callable[[float], float],
    ) -> None:
        self.people = {agent.name: agent for agent in people}
        self.states = {name: AgentState(name) for name in self.people}
        self.places: dict[str, KeptPlace] = {}
        self.away_since: dict[str, float] = {}
        self.unreachable: set[str] = set()
        self.router = Router(rules)
        self.limits = limits
        self.handle_times = {1: HandleTimes(), 2: HandleTimes()}
        self.changes: list[Change] = []
        self.facts: list[object] = []
        self._thresholds = thresholds
        self.day_begins = day_begins
        self._day: Day | None = None
        self._talked: dict[str, tuple[int, float]] = {}
        self._with: dict[str, str] = {}  # call to the agent who is with it
        self._idle_before: dict[str, float] = {}

    def enrol(self, people: Iterable[Agent]) -> None:
        """Let these agents sign in; one already known keeps the state."""
        for agent in people:
            self.people[agent.name] = agent
            self.router.unseat(agent.name)
            self.states.setdefault(agent.name, AgentState(agent.name))
            self.seat(self.states[agent.name])

    def drain(self) -> tuple[list[Change], list[object]]:
        """Take away what is to be written and said."""
        taken = self.changes, self.facts
        self.changes, self.facts = [], []
        return taken

    # The day -----------------------------------------------------------------------------------------

    def day(self, at: float) -> Day:
        """Give the counters of the day this time is in."""
        begins = self.day_begins(at)
        if self._day is None or self._day.begins != begins:
            self._day = Day(begins, self._thresholds)
        return self._day

    # Callers -----------------------------------------------------------------------------------------

    def want(self, form: WishForm, at: float) -> None:
        """Put a caller in line, or back at their place when the call had one."""
        self.let_go(form.call, at)
        place = self.places.get(form.call)
        since = min(form.since, at) if place is None else place.wish.since
        wish = Wish(form.call, form.subject, form.language, form.level, form.priority, since)
        self.away_since.pop(form.call, None)
        self._keep(KeptPlace(wish))
        self.router.join(wish)
        if place is None:
            self.day(at).offered()
            self._say_waiting(wish, at)

    def withdraw(self, call: str, at: float) -> None:
        """Keep the place of a caller whose session stopped waiting; an agent reserved for it is freed."""
        place = self.places.get(call)
        if place is None or place.talk_since is not None:
            return
        if place.agent is not None:
            self.attempt(place.agent, Event(Happening.RELEASE, at, call))
        self.back_in_line(replace(place, agent=None), at)

    def left(self, call: str, at: float) -> None:
        """Erase a caller who hung up or was given up; a conversation ends, a reservation is released."""
        place = self.places.get(call)
        if place is None:
            return
        if place.talk_since is not None:
            self.ended(call, at)
            return
        if place.agent is not None:
            self.attempt(place.agent, Event(Happening.RELEASE, at, call))
        self.forget(call)
        waited = at - place.wish.since
        self.day(at).abandoned(waited)
        self.changes.append(_outcome(place.wish, "abandoned", None, at, waited))
        self.facts.append(fact.CallerLeft(call, waited, at))

    def rang_out(self, call: str, at: float) -> None:
        """Nobody picked up: the caller goes back to their place, the agent is set aside."""
        place = self.places.get(call)
        if place is None or place.agent is None or place.talk_since is not None:
            return
        if self.attempt(place.agent, Event(Happening.RING_OUT, at, call)):
            self.day(at).rang_out()
            self.facts.append(fact.RangOut(call, place.agent, at))
        self.back_in_line(replace(place, agent=None), at)

    # The call between them ---------------------------------------------------------------------------

    def rings(self, agent: str, call: str, at: float) -> None:
        """Take note that the agent's telephone rings; ignored unless reserved for this call."""
        if self._fits(agent, call) and self.states[agent].state is State.RESERVED:
            self.attempt(agent, Event(Happening.RING, at, call))
            self.facts.append(fact.AgentRinging(call, agent, at))

    def answered(self, call: str, at: float) -> None:
        """Take note that the reserved agent answered; said twice is no fault."""
        place = self.places.get(call)
        if place is None or place.agent is None or place.talk_since is not None:
            return
        if self.attempt(place.agent, Event(Happening.ANSWER, at, call)):
            self.talk(place, place.agent, at)

    def ended(self, call: str, at: float) -> None:
        """Take note that a conversation is over: wrap-up begins; said twice is no fault.

        An answer nobody heard of (AMI was silent) is taken to have been when the agent was reserved.
        """
        place = self.places.get(call)
        if place is None:
            return
        if place.agent is None:
            self._over_unseen(place, at)
            return
        if place.talk_since is None:
            self.answered(call, self.states[place.agent].since)
            place = self.places[call]
        begun = at if place.talk_since is None else place.talk_since
        self._finish(place, place.agent or "", at, at - begun)

    def _over_unseen(self, place: KeptPlace, at: float) -> None:
        """Count a conversation we only hear of at its end, with whom nobody can say any more."""
        self.forget(place.wish.call)
        waited = at - place.wish.since
        self.day(at).answered(waited)
        self.changes.append(_outcome(place.wish, "answered", None, at, waited))

    def _finish(self, place: KeptPlace, agent: str, at: float, talked: float) -> None:
        wish = place.wish
        self._talked[agent] = (wish.level, talked)
        self.attempt(agent, Event(Happening.TALK_END, at, wish.call, until=at + self.limits.wrap_up_s))
        self.forget(wish.call)
        waited = at - talked - wish.since
        self.changes.append(replace(_outcome(wish, "answered", agent, at, waited), talked_s=talked))
        self.facts.append(fact.TalkEnded(wish.call, agent, talked, at))

    def talk(self, place: KeptPlace, agent: str, at: float) -> None:
        """Write down that this call is with this agent from now on."""
        self.router.leave(place.wish.call)
        self.away_since.pop(place.wish.call, None)
        self._keep(replace(place, agent=agent, talk_since=at))
        waited = at - place.wish.since
        self.day(at).answered(waited)
        self.facts.append(fact.TalkStarted(place.wish.call, agent, waited, at))

    # Agents ------------------------------------------------------------------------------------------

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

    def reachable(self, agent: str, *, there: bool, at: float) -> None:
        """Take note that an agent's telephone came or went; one that is not there is offered no call."""
        if agent not in self.people or there == (agent not in self.unreachable):
            return
        (self.unreachable.discard if there else self.unreachable.add)(agent)
        self.seat(self.states[agent])
        self.facts.append(fact.AgentReachable(agent, there, at))

    def tick(self, at: float) -> None:
        """End what has lasted long enough: wrap-ups at their limit, places whose call does not return."""
        for state in list(self.states.values()):
            if state.state is State.WRAP_UP and state.until is not None and state.until <= at:
                self.happen(state.agent, Event(Happening.WRAP_UP_LIMIT, at))
        for call, since in list(self.away_since.items()):
            if at - since >= self.limits.place_keep_s:
                self.left(call, at)

    # Decisions ---------------------------------------------------------------------------------------

    def route(self, at: float) -> list[tuple[Reservation, Pair]]:
        """Make every pair that can be made now, each agent reserved under a lease."""
        made = []
        for pair in self.router.route(at):
            until = at + self.limits.lease_s
            self._idle_before[pair.agent] = pair.reasons.idle_since
            self.happen(pair.agent, Event(Happening.RESERVE, at, pair.call, until=until))
            self.router.leave(pair.call)
            self._keep(replace(self.places[pair.call], agent=pair.agent))
            made.append((Reservation(pair.call, pair.agent, self.people[pair.agent].endpoint, until), pair))
        return made

    def put(self, state: AgentState, idle_since: float | None = None) -> None:
        """Set an agent's state as it is, and the router's bench with it."""
        before = self.states[state.agent]
        if before.call is not None and self._with.get(before.call) == state.agent:
            del self._with[before.call]
        if state.call is not None and state.state in ON_A_CALL:
            self._with[state.call] = state.agent
        self.states[state.agent] = state
        self.seat(state, idle_since)

    def let_go(self, call: str, at: float, *, but: str = "") -> None:
        """Part whoever is with this call from it, but for the agent named: nobody shares a call."""
        place, agent = self.places.get(call), self._with.get(call)
        if agent in {None, but}:
            return
        if place is not None and place.agent == agent:
            (self.withdraw if place.talk_since is None else self.ended)(call, at)
        else:
            over = Event(Happening.TALK_END, at, call, until=at + self.limits.wrap_up_s)
            self.attempt(agent or "", over)

    # Inside ------------------------------------------------------------------------------------------

    def _fits(self, agent: str, call: str) -> bool:
        state = self.states.get(agent)
        return state is not None and state.call == call

    def attempt(self, agent: str, event: Event) -> bool:
        """Let something happen to an agent if it can; outside events and sessions may come late or twice."""
        try:
            self.happen(agent, event)
        except (IllegalHappening, UnknownAgent):
            return False
        return True

    def seat(self, state: AgentState, idle_since: float | None = None) -> None:
        """Bring the router's bench in line with a state."""
        name = state.agent
        if state.state is State.SIGNED_OUT or name in self.unreachable:
            self.router.unseat(name)
            return
        if not self.router.bench.is_seated(name):
            self.router.seat(self.people[name])
        if state.state is State.READY:
            self.router.free(name, state.since if idle_since is None else idle_since)
        else:
            self.router.busy(name)

    def _wrapped(self, old: AgentState, at: float) -> None:
        wrap = at - old.since
        level, talked = self._talked.pop(old.agent, (0, 0.0))
        if level:
            self.handle_times[level].add(talked + wrap)
        if old.call is not None:
            self.changes.append(Wrapped(old.call, old.agent, wrap))

    def _keep(self, place: KeptPlace) -> None:
        self.places[place.wish.call] = place
        self.changes.append(PlaceTaken(place))

    def forget(self, call: str) -> None:
        """Erase a place without counting it."""
        self.router.leave(call)
        self.away_since.pop(call, None)
        del self.places[call]
        self.changes.append(PlaceGone(call))

    def back_in_line(self, place: KeptPlace, at: float) -> None:
        """Put a call at its place again, its session still to come; the turn is kept for a short while."""
        call = place.wish.call
        self._keep(place)
        self.router.join(place.wish)
        self.router.away(call, at + self.limits.return_grace_s)
        self.away_since.setdefault(call, at)

    def _say_waiting(self, wish: Wish, at: float) -> None:
        position = self.router.position(wish.call) or 1
        self.facts.append(
            fact.CallerWaiting(wish.call, wish.subject, wish.language, wish.level, wish.since, position, at)
        )


_GIVEN_BACK = frozenset({Happening.RELEASE, Happening.LEASE_END})


def _outcome(wish: Wish, kind: str, agent: str | None, at: float, waited: float) -> Outcome:
    return Outcome(wish.call, wish.subject, wish.language, wish.level, kind, agent, wish.since, at, waited)
