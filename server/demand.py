"""What was asked of us: today's picture for supervisors, the report of any days, and where a call comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine

from dialplans.catalogue import OTHER
from dialplans.institution import Institution
from ivr.caller import proposed_language
from ivr.facts import CallArrived
from server.facts import CallPlaced
from server.figures import demand as figures
from server.figures import reading, spans
from server.figures.demand import ACTION, LINE, TYPES, Count, Demand
from server.figures.sheet import Cell, Sheet
from server.figures.spans import Span
from web.ports import Message

KEPT_S = 15.0
"""How long a picture of today is kept: a wall of supervisors asks for one, not each for theirs."""
PUBLISHED = "published_share"


def placed(fact: object, institution: Institution) -> CallPlaced | None:
    """Give the territory of a call that arrives, where its number tells one."""
    if not isinstance(fact, CallArrived):
        return None
    territory = proposed_language(fact.caller, institution.country, institution.catalogue.territories)
    return CallPlaced(fact.call, territory, fact.at) if territory else None


async def read(engine: AsyncEngine, institution: Institution, days: Sequence[date]) -> Demand:
    """Read the demand of these days, all of them together."""
    zone = institution.time_zone
    span = Span(spans.begins(days[0], zone), spans.day_span(days[-1], zone).ends)
    facts = await reading.of_type(engine, span, TYPES)
    return Demand(span, institution.catalogue, zone).read(facts)


def sheet(demand: Demand, by: Sequence[str], institution: Institution) -> Sheet:
    """Give the report as rows: contacts, requests, share; for the lines of demand also what was published."""
    if ACTION in by:
        rows = sorted(demand.actions().items(), key=lambda one: (-one[1], one[0]))
        return Sheet((ACTION, "times"), tuple((name, number) for name, number in rows))
    counted = demand.by(by)
    if tuple(by) == (LINE,):
        return _lines(counted, institution)
    whole = sum(count.contacts for count in counted.values())
    rows_by = sorted(counted.items(), key=lambda one: (-one[1].contacts, one[0]))
    return Sheet(
        (*by, "contacts", "requests", "share"), tuple((*key, *_cells(count, whole)) for key, count in rows_by)
    )


def _lines(counted: dict[tuple[str, ...], Count], institution: Institution) -> Sheet:
    """Give every line of the catalogue in its order, those that nobody asked for too."""
    lines = {one.name: one.share for one in institution.catalogue.demand}
    names = [*lines, *(() if OTHER in lines else (OTHER,))]
    whole = sum(count.contacts for count in counted.values())
    rows: list[tuple[Cell, ...]] = [
        (name, *_cells(counted.get((name,), Count()), whole), lines.get(name)) for name in names
    ]
    return Sheet((LINE, "contacts", "requests", "share", PUBLISHED), tuple(rows))


def _cells(count: Count, whole: int) -> tuple[Cell, ...]:
    return count.contacts, count.requests, count.contacts / whole if whole else None


class DemandToday:
    """Implements web.ports.DemandPort: today, read from the facts, at most every few seconds."""

    def __init__(
        self, engine: AsyncEngine, institution: Callable[[], Institution], clock: Callable[[], float]
    ) -> None:
        self._engine, self._institution, self._clock = engine, institution, clock
        self._kept: tuple[float, Message] = (0.0, {})

    async def demand(self) -> Message:
        """Give today by line, subject, type, state, channel, territory and action."""
        at = self._clock()
        if self._kept[0] + KEPT_S < at:
            self._kept = (at, await self._read(at))
        return self._kept[1]

    async def _read(self, at: float) -> Message:
        here = self._institution()
        today = spans.day_of(at, here.time_zone)
        found = await read(self._engine, here, [today])
        names = {one.name: dict(one.about) for one in here.catalogue.demand}
        parts = {
            part: [
                dict(zip(made.heads, row, strict=True))
                for made in [sheet(found, (part,), here)]
                for row in made.rows
            ]
            for part in figures.DIMENSIONS
            if part != "day"
        }
        kinds = {name: dict(one.about) for name, one in here.catalogue.kinds.items()}
        return {"at": at, "day": today.isoformat(), "names": names, "kinds": kinds, **parts}
