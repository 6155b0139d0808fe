"""Today's figures, counted while it happens: the same ledger as the reports', fed with the facts as they are said.

Each contact is counted on the day it began, so nothing is lost or counted twice at midnight, and a clock that is set
back finds its day as it left it. After a restart the day is read from the table, once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import date, tzinfo

from sqlalchemy.ext.asyncio import AsyncEngine

from queues.ports import Kept
from queues.thresholds import Thresholds
from server.figures import spans
from server.figures.counts import Counts
from server.figures.healing import missing
from server.figures.ledger import Ledger
from server.figures.reading import TYPES, around
from server.figures.records import Call, Contact, Promise, Row
from server.topics import body

DAYS_KEPT = 8
"""Days whose sums are kept: today's, yesterday's (somebody waits over midnight), and those a clock may jump to."""
_MEANT = frozenset(TYPES)


class Live:
    """Hears facts from the bus; `day` gives the figures of the day a moment is in, as they are now."""

    def __init__(self, zone: tzinfo, thresholds: Thresholds) -> None:
        self.thresholds = thresholds
        self._zone = zone
        self._days: OrderedDict[date, Counts] = OrderedDict()
        self._ended = set[str]()
        self._ledger = Ledger(self._settled, self._over, redeemed=self._redeemed)

    def read(self, facts: Iterable[Row]) -> None:
        """Take up the day from what a former server wrote."""
        for fact in facts:
            self._ledger.take(fact)
            if fact["type"] == "CallEnded":
                self._ended.add(fact["call"])

    def lacking(self, kept: Kept) -> list[object]:
        """Give the facts that a killed server did not come to write, as far as the floor remembers them."""
        return [*missing(self._ledger, self._ended, kept.states, kept.places, kept.outcomes)]

    def hear(self, fact: object) -> None:
        """Take a fact; cheap, for it is called from the conversation."""
        name = type(fact).__name__
        if name in _MEANT:
            self._ledger.take({**body(fact), "type": name})

    def day(self, at: float) -> Counts:
        """Give the figures of the day that `at` (unix seconds) is in."""
        day = spans.day_of(at, self._zone)
        counts = Counts()
        counts.add(self._days.get(day, Counts()))
        for contact in self._ledger.open():
            if spans.day_of(contact.began, self._zone) == day:
                counts.contact(contact, self.thresholds)
        for promise in self._ledger.promised.open.values():
            if spans.day_of(promise.at, self._zone) == day:
                counts.promise(promise)
        return counts

    def _settled(self, contact: Contact) -> None:
        self._of(contact.began).contact(contact, self.thresholds)

    def _over(self, call: Call) -> None:
        self._of(call.arrived or 0.0).call(call, repeated=False)

    def _redeemed(self, promise: Promise) -> None:
        self._of(promise.at).promise(promise)

    def _of(self, at: float) -> Counts:
        day = spans.day_of(at, self._zone)
        counts = self._days.setdefault(day, Counts())
        while len(self._days) > DAYS_KEPT:
            self._days.popitem(last=False)
        return counts


async def live_today(engine: AsyncEngine, zone: tzinfo, thresholds: Thresholds, at: float) -> Live:
    """Give today's figures as far as a former server wrote them; `at`: now, unix seconds."""
    live = Live(zone, thresholds)
    begins, _ = spans.day_span(spans.day_of(at, zone), zone)
    live.read(await around(engine, spans.Span(begins, float("inf"))))
    return live
