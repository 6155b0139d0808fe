"""Whole conversations that want a queue which a supervisor closed."""

import asyncio
from typing import NoReturn

import pytest

from ivr import facts
from ivr.ports.floor import QueueClosed, WishForm
from tests.ivr.box import SILENCE, Box
from tests.ivr.office import until
from tests.ivr.rooms import Rooms
from tests.ivr.test_conversation import hold


@pytest.mark.parametrize(("callback", "at_once"), [(False, True), (False, False), (True, False)])
async def test_who_wants_a_queue_that_a_supervisor_closed_is_never_told_that_an_agent_comes(
    around: Rooms, monkeypatch: pytest.MonkeyPatch, *, callback: bool, at_once: bool
) -> None:
    shut = asyncio.Event()
    if at_once:
        shut.set()

    async def wait(_wish: WishForm) -> NoReturn:
        await shut.wait()
        raise QueueClosed(callback=callback)

    monkeypatch.setattr(around.desks, "wait", wait)
    box = Box(presses=["1", "0", SILENCE, SILENCE, SILENCE])
    conversation = asyncio.create_task(hold(around, box))
    if not at_once:
        await until(lambda: "SET MUSIC ON default" in box.sent)
        shut.set()
    await conversation
    assert "agent.connecting" not in box.keys_heard
    first = next(key for key in box.keys_heard if key in {"agent.closed", "callback.intro"})
    assert first == ("callback.intro" if callback else "agent.closed")
    assert [one.why for one in around.facts if isinstance(one, facts.PersonRefused)] == ["shut"]


async def test_who_fails_at_the_keys_is_promised_no_agent_of_a_queue_that_is_closed(
    around: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(_wish: WishForm) -> NoReturn:
        raise QueueClosed(callback=False)

    monkeypatch.setattr(around.desks, "wait", wait)
    box = await hold(around, Box(presses=["1", "7", "7", "7", SILENCE, SILENCE, SILENCE]))
    assert box.keys_heard.count("wrong_key") == 2
    assert "agent.closed" in box.keys_heard
    assert "too_many_tries" not in box.keys_heard
