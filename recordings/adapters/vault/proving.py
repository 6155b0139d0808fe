"""Which destructions of a plan the evidence's log supports: a row alone destroys nothing, whoever wrote it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cryptography.x509 import Certificate
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.destroyed import explained
from recordings.adapters.evidence.grounds import StampedHeads, grounds_of
from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.tables import log as log_
from recordings.adapters.tables import recordings
from recordings.evidence.destroyed import HEAD_LATE_S, NEVER, Explained
from recordings.evidence.entries import Kind
from recordings.naming import call_of
from recordings.retention import LEAST_BLOCKED_S, Next, Plan, Unproven, is_over

_NO_DAY = (ValueError, OverflowError, OSError)


@dataclass(frozen=True, slots=True)
class Court:
    """Where proof is asked for. `day_of`: the institution's day of a moment; `roots`: of the authorities believed.

    Without `roots` the rows of heads are believed when they say when these were published.
    """

    engine: AsyncEngine
    day_of: Callable[[float], date]
    roots: Callable[[], Sequence[Certificate]] | None = None

    def heads(self) -> StampedHeads | None:
        """Give who says when entries were there, by time stamps. Blocking, shortly: reads a file."""
        return StampedHeads(self.engine, self.roots()) if self.roots is not None else None


async def proven(court: Court, plan: Plan, at: float) -> Plan:
    """Give a plan without the destructions that the log does not support at a moment (unix seconds); it names them."""
    left = await unproven(court, plan, [step.call for step in plan.of(Next.DESTROY)], at)
    kept = {one.call for one in left}
    return replace(plan, steps=tuple(step for step in plan.steps if step.call not in kept), unproven=left)


async def unproven(court: Court, plan: Plan, calls: Sequence[str], at: float) -> tuple[Unproven, ...]:
    """Give those of some calls that may not be destroyed by a plan's terms, each with what the log lacks."""
    if not calls:
        return ()
    log, heads = await explained(court.engine, at, calls), await asyncio.to_thread(court.heads)
    doubts = [(call, await _doubt(court, plan, call, log, heads)) for call in calls]
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


async def _doubt(
    court: Court, plan: Plan, call: str, log: Explained, heads: StampedHeads | None
) -> str | None:
    """Say what the log lacks for a recording to be destroyed; None when it says all of it, and in time."""
    reference = reference_of(call)
    if not log.may_go(reference):
        return "the log does not say that it was blocked four weeks before, and held by nothing since"
    grounds = await grounds_of(court.engine, call, log)
    if grounds is None or grounds.began == NEVER:
        return "the log does not say when it began"
    began = grounds.began
    if heads is not None:
        blocked, there = await heads.since(log.blocked[reference]), await heads.since(grounds.leaf)
        if blocked - HEAD_LATE_S + LEAST_BLOCKED_S > log.now:
            return "no time stamp shows that the log said four weeks before that it was blocked, and not held any more"
        began = max(began, there - HEAD_LATE_S)
    try:
        over = is_over(court.day_of(began), grounds.acts, plan.terms, plan.day)
    except _NO_DAY:
        over = False
    return None if over else "by what was signed, logged and stamped its term is not over"
