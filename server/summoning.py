"""The agent's telephone before the citizen's: a leg of the agent's own that waits, for callbacks "agent first".

It is placed by an id that is on disk already (`queues.callbacks.Callback.leg`) and stands in [summoned] of
asterisk-conf/legs.conf: words that say it is a callback, music, and an end. The card comes before the ring, as always.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from dialplans.institution import Institution
from ivr.ports.floor import Outside, WishForm
from ivr.waiting import SET_UP_S
from queues import telephones
from queues.adapters.ami import Ami
from queues.adapters.callback_ports import Stays
from queues.agents import Agent
from queues.callbacks import Callback, is_leg
from queues.ports import Reservation
from server.outside import asked_in

CONTEXT: Final = "summoned"

PushCard = Callable[[WishForm, str], Awaitable[None]]


class Summoning:
    """Rings agents first, in the house or on their number outside. Fulfils queues.adapters.callback_ports.Summoning."""

    def __init__(
        self,
        ami: Ami,
        institution: Callable[[], Institution],
        people: Callable[[], Mapping[str, Agent]],
        outside: Callable[[str], Outside | None],
        push_card: PushCard,
        join: Callable[[Callback], Awaitable[None]],
    ) -> None:
        """`join` lets the call to come belong to the request of the one that asked for it: the card shows it."""
        self._ami, self._institution, self._people = ami, institution, people
        self._outside, self._push_card, self._join = outside, push_card, join

    async def summon(self, callback: Callback, reservation: Reservation) -> bool:
        """Show the card and ring the agent; False when Asterisk does not take it on."""
        institution, agent = self._institution(), reservation.agent
        outside = self._outside(reservation.endpoint)
        asked = callback.asked
        wish = WishForm(
            callback.call, asked.subject, asked.language, asked.level, asked.priority, asked.since,
            caller=asked.number,
        )  # fmt: skip
        await self._join(callback)
        await self._push_card(wish, agent)
        ring_s = institution.waiting.ring_s + (SET_UP_S if outside else 0)
        said = {"VT_LANGUAGE": asked_in(self._people()[agent], institution.languages)}
        said["VT_ASK_KEY"] = "no" if telephones.outside(reservation.endpoint) is None else "yes"
        return await self._ami.originate(
            callback.leg,
            f"PJSIP/{outside.endpoint if outside else reservation.endpoint}",
            ring_s,
            CONTEXT,
            CallerID=next(iter(institution.numbers)),
            Variable=",".join(f"{name}={value}" for name, value in said.items()),
        )

    async def waiting(self) -> frozenset[str]:
        """Give the agents' legs that wait; none when Asterisk does not answer."""
        return frozenset(one.call for one in await self._ami.channels() or () if one.waits)

    async def tidy(self, stays: Stays) -> bool:
        """Let legs go that nobody let go: of a lost server, a citizen whose end was not heard, a late or lost answer.

        `stays` is asked after Asterisk: what began meanwhile is none of them. True: no leg is there any more.
        """
        channels = await self._ami.channels()
        if channels is None:
            return False
        there = {one.call for one in channels}
        legs = [one for one in channels if is_leg(one.call)]
        for one in [leg for leg in legs if not stays(leg, leg.linked in there)]:
            await self.let_go(one.call)
        return not legs

    async def ended(self, call: str) -> None:
        """End the agent's leg of a call whose citizen has gone: a room does not end with its caller."""
        for one in await self._ami.channels() or ():
            if one.linked == call and is_leg(one.call):
                await self.let_go(one.call)

    async def let_go(self, leg: str) -> None:
        """Hang a leg up by its id; Asterisk refuses for one that is gone, which is as well."""
        await self._ami.hang_up(leg)
