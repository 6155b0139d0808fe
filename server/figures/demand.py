"""What was asked of the institution, out of the facts: by subject, type, state, channel, territory, action. Pure.

A *contact* is a call that opened or continued a request, by what it was about in the end; a *request* is counted once,
where it was opened. A call that turned out to belong to an older request opened none. States are those at the end of
what is read. Shares are of the contacts, as the published figures are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from crm_bridge.access import Action
from crm_bridge.requests import (
    ENQUIRY,
    State,
    after_contact,
    after_outcome,
    channel_of,
    says_more,
)
from dialplans.catalogue import Catalogue, line_of
from server.figures import spans
from server.figures.records import Row
from server.figures.spans import Span

TYPES = (
    "RequestOpened", "RequestContinued", "RequestClassified", "RequestNoted", "RequestPassedOn", "RequestHandled",
    "CallPlaced",
)  # fmt: skip
"""The facts that are read."""
LINE, ACTION = "line", "action"
DIMENSIONS = (LINE, "subject", "type", "state", "channel", "territory", "day", ACTION)
"""What demand can be told apart by; actions stand alone, for one contact may have none or many."""
UNKNOWN = "unknown"


@dataclass(slots=True)
class Count:
    """How many contacts, and how many requests that were opened by them."""

    contacts: int = 0
    requests: int = 0


@dataclass(slots=True)
class _Contact:
    call: str
    request: str
    at: float
    subject: str
    channel: str
    new: bool
    kind: str = ""


@dataclass(slots=True)
class Demand:
    """The facts of a span, taken one after the other."""

    span: Span
    catalogue: Catalogue
    zone: tzinfo
    _contacts: dict[str, _Contact] = field(default_factory=dict)
    _states: dict[str, State] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)
    _actions: Counter[str] = field(default_factory=Counter)

    def read(self, facts: Iterable[Row]) -> Demand:
        """Take facts in the order in which they were written."""
        for fact in facts:
            self._take(fact["type"], fact, fact["at"])
        return self

    def _take(self, kind: str, said: Mapping[str, Any], at: float) -> None:
        request = said.get("request", "")
        match kind:
            case "RequestOpened":
                self._opened(said, at)
            case "RequestContinued":
                self._continued(said, at)
            case "RequestClassified":
                self._classified(said)
            case "RequestNoted":
                self._states[request] = after_outcome(self._state(request), said["outcome"])
                self._actions[said["outcome"]] += 1
            case "RequestPassedOn":
                self._states[request] = self._escalated(request)
                self._actions["escalate"] += 1
            case "RequestHandled":
                self._handled(request, said)
            case "CallPlaced":
                self._places[said["call"]] = said["territory"]

    def _opened(self, said: Mapping[str, Any], at: float) -> None:
        call, request = said["call"], said["request"]
        self._states[request] = State.OPEN
        self._kinds.setdefault(request, said.get("kind", ENQUIRY))
        channel = said.get("channel") or channel_of(call)
        self._contacts[call] = _Contact(call, request, at, said["subject"], channel, new=True)

    def _continued(self, said: Mapping[str, Any], at: float) -> None:
        call, request, subject = said["call"], said["request"], said["subject"]
        self._states[request] = after_contact(self._state(request))
        met = self._contacts.get(call)
        if met is None:
            self._contacts[call] = _Contact(call, request, at, subject, channel_of(call), new=False)
            return
        if met.request != request:
            self._states.pop(met.request, None)
            met.request, met.new = request, False
        if says_more(met.subject, subject):
            met.subject = subject

    def _classified(self, said: Mapping[str, Any]) -> None:
        if said["kind"]:
            self._kinds[said["request"]] = said["kind"]
        for met in self._contacts.values() if said["call"] is None else self._of(said["call"]):
            if met.request == said["request"]:
                met.subject = said["subject"]
                met.kind = said["kind"] or met.kind

    def _of(self, call: str) -> Sequence[_Contact]:
        met = self._contacts.get(call)
        return () if met is None else (met,)

    def _handled(self, request: str, said: Mapping[str, Any]) -> None:
        action, outcome = said["action"], said.get("outcome")
        self._actions[action] += 1
        if outcome:
            self._states[request] = after_outcome(self._state(request), outcome)
        elif action == Action.CLOSE:
            self._states[request] = State.CLOSED
        elif action == Action.ESCALATE:
            self._states[request] = self._escalated(request)

    def _escalated(self, request: str) -> State:
        state = self._state(request)
        return State.IN_PROGRESS if state is State.OPEN else state

    def _state(self, request: str) -> State:
        """Give where a request stands; one that was opened before what is read was in progress."""
        return self._states.get(request, State.IN_PROGRESS)

    # --- what comes out ---

    def by(self, dimensions: Sequence[str]) -> dict[tuple[str, ...], Count]:
        """Count the contacts of the span, and the requests they opened."""
        rows: dict[tuple[str, ...], Count] = {}
        for met in self._contacts.values():
            if self.span.begins <= met.at < self.span.ends:
                count = rows.setdefault(tuple(self._word(met, one) for one in dimensions), Count())
                count.contacts += 1
                count.requests += met.new
        return rows

    def actions(self) -> Counter[str]:
        """Count what agents did: outcomes of calls, and what they did with requests at the desk."""
        return self._actions

    def _word(self, met: _Contact, dimension: str) -> str:
        kind = met.kind or self._kinds.get(met.request, ENQUIRY)
        words = {
            LINE: lambda: line_of(self.catalogue, met.subject, kind),
            "subject": lambda: met.subject,
            "type": lambda: kind,
            "state": lambda: str(self._state(met.request)),
            "channel": lambda: met.channel,
            "territory": lambda: self._places.get(met.call, UNKNOWN),
            "day": lambda: spans.day_of(met.at, self.zone).isoformat(),
        }
        return words[dimension]()
