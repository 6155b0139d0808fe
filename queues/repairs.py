"""Putting right what a comparison with Asterisk found."""

from dataclasses import replace
from typing import assert_never

from queues import facts as fact
from queues.agents import ON_A_CALL, Event, Happening, State
from queues.hall import Hall
from queues.helping import helps
from queues.ports import KeptPlace
from queues.reconcile import Finding, Repair


def repair(hall: Hall, finding: Finding, at: float) -> None:
    """Carry out one finding and say so as a fact; one that an earlier repair has settled is none any more."""
    if finding.repair is Repair.CALLER_GONE and finding.call not in hall.places:
        return
    match finding.repair:
        case Repair.LEASE_OVER:
            _free(hall, finding, at)
        case Repair.TALK_LOST:
            _end(hall, finding, at)
        case Repair.TALK_FOUND:
            _found(hall, finding, at)
        case Repair.OTHER_CALL:
            _end(hall, finding, at)
            _found(hall, finding, at)
        case Repair.CALLER_GONE:
            hall.left(finding.call or "", at)
        case Repair.TELEPHONE_CAME | Repair.TELEPHONE_WENT:
            hall.reachable(finding.agent or "", there=finding.repair is Repair.TELEPHONE_CAME, at=at)
        case _:
            assert_never(finding.repair)
    hall.facts.append(fact.Repaired(finding.repair.value, finding.agent, finding.call, at))


def _free(hall: Hall, finding: Finding, at: float) -> None:
    """Free an agent whose reservation nobody ended; the caller keeps the place, should the session live."""
    agent, call = finding.agent or "", finding.call
    if hall.attempt(agent, Event(Happening.LEASE_END, at, call)):
        hall.facts.append(fact.LeaseExpired(call, agent, at))
    place = hall.places.get(call or "")
    if place is not None and place.agent == agent and place.talk_since is None:
        hall.back_in_line(replace(place, agent=None), at)


def _end(hall: Hall, finding: Finding, at: float) -> None:
    """End a conversation that is no more; its call may be known or not."""
    agent = finding.agent or ""
    call = hall.states[agent].call
    if call is not None and call in hall.places and not helps(hall, agent, call):
        hall.ended(call, at)
    if hall.states[agent].state is State.TALKING:
        hall.attempt(agent, Event(Happening.TALK_END, at, until=at + hall.limits.wrap_up_s))


def _found(hall: Hall, finding: Finding, at: float) -> None:
    """Believe Asterisk that this agent talks with this call."""
    agent, call = finding.agent or "", finding.call
    mine = hall.states[agent].call
    if mine is not None and mine != call and hall.states[agent].state in ON_A_CALL:
        hall.let_go(mine, at)
    if helps(hall, agent, call):  # a colleague who was asked; the caller stays with the one who asked
        hall.attempt(agent, Event(Happening.FOUND_TALKING, at, call))
        return
    hall.let_go(call or "", at, but=agent)
    if not hall.attempt(agent, Event(Happening.FOUND_TALKING, at, call)):
        return
    place: KeptPlace | None = hall.places.get(call or "")
    if place is not None and place.talk_since is None:
        hall.talk(place, agent, at)
