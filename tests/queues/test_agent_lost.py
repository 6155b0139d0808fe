"""Agents rung first for a callback, whose leg never came or could not be fetched: nobody waits for nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from queues.adapters import callback_tidying
from queues.adapters.callback_ports import Stays
from queues.agents import State
from queues.facts import CallbackReleased, RangOut
from tests.queues.fakes import Form
from tests.queues.promises import begun, in_a_hurry
from tests.queues.switchboard import until
from tests.queues.test_agent_first import FirstHouse


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[FirstHouse]:
    async with begun(FirstHouse, "sqlite", tmp_path) as house:
        yield house


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    in_a_hurry(monkeypatch, young_s=0.1)
    monkeypatch.setattr(callback_tidying, "EVERY_S", 0.05)


async def test_who_is_rung_twice_and_no_leg_comes_of_it_is_set_aside_and_the_next_one_is_rung(
    house: FirstHouse,
) -> None:
    house.exchange.in_vain = True
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await until(lambda: house.state() is State.PAUSED, "ana is set aside")
    assert len(house.exchange.legs) == 2
    (rang,) = (one for one in house.said if isinstance(one, RangOut))
    assert rang.agent == "ana"
    assert await house.stages() == ["waiting"]

    house.exchange.in_vain = False
    await house.floor.sign_in("jordi", "browser")
    await until(lambda: len(house.exchange.legs) == 3, "jordi's telephone rings")
    await house.agent_picks_up("jordi")
    await until(lambda: house.exchange.rung, "the citizen's telephone rings")
    (released,) = (one for one in house.said if isinstance(one, CallbackReleased))
    assert (released.agent, released.attempt) == ("jordi", 1)


async def test_one_leg_that_vanished_sets_nobody_aside_who_picks_up_the_next(house: FirstHouse) -> None:
    house.exchange.in_vain = True
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await until(lambda: house.exchange.legs, "ana is rung in vain")
    house.exchange.in_vain = False
    await until(lambda: len(house.exchange.legs) == 2, "and again")
    await house.agent_picks_up()
    await until(lambda: house.exchange.rung, "the citizen's telephone rings")
    assert (await house.is_joined()).awaits
    assert not any(isinstance(one, RangOut) for one in house.said)


async def test_a_leg_whose_caller_could_not_be_led_to_it_is_let_go_and_the_caller_is_first_in_line(
    house: FirstHouse,
) -> None:
    leg = await house.rings_the_citizen()
    placed = house.exchange.rung[-1]
    assert await house.callbacks.pressed(placed)
    assert (await house.floor.wait(Form(placed, "general"))).awaits
    await house.floor.pause("ana", "rest")
    house.floor.rang_out(placed)  # the session's word: AMI was silent, the agent could not be fetched
    assert house.state() is State.PAUSED
    assert placed in house.exchange.there
    await until(lambda: leg in house.exchange.let, "nobody hears music for nothing")
    await house.floor.sign_in("jordi", "browser")
    reservation = await house.floor.wait(Form(placed, "general"))
    assert (reservation.agent, reservation.awaits) == ("jordi", False)


async def test_a_leg_that_waits_or_talks_stays(house: FirstHouse) -> None:
    await house.rings_the_citizen()
    await _looked(house)
    assert (await house.is_joined()).awaits
    await until(lambda: house.state() is State.TALKING, "both talk")
    await _looked(house)
    assert house.exchange.let == []


async def _looked(house: FirstHouse) -> None:
    """Asterisk's legs were looked at twice more."""
    tidy, looks = house.exchange.tidy, 0

    async def counted(stays: Stays) -> bool:
        nonlocal looks
        looks += 1
        return await tidy(stays)

    house.exchange.tidy = counted  # type: ignore[method-assign]
    await until(lambda: looks >= 2, "two looks")
    house.exchange.tidy = tidy  # type: ignore[method-assign]
