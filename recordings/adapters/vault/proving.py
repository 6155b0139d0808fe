"""Which destructions of a plan the evidence's log supports: a row alone destroys nothing, whoever wrote it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.destroyed import explained
from recordings.adapters.evidence.grounds import grounds_of
from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.tables import log as log_
from recordings.adapters.tables import recordings
from recordings.evidence.destroyed import NEVER, Explained
from recordings.evidence.entries import Kind
from recordings.naming import call_of
from recordings.retention import Next, Plan, Unproven, is_over

DayOf = Callable[[float], date]
_NO_DAY = (ValueError, OverflowError, OSError)


async def proven(engine: AsyncEngine, day_of: DayOf, plan: Plan, at: float) -> Plan:
    """Give a plan without the destructions that the log does not support at a moment (unix seconds); it names them."""
    left = await unproven(engine, day_of, plan, [step.call for step in plan.of(Next.DESTROY)], at)
    kept = {one.call for one in left}
    return replace(plan, steps=tuple(step for step in plan.steps if step.call not in kept), unproven=left)


async def unproven(
    engine: AsyncEngine, day_of: DayOf, plan: Plan, calls: Sequence[str], at: float
) -> tuple[Unproven, ...]:
    """Give those of some calls that may not be destroyed by a plan's terms, each with what the log lacks."""
    if not calls:
        return ()
    log = await explained(engine, at)
    doubts = [(call, await _doubt(engine, day_of, plan, call, log)) for call in calls]
    return tuple(Unproven(call, why) for call, why in doubts if why is not None)


async def somebodys(engine: AsyncEngine, paths: Sequence[str]) -> frozenset[str]:
    """Give those paths of files that are of a recording, by its row or by the log: they belong to somebody."""
    calls = {path: call for path in paths if (call := call_of(Path(path)))}
    if not calls:
        return frozenset()
    async with engine.connect() as connection:
        rows = select(recordings.c.call).where(recordings.c.call.in_(list(calls.values())))
        known = set((await connection.execute(rows)).scalars())
        for call in set(calls.values()) - known:
            begun = select(log_.c.leaf).where(
                log_.c.kind == Kind.BEGUN, log_.c.line.endswith(f" {reference_of(call)}")
            )
            if (await connection.execute(begun.limit(1))).first():
                known.add(call)
    return frozenset(path for path, call in calls.items() if call in known)


async def _doubt(engine: AsyncEngine, day_of: DayOf, plan: Plan, call: str, log: Explained) -> str | None:
    """Say what the log lacks for a recording to be destroyed; None when it says all of it, and in time."""
    if not log.may_go(reference_of(call)):
        return "the log does not say that it was blocked four weeks before, and that nothing holds it"
    grounds = await grounds_of(engine, call, log)
    if grounds is None or grounds.began == NEVER:
        return "the log does not say when it began"
    try:
        over = is_over(day_of(grounds.began), grounds.acts, plan.terms, plan.day)
    except _NO_DAY:
        over = False
    return None if over else "by what was signed and logged its term is not over"
