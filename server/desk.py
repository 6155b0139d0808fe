"""What the pages ask, answered by the rooms: the agent's desk, the supervisor's wall, the caller's page."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, assert_never

from crm_bridge.adapters.bridge import Bridge
from queues import telephones
from queues.adapters.floor import Floor
from queues.agents import ON_A_CALL, AgentState, IllegalHappening, State, UnknownAgent
from queues.facts import AgentStateChanged, CallerLeft, CallerWaiting, TalkStarted
from queues.helping import helps
from server.agreeing import Agreeing
from server.bus import Bus
from server.facts import CallerProved, CallSupervised, CardPushed, ConsentShown, LegsChanged
from server.legs_house import legs_message
from server.outside import NOBODY, OutsideNumbers
from server.passings import Passings
from server.sip_accounts import SipAccounts
from server.steering import Steering
from server.text import Texts
from web.ports import ConsentStep, Message, NotNow, Stamp, Steer, Telephone

log = logging.getLogger("ventanilla.desk")


class Desk:
    """Every agent's place: moves go to the floor, words about the call to the CRM, news come from the bus."""

    def __init__(
        self,
        floor: Floor,
        bridge: Bridge,
        bus: Bus,
        passings: Passings,
        line: SipAccounts,
        texts: Texts,
        outside: OutsideNumbers | None = None,
    ) -> None:
        self._floor, self._bridge, self._bus, self._texts = floor, bridge, bus, texts
        self._passings, self._line, self._outside = passings, line, outside
        self._cards: dict[str, CardPushed] = {}
        self._stamps: dict[str, dict[str, float]] = {}
        self._listened: dict[str, CallSupervised] = {}
        self._shown: dict[str, asyncio.Event] = {}
        self._open_pages = Counter[str]()
        self._steering: Steering | None = None
        self._agreeing: Agreeing | None = None
        self.spying_shown = True  # whether an agent sees that a supervisor listens
        bus.hear(self._hear)

    def join(self, steering: Steering) -> None:
        """Let agents hold, ask colleagues and give on."""
        self._steering = steering

    def join_agreeing(self, agreeing: Agreeing) -> None:
        """Let agents hold consent episodes."""
        self._agreeing = agreeing

    @property
    def steering(self) -> Steering:
        """What agents may do with a caller they have. Raises NotNow before it is there."""
        if self._steering is None:
            raise NotNow("wrong_state")
        return self._steering

    def _hear(self, fact: object) -> None:
        if isinstance(fact, CardPushed):
            if (before := self._cards.get(fact.agent)) is not None:
                self._stamps.pop(before.call, None)  # its page never said both stamps
            self._cards[fact.agent] = fact
            self._stamps[fact.call] = {"pushed_at": fact.at}
        elif isinstance(fact, CallSupervised):
            self._listened[fact.agent] = fact

    async def sign_in(self, agent: str, address: str) -> None:
        """Take the place; a SIP address must be one that this centre may ring, or agents could ring anybody.

        A number outside is only chosen: it is the one on file.
        """
        state = self._state(agent)
        if state.state in ON_A_CALL and address != state.address:
            raise NotNow("wrong_state")  # the conversation is on the other telephone
        if address.startswith("sip:") and not self._line.may_ring(address):
            raise NotNow("address_not_allowed")
        if address == telephones.OUTSIDE:
            self._demand_number(agent)
        await self._asked(self._floor.sign_in(agent, address))

    def _demand_number(self, agent: str) -> None:
        """Refuse who cannot be rung outside. Raises NotNow."""
        refusal = NOBODY if self._outside is None else self._outside.refusal(agent)
        if refusal is not None:
            raise NotNow(refusal)
        self._line.of_agent(agent)  # raises when Asterisk was started before the agent was known

    async def ready(self, agent: str) -> None:
        """Let calls come."""
        await self._asked(self._floor.ready(agent))

    async def pause(self, agent: str, reason: str) -> None:
        """Stop new calls."""
        await self._asked(self._floor.pause(agent, reason))

    async def sign_out(self, agent: str) -> None:
        """Leave the place."""
        await self._asked(self._floor.sign_out(agent))

    async def wrap_up_done(self, agent: str, outcome: str, notes: str) -> None:
        """Write how the contact ended, then let the next call come; first the writing, so nothing is lost."""
        state = self._state(agent)
        if state.call is None or state.state != "wrap_up":
            raise NotNow("wrong_state")  # the notes stay on the page, they belong to no call
        await self._bridge.note(state.call, agent, outcome, notes)
        await self._asked(self._floor.wrap_up_done(agent))

    async def pass_on(self, agent: str, subject: str, level: int) -> None:
        """Mark the call, then hang the agent up: the caller's session goes on, sees the mark and waits again.

        Only whoever has the caller does, alone with them: nothing is written of what cannot be done.
        """
        state = self._state(agent)
        if state.call is None or state.state != "talking" or helps(self._floor.hall, agent, state.call):
            raise NotNow("wrong_state")
        if self._steering is not None and not self._steering.may_forget(state.call):
            raise NotNow("wrong_state")
        await self._bridge.pass_on(state.call, level, subject)
        await self._passings.mark(state.call, level, subject)
        if self._steering is not None:
            await self._steering.forget(state.call)
        if not (self._texts.part(state.call) or await self._floor.hang_up_agent(state.call)):
            await self._passings.unmark(state.call)
            raise NotNow("no_call")

    async def steer(self, agent: str, move: Steer, to: str = "") -> None:  # noqa: C901 - one for each move
        """Do what the agent wants with the caller they have; `to` names a colleague, or a procedure."""
        steering = self.steering
        match move:
            case "hold":
                await steering.hold(agent)
            case "resume":
                await steering.resume(agent)
            case "consult":
                await steering.consult(agent, to)
            case "back":
                await steering.back(agent)
            case "complete":
                await steering.complete(agent)
            case "meet":
                await steering.meet(agent)
            case "hand":
                await steering.hand(agent, to)
            case "prove":
                await steering.prove(agent, to)
            case _:
                assert_never(move)

    def acts(self) -> list[Message]:
        """List what a caller can agree to on record."""
        return self._agreeing.acts() if self._agreeing is not None else []

    async def consent_begin(self, agent: str, act: str, detail: str) -> None:
        """Open a consent episode."""
        if self._agreeing is None:
            raise NotNow("wrong_state")
        self._state(agent)
        await self._agreeing.begin(agent, act, detail)

    async def consent_step(self, agent: str, episode: str, step: ConsentStep) -> None:
        """Go on with it."""
        if self._agreeing is None:
            raise NotNow("wrong_state")
        self._state(agent)
        await self._agreeing.step(agent, episode, step)

    def colleagues(self, agent: str) -> list[Message]:
        """List who else is at a place now, with what they know; `free` may be asked at once."""
        hall = self._floor.hall
        there = (state for state in hall.states.values() if state.state is not State.SIGNED_OUT)
        return [
            {
                "name": state.agent,
                "display": hall.people[state.agent].display,
                "level": hall.people[state.agent].level,
                "skills": sorted(hall.people[state.agent].skills),
                "languages": sorted(hall.people[state.agent].languages),
                "free": state.state is State.READY and hall.is_reachable(state.agent),
            }
            for state in there
            if state.agent != agent
        ]

    def telephone(self, agent: str) -> Telephone:
        """Say how this agent's browser registers."""
        return self._line.of_agent(agent)

    def stamp(self, agent: str, call: str, what: Stamp, at: float) -> None:
        """Note when the browser showed the card and when its telephone rang, and say the order."""
        stamps = self._stamps.get(call)
        if stamps is None or self._cards[agent].call != call:
            return
        stamps[what] = at
        if what == "card_shown" and call in self._shown:
            self._shown[call].set()
        if {"card_shown", "rang"} <= stamps.keys():
            ahead_ms = (stamps["rang"] - stamps["card_shown"]) * 1000
            log.info(
                "call %s: the card stood on the screen %.0f ms before the telephone rang", call, ahead_ms
            )
            del self._stamps[call]

    async def shown(self, agent: str, call: str, limit: float) -> bool:
        """Wait until the agent's page says that the card stands there; False after `limit` s, or with no page."""
        stamps = self._stamps.get(call)
        if stamps is None or not self._open_pages[agent]:
            return False
        shown = self._shown.setdefault(call, asyncio.Event())
        try:
            async with asyncio.timeout(limit):
                await shown.wait()
        except TimeoutError:
            return False
        finally:
            self._shown.pop(call, None)
        return True

    async def updates(self, agent: str) -> AsyncIterator[Message]:
        """Yield the present state, card and queue, then every change."""
        with self._bus.subscription() as facts, self._open_page(agent):
            yield state_message(self._state(agent))
            card = self._cards.get(agent)
            if card is not None and card.call == self._state(agent).call:
                yield card_message(card)
            yield self._waiting()
            if self._steering is not None:
                yield self._steering.legs_of(agent)
            if (listened := self._listening(agent)) is not None:
                yield listened
            if self._agreeing is not None:
                yield self._agreeing.message(self._state(agent).call)
            async for fact in facts:
                message = self._news(agent, fact)
                if message is not None:
                    yield message
                if self._is_about_consent(agent, fact) and self._agreeing is not None:
                    yield self._agreeing.message(self._state(agent).call)

    def _is_about_consent(self, agent: str, fact: object) -> bool:
        """Whether an agent's episode may look otherwise now: it changed, or another caller is there."""
        match fact:
            case ConsentShown(call=call):
                return call == self._state(agent).call
            case AgentStateChanged(agent=name):
                return name == agent
            case _:
                return False

    @contextmanager
    def _open_page(self, agent: str) -> Iterator[None]:
        self._open_pages[agent] += 1
        try:
            yield
        finally:
            self._open_pages[agent] -= 1

    def _news(self, agent: str, fact: object) -> Message | None:  # noqa: PLR0911 - one for each fact
        match fact:
            case AgentStateChanged(agent=name) if name == agent:
                return state_message(self._state(agent))
            case CardPushed(agent=name) if name == agent:
                return card_message(fact)
            case LegsChanged(agent=name, second=second, call=call) if (
                agent in {name, second} or call == self._state(agent).call
            ):
                return legs_message(fact)
            case CallerProved(agent=name, call=call, outcome=outcome) if name == agent:
                return {"type": "proved", "call": call, "outcome": outcome}
            case CallSupervised(agent=name) if name == agent and self.spying_shown:
                return supervised_message(fact)
            case CallerWaiting() | CallerLeft() | TalkStarted():
                return self._waiting()
        return None

    def _listening(self, agent: str) -> Message | None:
        """Say who listens to the call at hand, to a page that comes anew."""
        said = self._listened.get(agent)
        if said is None or not self.spying_shown or said.how == "stop":
            return None
        return supervised_message(said) if said.call and said.call == self._state(agent).call else None

    def _waiting(self) -> Message:
        return {"type": "waiting", "count": len(self._floor.hall.router.waiting)}

    def _state(self, agent: str) -> AgentState:
        try:
            return self._floor.state(agent)
        except KeyError as unknown:
            raise NotNow("unknown_agent") from unknown

    async def _asked(self, moving: Any) -> None:  # noqa: ANN401 - any coroutine of the floor
        try:
            await moving
        except IllegalHappening as illegal:
            raise NotNow("wrong_state") from illegal
        except UnknownAgent as unknown:
            raise NotNow("unknown_agent") from unknown


def state_message(state: AgentState) -> Message:
    """Give an agent's state as docs/events.md describes it."""
    return {
        "type": "state",
        "state": str(state.state),
        "since": state.since,
        "reason": state.reason or None,
        "call": state.call,
        "until": state.until,
        "address": state.address or None,
        "then": state.then or None,
    }


def supervised_message(fact: CallSupervised) -> Message:
    """Say that a supervisor listens, or no longer, as docs/events.md describes it."""
    return {"type": "supervised", "how": fact.how, "by": fact.by}


def card_message(fact: CardPushed) -> Message:
    """Give a card as docs/events.md describes it."""
    return {
        "type": "card",
        "call": fact.call,
        "reserved_at": fact.at - fact.milliseconds / 1000,
        "card": fact.card,
    }
