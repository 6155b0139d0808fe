"""What agents do with a caller they have: hold, ask a colleague, meet, give on. Legs, floor and Asterisk together.

The order is always the same: the table says whether it may happen (queues/legs.py), the floor sets people aside,
it is written down, the dialplan is told that the caller comes back should we be lost, and only then legs move. What
the caller's session is to do next lies ready when its talk ends (`onward`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from ivr.facts import CallEnded
from ivr.ports.floor import Hold, InLine, Meet, Onward, Prove, Ring
from queues.adapters.floor import Floor
from queues.adapters.steering import Found, Hands
from queues.agents import ON_A_CALL, IllegalHappening, State, UnknownAgent
from queues.facts import AgentStateChanged
from queues.helping import Unfit
from queues.legs import MUSIC, IllegalMove, Legs, Move, Stage, after
from server.bus import Bus
from server.facts import CallerProved, LegsChanged
from server.joining import Joining
from server.legs_house import Around, legs_message
from server.legs_store import LegsStore
from server.text import Texts
from web.ports import Message, NotNow

log = logging.getLogger("ventanilla.desk")


class Steering:
    """Every call's legs and what comes next in it. `load` before the first session comes."""

    def __init__(
        self, floor: Floor, hands: Hands, store: LegsStore, bus: Bus, texts: Texts, around: Around
    ) -> None:
        self._floor, self._hands, self._store = floor, hands, store
        self._bus, self._texts, self._around = bus, texts, around
        self._legs: dict[str, Legs] = {}
        self._orders: dict[str, Onward] = {}
        self._words: dict[str, asyncio.Event] = {}
        self._joining = Joining(hands, self._is_held, self._orders)
        self._tasks: set[asyncio.Task[None]] = set()
        floor.steered = self._steers
        bus.hear(self._hear)

    async def load(self) -> None:
        """Take up what a lost server left: who was held is held on, who was being handed on waits in line."""
        for kept in await self._store.load():
            # Who was keying a code when the server was lost is held: the agent takes them back, or has another sent.
            legs = replace(kept, stage=Stage.HELD) if kept.stage is Stage.PROVING else kept
            self._legs[legs.call] = legs
            if legs.stage not in MUSIC:
                self._orders[legs.call] = InLine() if legs.stage is Stage.HANDING else Meet(legs.call)

    # For the callers' sessions (ivr.ports.floor.Steering) ---------------------------------------------------

    def onward(self, call: str) -> Onward | None:
        """Say what comes now that a talk is over."""
        order = self._orders.pop(call, None)
        legs = self._legs.get(call)
        met_nobody = self._joining.over(call)
        if isinstance(order, Meet):
            self._later(self._joining.see_in(call))
        if order is None and legs is not None and legs.stage in MUSIC:
            return Hold()
        return InLine() if order is None and met_nobody else order

    async def fetch(self, call: str) -> bool:
        """Send the agent who waits for this caller into the call's room, and the caller after them."""
        if fetched := await self._hands.fetch(call):
            self._order(call, Meet(call))
        return fetched

    async def word(self, call: str) -> None:
        """Wait until a held caller's session has something else to do."""
        word = self._words.setdefault(call, asyncio.Event())
        try:
            while call not in self._orders and call in self._legs and self._legs[call].stage in MUSIC:
                word.clear()
                await word.wait()
        finally:
            self._words.pop(call, None)

    async def proved(self, call: str, outcome: str) -> None:
        """Let the caller and the agent, who waited meanwhile, talk again, and show the agent what is proven now."""
        legs = self._legs.get(call)
        if legs is None or legs.stage is not Stage.PROVING:
            return  # the agent has gone: what comes next lies ready
        self._bus.publish(CallerProved(call, legs.agent, outcome, time.time()))
        await self._push_card(call, legs.agent)
        found = await self._hands.find(call)
        leg = found.agents.get(legs.agent) if found is not None else None
        if leg is None or not await self._hands.meet(call, leg):
            await self._agent_goes(legs)
            return
        self._orders[call] = Meet(call)
        await self._keep(after(legs, Move.PROVEN, time.time()))
        await self._around.mark(call, "back")

    # For the desks (web.ports.DeskPort) ---------------------------------------------------------------

    def legs_of(self, agent: str) -> Message:
        """Say where an agent's call stands, as docs/events.md describes it."""
        state = self._floor.hall.states.get(agent)
        legs = self._legs.get(state.call or "") if state is not None else None
        return legs_message(legs)

    async def hold(self, agent: str) -> None:
        """Let the caller hear music; the agent waits."""
        legs, found = await self._at_hand(agent, Move.HOLD)
        await self._keep(after(legs, Move.HOLD, time.time()))
        await self._hands.waits(found.caller, waits=True)
        await self._moved(legs, await self._hands.hold(found.agents[agent]))

    async def prove(self, agent: str, procedure: str) -> None:
        """Let the caller key a one-time code to the machine; the agent waits, and neither hears nor sees it."""
        legs, found = await self._at_hand(agent, Move.PROVE)
        await self._keep(after(legs, Move.PROVE, time.time()))
        await self._hands.waits(found.caller, waits=True)
        self._order(legs.call, Prove(procedure))
        if legs.stage is Stage.HELD:
            return  # the session was waiting for just this word
        done = await self._hands.hold(found.agents[agent])
        if not done:
            self._orders.pop(legs.call, None)
        await self._moved(legs, done)

    async def resume(self, agent: str) -> None:
        """Let the agent and the held caller talk again."""
        await self._together(agent, Move.RESUME, agent)

    async def consult(self, agent: str, second: str) -> None:
        """Ring a colleague for the agent; the caller hears music."""
        legs, found = await self._at_hand(agent, Move.ASK, second)
        reservation = self._set_aside(lambda: self._floor.ask(legs.call, second))
        await self._keep(after(legs, Move.ASK, time.time(), second))
        await self._push_card(legs.call, second)
        await self._hands.waits(found.caller, waits=True)
        done = await self._hands.ask(found.agents[agent], *self._around.way(reservation.endpoint))
        if not done:
            self._floor.second_gone(second, legs.call)
        await self._moved(legs, done)

    async def back(self, agent: str) -> None:
        """Let the colleague go; the agent has the caller alone."""
        legs, found = await self._at_hand(agent, Move.BACK)
        if legs.stage is Stage.MEETING:
            await self._keep(after(legs, Move.BACK, time.time()))
        else:
            await self._together(agent, Move.BACK, agent)
        self._floor.second_gone(legs.second, legs.call)
        await self._drop(found, legs.second)

    async def complete(self, agent: str) -> None:
        """Give the caller to the colleague."""
        legs, found = await self._at_hand(agent, Move.COMPLETE)
        if not self._floor.may_take(legs.call, legs.second):
            raise NotNow("colleague_unfit")
        if legs.stage is Stage.MEETING:
            await self._keep(after(legs, Move.COMPLETE, time.time()))
        else:
            await self._together(agent, Move.COMPLETE, legs.second)
        self._floor.complete(legs.call, legs.second)
        await self._around.mark(legs.call, "handed")
        await self._drop(found, agent)

    async def meet(self, agent: str) -> None:
        """Let caller, agent and colleague talk together."""
        legs, _ = await self._at_hand(agent, Move.MEET)
        await self._together(agent, Move.MEET, agent, legs.second)

    async def hand(self, agent: str, to: str) -> None:
        """Give the caller to a colleague without asking before; unanswered, the caller is back in line."""
        legs, found = await self._at_hand(agent, Move.HAND, to)
        reservation = self._set_aside(lambda: self._floor.hand(legs.call, to))
        await self._keep(after(legs, Move.HAND, time.time(), to))
        await self._push_card(legs.call, to)
        await self._hands.waits(found.caller, waits=True)
        self._order(legs.call, Ring(reservation.endpoint))
        await self._around.mark(legs.call, "handed")
        await self._drop(found, agent)

    def may_forget(self, call: str) -> bool:
        """Say whether a caller's session could go on by itself: nobody but the agent is with them, or they are held."""
        legs = self._legs.get(call)
        return legs is None or legs.stage is Stage.HELD

    async def forget(self, call: str) -> None:
        """Let a held caller's session go on by itself: the call is passed on in another way. Raises NotNow."""
        if not self.may_forget(call):
            raise NotNow("wrong_state")
        self._joining.over(call)
        if (legs := self._legs.get(call)) is not None:
            await self._keep(after(legs, Move.RESUME, time.time()))
            self._say(call)

    # For the supervisors -------------------------------------------------------------------------------

    async def take_over(self, call: str, headset: str) -> None:
        """Put a supervisor's leg in the place of the agent's."""
        place = self._floor.hall.places.get(call)
        found = await self._hands.find(call)
        if place is None or place.agent not in (found.agents if found else {}) or found is None:
            raise NotNow("no_call")
        if call in self._legs:
            raise NotNow("wrong_state")
        await self._hands.waits(found.caller, waits=True)
        if not await self._hands.meet(call, headset):
            raise NotNow("no_call")
        if not found.in_room:
            self._order(call, Meet(call))
        self._floor.ended(call)
        await self._drop(found, place.agent or "")

    # What happens --------------------------------------------------------------------------------------

    def _hear(self, fact: object) -> None:
        if isinstance(fact, CallEnded):
            self._joining.over(fact.call)
        match fact:
            case AgentStateChanged(agent=agent, state=state, call=str(call)) if call in self._legs:
                self._second_is(self._legs[call], agent, State(state))
            case AgentStateChanged(agent=agent):
                for legs in [one for one in self._legs.values() if one.second == agent]:
                    self._second_is(legs, agent, State.READY)
            case CallEnded(call=call) if call in self._legs:
                self._later(self._caller_goes(self._legs[call]))

    def _second_is(self, legs: Legs, agent: str, state: State) -> None:
        if agent != legs.second:
            return
        if state is State.TALKING:
            self._tell(legs, Move.TAKEN if legs.stage is Stage.HANDING else Move.SECOND_ANSWERS)
        elif state not in ON_A_CALL:
            self._tell(legs, Move.SECOND_GOES)

    def _tell(self, legs: Legs, move: Move) -> None:
        """Take note of something that happened; what does not fit is no news."""
        try:
            new = after(legs, move, time.time())
        except IllegalMove:
            return
        self._put(new)
        self._later(self._store.keep(new))
        self._say(legs.call)

    def _steers(self, call: str) -> bool:
        """Say that we see to what follows when the agent of this call hangs up; then see to it."""
        legs = self._legs.get(call)
        if legs is None or legs.stage not in {*MUSIC, Stage.MEETING}:
            return False
        self._later(self._agent_goes(legs))
        return True

    async def _agent_goes(self, legs: Legs) -> None:
        """Give the caller to the colleague who is there; without one who may have them the caller waits again."""
        call = legs.call
        if legs.stage in {Stage.CONSULTING, Stage.MEETING} and not self._floor.may_take(call, legs.second):
            await self._let_go(legs)
            return
        new = after(legs, Move.AGENT_GOES, time.time())
        if new.stage is Stage.TALK and legs.stage is Stage.CONSULTING:
            found = await self._hands.find(call)
            leg = found.agents.get(legs.second) if found is not None else None
            if leg is None or not await self._hands.held(leg) or not await self._hands.meet(call, leg):
                new = after(after(legs, Move.SECOND_GOES, time.time()), Move.AGENT_GOES, time.time())
        if new.stage is Stage.TALK:
            self._floor.complete(call, legs.second)
            if legs.stage is Stage.CONSULTING:
                self._orders[call] = Meet(call)
        else:
            self._floor.ended(call)
            self._floor.second_gone(legs.second, call)
            self._orders[call] = InLine()
        await self._keep(new)
        self._say(call)

    async def _let_go(self, legs: Legs) -> None:
        """Let a colleague who may not have the caller go too: the caller waits in line again."""
        call, now = legs.call, time.time()
        held = after(legs, Move.SECOND_GOES, now)
        if held.stage is Stage.TALK:  # out of the room, which ends for the caller with its last agent
            held = after(held, Move.HOLD, now)
        self._floor.ended(call)
        self._floor.second_gone(legs.second, call)
        self._orders[call] = InLine()
        await self._keep(after(held, Move.AGENT_GOES, now))
        self._say(call)
        for leg in await self._hands.find_agents(call):
            await self._hands.hang_up(leg)

    async def _caller_goes(self, legs: Legs) -> None:
        """Nobody has a reason to go on talking."""
        found = await self._hands.find_agents(legs.call)
        await self._keep(after(legs, Move.CALLER_GOES, time.time()))
        self._orders.pop(legs.call, None)
        self._floor.second_gone(legs.second, legs.call)
        for leg in found:
            await self._hands.hang_up(leg)

    # Inside ---------------------------------------------------------------------------------------------

    async def _at_hand(self, agent: str, move: Move, second: str = "") -> tuple[Legs, Found]:
        """Give the legs of the call that an agent has, if this may happen now. Raises NotNow."""
        state = self._floor.hall.states.get(agent)
        if state is None or state.call is None or state.state is not State.TALKING:
            raise NotNow("wrong_state")
        legs = self._legs.get(state.call, Legs(state.call, agent, since=state.since))
        if self._texts.in_writing(state.call):
            raise NotNow("in_writing")
        if legs.agent != agent:
            raise NotNow("not_your_call")
        try:
            after(legs, move, time.time(), second)
        except IllegalMove as illegal:
            raise NotNow("wrong_state") from illegal
        found = await self._hands.find(state.call)
        if found is None or agent not in found.agents:
            raise NotNow("no_call")
        return legs, found

    async def _together(self, agent: str, move: Move, *who: str) -> None:
        """Send legs into the room and the caller after them."""
        legs, found = await self._at_hand(agent, move)
        if any(one not in found.agents for one in who):
            raise NotNow("no_call")
        if not await self._hands.meet(legs.call, *(found.agents[one] for one in who)):
            raise NotNow("no_call")
        self._orders[legs.call] = Meet(legs.call)
        await self._keep(after(legs, move, time.time()))
        await self._around.mark(legs.call, "back")
        self._say(legs.call)

    def _set_aside(self, reserve: Callable[[], Any]) -> Any:  # noqa: ANN401 - a reservation of the floor
        try:
            return reserve()
        except Unfit as unfit:
            raise NotNow("colleague_unfit") from unfit
        except (IllegalHappening, UnknownAgent) as no:
            raise NotNow("colleague_busy") from no

    async def _push_card(self, call: str, agent: str) -> None:
        """Let the colleague see what was said and proven so far, before the telephone rings."""
        if (kept := self._around.kept(call)) is not None and kept.wish is not None:
            await self._around.push_card(kept.wish, agent)

    async def _keep(self, legs: Legs) -> None:
        """Write the legs down, then say them."""
        self._put(legs)
        await self._store.keep(legs)
        if legs.stage in {Stage.HELD, Stage.ASKING, Stage.PROVING}:
            await self._around.mark(legs.call, "held")

    def _put(self, legs: Legs) -> None:
        if legs.plain:
            self._legs.pop(legs.call, None)
        else:
            self._legs[legs.call] = legs
        at = time.time()
        self._bus.publish(LegsChanged(legs.call, legs.stage.value, legs.agent, legs.second, at))

    async def _moved(self, before: Legs, done: bool) -> None:  # noqa: FBT001 - it is the whole question
        """Take it back when Asterisk did not move the leg."""
        if not done:
            await self._keep(before)
            raise NotNow("no_call")

    async def _drop(self, found: Found, agent: str) -> None:
        if (leg := found.agents.get(agent)) is not None:
            await self._hands.hang_up(leg)

    def _is_held(self, call: str) -> bool:
        legs = self._legs.get(call)
        return legs is not None and legs.stage in MUSIC

    def _order(self, call: str, order: Onward) -> None:
        self._orders[call] = order
        self._say(call)

    def _say(self, call: str) -> None:
        if call in self._words:
            self._words[call].set()

    def _later(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work, name="steering")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("what follows in a call could not be done", exc_info=fault)
