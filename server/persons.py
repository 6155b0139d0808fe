"""The people who answer, as the conversation sees them: a reservation is only given once the card is on its way."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from crm_bridge.access import Viewer
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.card import SOMEBODY
from ivr.facts import CallEnded, OtherBodyWanted
from ivr.ports.floor import Place, Reservation, WishForm
from queues.adapters.floor import Floor
from queues.callbacks import is_ours
from queues.facts import AgentReserved, CallbackTried
from queues.wishes import Named
from server.bus import Bus
from server.closures import Closures
from server.desk import Desk
from server.facts import CardPushed

log = logging.getLogger("ventanilla.desk")


SHOWN_LIMIT_S = 0.4
"""How long the ring waits for the card to stand on the screen: a page draws it in some 50 ms, a dead one never."""


Own = Callable[[WishForm, float], Awaitable[tuple[Named, ...]]]
"""Gives the agents whom a caller should get, at a time (unix seconds)."""


async def nobody(_wish: WishForm, _at: float) -> tuple[Named, ...]:
    """Name no agent for anybody."""
    return ()


class Persons:
    """The floor, and before each ring the card: composed within the bridge's limit, pushed, then the reservation."""

    def __init__(
        self,
        floor: Floor,
        bridge: Bridge,
        bus: Bus,
        desk: Desk,
        closures: Closures | None = None,
        viewer: Callable[[str], Viewer] = lambda _: SOMEBODY,
        own: Own = nobody,
    ) -> None:
        """`viewer` gives an agent's post: what their card uncovers depends on it; `own` whom a caller should get."""
        self._closures, self._viewer, self._own = closures, viewer, own
        self._named: dict[str, tuple[tuple[str, str | None], tuple[Named, ...]]] = {}
        self._floor, self._bridge, self._bus, self._desk = floor, bridge, bus, desk
        self._reserved_at: dict[str, float] = {}
        self._elsewhere: dict[str, dict[str, str]] = {}
        bus.hear(self._hear)

    def _hear(self, fact: object) -> None:
        if isinstance(fact, AgentReserved):
            self._reserved_at[fact.call] = fact.at
        elif isinstance(fact, OtherBodyWanted):
            self._elsewhere[fact.call] = {"body": fact.body, "telephone": fact.telephone}
        elif isinstance(fact, CallEnded | CallbackTried):
            self._reserved_at.pop(fact.call, None)
            self._elsewhere.pop(fact.call, None)
            self._named.pop(fact.call, None)

    async def wait(self, wish: WishForm) -> Reservation:
        """Wait for an agent, then push the card; the session dials only after this returns.

        The floor's time does not jump when the machine's clock is set; the session reads the machine's.
        """
        waiting = self._floor.wait(wish, await self._whose(wish))
        if self._closures is not None:
            waiting = self._closures.unless(lambda: self._as_moved(wish).subject, wish.since, waiting)
        reservation = await waiting
        await self.push_card(self._as_moved(wish), reservation.agent)
        left_s = reservation.lease_until - self._floor.now()
        return replace(reservation, lease_until=time.time() + left_s)

    async def _whose(self, wish: WishForm) -> tuple[Named, ...]:
        """Give the agents whom this caller should get; looked up once for who is proven, and each subject."""
        about, known = (wish.subject, wish.person), self._named.get(wish.call)
        if known is not None and known[0] == about:
            return known[1]
        named = await self._own(wish, self._floor.now())
        self._named[wish.call] = about, named
        return named

    def _as_moved(self, wish: WishForm) -> WishForm:
        """Give what the caller wants by now: a supervisor may have moved them while they waited."""
        place = self._floor.hall.places.get(wish.call)
        if place is None:
            return wish
        return replace(wish, subject=place.wish.subject, level=place.wish.level)

    async def push_card(self, wish: WishForm, agent: str) -> None:
        """Compose the caller's card and let it stand on an agent's screen before the telephone rings."""
        reserved_at = self._reserved_at.pop(wish.call, time.time())
        card = await self._bridge.card(
            wish.call,
            wish.caller,
            wish.person,
            wish.language,
            wish.identity,
            wish.subject,
            self._viewer(agent),
        )
        shown_as = {**card.to_dict(), "transfer_to": self._elsewhere.get(wish.call)}
        shown_as["callback"] = is_ours(wish.call)
        at = time.time()
        self._bus.publish(CardPushed(wish.call, agent, shown_as, (at - reserved_at) * 1000, at))
        shown = await self._desk.shown(agent, wish.call, SHOWN_LIMIT_S)
        took_ms = (time.time() - reserved_at) * 1000
        words = "stands on the screen" if shown else "was pushed, no page has shown it yet"
        log.info("call %s: %.0f ms after the reservation the card %s", wish.call, took_ms, words)

    def place(self, call: str) -> Place | None:
        """Give the call's place in line."""
        return self._floor.place(call)

    def rang_out(self, call: str) -> None:
        """Nobody picked up."""
        self._floor.rang_out(call)

    def ended(self, call: str) -> None:
        """End the conversation."""
        self._floor.ended(call)

    def left(self, call: str) -> None:
        """Give up a caller who is gone."""
        self._floor.left(call)
