"""Reconciliation: our facts of a day beside Asterisk's own records, and a fact for every difference, once.

Every night for the day that ended, and some time after a start for what happened while no server was there. Asterisk
opens its logs anew for each line, so a log is put away by renaming it: no line is lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.facts import CallDiffers, Reconciled
from server.figures import reading, spans
from server.figures.asterisk_records import calls_of, lines, started
from server.figures.books import Difference, differences, ours
from server.figures.spans import Span

log = logging.getLogger("ventanilla.figures")

AFTER_START_S = 60.0
"""Time for the calls that a restarted server takes up to be taken up."""
AFTER_MIDNIGHT_S = 3600.0
"""A day is compared when the calls that began in it are over: most are after minutes, all but a few after an hour."""
AGAIN_S = 600.0
"""After a database that could not be read."""
LATE_S = 600.0
"""How long after its channel a call's first fact may be written and still be read."""
KEPT_DAYS = 35
"""Asterisk's records are kept so long: a month's statistics can be questioned and looked up."""

Publish = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class Records:
    """Where Asterisk's records are."""

    logs: Path

    @property
    def cdr(self) -> Path:
        """The folder of `calls.csv`."""
        return self.logs / "cdr-custom"

    @property
    def cel(self) -> Path:
        """The folder of `events.csv`."""
        return self.logs / "cel-custom"

    def put_away(self, day: date) -> None:
        """Give the logs the name of the day that ended, and forget those that are old enough."""
        for folder, name in ((self.cdr, "calls"), (self.cel, "events")):
            log_file, kept = folder / f"{name}.csv", folder / f"{name}-{day.isoformat()}.csv"
            if log_file.exists() and not kept.exists():
                log_file.rename(kept)
            oldest = f"{name}-{(day - timedelta(days=KEPT_DAYS)).isoformat()}.csv"
            for file in folder.glob(f"{name}-*.csv"):
                if file.name < oldest:
                    file.unlink()


async def compare(
    engine: AsyncEngine, records: Records, day: date, zone: tzinfo
) -> tuple[int, tuple[Difference, ...]]:
    """Compare the calls that began on a day: how many there are on both sides together, and what differs."""
    span, since = spans.day_span(day, zone), day - timedelta(days=1)
    facts = await reading.around(engine, Span(span.begins, span.ends + LATE_S))
    mine = ours(facts, span, span.ends + LATE_S)
    theirs = await asyncio.to_thread(
        lambda: calls_of(lines(records.cdr, "calls", since), lines(records.cel, "events", since), span)
    )
    return len({*mine, *theirs}), differences(mine, theirs)


async def reconcile(
    engine: AsyncEngine, records: Records, day: date, zone: tzinfo, publish: Publish, at: float
) -> tuple[int, tuple[Difference, ...]]:
    """Compare a day, and say each difference that was not said yet; `at`: now, unix seconds."""
    span = spans.day_span(day, zone)
    number, found = await compare(engine, records, day, zone)
    said = await reading.of_type(engine, Span(span.begins, float("inf")), ["CallDiffers"])
    known = {(fact["call"], fact["what"]) for fact in said}
    for one in found:
        if (one.call, one.what) not in known:
            publish(CallDiffers(one.call, one.what, one.ours, one.theirs, started(one.call), at))
    publish(Reconciled(day.isoformat(), number, len(found), at))
    return number, found


class Nightly:
    """Runs it: `run` until cancelled."""

    def __init__(self, engine: AsyncEngine, records: Records, zone: tzinfo, publish: Publish) -> None:
        self._engine, self._records, self._zone, self._publish = engine, records, zone, publish

    async def run(self) -> None:
        """Compare today and yesterday some time after the start, then each day when it is over."""
        await asyncio.sleep(AFTER_START_S)
        today = spans.day_of(time.time(), self._zone)
        for day in (today - timedelta(days=1), today):
            await self._until_read(day)
        while True:
            await self._over(today)
            await self._until_read(today)
            await asyncio.to_thread(self._records.put_away, today)
            today += timedelta(days=1)

    async def _over(self, day: date) -> None:
        """Wait until a day is over, looking at the clock now and then, since it may be set."""
        due = spans.day_span(day, self._zone).ends + AFTER_MIDNIGHT_S
        left = due - time.time()
        while left > 0:
            await asyncio.sleep(min(AGAIN_S, left))
            left = due - time.time()

    async def _until_read(self, day: date) -> None:
        while True:
            try:
                number, found = await reconcile(
                    self._engine, self._records, day, self._zone, self._publish, time.time()
                )
            except (SQLAlchemyError, OSError) as fault:
                log.error("%s is not compared with Asterisk's records yet: %s", day, type(fault).__name__)
                await asyncio.sleep(AGAIN_S)
            else:
                log.info("%s: %d calls compared with Asterisk's records, %d differ", day, number, len(found))
                return
