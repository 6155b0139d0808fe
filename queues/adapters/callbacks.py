"""The promises to call back, live: each in line at its turn, rung when the router says so, tried again, ended.

Theory of operation. The table is the truth, and it is written before anything is done: a promise before the
caller hears of it, an attempt before the telephone rings, the key before an agent is wanted. A server that
is killed between two of these finds at its start what is open, and Asterisk's channels tell whether an
attempt is still under way. `IllegalStep` and a row that somebody else has moved mean that it is settled.

A waiting promise is a session of the floor's like any other (`Floor.wait`), with nobody on the line. When
its call is answered and the key pressed, the call's own session waits under the same id, at the same place.

Agent first: the agent set aside is rung by a leg of their own, and the attempt begins once that leg waits, which an
event tells, or the next look at Asterisk's channels. Whatever ends the attempt lets the leg go (`_moves`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import assert_never

from sqlalchemy.exc import SQLAlchemyError

from queues import awaiting, virtual
from queues import facts as fact
from queues.adapters.behind import Behind
from queues.adapters.callback_book import Book
from queues.adapters.callback_line import Standing
from queues.adapters.callback_ports import Answering, CitizenFirst, Placing, Summoning
from queues.adapters.callback_store import SqlCallbacks
from queues.adapters.callback_tidying import Tidying
from queues.adapters.floor import Floor, Superseded
from queues.callback_news import taken, told, why_of
from queues.callbacks import (
    WITH_A_LEG,
    Asked,
    Callback,
    Due,
    IllegalStep,
    Policy,
    Stage,
    Step,
    after,
    call_of_leg,
    due,
    is_ours,
    wish_of,
)
from queues.ports import Publish

log = logging.getLogger("ventanilla.callbacks")

# Openings, rests and expiries are counted in minutes: looking once a second is soon enough.
LOOK_EVERY_S = 1.0
# An attempt so young may not be among Asterisk's channels yet.
YOUNG_S = 5.0

_LEG_STAYS = WITH_A_LEG | {Stage.KEPT}  # it waits on, or talks


class Callbacks:
    """All promises of one centre. `run` must be running; the rest belongs to the loop's thread.

    `summoning`: who rings agents first, where an institution wants that.
    """

    def __init__(
        self,
        store: SqlCallbacks,
        floor: Floor,
        publish: Publish,
        placing: Placing,
        policy: Callable[[], Policy],
        answering: Answering,
    ) -> None:
        self.summoning: Summoning = CitizenFirst()
        self._store, self._floor, self._publish = store, floor, publish
        self._placing, self._policy, self._answering = placing, policy, answering
        self._book = Book(store)
        floor.promised = self._book.under_way
        self._tidying = Tidying(floor, self._book)
        self._open = self._book.open
        self._standing = Standing(floor)
        self._moving = asyncio.Lock()
        self._soon = asyncio.Event()
        self._behind = Behind()
        self._beginning: set[str] = set()  # calls that Asterisk is still to take on

    # What a conversation asks ------------------------------------------------------------------------

    async def take(self, asked: Asked) -> tuple[Callback, bool]:
        """Promise; True beside it unless number or person had a promise before. Raises SQLAlchemyError.

        The caller's place in line is the promise's from now on. Once for each call, however often it is asked.
        """
        now = self._floor.now()
        standing = await self._store.standing(asked.number, asked.person)
        if standing is None:
            expires = self._answering.open_ends(asked.subject, now, self._policy().expires_s)
            try:
                standing = await self._store.take(asked, now, expires)
            except BaseException:
                self._book.doubt(asked.call)  # it may have been written all the same
                raise
        if standing is None:  # another call was faster with the same number
            standing = await self._store.standing(asked.number, asked.person)
        if standing is None:
            raise SQLAlchemyError("a promise was neither written nor found")
        if standing.asked.call != asked.call:
            return standing, False
        fresh = asked.call not in self._open
        self._open.setdefault(asked.call, standing)
        handed = virtual.hand_over(self._floor.hall, asked.call, standing.call, now)
        if fresh or handed is not None:  # not if the same call asks again
            self._publish(taken(standing, now))
            self._floor.settle()
            self._soon.set()
        return standing, True

    async def standing(self, number: str | None, person: str | None) -> Callback | None:
        """Give the open promise to a number or person, if there is one. Raises SQLAlchemyError.

        Who is proven to be somebody else than whom it was promised to is told nothing of it.
        """
        found = await self._store.standing(number, person)
        if found is None or found.stage is Stage.REACHED:
            return None
        whose = found.asked.person
        return None if whose is not None and person not in {None, whose} else found

    async def cancel(self, call: str, why: str) -> bool:
        """Drop the promise that was given in this call; False when its conversation has begun."""
        return await self._move(call, Step.CANCELLED, why) is not None

    # What a call that we placed tells ----------------------------------------------------------------

    async def pressed(self, placed: str) -> bool:
        """Take note that somebody pressed the key; False when this attempt is none any more.

        True again for who is greeted once more: the server was killed before it had gone on with them.
        """
        await self._read()
        promise = self._book.placed(placed)
        if promise is None or promise.stage is Stage.REACHED:
            return promise is not None
        return await self._move(promise.asked.call, Step.PRESSED) is not None

    async def not_reached(self, placed: str, why: str) -> bool:
        """Take note that an attempt came to nothing, said twice is no fault; True when it was the last."""
        await self._read()
        promise = self._book.placed(placed)
        if promise is None or promise.stage is not Stage.CALLING:
            return False
        moved = await self._move(promise.asked.call, Step.NOT_REACHED, why)
        return moved is not None and not moved.open

    async def refused(self, placed: str) -> bool:
        """Take note that who was called wants no call."""
        await self._read()
        promise = self._book.placed(placed)
        if promise is None:
            return False
        return await self._move(promise.asked.call, Step.CANCELLED, "on_the_call") is not None

    def hear(self, said: object) -> None:
        """Take what the floor says: a talk keeps a promise, also one written too late; or makes one needless."""
        if isinstance(said, fact.TalkStarted | fact.TalkEnded):
            promise = self._book.placed(said.call)
            if promise is not None:
                self._later(promise.asked.call, Step.TALKED, "")
            elif isinstance(said, fact.TalkStarted) and said.call in self._open:
                self._later(said.call, Step.CANCELLED, "served")

    def over(self, placed: str) -> None:
        """Take note that the conversation of a call we placed is over."""
        promise = self._book.placed(placed)
        if promise is not None and promise.stage is Stage.REACHED:
            self._later(promise.asked.call, Step.TALKED if self._standing.talks(placed) else Step.LEFT, "")

    def hung_up(self, call: str, cause: int) -> None:
        """Take note that a channel is gone (Q.850 cause): an attempt that nobody answered is over."""
        if not is_ours(call):
            return
        promise = self._book.placed(call)
        if promise is not None and promise.stage is Stage.CALLING:
            self._later(promise.asked.call, Step.NOT_REACHED, why_of(cause))
        else:
            self._behind.begin(self.summoning.ended(call), f"callback {call}: the citizen is gone")

    # What an agent's own leg tells --------------------------------------------------------------------

    def agent_there(self, leg: str) -> None:
        """Take note that the agent who was rung first waits: ring the citizen."""
        promise = self._book.placed(call_of_leg(leg))
        if promise is not None and promise.leg == leg and promise.stage is Stage.SUMMONING:
            self._behind.begin(self._ring(promise), f"callback {promise.call}: the agent is there")

    def agent_gone(self, leg: str) -> None:
        """Take note that the leg is gone, unanswered or while the citizen was still to come."""
        call = call_of_leg(leg)
        promise = self._book.placed(call)
        if promise is not None and promise.leg != leg:
            return  # an earlier ring's end, told late
        if promise is not None and promise.stage is Stage.SUMMONING:
            self._later(promise.asked.call, Step.UNANSWERED, virtual.NO_ANSWER)
        else:
            awaiting.gone(self._floor.hall, call, self._floor.now())
            self._floor.settle()

    # Time --------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._soon.wait()
                self._soon.clear()
                try:
                    await self._read()
                    await self._look(group)
                    await self._tidying.look(self.summoning)
                except (SQLAlchemyError, OSError) as fault:
                    log.error("callbacks cannot be read or written now: %s", type(fault).__name__)

    async def _read(self) -> None:
        """Know what a server before us left: whoever it rang may answer in our first second. Raises SQLAlchemyError."""
        async with self._moving:
            await self._book.read()

    async def _look(self, group: asyncio.TaskGroup) -> None:
        under_way = []
        for call in list(self._open):
            promise = await self._as_it_stands(call)  # one after the other: each as it stands then
            if promise is not None and await self._deal(promise, group) is Due.WATCH:
                under_way.append(promise)
        await self._watch(under_way)

    async def _deal(self, promise: Callback, group: asyncio.TaskGroup) -> Due:
        what = due(promise, self._floor.now(), open_now=self._answering.open_now(promise.asked.subject))
        match what:
            case Due.IN_LINE:
                self._standing.line_up(promise, group, self._stand)
            case Due.ASIDE:
                self._standing.step_aside(promise)
            case Due.REST_OVER:
                await self._move(promise.asked.call, Step.RESTED)
            case Due.EXPIRE:
                await self._move(promise.asked.call, Step.EXPIRED)
            case Due.NOTHING:
                self._open.pop(promise.asked.call, None)
            case Due.WATCH:
                pass
            case _ as never:
                assert_never(never)
        return what

    async def _watch(self, under_way: list[Callback]) -> None:
        """Find the attempts that ended, or were kept, while nobody of us listened."""
        for promise in under_way:
            if promise.stage is Stage.REACHED and self._standing.talks(promise.call):
                await self._move(promise.asked.call, Step.TALKED)
        before = self._floor.now() - YOUNG_S
        old = [one for one in under_way if one.changed_at < before and one.call not in self._beginning]
        alive = await self._placing.alive() if old else None
        if alive is None:
            return
        await self._watch_legs(old, alive)
        for promise in [one for one in old if one.stage is not Stage.SUMMONING]:
            if promise.call not in alive:
                lost = Step.LOST if promise.stage is Stage.REACHED else Step.NOT_REACHED
                await self._move(promise.asked.call, lost, "unseen")

    async def _watch_legs(self, under_way: list[Callback], alive: frozenset[str]) -> None:
        """Find the agents who picked up first, or are gone, while nobody of us listened."""
        summoned = [one for one in under_way if one.stage is Stage.SUMMONING]
        waiting = await self.summoning.waiting() if summoned else frozenset[str]()
        for promise in under_way:
            if promise.leg in waiting and promise.stage is Stage.SUMMONING:
                await self._ring(promise)
            elif promise.leg not in alive and promise.stage is Stage.SUMMONING:
                again = promise.why == virtual.VANISHED  # an end not heard of, once; twice, no telephone
                why = virtual.NO_ANSWER if again else virtual.VANISHED
                await self._move(promise.asked.call, Step.UNANSWERED, why)
            elif promise.leg not in alive:
                self.agent_gone(promise.leg)

    async def _as_it_stands(self, call: str) -> Callback | None:
        """Give a promise as a supervisor may have moved it in line since: on disk, for its next attempt and restart."""
        async with self._moving:
            before = self._open.get(call)
            now = None if before is None else self._standing.moved(before)
            if before is None or now is None or now is before or not await self._store.move(before, now):
                return before
            self._open[call] = now
            return now

    # In line -----------------------------------------------------------------------------------------

    async def _stand(self, promise: Callback) -> None:
        """Stand in line until an agent is set aside, and ring."""
        wish = wish_of(promise)
        virtual.stand(self._floor.hall, wish, self._floor.now())
        try:
            reservation = await self._standing.reserved(wish)
        except Superseded:
            return
        step = Step.SUMMONED if self._policy().agent_first else Step.RELEASED
        try:
            now = await self._move(promise.asked.call, step, agent=reservation.agent)
        except SQLAlchemyError as fault:
            log.error("a callback cannot be written, it waits on: %s", type(fault).__name__)
            now = None
        if now is None:
            self._standing.leave(promise.call)
            return
        self._tidying.rung()
        begin = self.summoning.summon if step is Step.SUMMONED else self._placing.place
        if not await self._begin(now, begin(now, reservation)) or step is Step.RELEASED:
            return
        if now.leg in self._book.legs():
            self._floor.rings(reservation.agent, now.call)
        else:  # cancelled before it rang
            self._tidying.rung()
            await self.summoning.let_go(now.leg)

    async def _ring(self, promise: Callback) -> None:
        """Ring the citizen for the agent who waits; without one any more, that is who did not answer."""
        call = promise.asked.call
        if not self._answering.open_now(promise.asked.subject):
            await self._try(call, Step.UNANSWERED, "closed")
            return
        agent = awaiting.begins(self._floor.hall, promise.call, self._floor.now())
        await self._floor.settle()
        reservation = awaiting.awaits(self._floor.hall, promise.call)
        if agent is None or reservation is None:
            await self._try(call, Step.UNANSWERED, "unseen")
            return
        released = await self._try(call, Step.RELEASED, agent=agent)
        if released is not None:
            await self._begin(released, self._placing.place(released, reservation))

    async def _begin(self, promise: Callback, ringing: Awaitable[bool]) -> bool:
        """Let a telephone ring; it is not missed among Asterisk's channels before Asterisk has taken it on."""
        self._beginning.add(promise.call)
        try:
            if await ringing:
                return True
        finally:
            self._beginning.discard(promise.call)
        await self._try(promise.asked.call, Step.UNPLACED, "not_placed")
        return False

    # Moves -------------------------------------------------------------------------------------------

    def _later(self, call: str, step: Step, why: str) -> None:
        """Move behind whoever tells: the floor and Asterisk's events do not wait for a database."""
        self._behind.begin(self._try(call, step, why), f"callback of {call}: {step}")

    async def _try(self, call: str, step: Step, why: str = "", agent: str = "") -> Callback | None:
        try:
            return await self._move(call, step, why, agent)
        except (SQLAlchemyError, OSError) as fault:
            log.error("a callback's %s is not written: %s", step, type(fault).__name__)
            return None

    async def _move(self, call: str, step: Step, why: str = "", agent: str = "") -> Callback | None:
        """Let something happen to a promise: on disk first, then in line, then said. None: it cannot any more.

        Whoever has no more time to wait for it does not cut it off: table and memory would come apart.
        """
        moving = self._moves(call, step, why, agent)
        return await asyncio.shield(self._behind.begin(moving, f"callback of {call}: {step}"))

    async def _moves(self, call: str, step: Step, why: str, agent: str) -> Callback | None:
        async with self._moving:
            before = self._open.get(call)
            if before is None:
                return None
            try:
                now = after(self._standing.moved(before), step, self._floor.now(), self._policy(), why)
            except IllegalStep:
                return None
            if not await self._store.move(before, now):
                self._book.doubt(call)
                return None
            self._open[call] = now
            if not now.open:
                del self._open[call]
        if before.stage in WITH_A_LEG and now.stage not in _LEG_STAYS:
            # Asterisk hears of it before the agent is free, and whatever comes for them.
            self._behind.begin(self.summoning.let_go(before.leg), f"leg {before.leg} goes")
        self._standing.follow(before, now)
        for said in told(before, now, agent):
            self._publish(said)
        self._floor.settle()
        self._soon.set()
        return now
