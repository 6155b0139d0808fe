"""Our books against Asterisk's, call by call: every difference by its name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from queues.agents import State
from queues.wishes import TEXT, channel_of
from server.figures.asterisk_records import AsteriskCall, started
from server.figures.differences import (
    AGENT,
    ANSWERED_IN_ASTERISK,
    ANSWERED_WITH_US,
    MISSING_IN_ASTERISK,
    MISSING_WITH_US,
    TALK,
    TALK_UNKNOWN,
)
from server.figures.ledger import Ledger
from server.figures.records import Call, Contact, Ending, Row
from server.figures.spans import Span

APART_S = 1.0
"""Talk times that are no further apart are the same: an event takes a moment from Asterisk to us."""


class Difference(NamedTuple):
    """One call, what of it differs, and both sides in words."""

    call: str
    what: str
    ours: str = ""
    theirs: str = ""


@dataclass(slots=True)
class OurCall:
    """One call as our facts have it; `talked_s` is None when a talk has no known length."""

    call: str
    ended: bool = False
    agents: set[str] = field(default_factory=set)
    answered: bool = False
    talked_s: float | None = 0.0


def ours(facts: Iterable[Row], span: Span, until: float) -> dict[str, OurCall]:
    """Put together the calls of our facts that began in the span; calls in writing are not for Asterisk to know."""
    shelf = _Shelf(span)
    ledger = Ledger(shelf.contact, shelf.over)
    for fact in facts:
        if fact["type"] == "CallDiffers":
            continue  # what an earlier comparison found is no word of ours about the call
        for name in filter(None, (fact.get("call"), fact.get("placed"))):
            shelf.begun(name)
        if fact["type"] == "AgentStateChanged" and fact["state"] == State.TALKING and fact["call"]:
            shelf.talks(fact["call"], fact["agent"])
        ledger.take(fact)
    ledger.close(until)
    return shelf.found


class _Shelf:
    """Our calls of one span, as the ledger tells of them."""

    def __init__(self, span: Span) -> None:
        self.found: dict[str, OurCall] = {}
        self._span = span

    def begun(self, call: str) -> OurCall | None:
        if channel_of(call) == TEXT or not self._span.begins <= started(call) < self._span.ends:
            return None
        return self.found.setdefault(call, OurCall(call))

    def talks(self, name: str, agent: str) -> None:
        """Note who talks with a caller: a colleague who is asked does too."""
        call = self.begun(name)
        if call is not None:
            call.agents.add(agent)

    def contact(self, one: Contact) -> None:
        call = self.begun(one.call)
        if call is None or one.ending is not Ending.ANSWERED:
            return
        call.answered = True
        call.agents.update(filter(None, (turn.agent for turn in one.turns)))
        known = call.talked_s is not None and one.talk_s is not None
        call.talked_s = (call.talked_s or 0.0) + (one.talk_s or 0.0) if known else None

    def over(self, one: Call) -> None:
        call = self.begun(one.call)
        if call is not None and one.refused != MISSING_WITH_US:
            call.ended = one.ended is not None


def differences(mine: Mapping[str, OurCall], theirs: Mapping[str, AsteriskCall]) -> tuple[Difference, ...]:
    """Name every difference, by call. A call that goes on, or that one side is still writing, is none yet."""
    return tuple(
        difference
        for call in sorted({*mine, *theirs})
        for difference in _of_call(call, mine.get(call), theirs.get(call))
    )


def _of_call(call: str, mine: OurCall | None, theirs: AsteriskCall | None) -> Iterator[Difference]:
    if mine is None:
        if theirs is not None and theirs.ended and theirs.came_in:
            yield Difference(call, MISSING_WITH_US)
    elif theirs is None:
        if mine.ended:
            yield Difference(call, MISSING_IN_ASTERISK)
    elif mine.ended and theirs.ended:
        yield from _of_talks(mine, theirs)


def _of_talks(mine: OurCall, theirs: AsteriskCall) -> Iterator[Difference]:
    call = mine.call
    if mine.answered != bool(theirs.agents):
        yield Difference(call, ANSWERED_WITH_US if mine.answered else ANSWERED_IN_ASTERISK)
        return
    if not mine.answered:
        return
    if mine.agents != theirs.agents:
        yield Difference(call, AGENT, _listed(mine.agents), _listed(theirs.agents))
    talked = theirs.talked_s
    if mine.talked_s is None or talked is None:
        yield Difference(call, TALK_UNKNOWN, _seconds(mine.talked_s), _seconds(talked))
    elif abs(mine.talked_s - talked) > APART_S:
        yield Difference(call, TALK, _seconds(mine.talked_s), _seconds(talked))


def _listed(agents: Iterable[str]) -> str:
    return ", ".join(sorted(agents))


def _seconds(seconds: float | None) -> str:
    return "unknown" if seconds is None else f"{seconds:.1f} s"
