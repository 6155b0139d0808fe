"""An agent who picked up before the citizen who is called back: waits, is joined, or is let go. On the hall, pure.

The agent's own leg hears music in Asterisk (asterisk-conf/legs.conf, [summoned]). The place in line is the callback's
and names the agent, as if they were rung: so nobody else gets either, and the lease (`Limits.await_s`) ends it all.
"""

from queues.agents import ON_A_CALL, Event, Happening, State
from queues.hall import Hall
from queues.ports import Reservation


def begins(hall: Hall, call: str, at: float) -> str | None:
    """Take note that the agent set aside for this call has picked up; give who it is, None when nobody is."""
    place = hall.places.get(call)
    if place is None or place.agent is None or place.talk_since is not None:
        return None
    until = at + hall.limits.await_s
    picked_up = hall.attempt(place.agent, Event(Happening.AWAIT, at, call, until=until))
    return place.agent if picked_up else None


def awaits(hall: Hall, call: str) -> Reservation | None:
    """Give the agent who waits for whoever is called, None when nobody does."""
    place = hall.places.get(call)
    state = hall.states.get(place.agent or "") if place is not None else None
    if state is None or state.state is not State.AWAITING or state.call != call:
        return None
    return Reservation(call, state.agent, "", state.until or 0.0, awaits=True)


def expected(hall: Hall, agent: str, call: str) -> bool:
    """Say whether this agent is on this call: else nobody comes for a leg of theirs that waits for it."""
    state = hall.states.get(agent)
    return state is not None and state.state in ON_A_CALL and state.call == call


def gone(hall: Hall, call: str, at: float) -> None:
    """Free the agent whose leg is gone; who is called keeps the place and waits for another."""
    if awaits(hall, call) is not None:
        hall.withdraw(call, at)
