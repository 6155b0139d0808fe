"""Calling citizens back at their turn: what the conversation promises, and the calls that keep it.

The queues room decides when (queues/callbacks.py); here a promise gets what its conversation needs to go on,
its call is placed through Asterisk on the carrier's trunk, and the request hears of every attempt.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.ports import CrmDown
from dialplans.institution import Institution
from dialplans.walks import Walk
from ivr.called_back import CALLED
from ivr.facts import CallEnded
from ivr.numbers import fit
from ivr.ports.calls import Calls, Kept
from ivr.ports.floor import WishForm
from ivr.ports.register import RegistryDown
from ivr.ports.requests import PlaceKept
from queues.adapters.callback_ports import Answering
from queues.adapters.callbacks import Callbacks
from queues.adapters.house import Queues
from queues.callback_limits import Given, Limits
from queues.callbacks import Asked, Callback, Policy, is_ours
from queues.facts import CallbackExpired, CallbackGivenUp, CallbackTried
from queues.ports import Reservation
from server.voice_messages import MACHINE

log = logging.getLogger("ventanilla.callbacks")

PROMISE_S = 3.0
"""How long a caller waits in silence for a promise to be written down."""
CONTEXT = "callback"

Answer = TypeVar("Answer")


class Calling:
    """Both ends of a callback. `carrier` is `host:port` of the trunk we call out by; empty: nobody is called."""

    def __init__(
        self,
        queues: Queues,
        bridge: Bridge,
        calls: Calls,
        carrier: str,
        institution: Callable[[], Institution],
        answering: Answering,
        clock: Callable[[], float],
    ) -> None:
        self._queues, self._bridge, self._calls, self._carrier = queues, bridge, calls, carrier
        self._institution, self._clock = institution, clock
        self._given = Given()
        self._noting: set[asyncio.Task[None]] = set()
        self.callbacks = Callbacks(
            queues.callbacks, queues.floor, queues.publish, self, lambda: policy_of(institution()), answering,
        )  # fmt: skip
        queues.ears.gone = self.callbacks.hung_up
        queues.ears.agent_there = self.callbacks.agent_there
        queues.ears.agent_gone = self.callbacks.agent_gone

    def hear(self, said: object) -> None:
        """Take the facts that a callback turns on."""
        self.callbacks.hear(said)
        match said:
            case CallEnded(call=call) if is_ours(call):
                self.callbacks.over(call)
            case CallbackTried(call=call, placed=placed, attempt=attempt, why=why, reached=False):
                self._calls.finished(placed)
                self._note(call, f"Callback, attempt {attempt}: {why}.")
            case CallbackTried(call=call, attempt=attempt):
                self._note(call, f"Callback, attempt {attempt}: reached.")
            case CallbackExpired(call=call):
                self._note(call, "Callback: its turn did not come in time. A person has to ring.")
            case CallbackGivenUp(call=call, attempts=attempts):
                self._note(
                    call,
                    f"Callback: nobody was reached, not by attempt {attempts} either. A person has to ring.",
                )

    # What the conversation asks (ivr.ports.requests.Callbacks) ------------------------------------------------

    def offered(self) -> bool:
        """Tell whether there is a trunk to call out by, and Asterisk is there to do it."""
        return bool(self._carrier) and self._queues.ami.connected

    def is_ours(self, call: str) -> bool:
        """Tell whether a call is one that we place."""
        return is_ours(call)

    async def keep_place(
        self, wish: WishForm, number: str, walk: Walk, *, recording: bool
    ) -> PlaceKept | None:
        """Promise to call; None beyond what a caller or a number gets in a day. Raises RegistryDown."""
        at = self._clock()
        counted = self._given.take(wish.caller, number, at, limits_of(self._institution()))
        if counted is None:
            log.warning(
                "call %s is promised no callback: as many as a caller or a number gets in a day", wish.call
            )
            return None
        way = json.dumps({"walk": walk.to_json(), "recording": recording})
        asked = Asked(
            wish.call, number, wish.person, wish.language, wish.subject, wish.level, wish.priority, wish.since, way
        )  # fmt: skip
        new = False
        try:
            promise, new = await _within(self.callbacks.take(asked))
        finally:
            if not new:
                self._given.give_back(counted, at)
        return PlaceKept(promise.asked.call, promise.asked.since, new, promise.asked.priority)

    async def pending(self, number: str | None, person: str | None) -> PlaceKept | None:
        """Give the open promise. Raises RegistryDown."""
        found = await _within(self.callbacks.standing(number, person))
        if found is None:
            return None
        return PlaceKept(found.asked.call, found.asked.since, new=False, priority=found.asked.priority)

    async def cancel(self, promise: PlaceKept) -> bool:
        """Drop a promise. Raises RegistryDown."""
        return await _within(self.callbacks.cancel(promise.call, "called_again"))

    async def pressed(self, placed: str) -> bool:
        """Take note of the key. Raises RegistryDown."""
        return await _within(self.callbacks.pressed(placed))

    async def not_reached(self, placed: str, why: str) -> bool:
        """Take note that nobody pressed; True when it was the last attempt. Raises RegistryDown."""
        return await _within(self.callbacks.not_reached(placed, why))

    async def refused(self, placed: str) -> None:
        """Take note that the call is not wanted. Raises RegistryDown."""
        await _within(self.callbacks.refused(placed))

    # What the queues room asks (queues.adapters.callbacks.Placing) -----------------------------------

    async def place(self, callback: Callback, reservation: Reservation) -> bool:
        """Ring the citizen; False for a number that may not be called, or when Asterisk does not take it on."""
        # The call's own session asks for the agent when the key is pressed.
        institution = self._institution()
        number = fit(callback.asked.number, institution.country, mobile=False)
        if number is None or not self._carrier:
            log.error("a callback cannot be placed: its number may not be called, or there is no carrier")
            return False
        kept = _kept(callback, self._clock())
        self._calls.keep(kept)
        try:  # a server that is killed while it rings must find on disk whom it rang
            await _within(self._calls.written())
        except RegistryDown:
            self._calls.finished(callback.call)
            log.error("a callback is not placed: what its call goes on with cannot be written down")
            return False
        if not reservation.awaits:  # else it has been joined before the agent was rung
            await self.join(callback)
        channel = f"PJSIP/trunk/sip:{number}@{self._carrier}"
        shown = {"CallerID": kept.walk.number, "Variable": f"VT_NUMBER={kept.walk.number}"}
        ring_s = institution.waiting.callback.ring_s
        return await self._queues.ami.originate(callback.call, channel, ring_s, CONTEXT, **shown)

    async def alive(self) -> frozenset[str] | None:
        """Give the calls that Asterisk has; None when it does not answer."""
        channels = await self._queues.ami.channels()
        return None if channels is None else frozenset(channel.call for channel in channels)

    async def join(self, callback: Callback) -> None:
        """Let the new call belong to the request of the one that asked for it; the agent's card shows it."""
        try:
            async with asyncio.timeout(PROMISE_S):
                await self._bridge.join(callback.call, callback.asked.call, callback.asked.subject)
        except (SQLAlchemyError, OSError, CrmDown, TimeoutError) as fault:
            log.error("call %s gets a request of its own: %s", callback.call, type(fault).__name__)

    def _note(self, call: str, words: str) -> None:
        noting = asyncio.create_task(self._noted(call, words), name=f"note of {call}")
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)

    async def _noted(self, call: str, words: str) -> None:
        try:
            await self._bridge.note(call, MACHINE, "callback", words)
        except (SQLAlchemyError, OSError, CrmDown) as fault:
            log.error("an attempt is not noted in its request: %s", type(fault).__name__)


