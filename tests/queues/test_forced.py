"""A supervisor moves an agent: what can be forced, when it happens, and that it is said who did it and why."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from queues import facts as fact
from queues.agents import Happening, IllegalHappening, State, UnknownAgent
from tests.queues.fakes import Form, call
from tests.queues.test_floor import House, a_house, settled


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as house:
        yield house


def forced(house: House) -> list[fact.AgentForced]:
    return [said for said in house.said if isinstance(said, fact.AgentForced)]


async def test_a_forced_pause_says_who_and_why_and_is_on_disk(house: House) -> None:
    await house.floor.sign_in("ana")
    state = await house.floor.force("ana", Happening.PAUSE, "eva", "the printer burns")
    assert (state.state, state.reason) == (State.PAUSED, "forced")
    assert house.store.states["ana"] == state
    assert forced(house) == [fact.AgentForced("ana", "pause", "eva", "the printer burns", house.clock())]


async def test_an_agent_pauses_for_a_reason_that_has_a_word_at_the_desk(house: House) -> None:
    await house.floor.sign_in("ana")
    for reason in ("lunch", "", "forced", "no_answer"):
        with pytest.raises(ValueError, match="nobody pauses for"):
            await house.floor.pause("ana", reason)
    assert house.state("ana") is State.READY


async def test_nobody_is_torn_out_of_a_call(house: House) -> None:
    await house.floor.sign_in("ana")
    session = house.waits(Form(call(1)))
    await settled()
    house.floor.answered(call(1))
    state = await house.floor.force("ana", Happening.SIGN_OUT, "eva", "end of shift")
    assert (state.state, state.then) == (State.TALKING, "signed_out")
    house.floor.ended(call(1))
    await house.floor.force("ana", Happening.WRAP_UP_DONE, "eva", "callers wait")
    assert house.state("ana") is State.SIGNED_OUT
    assert (await session).agent == "ana"


async def test_a_forced_end_of_the_wrap_up_gives_the_next_caller_at_once(house: House) -> None:
    await house.floor.sign_in("ana")
    first, second = house.waits(Form(call(1))), house.waits(Form(call(2)))
    await settled()
    house.floor.answered(call(1))
    house.floor.ended(call(1))
    await house.floor.force("ana", Happening.READY, "eva", "callers wait")
    async with asyncio.timeout(1):
        assert [(await one).call for one in (first, second)] == [call(1), call(2)]


async def test_what_only_happens_is_not_forced_and_changes_nothing(house: House) -> None:
    for happening in (Happening.RESERVE, Happening.ANSWER, Happening.SIGN_IN):
        with pytest.raises(ValueError, match="nobody is forced"):
            await house.floor.force("ana", happening, "eva", "so")
    with pytest.raises(ValueError, match="who they are"):
        await house.floor.force("ana", Happening.PAUSE, "", "so")
    with pytest.raises(IllegalHappening):
        await house.floor.force("ana", Happening.READY, "eva", "so")
    with pytest.raises(UnknownAgent):
        await house.floor.force("nobody", Happening.PAUSE, "eva", "so")
    assert forced(house) == []
