"""Taking the floor up again from what the store remembers."""

from dataclasses import replace

from queues.agents import AgentState, State
from queues.hall import Hall
from queues.limits import Limits
from queues.ports import Kept, KeptPlace, Outcome


def restore(hall: Hall, kept: Kept, at: float) -> None:
    """Take up states, places (their sessions are still to come) and how long talks took. Nothing is said.

    A time that lies ahead was written by a clock that has been set back since: nothing may last until then.
    """
    for state in kept.states:
        if state.agent in hall.people:
            hall.put(_believable(state, hall.limits, at))
    for outcome in kept.outcomes:
        _learn(hall, outcome)
    for place in kept.places:
        _take_up(hall, _not_ahead(place, at), at)


def _believable(state: AgentState, limits: Limits, at: float) -> AgentState:
    match state.state:
        case State.RESERVED | State.RINGING:
            most = at + limits.lease_s
        case State.AWAITING:
            most = at + limits.await_s
        case State.WRAP_UP:
            most = at + limits.wrap_up_s
        case _:
            return replace(state, since=min(state.since, at))
    until = most if state.until is None else min(state.until, most)
    return replace(state, since=min(state.since, at), until=until)


def _not_ahead(place: KeptPlace, at: float) -> KeptPlace:
    talk, began = place.talk_since, place.began
    wish = place.wish if place.wish.since <= at else replace(place.wish, since=at)
    return replace(
        place,
        wish=wish,
        talk_since=talk if talk is None else min(talk, at),
        began=began if began is None else min(began, at),
    )


def _take_up(hall: Hall, place: KeptPlace, at: float) -> None:
    hall.places[place.wish.call] = place
    if place.agent is not None and _still_theirs(hall, place.agent, place.wish.call):
        hall.is_with(place.wish.call, place.agent)
        return
    if place.talk_since is None:
        hall.back_in_line(replace(place, agent=None), at)
    else:
        hall.forget(place.wish.call)


def _still_theirs(hall: Hall, agent: str, call: str) -> bool:
    state = hall.states.get(agent)
    return state is not None and state.call == call


def _learn(hall: Hall, outcome: Outcome) -> None:
    if outcome.talked_s is not None and outcome.wrap_s is not None:
        hall.handle_times[outcome.level].add(outcome.talked_s + outcome.wrap_s)
