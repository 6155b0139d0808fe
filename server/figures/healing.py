"""Facts that a killed server had no time to write: said again at the next start, from what the floor remembers.

Facts are written in groups, some fiftieth of a second behind the floor's own tables. Whoever is killed in between has
a floor that knows more than the record: a caller in line, an answer, an end. The record gets what it lacks. Pure.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from queues import facts as fact
from queues.agents import AgentState, State
from queues.ports import KeptPlace, Outcome
from server.figures.ledger import Ledger
from server.figures.records import Contact, Ending

SAME_S = 1.0
"""Two accounts of when a stay in line began are no further apart."""
LOOK_BACK_S = 3600.0
"""How far back ends are compared: a database may have refused facts for a while before the server died."""


def missing(
    ledger: Ledger,
    over: Container[str],
    states: Iterable[AgentState],
    places: Iterable[KeptPlace],
    outcomes: Iterable[Outcome],
) -> Iterator[object]:
    """Give the facts that the record lacks, in an order in which they can have happened.

    The ledger must have read the record; it is not changed. `over`: calls whose end the record has; what the floor
    still remembers of them is what it had no time to forget.
    """
    for outcome in outcomes:
        contact = _last(ledger, outcome.call)
        if contact is not None and not contact.over:
            yield from _ended(contact, outcome)
    for place in places:
        if place.wish.call not in over:
            yield from _of_place(_last(ledger, place.wish.call), place)
    for state in states:
        yield from _of_agent(ledger, state)


def _last(ledger: Ledger, call: str) -> Contact | None:
    known = ledger.calls.get(call)
    return known.contacts[-1] if known is not None and known.contacts else None


def _ended(contact: Contact, outcome: Outcome) -> Iterator[object]:
    call, agent, at = outcome.call, outcome.agent, outcome.ended_at
    if at < contact.began:
        return  # of an earlier stay in line
    if outcome.kind == "abandoned":
        yield fact.CallerLeft(call, outcome.waited_s, at)
        return
    if agent is None:
        yield fact.TalkUnseen(call, outcome.waited_s, at)
        return
    talked = outcome.talked_s or 0.0
    if contact.ending is Ending.WAITING:
        yield fact.TalkStarted(call, agent, outcome.waited_s, at - talked)
    yield fact.TalkEnded(call, agent, talked, at)


def _of_place(contact: Contact | None, place: KeptPlace) -> Iterator[object]:
    wish, call = place.wish, place.wish.call
    began = wish.since if place.began is None else place.began
    if contact is not None and contact.over:
        if began <= contact.began + SAME_S:
            return  # the stay that is over by the record
        contact = None
    if contact is None:
        yield fact.CallerWaiting(call, wish.subject, wish.language, wish.level, wish.since, 1, began)
    talks = place.talk_since is not None and place.agent is not None
    if talks and (contact is None or contact.ending is Ending.WAITING):
        at = place.talk_since or began
        yield fact.TalkStarted(call, place.agent or "", place.waited(at), at)


def _of_agent(ledger: Ledger, state: AgentState) -> Iterator[object]:
    known = ledger.desks.present.get(state.agent)
    now = (state.state.value, state.reason, state.call)
    signed_out = known is None and state.state is State.SIGNED_OUT
    if signed_out or (known is not None and (known[1:4] == now or state.since < known.began)):
        return
    yield fact.AgentStateChanged(state.agent, *now, state.until, state.since)
