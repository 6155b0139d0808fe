"""Callers on their way into a call's room: met there by somebody, or back in line.

The agent's leg is sent into the room before the caller comes. A room ends for the caller with its last agent (`legs` in
asterisk-conf/confbridge.conf), but not when that one left before: the caller would be alone in it, with music.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from ivr.ports.floor import InLine, Onward
from queues.adapters.steering import Hands

LOOK_EVERY_S: Final = 1.0
"""A caller who was told to go into the room is there in milliseconds; one that starves gets a look or two more."""
SHORTEST_TALK_S: Final = 2.0
"""Whoever is out of the room again sooner has talked with nobody: their agent left as they came."""


class Joining:
    """Sees callers into their rooms. `held`: whether they are to hear music now; `orders`: what sessions do next."""

    def __init__(self, hands: Hands, held: Callable[[str], bool], orders: dict[str, Onward]) -> None:
        self._hands, self._held, self._orders = hands, held, orders
        self._on_the_way: set[str] = set()
        self._sent_at: dict[str, float] = {}  # by the loop's clock

    def over(self, call: str) -> bool:
        """Take note that a caller is not on the way, or in the room, any more; True: too soon for a talk."""
        self._on_the_way.discard(call)
        sent_at = self._sent_at.pop(call, None)
        return sent_at is not None and asyncio.get_running_loop().time() - sent_at < SHORTEST_TALK_S

    async def see_in(self, call: str) -> None:
        """Look until the caller is there with somebody, whom a lost server does not cost the talk from then on.

        Whom two looks find alone, without an agent on the way, waits in line again at their place.
        """
        self._on_the_way.add(call)
        self._sent_at[call] = asyncio.get_running_loop().time()
        alone_before = False
        while call in self._on_the_way:
            await asyncio.sleep(LOOK_EVERY_S)
            found = await self._hands.find(call)
            if found is None or call not in self._on_the_way:
                continue
            if found.met and not self._held(call):
                self._on_the_way.discard(call)
                await self._hands.waits(found.caller, waits=False)
            elif found.alone and alone_before and not found.agents:
                await self._back_in_line(call, found.caller)
            alone_before = found.alone

    async def _back_in_line(self, call: str, caller: str) -> None:
        """Take a caller out of the room where nobody is; what Asterisk does not do now is tried at the next look."""
        self._orders[call] = InLine()
        if not await self._hands.out(call, caller):
            self._orders.pop(call, None)
