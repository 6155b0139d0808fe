"""A second agent on a call that another agent has: asked, answering, leaving, taking it over. On the hall, pure.

Both have the same call in their state. The place names the one who has the caller; whoever else is on the call
helps, and what happens to a helper never ends the caller's conversation.
"""

from queues import facts as fact
from queues import telephones
from queues.agents import ON_A_CALL, Event, Happening, State
from queues.hall import Hall
from queues.ports import Reservation
from queues.rules import barred, could_ever, steps_of
from queues.wishes import Wish, kind_of


def helps(hall: Hall, agent: str, call: str | None) -> bool:
    """Say whether this agent is on a call that another agent has."""
    state, place = hall.states.get(agent), hall.places.get(call or "")
    if state is None or state.call != call or state.state not in ON_A_CALL:
        return False
    return place is not None and place.agent is not None and place.agent != agent


def reserve(hall: Hall, call: str, second: str, at: float) -> Reservation:
    """Set a second agent aside for a call. Raises IllegalHappening or UnknownAgent, having changed nothing."""
    until = at + hall.limits.lease_s
    hall.happen(second, Event(Happening.RESERVE, at, call, until=until))
    return Reservation(call, second, telephones.endpoint(second, hall.states[second].address), until)


def ask(hall: Hall, call: str, second: str, at: float) -> Reservation:
    """Set a colleague aside to be asked about a call. Raises what `reserve` does, or Unfit, having changed nothing.

    Anybody of the house may be asked; an external provider hears nothing that it could not be called about.
    """
    known = hall.people.get(second)
    if known is not None and known.team in barred(kind_of(hall.places[call].wish), hall.router.rules):
        raise Unfit(second)
    return reserve(hall, call, second, at)


def answered(hall: Hall, second: str, call: str, at: float) -> bool:
    """Take note that the second answered; False if they were not asked."""
    return helps(hall, second, call) and hall.attempt(second, Event(Happening.ANSWER, at, call))


def gone(hall: Hall, second: str, call: str, at: float) -> bool:
    """Take note that the second left, or is let go: after a talk they wrap up, else they are free again.

    False for whoever has the caller: that is the end of a conversation, and told otherwise.
    """
    place, state = hall.places.get(call), hall.states.get(second)
    if state is None or state.call != call or (place is not None and place.agent == second):
        return False
    if state.state is State.TALKING:
        over = Event(Happening.TALK_END, at, call, until=at + hall.limits.wrap_up_s)
        return hall.attempt(second, over)
    return hall.attempt(second, Event(Happening.RELEASE, at, call))


def complete(hall: Hall, call: str, to: str, at: float) -> bool:
    """Give the caller to the second; the first wraps up. False when there is nothing to give.

    Raises Unfit as `hand` does, having changed nothing: to be asked is for all of the house, to have the caller is not.
    """
    place = hall.places.get(call)
    if place is None or place.agent is None or not helps(hall, to, call):
        return False
    if not could_take(hall, place.wish, to):
        raise Unfit(to)
    first, since = place.agent, hall.states[place.agent].since
    hall.hand_over(call, to)
    hall.attempt(first, Event(Happening.TALK_END, at, call, until=at + hall.limits.wrap_up_s))
    hall.facts.append(fact.TalkEnded(call, first, at - since, at))
    hall.facts.append(fact.HandedOver(call, first, to, at))
    return True


class Unfit(Exception):  # noqa: N818 - named as the trade would say it, like IllegalHappening
    """Whoever should get the caller fits no step of the wish, however long it waits."""


def could_take(hall: Hall, wish: Wish, agent: str) -> bool:
    """Say whether this agent fits any step of a wish, whatever the wait; a wish's floor is part of every step."""
    known = hall.people.get(agent)
    return known is not None and could_ever((known,), wish, steps_of(kind_of(wish), hall.router.rules))


def hand(hall: Hall, call: str, to: str, at: float) -> Reservation:
    """Let the first go and set another agent aside for the caller, as if the router had chosen them.

    Raises IllegalHappening, UnknownAgent, or Unfit for somebody whom no waiting would have given this caller,
    having changed nothing.
    """
    place = hall.places[call]
    if to in hall.people and not could_take(hall, place.wish, to):
        raise Unfit(to)
    reservation = reserve(hall, call, to, at)
    hall.ended(call, at)
    hall.set_aside(place.wish, to, at)
    hall.facts.append(fact.HandedOver(call, place.agent or "", to, at))
    return reservation
