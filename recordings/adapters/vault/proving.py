"""Which destructions of a plan the evidence's log supports: a row alone destroys nothing, whoever wrote it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cryptography.x509 import Certificate
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.destroyed import explained
from recordings.adapters.evidence.grounds import Grounds, grounds_of, places_of
from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.published import Published
from recordings.adapters.evidence.reading import Heard, length, side_by_side
from recordings.adapters.evidence.stamped import Believed, StampedHeads
from recordings.evidence.destroyed import HEAD_LATE_S, NEVER, Explained
from recordings.evidence.trust import BadTrust
from recordings.retention import LEAST_BLOCKED_S, Next, Plan, Unproven, is_over

log = logging.getLogger("ventanilla.recordings")

_NO_DAY = (ValueError, OverflowError, OSError)
_UNSTAMPED = (
    "no time stamp shows that the log said four weeks before that it was blocked, and not held any more"
)
_NO_STAMP = "there is no time stamp that is believed, so nobody can say whether the log's lines are its own"
_UNREAD = "the log cannot be read: a row of it, or of the evidence, says what no row of ours can"
_LIFTED_LATELY = "a hold on it was lifted, and not yet four weeks ago"
_NOT_OVER = "by what was signed, logged and stamped its term is not over"


@dataclass(frozen=True, slots=True)
class Court:
    """Where proof is asked for. `day_of`: the institution's day of a moment; `roots`: of the authorities believed.

    Without `roots` the rows of heads are believed when they say when these were published. `retired`: since when which
    authority, or root, is not believed any more (trust.py). `published`: the file of heads, which who writes the
    database cannot write.
    """

    engine: AsyncEngine
    day_of: Callable[[float], date]
    roots: Callable[[], Sequence[Certificate]] | None = None
    retired: Callable[[], Mapping[str, float]] | None = None
    published: Published | None = None

    def heads(self) -> StampedHeads | None:
        """Give who says when entries were there, by time stamps. Blocking, shortly: reads two files."""
        if self.roots is None:
            return None
        try:
            believed = Believed(self.roots(), self.retired() if self.retired is not None else {})
        except BadTrust as fault:
            log.error("no time stamp is believed: %s", fault)
            believed = Believed(())
        return StampedHeads(self.engine, believed, self.published)

    async def moment(self, at: float) -> float:
        """Say what time it is at most, when the clock says `at`: a day after the newest time stamp that is believed.

        Whose clock is ahead of the authority's destroys and blocks nothing for it. Without any stamp it is `at`.
        """
        heads = await asyncio.to_thread(self.heads)
        newest = await heads.newest() if heads is not None else None
        return min(at, newest.at + HEAD_LATE_S) if newest is not None else at

    async def hear(self, calls: Sequence[str], at: float) -> "Case":
        """Read what the log has of some calls' recordings; `at`: now (unix seconds).

        Where a row stops the reading, nobody believes the log in anything.
        """
        try:
            return await self._heard(calls, at)
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as fault:
            log.error("the log could not be read for what may be destroyed: %s", type(fault).__name__)
            return Case(self, Explained([], at), {}, None, unread=True)

    async def _heard(self, calls: Sequence[str], at: float) -> "Case":
        about = frozenset(map(reference_of, calls))
        heads, heard = await asyncio.to_thread(self.heads), Heard(about, await places_of(self.engine, calls))
        if heads is not None:
            await heads.hear(heard)
        else:
            await side_by_side(self.engine, frozenset(), await length(self.engine), heard)
        found = await explained(self.engine, at, heard)
        return Case(self, found, await grounds_of(self.engine, calls, heard, found), heads)


@dataclass(frozen=True, slots=True)
class Case:
    """What the log has of some recordings. `heads`: who says since when, and whether it is what was stamped.

    unread: a row that says what none of ours can stopped the reading.
    """

    court: Court
    log: Explained
    grounds: Mapping[str, Grounds]
    heads: StampedHeads | None
    unread: bool = False

    async def doubt(self, plan: Plan, call: str) -> str | None:
        """Say what the log lacks for a recording to be destroyed; None when it says all of it, and in time."""
        reference, grounds = reference_of(call), self.grounds.get(call)
        if (why := await self.spoilt(call)) is not None:
            return why
        if not self.log.may_go(reference):
            return "the log does not say that it was blocked four weeks before, and held by nothing since"
        if grounds is None or grounds.began == NEVER:
            return "the log does not say when it began"
        blocked = self.log.blocked[reference]
        if self.heads is not None:
            shown = await self.heads.since(blocked)
            if shown - HEAD_LATE_S + LEAST_BLOCKED_S > self.log.now:
                return _UNSTAMPED
        return await self._not_over(plan, grounds)

    async def doubt_of_stray(self, plan: Plan, call: str) -> str | None:
        """Say why a file in quarantine, of a call that has no row, is not destroyed; None when it may be.

        Of a recording that the log knows the whole term must be over, and a hold that was lifted long ago. Of any other
        nothing is known; but a line that is not what was stamped might be its own.
        """
        if self.log.is_held(reference_of(call)):
            return "the log says that it is held"
        grounds, why = self.grounds.get(call), await self.doubt_of_hold(call)
        return why if why is not None or grounds is None else await self._not_over(plan, grounds)

    async def doubt_of_hold(self, call: str) -> str | None:
        """Say why nobody should believe the log when its last word is that nothing holds a recording; None if one may.

        A row lifts a hold, whoever wrote it: it may be seen as long as after it nothing is destroyed for its term.
        """
        if (why := await self.spoilt(call)) is not None:
            return why
        lifted = self.log.lifted.get(reference_of(call))
        if lifted is None:
            return None
        leaf, at = lifted
        if self.heads is not None:
            at = max(at, await self.heads.since(leaf) - HEAD_LATE_S)
        return None if at + LEAST_BLOCKED_S <= self.log.now else _LIFTED_LATELY

    async def spoilt(self, call: str | None = None) -> str | None:
        """Say why the log is not believed in what it has of a recording, None: of any; without a stamp it is not."""
        if self.unread:
            return _UNREAD
        if self.heads is None:
            return None
        if await self.heads.newest() is None:
            return _NO_STAMP if await length(self.court.engine) or await self.heads.were_kept() else None
        grounds = self.grounds.get(call) if call is not None else None
        return await self.heads.spoilt(grounds.first if grounds is not None else 0)

    async def _not_over(self, plan: Plan, grounds: Grounds) -> str | None:
        began = grounds.began
        if self.heads is not None:
            began = max(began, await self.heads.since(grounds.leaf) - HEAD_LATE_S)
        try:
            over = is_over(self.court.day_of(began), grounds.acts, plan.terms, plan.day)
        except _NO_DAY:
            over = False
        return None if over else _NOT_OVER


async def proven(court: Court, plan: Plan, at: float) -> Plan:
    """Give a plan without the destructions that the log does not support at a moment (unix seconds); it names them."""
    calls = [step.call for step in plan.of(Next.DESTROY)]
    return await supported(await court.hear(calls, at), plan) if calls else plan


async def supported(case: Case, plan: Plan) -> Plan:
    """Give a plan without the destructions that what was heard does not support; it names them."""
    doubts = [(step.call, await case.doubt(plan, step.call)) for step in plan.of(Next.DESTROY)]
    left = tuple(Unproven(call, why) for call, why in doubts if why is not None)
    kept = {one.call for one in left}
    steps = tuple(step for step in plan.steps if not (step.next is Next.DESTROY and step.call in kept))
    return replace(plan, steps=steps, unproven=left)
