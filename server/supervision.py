"""What a supervisor does from the wall, every time on record with who did it and why.

Listening to a conversation is access to personal data (of the citizen and of the agent), so it is a fact before
anything is heard. Whether the agent sees it is the institution's choice (`spying_shown`).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

from queues.adapters.floor import Floor
from queues.adapters.steering import SPYING, Hands
from queues.agents import FORCIBLE as OF_AGENTS
from queues.agents import Happening, IllegalHappening, State, UnknownAgent
from queues.why import why_not_yet
from server.bus import Bus
from server.closures import Closures
from server.facts import CallSteered, CallSupervised, QueueShut
from server.steering import Steering
from web.ports import Close, Force, Message, Move, NotNow, Spy, Telephone

FORCIBLE: Final = {str(one): one for one in OF_AGENTS if one is not Happening.WRAP_UP_DONE}
"""What a supervisor makes of an agent. The end of a wrap-up is the agent's own: it needs an outcome."""


class Supervision:
    """The supervisors' hands. Fulfils web.ports.SupervisionPort; raises NotNow."""

    def __init__(
        self,
        floor: Floor,
        hands: Hands,
        steering: Steering,
        closures: Closures,
        bus: Bus,
        telephone: Callable[[str], Telephone],
        settled: Callable[[], Awaitable[None]],
    ) -> None:
        """`settled` waits until what was said is on disk; raises TimeoutError."""
        self._settled = settled
        self._floor, self._hands, self._steering, self._bus = floor, hands, steering, bus
        self._closures, self._telephone = closures, telephone

    def telephone(self, supervisor: str) -> Telephone:
        """Say how a supervisor's browser registers."""
        return self._telephone(supervisor)

    async def spy(self, supervisor: str, spying: Spy) -> None:
        """Listen, whisper to the agent, or talk with both; `spying.how` "stop" ends it."""
        headset = await self._headset(supervisor)
        if spying.how == "stop":
            self._say(supervisor, spying.agent, "stop", spying.reason)  # who wants to be silent is, at once
            await self._hands.rest(headset)
            return
        call = self._call_of(spying.agent)
        found = await self._hands.find(call)
        leg = found.agents.get(spying.agent) if found is not None else None
        if leg is None or spying.how not in SPYING:
            raise NotNow("no_talk")
        self._say(supervisor, spying.agent, spying.how, spying.reason)
        await self._on_record()
        if not await self._hands.spy(headset, leg, spying.how):
            raise NotNow("no_talk")

    async def take_over(self, supervisor: str, agent: str, reason: str) -> None:
        """Take the agent's place in the conversation."""
        headset = await self._headset(supervisor)
        call = self._call_of(agent)
        self._say(supervisor, agent, "take_over", reason)
        await self._on_record()
        await self._steering.take_over(call, headset)

    async def force(self, supervisor: str, agent: str, force: Force) -> None:
        """Pause an agent, make them ready or sign them out; after the call at hand, if there is one."""
        try:
            await self._floor.force(agent, FORCIBLE[force.to], supervisor, force.reason)
        except IllegalHappening as illegal:
            raise NotNow("wrong_state") from illegal
        except UnknownAgent as unknown:
            raise NotNow("unknown_agent") from unknown

    def move(self, supervisor: str, call: str, move: Move) -> None:
        """Change a waiting caller's priority, subject or level."""
        if not self._floor.rewish(call, move.subject, move.level, move.priority):
            raise NotNow("no_call")
        self._closures.look()  # they may have been moved into a queue that is closed
        wish = self._floor.hall.places[call].wish
        at = self._now()
        self._bus.publish(
            CallSteered(call, wish.subject, wish.level, wish.priority, supervisor, move.reason, at)
        )

    def why(self, call: str) -> Message:
        """Say why a waiting caller is not served yet (docs/events.md): looked at when somebody asks."""
        why = why_not_yet(self._floor.hall, call, self._floor.now())
        if why is None:
            raise NotNow("no_call")
        return {
            "nobody_ever": why.nobody_ever,
            "nobody_here": why.nobody_here,
            "away": why.away,
            "next_opens_in_s": why.next_opens_in_s,
            "hindered": {str(hindrance): many for hindrance, many in why.hindered},
        }

    async def close(self, supervisor: str, close: Close) -> None:
        """Close a queue, or all ("all"), now; `close.waiting` says what those get who wait; "open" opens it again."""
        await self._closures.put(close.subject, close.waiting, self._floor.now())
        self._bus.publish(QueueShut(close.subject, close.waiting, supervisor, close.reason, self._now()))

    async def _headset(self, supervisor: str) -> str:
        headset = await self._hands.headset(supervisor)
        if headset is None:
            raise NotNow("no_headset")
        return headset

    def _call_of(self, agent: str) -> str:
        state = self._floor.hall.states.get(agent)
        if state is None or state.call is None or state.state is not State.TALKING:
            raise NotNow("no_talk")
        return state.call

    def _say(self, supervisor: str, agent: str, how: str, reason: str) -> None:
        state = self._floor.hall.states.get(agent)
        call = state.call if state is not None else None
        self._bus.publish(CallSupervised(call or "", agent, supervisor, how, reason, self._now()))

    async def _on_record(self) -> None:
        """Wait until it is on disk: a server that dies now leaves the supervisor listening."""
        try:
            await self._settled()
        except TimeoutError:
            raise NotNow("no_record") from None

    @staticmethod
    def _now() -> float:
        return time.time()
