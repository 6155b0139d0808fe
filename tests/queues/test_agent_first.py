"""Agents who are rung before the citizen: they wait, are joined, or are free; killed between every two steps."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from queues.adapters import callback_tidying
from queues.adapters.callback_ports import Stays
from queues.adapters.callback_store import SqlCallbacks
from queues.adapters.ears import Ears
from queues.agents import State
from queues.callbacks import Callback, Policy, Step, after, call_of_leg, is_leg
from queues.facts import AgentStateChanged, CallbackReleased, CallerLeft, LeaseExpired, RangOut, TalkStarted
from queues.ports import Reservation
from queues.reconcile import Channel
from tests.queues.fakes import Form
from tests.queues.promises import House, PaperExchange, begun, in_a_hurry
from tests.queues.switchboard import until

AGENT_FIRST = Policy(most_attempts=3, rest_s=0.05, agent_first=True)
BACK, LEG = "ventanilla-back-1763791200.101", "ventanilla-leg3-1763791200.101"


class AgentsToo(PaperExchange):
    """Rings agents as well: whose leg was rung, and which of those wait. `in_vain`: no leg comes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.in_vain = False
        self.whose: dict[str, str] = {}
        self.legs: list[str] = []
        self.waits: set[str] = set()
        self.let: list[str] = []

    async def summon(self, callback: Callback, reservation: Reservation) -> bool:
        assert reservation.call == callback.call == call_of_leg(callback.leg)
        assert not reservation.awaits
        if self.dead:
            await asyncio.Event().wait()
        assert callback.leg not in self.legs
        self.legs.append(callback.leg)
        self.whose[callback.leg] = reservation.agent
        if not self.in_vain:
            self.there.add(callback.leg)
        return True

    async def place(self, callback: Callback, reservation: Reservation) -> bool:
        assert reservation.awaits, "the citizen is rung, and no agent waits"
        assert callback.leg in self.waits
        return await super().place(callback, reservation)

    async def waiting(self) -> frozenset[str]:
        return frozenset(self.waits)

    async def let_go(self, leg: str) -> None:
        self.let.append(leg)
        self.waits.discard(leg)
        self.there.discard(leg)

    async def tidy(self, stays: Stays) -> bool:
        legs = [self._channel(one) for one in self.there | self.waits if is_leg(one)]
        for leg in [one for one in legs if not stays(one, one.linked in self.there)]:
            await self.let_go(leg.call)
        return not legs

    def _channel(self, leg: str) -> Channel:
        agent, waits = self.whose[leg], leg in self.waits
        return Channel(f"PJSIP/agent-{agent}-00000001", leg, call_of_leg(leg), agent, waits, False, waits)

    async def ended(self, call: str) -> None:
        for leg in [one for one in self.waits if call_of_leg(one) == call]:
            await self.let_go(leg)


class FirstHouse(House):
    """A house that rings its agents first."""

    exchange: AgentsToo

    async def begin(self) -> None:
        if not isinstance(self.exchange, AgentsToo):
            self.exchange = AgentsToo()
        await super().begin()
        self.callbacks.summoning = self.exchange
        self.callbacks._policy = lambda: AGENT_FIRST
        self.ears = Ears(self.floor, self.publish, lambda: None)
        self.ears.agent_there, self.ears.agent_gone = self.callbacks.agent_there, self.callbacks.agent_gone

    def state(self, agent: str = "ana") -> State:
        return self.floor.state(agent).state

    async def agent_picks_up(self, agent: str = "ana", *, heard: bool = True) -> str:
        await until(lambda: self.exchange.legs, "the agent's telephone rings")
        leg = self.exchange.legs[-1]
        self.exchange.waits.add(leg)
        if heard:
            self.ears.agent_waits(agent, call_of_leg(leg), leg)
        return leg

    async def rings_the_citizen(self) -> str:
        """A promise whose agent was rung, picked up, and waits while the citizen's telephone rings; the agent's leg."""
        await self.takes(1)
        await self.floor.sign_in("ana", "browser")
        leg = await self.agent_picks_up()
        await until(lambda: self.exchange.rung, "the citizen's telephone rings")
        return leg

    async def is_joined(self) -> Reservation:
        """The citizen presses the key, and goes into the room of the agent who waits."""
        placed = self.exchange.rung[-1]
        assert await self.callbacks.pressed(placed)
        reservation = await self.floor.wait(Form(placed, "general"))
        if reservation.awaits:
            self.exchange.waits.clear()
        self.ears.agent_answered(reservation.agent, placed)
        return reservation


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FirstHouse]:
    async with begun(FirstHouse, str(request.param), tmp_path) as house:
        yield house


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    in_a_hurry(monkeypatch, young_s=0.5)  # longer than a busy machine takes from the row to the ring
    monkeypatch.setattr(callback_tidying, "EVERY_S", 3600.0)  # a leg is let go by who ends its attempt


async def stage_is(house: House, stage: str) -> None:
    async with asyncio.timeout(5):
        while await house.stages() != [stage]:  # noqa: ASYNC110 - another task writes it
            await asyncio.sleep(0.01)


