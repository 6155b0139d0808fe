"""From facts to figures: one span, grouped as somebody wishes. Pure; `reading.py` fetches the facts.

A contact and a call belong to the moment they began, whatever happens to them later: so every line adds up, and what
was offered is what was answered, abandoned, turned away, called back or waits still. An agent's time belongs to the
clock, cut at the quarters of an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from queues.thresholds import Thresholds
from server.figures import spans
from server.figures.counts import Counts
from server.figures.ledger import Ledger
from server.figures.records import Call, Contact, Promise, Row, Spell
from server.figures.repeats import Seen
from server.figures.spans import Span

DIMENSIONS = ("day", "quarter", "campaign", "number", "subject", "language", "level", "agent")
"""What figures can be told apart by."""

Key = tuple[str, ...]
Parts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """How to count: which clock, thresholds, what to tell apart, and each agent's level (by name, as it is now)."""

    zone: tzinfo
    thresholds: Thresholds
    by: Sequence[str] = ()
    levels: Mapping[str, int] = field(default_factory=dict)


class Report:
    """Counts of one span by key. What does not have a dimension (a call has no agent) stands under an empty word."""

    def __init__(self, span: Span, terms: Terms, seen: Seen) -> None:
        self.span, self.terms, self.seen = span, terms, seen
        self.lines: dict[Key, Counts] = {}
        self.total = Counts()

    def read(self, facts: Iterable[Row], until: float) -> Report:
        """Count all that began in the span; `until` is when an agent's last state is known to go on to."""
        calls: list[Call] = []
        ledger = Ledger(self._contact, calls.append, self._spell, self._promise)
        for fact in facts:
            ledger.take(fact)
        ledger.close(until)
        for call in sorted(calls, key=lambda one: one.arrived or 0.0):
            self._call(call)
        return self

    def _at(self, parts: Parts) -> Counts:
        key = tuple(parts.get(dimension, "") for dimension in self.terms.by)
        return self.lines.setdefault(key, Counts())

    def _contact(self, contact: Contact) -> None:
        if self._holds(contact.began):
            thresholds = self.terms.thresholds
            parts = self._when(contact.began) | {
                "campaign": contact.campaign or "",
                "number": contact.number or "",
                "subject": contact.subject,
                "language": contact.language,
                "level": str(contact.level),
            }
            if "agent" in self.terms.by and contact.turns:
                for turn in contact.turns:
                    self._at(parts | {"agent": turn.agent or ""}).turn(contact, turn, thresholds)
            else:
                self._at(parts).contact(contact, thresholds)
            self.total.contact(contact, thresholds)

    def _call(self, call: Call) -> None:
        arrived = call.arrived or 0.0
        if self._holds(arrived):
            repeated = self.seen.again(call.call, arrived, call.mark, call.person)
            parts = self._when(arrived) | {
                "campaign": call.campaign or "",
                "number": call.number or "",
                "language": call.language or "",
            }
            self._at(parts).call(call, repeated=repeated)
            self.total.call(call, repeated=repeated)

    def _promise(self, promise: Promise) -> None:
        if self._holds(promise.at):
            parts = self._when(promise.at) | {
                "subject": promise.subject,
                "language": promise.language,
                "level": str(promise.level),
            }
            self._at(parts).promise(promise)
            self.total.promise(promise)

    def _spell(self, spell: Spell) -> None:
        clipped = Span(max(spell.began, self.span.begins), min(spell.ended, self.span.ends))
        level = self.terms.levels.get(spell.agent)
        who = {"agent": spell.agent, "level": "" if level is None else str(level)}
        for piece in spans.pieces(clipped):
            part = spell._replace(began=piece.begins, ended=piece.ends)
            self._at(self._when(piece.begins) | who).spell(part)
            self.total.spell(part)

    def _holds(self, at: float) -> bool:
        return self.span.begins <= at < self.span.ends

    def _when(self, at: float) -> dict[str, str]:
        when = {}
        if "day" in self.terms.by:
            when["day"] = spans.day_of(at, self.terms.zone).isoformat()
        if "quarter" in self.terms.by:
            when["quarter"] = spans.label(spans.quarter_of(at), self.terms.zone)
        return when
