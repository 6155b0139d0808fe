"""The floor without its clock: agents, places and the router together, one happening at a time.

Pure in the sense of the house: time is an argument, nothing is awaited. What must be written and said is
gathered in `changes` and `facts`, which the shell (adapters/floor.py) takes away after each happening. One
call is with one agent at most and one agent with one call at most: both are settled here in one step.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace

from queues import facts as fact
from queues import telephones
from queues.agents import Agent, Event, Happening, State
from queues.limits import Limits
from queues.ports import (
    KeptPlace,
    Outcome,
    PlaceGone,
    PlaceTaken,
    Reservation,
    WishForm,
)
from queues.roster import Roster
from queues.router import Pair
from queues.rules import could_ever
from queues.wishes import Kind, Named, Rules, Wish, channel_of, kind_of


class Hall(Roster):
    """Everything the floor knows, callers on top of the agents."""

    def __init__(self, people: Iterable[Agent], rules: Rules, limits: Limits) -> None:
        super().__init__(people, rules, limits)
        self.places: dict[str, KeptPlace] = {}
        self.away_since: dict[str, float] = {}
        self._forlorn: set[str] = set()  # those of whom it was told that nobody could serve them
        self._staff = -1  # the bench's version when it was last looked who is forlorn

    # Callers -----------------------------------------------------------------------------------------

    def want(self, form: WishForm, at: float, named: tuple[Named, ...] = ()) -> None:
        """Put a caller in line, or back at their place when the call had one; `named`: whom they should get."""
        since, channel = min(form.since, at), channel_of(form.call)
        wish = Wish(form.call, form.subject, form.language, form.level, form.priority, since, channel, named)
        self.let_go(form.call, at)
        place = self.places.get(form.call)
        if place is not None:  # a supervisor may have moved them since
            same = place.wish.subject == form.subject  # and a restart has forgotten whom they name
            wish = replace(place.wish, named=place.wish.named or (named if same else ()))
        self.away_since.pop(form.call, None)
        self._keep(KeptPlace(wish, began=at if place is None else place.began))
        self.router.join(wish)
        if place is None:
            self._say_waiting(wish, at)

    def prefers(self, form: WishForm) -> bool:
        """Say whether the rule that serves this wish prefers agents whom it names."""
        return self.router.prefers(
            Kind(form.priority, form.level, form.language, form.subject, channel_of(form.call))
        )

    def rewish(self, call: str, subject: str, level: int, priority: int, at: float) -> bool:
        """Let a waiting caller want something else, at the same age; False for one who does not wait now."""
        place = self.places.get(call)
        if place is None or place.agent is not None or call in self.away_since:
            return False
        named = place.wish.named if subject == place.wish.subject else ()  # it is another matter
        wish = replace(place.wish, subject=subject, level=level, priority=priority, named=named)
        self._keep(replace(place, wish=wish))
        self.router.join(wish)
        self._forlorn.discard(call)
        self._say_forlorn(wish, at)
        return True

    def withdraw(self, call: str, at: float) -> None:
        """Keep the place of a caller whose session stopped waiting; an agent reserved for it is freed."""
        place = self.places.get(call)
        if place is None or place.talk_since is not None:
            return
        if place.agent is not None:
            self.attempt(place.agent, Event(Happening.RELEASE, at, call))
        self.back_in_line(replace(place, agent=None), at)

    def here(self, call: str) -> None:
        """Offer this caller agents again: the session waits, though the place was given back under it."""
        place = self.places.get(call)
        if self.away_since.pop(call, None) is not None and place is not None:
            self.router.join(place.wish)

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
        waited = place.waited(at)
        self.changes.append(_outcome(place.wish, "abandoned", None, at, waited))
        self.facts.append(fact.CallerLeft(call, waited, at))

    def rang_out(self, call: str, at: float) -> None:
        """Nobody picked up: the caller goes back to their place, the agent is set aside."""
        place = self.places.get(call)
        if place is None or place.agent is None or place.talk_since is not None:
            return
        if self.states[place.agent].state is State.AWAITING:  # picked up, and could not be joined
            self.withdraw(call, at)
            return
        if self.attempt(place.agent, Event(Happening.RING_OUT, at, call)):
            self.facts.append(fact.RangOut(call, place.agent, at))
        self.back_in_line(replace(place, agent=None), at)

    # The call between them ---------------------------------------------------------------------------

    def rings(self, agent: str, call: str, at: float) -> None:
        """Take note that the agent's telephone rings; ignored unless reserved for this call."""
        if self._fits(agent, call) and self.states[agent].state is State.RESERVED:
            self.attempt(agent, Event(Happening.RING, at, call, until=at + self.limits.lease_s))
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
            self.let_go(call, at)  # a talk that was found, of a call nobody here ever heard of
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
        waited = place.waited(at)
        self.changes.append(_outcome(place.wish, "answered", None, at, waited))
        self.facts.append(fact.TalkUnseen(place.wish.call, waited, at))

    def _finish(self, place: KeptPlace, agent: str, at: float, talked: float) -> None:
        wish = place.wish
        self._talked[agent] = (wish.level, talked)
        self.attempt(agent, Event(Happening.TALK_END, at, wish.call, until=at + self.limits.wrap_up_s))
        self.forget(wish.call)
        waited = place.waited(at - talked)
        self.changes.append(replace(_outcome(wish, "answered", agent, at, waited), talked_s=talked))
        self.facts.append(fact.TalkEnded(wish.call, agent, talked, at))
        if not self.limits.wrap_up_s:
            self.attempt(agent, Event(Happening.WRAP_UP_LIMIT, at))

    def talk(self, place: KeptPlace, agent: str, at: float) -> None:
        """Write down that this call is with this agent from now on."""
        self.router.leave(place.wish.call)
        self.away_since.pop(place.wish.call, None)
        self._keep(replace(place, agent=agent, talk_since=at))
        waited = place.waited(at)
        self.facts.append(fact.TalkStarted(place.wish.call, agent, waited, at))

    def tick(self, at: float, promised: AbstractSet[str] = frozenset()) -> None:
        """End what has lasted long enough: wrap-ups at their limit, places whose call does not return.

        A `promised` call may still be rung or greeted: its place is kept.
        """
        for state in list(self.states.values()):
            if state.state is State.WRAP_UP and state.until is not None and state.until <= at:
                self.happen(state.agent, Event(Happening.WRAP_UP_LIMIT, at))
        for call, since in list(self.away_since.items()):
            if at - since >= self.limits.place_keep_s and call not in promised:
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
            endpoint = telephones.endpoint(pair.agent, self.states[pair.agent].address)
            made.append((Reservation(pair.call, pair.agent, endpoint, until), pair))
        self._look_who_is_forlorn(at)
        return made

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

    def _keep(self, place: KeptPlace) -> None:
        self.places[place.wish.call] = place
        self.changes.append(PlaceTaken(place))

    def hand_over(self, call: str, to: str) -> None:
        """Write down that another agent, who is on this call already, has the caller from now on."""
        self._keep(replace(self.places[call], agent=to))
        self.is_with(call, to)

    def set_aside(self, wish: Wish, agent: str, at: float) -> None:
        """Give a caller whose conversation is over a place with an agent who is reserved already."""
        self._keep(KeptPlace(wish, agent, began=at))
        self.is_with(wish.call, agent)

    def forget(self, call: str) -> None:
        """Erase a place; nothing is said of how the wait ended."""
        self.router.leave(call)
        self.away_since.pop(call, None)
        self._forlorn.discard(call)
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
        self._say_forlorn(wish, at)

    def _say_forlorn(self, wish: Wish, at: float) -> None:
        """Say so if nobody who is here could ever serve this caller; once, as long as that is so."""
        if wish.call in self._forlorn or self.router.anybody_for(kind_of(wish)):
            return
        self._forlorn.add(wish.call)
        ever = could_ever(self.people.values(), wish, self.router.steps(wish.call))
        among = "signed_in" if ever else "enrolled"
        self.facts.append(fact.NobodyCanServe(wish.call, wish.subject, wish.language, wish.level, among, at))

    def _look_who_is_forlorn(self, at: float) -> None:
        """Say of whom it has become so: the last who could serve them signed out, or their shift is over."""
        if self._staff == self.router.bench.version:
            return
        self._staff = self.router.bench.version
        forlorn = self.router.forlorn()
        self._forlorn &= forlorn
        for call in sorted(forlorn - self._forlorn):
            self._say_forlorn(self.router.waiting[call], at)


def _outcome(wish: Wish, kind: str, agent: str | None, at: float, waited: float) -> Outcome:
    return Outcome(wish.call, wish.subject, wish.language, wish.level, kind, agent, wish.since, at, waited)