async def test_the_agent_picks_up_waits_and_talks_with_the_citizen_who_is_rung_then(
    house: FirstHouse,
) -> None:
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await until(lambda: house.exchange.legs, "the agent's telephone rings")
    await until(lambda: house.state() is State.RINGING, "the floor knows")
    assert house.exchange.rung == []
    assert await house.stages() == ["summoning"]
    await house.agent_picks_up()
    await until(lambda: house.exchange.rung, "the citizen's telephone rings")
    assert house.state() is State.AWAITING
    assert not any(isinstance(one, TalkStarted) for one in house.said)
    reservation = await house.is_joined()
    assert reservation.awaits
    assert house.state() is State.TALKING
    await stage_is(house, "kept")
    (talk,) = (one for one in house.said if isinstance(one, TalkStarted))
    assert talk.waited < 1.0  # from the key on: who is rung does not wait
    assert house.exchange.let == []
    states = [one.state for one in house.said if isinstance(one, AgentStateChanged)]
    assert states[-4:] == ["reserved", "ringing", "awaiting", "talking"]


async def test_who_does_not_pick_up_is_set_aside_the_next_is_rung_and_no_attempt_is_counted(
    house: FirstHouse,
) -> None:
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await until(lambda: house.exchange.legs, "ana's telephone rings")
    first = house.exchange.legs[-1]
    house.exchange.there.clear()
    house.ears.leg_gone("ana", call_of_leg(first), first)
    await until(lambda: house.state() is State.PAUSED, "ana is set aside")
    assert any(isinstance(one, RangOut) for one in house.said)
    await house.floor.sign_in("jordi", "browser")
    await until(lambda: len(house.exchange.legs) == 2, "jordi's telephone rings")
    await house.agent_picks_up("jordi")
    await until(lambda: house.exchange.rung, "the citizen's telephone rings")
    (released,) = (one for one in house.said if isinstance(one, CallbackReleased))
    assert (released.agent, released.attempt) == ("jordi", 1)


async def test_nobody_reached_frees_the_agent_at_once_and_lets_the_leg_go(house: FirstHouse) -> None:
    leg = await house.rings_the_citizen()
    await house.floor.pause("ana", "rest")  # so that the next attempt does not take her at once
    house.callbacks.hung_up(house.exchange.rung[-1], 17)
    await until(lambda: house.state() is State.PAUSED, "what she asked for meanwhile")
    await until(lambda: leg in house.exchange.let, "the leg is let go")
    assert not any(isinstance(one, AgentStateChanged) and one.state == "wrap_up" for one in house.said)
    assert not any(isinstance(one, CallerLeft) for one in house.said)


async def test_an_agent_who_hangs_up_meanwhile_is_free_and_the_citizen_waits_first_in_line(
    house: FirstHouse,
) -> None:
    leg = await house.rings_the_citizen()
    await house.floor.pause("ana", "rest")
    house.exchange.waits.clear()
    house.ears.leg_gone("ana", call_of_leg(leg), leg)
    assert house.state() is State.PAUSED
    assert await house.stages() == ["calling"]
    placed = house.exchange.rung[-1]
    assert await house.callbacks.pressed(placed)
    later = asyncio.create_task(house.floor.wait(Form("ventanilla-1800000000.77", "general")))
    waiting = asyncio.create_task(house.floor.wait(Form(placed, "general", since=100.0)))
    await asyncio.sleep(0)
    await house.floor.ready("ana")
    reservation = await waiting
    assert (reservation.agent, reservation.awaits) == ("ana", False)
    later.cancel()


async def test_a_leg_whose_end_nobody_heard_of_frees_its_agent(house: FirstHouse) -> None:
    leg = await house.rings_the_citizen()
    await house.floor.pause("ana", "rest")
    house.exchange.there.discard(leg)
    await until(lambda: house.state() is State.PAUSED, "the agent is free")


async def summoned(house: FirstHouse) -> None:
    """Killed after the agent's ring is on disk, before the telephone rings."""
    house.exchange.dead = True
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await stage_is(house, "summoning")


async def agent_rings(house: FirstHouse) -> None:
    """Killed while the agent's telephone rings; nobody picks it up meanwhile."""
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await until(lambda: house.exchange.legs, "the agent's telephone rings")


async def citizen_rings(house: FirstHouse) -> None:
    """Killed while the agent waits and the citizen's telephone rings; both are lost."""
    await agent_rings(house)
    await house.agent_picks_up()
    await until(lambda: house.exchange.rung, "the citizen's telephone rings")


async def pressed(house: FirstHouse) -> None:
    """Killed after the key, before both were joined; both lines were lost."""
    await citizen_rings(house)
    assert await house.callbacks.pressed(house.exchange.rung[-1])


