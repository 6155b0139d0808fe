"""Callbacks "agent first", on a real Asterisk: the agent waits and is joined with the citizen, or is free."""

import array
import asyncio
import json
import time
from contextlib import AsyncExitStack

import pytest

from dialplans.walks import Walk
from queues.adapters.callback_store import SqlCallbacks
from queues.callbacks import Asked
from server import database
from server.probe.sounds import pcm_of, read_sound
from tests.calls.centre import Centre
from tests.calls.conftest import OpenCentre
from tests.calls.dying import institution_with
from tests.calls.test_calling_back import (
    KEPT,
    RELEASED,
    TALKED,
    TRUNK_PORT,
    answering,
    trunk,
)
from tests.calls.test_outside import NUMBER, note_number
from tests.calls.test_survival import telephone

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]

ANA = "SELECT * FROM queues_agent_states WHERE agent = 'ana' AND state = :state"
REPAIRED = "SELECT * FROM server_facts WHERE type = 'Repaired'"
TRIED = "SELECT * FROM queues_callbacks WHERE stage = 'resting' AND number = :number"
LOUD = 2000  # of 32767: nothing but a voice is so loud in a room without music


@pytest.fixture(scope="module")
def agent_first_centre(open_centre: OpenCentre, tmp_path_factory: pytest.TempPathFactory) -> Centre:
    """A centre that rings its agents first, whose trunk leads to the telephones of this process."""
    house = institution_with(tmp_path_factory.mktemp("house"), 'first = "citizen"', 'first = "agent"')
    return open_centre(carrier=f"127.0.0.1:{TRUNK_PORT}", lost_pause=1, wrap_up_seconds=60, institution=house)


async def promise(centre: Centre, *numbers: str) -> None:
    """Let a lost server have promised these callbacks, in this order: the one that comes finds them."""
    walk = Walk("901166565", "general/agent", "es", answered=True, recorded=True)
    way, now = json.dumps({"walk": walk.to_json(), "recording": False}), time.time()
    centre.kill()
    engine = database.open_engine(centre.settings.database)
    for count, number in enumerate(numbers):
        call, since = f"ventanilla-{int(now) - 900}.{count}", now - 900 + count
        asked = Asked(call, f"+34{number}", None, "es", "general", 1, 0, since, way)
        assert await SqlCallbacks(engine).take(asked, now - 600, now + 7200)
    await engine.dispose()
    centre.start()


async def test_the_agent_waits_for_the_citizen_and_is_free_at_once_when_nobody_is_reached(
    agent_first_centre: Centre,
) -> None:
    centre, missed, met = agent_first_centre, "931234567", "931234568"
    voice = pcm_of(
        read_sound(centre.settings.institution_folder / "languages" / "audio" / "es" / "goodbye.opus")
    )
    async with trunk() as stack, AsyncExitStack() as desks:
        await promise(centre, missed, met)
        absent = await stack.telephone(f"+34{missed}", centre.sip)
        called = await desks.enter_async_context(answering(stack, centre, met))
        called.may_answer.clear()
        ana = await telephone(desks, centre, "ana")

        alone = await ana.answered(within=40)
        assert absent.rings.empty()
        assert await centre.rows(RELEASED) == []
        async with asyncio.timeout(20):
            line = await absent.rings.get()
        (waits,) = await centre.rows(ANA, state="awaiting")
        assert not alone.over
        await line.reject()
        async with asyncio.timeout(10):
            await alone.line.ended.wait()
        (resting,) = await centre.until(TRIED, number=f"+34{missed}")
        assert resting["attempts"] == 1
        assert waits["call"] != resting["call"]

        talk = await ana.answered(2, within=20)  # the next promise, at once: nothing was to be wrapped up
        async with asyncio.timeout(20):
            while not called.lines:  # noqa: ASYNC110 - a telephone rings, which no event tells
                await asyncio.sleep(0.1)
        await centre.until(ANA, state="awaiting")
        assert await centre.rows(TALKED) == []
        called.may_answer.set()
        (kept,) = await centre.until(KEPT, within=40)
        (talked,) = await centre.rows(TALKED)
        assert len(ana.conversations) == 2  # joined, and not rung once more
        await asyncio.sleep(1.5)
        talk.heard.clear()
        await called.lines[0].speak(voice)
        assert max(map(abs, array.array("h", bytes(talk.heard)))) > LOUD
        await called.lines[0].hang_up()
        async with asyncio.timeout(10):
            await talk.line.ended.wait()
        await centre.until(ANA, state="wrap_up")
        assert kept["type"] == "CallbackKept"
        assert talked["type"] == "TalkStarted"
        assert await centre.rows(REPAIRED) == []  # the events told it all
    assert centre.played().count("agent.callback") == 2


@pytest.mark.slow
async def test_an_agent_outside_waits_only_after_the_key_and_a_server_killed_meanwhile_joins_them(
    agent_first_centre: Centre,
) -> None:
    centre, number = agent_first_centre, "911234567"
    await note_number(centre)
    async with trunk() as stack, AsyncExitStack() as desks:
        await promise(centre, number)
        mobile = await stack.telephone(f"+34{NUMBER}", centre.sip)
        called = await desks.enter_async_context(answering(stack, centre, number))
        called.may_answer.clear()
        desk = await centre.desk("ana")
        desks.push_async_callback(desk.client.aclose)
        await desk.works("outside")
        async with asyncio.timeout(40):
            line = await mobile.rings.get()
        await line.answer()
        await asyncio.sleep(3.0)
        assert await centre.rows(ANA, state="awaiting") == []
        assert called.lines == []
        await line.press("1")
        await centre.until(ANA, state="awaiting")
        async with asyncio.timeout(20):
            while not called.lines:  # noqa: ASYNC110 - a telephone rings, which no event tells
                await asyncio.sleep(0.1)
        centre.kill()
        centre.start()
        called.may_answer.set()
        await centre.until(ANA, state="talking", within=60)
        assert not line.ended.is_set()
        await line.hang_up()
        await centre.until(ANA, state="wrap_up")
    assert len(called.lines) == 1
