"""The ends of recordings' terms carried out: what is over is blocked, and what was blocked long enough destroyed."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.vault.destroying import Destroying
from recordings.adapters.vault.keeping_rows import KeepingRows
from recordings.adapters.vault.proving import Case, Court, proven, supported
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.stores import Stores
from recordings.adapters.vault.telling import Telling
from recordings.facts import Fact, HoldLifted, HoldPlaced, LogDoubted, RecordingBlocked
from recordings.listening import Keeping
from recordings.naming import call_of
from recordings.reconcile import Unreadable
from recordings.recording import State
from recordings.retention import ClockDoubted, Kept, Next, Plan, Terms, planned, stray_is_over

log = logging.getLogger("ventanilla.recordings")


class Keeper:
    """Carries out what the terms say, and a court lets it.

    `orders` reads which call each order that is kept was to erase, by the orders' fingerprints (erasing.py).
    """

    def __init__(
        self,
        court: Court,
        stores: Stores,
        publish: Callable[[Fact], None],
        orders: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.rows = KeepingRows(court.engine, court.day_of)
        self._court, self.orders = court, orders
        self._day_of, self._publish = court.day_of, publish
        self._telling = Telling(publish)
        self._keys = KeyRows(court.engine)
        self._destroying = Destroying(self.rows, self._keys, stores, publish, self._telling)

    async def plan(self, terms: Terms, today: date) -> Plan:
        """Say what would be done today, and do nothing."""
        whole, after = Plan(today, terms), ""
        while batch := await self.rows.after(after):
            part = planned((one for one in batch if isinstance(one, Kept)), terms, today)
            bad = tuple(one.call for one in batch if isinstance(one, Unreadable))
            whole = Plan(
                today,
                terms,
                whole.steps + part.steps,
                whole.stay + part.stay,
                whole.strange | part.strange,
                unreadable=whole.unreadable + bad,
            )
            after = batch[-1].call
        found = await self.rows.quarantined()
        over = tuple(path for path, day in found if stray_is_over(day, terms, today))
        return replace(whole, strays=over)

    async def proven(self, plan: Plan, at: float) -> Plan:
        """Give a plan without the destructions that the log does not support at a moment; it names them."""
        return await proven(self._court, plan, at)

    async def moment(self, at: float) -> float:
        """Say what time it is at most, by the time stamps, when the clock says `at`."""
        return await self._court.moment(at)

    async def carry_out(self, plan: Plan, at: float, *, believe_clock: bool = False) -> Plan:
        """Do what a plan says and the log supports, and finish what a server that died left half destroyed.

        Gives what was done: by an earlier day than the plan's when time stamps say that the clock is ahead, unless
        somebody has looked at it (`believe_clock`). What cannot be destroyed is told, and keeps up nothing else.
        Raises ClockDoubted before anything is done.
        """
        wanted = plan.of(Next.BLOCK) or plan.of(Next.DESTROY) or plan.strays
        if wanted and not believe_clock and not await self.rows.clock_is_believed(at):
            raise ClockDoubted("no call was recorded in the three months that ended a week ago")
        self._telling.begin(at)
        self._destroying.begin()
        moment = at if believe_clock else await self.moment(at)
        if moment < at and self._day_of(moment) < plan.day:
            log.warning("the clock is ahead of the newest time stamp: terms are counted by the stamp's day")
            plan = await self.plan(plan.terms, self._day_of(moment))
        for call in plan.unreadable:
            self._telling.stuck(call, None, "its row says what no row of ours can: it is left alone", at)
        for step in plan.of(Next.BLOCK):
            if await self.rows.become(step.call, Keeping.BLOCKED, at):  # or it was erased since
                self._publish(RecordingBlocked(step.call, step.act, at))
        plan = await self._destroy(plan, moment, at)
        await self._finish(moment, at)
        self._telling.end(at)
        return plan

    async def finish(self, at: float) -> None:
        """Do what needs no terms: finish what orders began and a server that died left half done."""
        self._telling.begin(at)
        self._destroying.begin()
        await self._finish(await self.moment(at), at)
        self._telling.end(at)

    def failed(self, why: str, at: float) -> None:
        """Say that a night's run died."""
        said = "The terms of recordings were not carried out, or not all of them"
        self._publish(LogDoubted(f"{said} ({why}); it is tried again every hour.", at))

    async def _destroy(self, plan: Plan, moment: float, at: float) -> Plan:
        """Destroy what the log supports; it is read once, for everything that may be destroyed."""
        half = await self.rows.half_destroyed()
        strays = {path: call_of(Path(path)) for path in plan.strays}
        due = [step.call for step in plan.of(Next.DESTROY)]
        calls = list(dict.fromkeys([*half, *due, *(call for call in strays.values() if call is not None)]))
        if not calls and not strays:
            return plan
        case = await self._court.hear(calls, moment)
        for call in half:  # a row that became so in another way was not ours
            if await case.doubt(plan, call) is None:
                await self._destroying.finish(call, at)
        plan = await supported(case, plan)
        self._telling.doubted(plan.unproven, at)
        for step in plan.of(Next.DESTROY):
            await self._destroying.destroy(step, moment, at)
        await self._destroy_strays(plan, case, strays, at)
        return plan

    async def _finish(self, moment: float, at: float) -> None:
        await self._finish_ordered(moment, at)
        if not await self._keys.forget():
            why = "somebody reads the database all the time: what was destroyed may still stand there"
            self._telling.stuck(None, "the database's log of changes (-wal)", why, at)

    async def _finish_ordered(self, moment: float, at: float) -> None:
        """Remove what an erasure left that was killed behind the key: its order is kept, and the log has it.

        An order whose recording is whole is not carried out here: that is for the two people who gave it.
        """
        orders = await asyncio.to_thread(self.orders)
        states = await self.rows.states(sorted(set(orders.values())))
        over = sorted(call for call, state in states.items() if state == State.DESTROYED)
        half = [call for call in over if await self._destroying.is_left(call)]
        if not half:
            return
        case = await self._court.hear(half, moment)
        for call in half:
            kept = {order for order, whose in orders.items() if whose == call}
            if not kept & case.log.ordered.get(reference_of(call), set()):
                continue  # the row alone says that it is destroyed: reconciling names it
            held = case.log.is_held(reference_of(call))
            why = "the log says that it is held" if held else await case.doubt_of_hold(call)
            if why is None:
                await self._destroying.remove(call, at)
            else:
                self._telling.stuck(call, None, why, at)

    async def _destroy_strays(
        self, plan: Plan, case: Case, strays: Mapping[str, str | None], at: float
    ) -> None:
        """Destroy files of no recording; of one that a row or the log knows, when its own term is over too."""
        states = await self.rows.states([call for call in strays.values() if call is not None])
        left = 0
        for path, call in strays.items():
            if call in states:
                over = states[call] == State.DESTROYED and reference_of(call) in case.log.destroyed
                why = await case.spoilt() if over else "its recording is there"
            else:
                why = await (case.doubt_of_stray(plan, call) if call is not None else case.spoilt())
            if why is None:
                await self._destroying.stray(path, at)
            left += why is not None
        if left:
            log.error("%s files said to be of no recording are left: rows or the log know their calls", left)

    async def hold(self, call: str, reason: str, by: str, at: float) -> bool:
        """Keep a recording whatever its term; False when that changes nothing."""
        placed = await self.rows.hold(call, reason, by, at)
        if placed:
            self._publish(HoldPlaced(call, by, reason, at))
        return placed

    async def lift(self, call: str, reason: str, by: str, at: float) -> bool:
        """Lift a hold; False when there was none."""
        lifted = await self.rows.hold(call, None, by, at)
        if lifted:
            self._publish(HoldLifted(call, by, reason, at))
        return lifted
