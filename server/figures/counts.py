"""Counting: sums that can be added up in any order and over any spans, and the key figures that follow from them.

Durations are summed in whole milliseconds: so the sum is the same whatever the order, and the live figures are those
computed again to the last digit. Every key figure is defined in `kpis.py` and in docs/figures.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields

from queues.thresholds import Thresholds
from server.figures.records import Call, Contact, Ending, Promise, ServiceUse, Spell, Turn

DONE = "done"  # dialplans/outcomes.py: told all


@dataclass(slots=True)
class Counts:
    """What was counted, in whole numbers; times in milliseconds."""

    calls: int = 0
    blocked: int = 0
    served_by_machine: int = 0
    recognisable: int = 0
    repeated: int = 0
    offered: int = 0
    answered: int = 0
    first_answers: int = 0
    taken_over: int = 0
    within: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    turned_away: int = 0
    called_back: int = 0
    rang_out: int = 0
    transferred: int = 0
    waited_ms: int = 0
    longest_ms: int = 0
    talks: int = 0
    talk_ms: int = 0
    holds: int = 0
    hold_ms: int = 0
    wraps: int = 0
    wrap_ms: int = 0
    callbacks_promised: int = 0
    callbacks_kept: int = 0
    ready_ms: int = 0
    engaged_ms: int = 0
    talking_ms: int = 0
    wrapping_ms: int = 0
    paused_ms: int = 0
    services: Counter[ServiceUse] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Add another's sums to these; the longest wait is the longer one."""
        longest = max(self.longest_ms, other.longest_ms)
        for one in fields(self):
            if one.name == "services":
                self.services.update(other.services)
            else:
                setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        self.longest_ms = longest

    def contact(self, contact: Contact, thresholds: Thresholds) -> None:
        """Count one contact as it stands; of one that we rang ourselves only the agents' work."""
        if contact.outbound:
            self._handled(contact)
            return
        self.offered += 1
        self.rang_out += contact.rang_out
        self.transferred += contact.passed_on
        waited = contact.waited_s or 0.0
        self.longest_ms = max(self.longest_ms, ms(waited))
        match contact.ending:
            case Ending.ANSWERED:
                self._answered(contact, waited, thresholds)
            case Ending.ABANDONED:
                self.abandoned += 1
                self.abandoned_short += waited < thresholds.short_abandon_s
            case Ending.TURNED_AWAY:
                self.turned_away += 1
            case Ending.CALLED_BACK:
                self.called_back += 1
            case Ending.WAITING:
                pass

    def _answered(self, contact: Contact, waited: float, thresholds: Thresholds) -> None:
        self.answered += 1
        self.taken_over += len(contact.turns) - 1
        self._answer(waited, thresholds)
        self._handled(contact)

    def _answer(self, waited: float, thresholds: Thresholds) -> None:
        """Count the first answer of a contact: the only one a caller waited in line for."""
        self.first_answers += 1
        self.within += waited <= thresholds.service_level_s
        self.waited_ms += ms(waited)

    def turn(self, contact: Contact, turn: Turn, thresholds: Thresholds) -> None:
        """Count one agent's part in a contact: they had the caller, whoever answered first."""
        if not contact.outbound:
            self.offered += 1
            self.answered += 1
            self.transferred += turn.passed_on
            if turn is contact.turns[0]:
                self.rang_out += contact.rang_out
                self.longest_ms = max(self.longest_ms, ms(contact.waited_s or 0.0))
                self._answer(contact.waited_s or 0.0, thresholds)
            else:
                self.taken_over += 1
        self._handled(turn)

    def _handled(self, contact: Contact | Turn) -> None:
        if contact.talk_s is not None:
            self.talks += 1
            self.talk_ms += ms(contact.talk_s)
        if contact.hold_s is not None and contact.talk_s is not None:
            self.holds += 1
            self.hold_ms += ms(contact.hold_s)
        if contact.wrap_s is not None:
            self.wraps += 1
            self.wrap_ms += ms(contact.wrap_s)

    def call(self, call: Call, *, repeated: bool) -> None:
        """Count one call; `repeated`: the same person or number called before, within the days agreed on."""
        if call.outbound:
            return
        self.calls += 1
        self.blocked += call.refused is not None and not call.contacts
        self.recognisable += call.mark is not None or call.person is not None
        self.repeated += repeated
        self.services.update(call.services)
        by_machine = any(use.outcome == DONE for use in call.services)
        self.served_by_machine += by_machine and not call.wanted

    def promise(self, promise: Promise) -> None:
        """Count one promise to call back."""
        self.callbacks_promised += 1
        self.callbacks_kept += promise.kept

    def spell(self, spell: Spell) -> None:
        """Count the time of one spell."""
        name = TIMES.get(spell.state)
        if name is not None:
            setattr(self, name, getattr(self, name) + ms(spell.ended - spell.began))


TIMES = {
    "ready": "ready_ms",
    "reserved": "engaged_ms",
    "ringing": "engaged_ms",
    "awaiting": "engaged_ms",
    "talking": "talking_ms",
    "wrap_up": "wrapping_ms",
    "paused": "paused_ms",
}
"""Which sum a state's time belongs to (queues/agents.py State)."""


def ms(seconds: float) -> int:
    """Give whole milliseconds."""
    return round(seconds * 1000)