async def _within(asking: Awaitable[Answer]) -> Answer:
    try:
        async with asyncio.timeout(PROMISE_S):
            return await asking
    except (SQLAlchemyError, OSError, TimeoutError) as fault:
        raise RegistryDown from fault


def _kept(callback: Callback, at: float) -> Kept:
    """Give the snapshot that the call of an attempt begins with: nothing is proven of who will pick up."""
    asked = callback.asked
    way = json.loads(asked.way)
    walk = Walk.from_json(way["walk"])._replace(level=0, person=None, keyed="", answers=())
    since, number = asked.since, asked.number
    wish = WishForm(
        callback.call, asked.subject, asked.language, asked.level, asked.priority, since, caller=number
    )
    return Kept(callback.call, CALLED, walk, number, None, wish, way["recording"], at, at)


def limits_of(institution: Institution) -> Limits:
    """Give how many callbacks the institution promises in a day."""
    wanted = institution.waiting.callback
    return Limits(wanted.per_caller_day, wanted.per_number_day, wanted.per_withheld_day)


def policy_of(institution: Institution) -> Policy:
    """Give what the institution wants of its callbacks, as the queues room counts it."""
    wanted = institution.waiting.callback
    return Policy(
        most_attempts=wanted.attempts,
        rest_s=wanted.rest_minutes * 60,
        expires_s=wanted.expires_hours * 3600,
        agent_first=wanted.first == "agent",
    )