@pytest.mark.parametrize("moment", [summoned, agent_rings, citizen_rings, pressed])
async def test_killed_between_any_two_steps_a_promise_is_kept_and_no_agent_is_stuck(
    house: FirstHouse, moment: Callable[[FirstHouse], Awaitable[None]]
) -> None:
    await moment(house)
    await house.kill()
    rung, legs = len(house.exchange.rung), len(house.exchange.legs)
    house.exchange.there.clear()
    house.exchange.waits.clear()
    house.exchange.dead = False
    await house.begin()
    await until(lambda: len(house.exchange.legs) > legs, "the agent's telephone rings after the restart")
    await house.agent_picks_up()
    await until(lambda: len(house.exchange.rung) > rung, "the citizen's telephone rings after the restart")
    assert (await house.is_joined()).awaits
    await stage_is(house, "kept")
    assert len(house.exchange.rung) == len(set(house.exchange.rung)) <= 2
    assert not any(isinstance(one, LeaseExpired) for one in house.said)


@pytest.mark.parametrize("moment", [agent_rings, citizen_rings, pressed])
async def test_killed_while_the_legs_live_on_the_next_server_finds_them_and_joins(
    house: FirstHouse, moment: Callable[[FirstHouse], Awaitable[None]]
) -> None:
    await moment(house)
    await house.kill()
    if moment is agent_rings:  # picked up while no server was there to hear of it
        await house.agent_picks_up(heard=False)
    await house.begin()
    await until(lambda: house.callbacks._open, "what is open is found")
    await until(lambda: house.exchange.rung, "the citizen's telephone rings")
    if moment is pressed:
        reservation = await house.floor.wait(Form(house.exchange.rung[-1], "general"))
        house.ears.agent_answered("ana", reservation.call)
    else:
        reservation = await house.is_joined()
    assert reservation.awaits
    await stage_is(house, "kept")
    assert (len(house.exchange.legs), len(house.exchange.rung), house.exchange.let) == (1, 1, [])


async def test_a_leg_that_a_lost_server_did_not_come_to_let_go_is_let_go_by_the_next(
    house: FirstHouse,
) -> None:
    await citizen_rings(house)
    leg, placed = house.exchange.legs[-1], house.exchange.rung[-1]
    promise = next(iter(house.callbacks._open.values()))
    await house.kill()
    missed = after(promise, Step.NOT_REACHED, house.floor.now(), replace(AGENT_FIRST, rest_s=600.0))
    assert await SqlCallbacks(house.engine).move(promise, missed)  # killed right after this
    house.exchange.there.discard(placed)
    await house.begin()
    await until(lambda: leg in house.exchange.let, "the leg is let go")
    house.ears.leg_gone("ana", placed, leg)
    await until(lambda: house.state() is State.READY, "the agent is free")


async def test_who_cancels_before_the_agent_is_rung_has_nobody_rung_for_nothing(house: FirstHouse) -> None:
    may_ring, ring = asyncio.Event(), house.exchange.summon

    async def summon(callback: Callback, reservation: Reservation) -> bool:
        await may_ring.wait()
        return await ring(callback, reservation)

    house.exchange.summon = summon  # type: ignore[method-assign]
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await stage_is(house, "summoning")
    assert await house.callbacks.cancel(next(iter(house.callbacks._open)), "called_again")
    may_ring.set()
    await until(lambda: house.exchange.legs, "the ring that was under way")
    await until(lambda: not house.exchange.there, "the leg is let go, though it rang after the word to do so")
    assert house.state() is State.READY


async def test_nobody_is_rung_who_closed_while_the_agent_picked_up(house: FirstHouse) -> None:
    await agent_rings(house)
    house.open = False
    leg = await house.agent_picks_up()
    await until(lambda: leg in house.exchange.let, "the agent is let go")
    await until(lambda: house.state() is State.READY, "and is not set aside for it")
    assert house.exchange.rung == []
    assert await house.stages() == ["waiting"]


async def test_the_end_of_an_earlier_ring_told_late_ends_nothing(house: FirstHouse) -> None:
    await agent_rings(house)
    first = house.exchange.legs[-1]
    house.exchange.there.clear()  # gone, and nobody heard of it
    await until(lambda: len(house.exchange.legs) == 2, "the agent is rung again")
    leg = await house.agent_picks_up()
    await until(lambda: house.exchange.rung, "the citizen's telephone rings")
    house.ears.leg_gone("ana", call_of_leg(first), first)
    house.ears.agent_waits("ana", call_of_leg(first), first)
    assert house.state() is State.AWAITING
    assert leg in house.exchange.waits
    assert (await house.is_joined()).awaits


async def test_a_leg_whose_citizen_left_unheard_is_let_go(
    house: FirstHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_tidying, "EVERY_S", 0.05)
    await citizen_rings(house)
    leg, placed = house.exchange.legs[-1], house.exchange.rung[-1]
    await house.is_joined()
    await stage_is(house, "kept")
    house.exchange.waits.add(leg)  # it is in the room
    house.exchange.there.discard(placed)
    await until(lambda: leg in house.exchange.let, "nobody sits alone in a room")


async def test_who_calls_again_and_cancels_lets_the_agent_go_who_is_rung(house: FirstHouse) -> None:
    await agent_rings(house)
    promise = next(iter(house.callbacks._open.values()))
    assert await house.callbacks.cancel(promise.asked.call, "called_again")
    await until(lambda: promise.leg in house.exchange.let, "the leg is let go")
    assert house.state() is State.READY
