"""An agent on a number outside, on a real Asterisk: the carrier rings it, and only a key makes a conversation of it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from server.probe.telephone import Line, Telephone
from tests.calls.centre import Centre, Desk, environment
from tests.calls.conftest import OpenCentre
from tests.calls.test_calling_back import PERSON, TRUNK_PORT, trunk
from tests.calls.test_survival import telephone
from tests.telephones import CallingCitizen, citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]

NUMBER = "612345678"
TALKED = "SELECT * FROM server_facts WHERE type = 'TalkStarted'"
PAUSED = "SELECT * FROM queues_agent_states WHERE agent = 'ana' AND state = 'paused' AND reason = 'no_answer'"
TALKS = "SELECT * FROM queues_agent_states WHERE agent = 'ana' AND state = 'talking'"
RINGS = "SELECT * FROM queues_agent_states WHERE agent = 'ana' AND state = 'ringing'"
HANDED = "SELECT * FROM server_facts WHERE type = 'HandedOver'"
WRAPS_UP = "SELECT * FROM queues_agent_states WHERE agent = 'ana' AND state = 'wrap_up'"
TOLD = "SELECT * FROM server_facts WHERE body LIKE :number"


@pytest.fixture(scope="module")
def outside_centre(open_centre: OpenCentre) -> Centre:
    """A centre whose trunk leads to the telephones of this process."""
    return open_centre(carrier=f"127.0.0.1:{TRUNK_PORT}")


async def note_number(centre: Centre) -> str:
    """Have the number written down for ana, beside the running server."""
    words = (sys.executable, "-m", "server.cli", "people", "telephone", "ana", NUMBER)
    run = await asyncio.to_thread(
        subprocess.run,
        words,
        env={**os.environ, **environment(centre.settings)},
        capture_output=True,
        text=True,
        check=True,
    )
    return str(run.stdout)


async def picked_up(mobile: Telephone, centre: Centre) -> Line:
    """Answer the next call, as a mailbox does: nothing has begun by that."""
    async with asyncio.timeout(40):
        line = await mobile.rings.get()
    await line.answer()
    await asyncio.sleep(1.5)
    assert await centre.rows(TALKED) == []
    return line


@pytest.mark.slow
async def test_a_mailbox_gets_no_citizen_and_who_presses_the_key_talks(outside_centre: Centre) -> None:
    centre = outside_centre
    assert "The running server knows." in await note_number(centre)
    async with trunk() as stack, citizens(("931234567",), "901166565", centre.sip) as (citizen,):
        mobile = await stack.telephone(f"+34{NUMBER}", centre.sip)
        desk = await centre.desk("ana")
        await desk.works("outside")
        await asyncio.sleep(2.0)
        await citizen.call.line.press(PERSON)
        mailbox = await picked_up(mobile, centre)
        for _ in range(2):  # what is no key ends each asking at once
            await mailbox.press("9")
            await asyncio.sleep(1.0)
        await centre.until(PAUSED)
        assert mailbox.ended.is_set()
        assert not citizen.dropped
        (await desk.ask("ready")).raise_for_status()
        person = await picked_up(mobile, centre)
        await person.press("1")
        await centre.until(TALKS)
        assert len(await centre.until(TALKED)) == 1
        assert not citizen.dropped
        assert "agent-ana" not in centre.installation.asterisk.ask("queue show net")
        await person.hang_up()
        await centre.until(WRAPS_UP)
    assert "agent.press_1" in centre.played()
    assert await centre.rows(TOLD, number=f"%{NUMBER}%") == []
    assert NUMBER not in centre.server_log()


@dataclass(frozen=True, slots=True)
class Talk:
    """Jordi talks with a citizen; ana signed in with her number outside, whose telephone is `mobile`."""

    citizen: CallingCitizen
    mobile: Telephone
    desk: Desk

    async def asks(self, way: str) -> Line:
        """Let jordi ask ana, or hand her the caller; her telephone answers, and no key is pressed yet."""
        (await self.desk.ask(way, {"agent": "ana"})).raise_for_status()
        async with asyncio.timeout(20):
            line = await self.mobile.rings.get()
        await line.answer()
        await asyncio.sleep(1.5)
        return line


@asynccontextmanager
async def talk_beside_ana(centre: Centre, caller: str) -> AsyncIterator[Talk]:
    """Let jordi talk with a citizen while ana is outside; both finish and go home at the end."""
    await note_number(centre)
    async with trunk() as stack, AsyncExitStack() as desks:
        (citizen,) = await desks.enter_async_context(citizens((caller,), "901166565", centre.sip))
        mobile = await stack.telephone(f"+34{NUMBER}", centre.sip)
        jordi = await telephone(desks, centre, "jordi")
        await asyncio.sleep(2.0)
        await citizen.call.line.press(PERSON)
        await jordi.answered(within=60)
        ana, desk = await centre.desk("ana"), await centre.desk("jordi")
        await ana.works("outside")
        yield Talk(citizen, mobile, desk)
        for one in (ana, desk):
            await one.ask("finish", {"outcome": "resolved", "notes": ""})
            await one.ask("sign-out")


@pytest.mark.slow
@pytest.mark.parametrize("way", ["consult", "hand"])
async def test_a_colleague_outside_is_asked_or_handed_a_caller_by_the_same_key(
    outside_centre: Centre, way: str
) -> None:
    centre = outside_centre
    before = len(await centre.rows(HANDED))
    async with talk_beside_ana(centre, "931234568") as talk:
        line = await talk.asks(way)
        assert len(await centre.rows(RINGS)) == 1
        await line.press("1")
        await centre.until(TALKS)
        if way == "consult":
            (await talk.desk.ask("legs/complete")).raise_for_status()
        assert len(await centre.until(HANDED)) == before + 1
        await asyncio.sleep(1.5)
        channels = centre.installation.asterisk.ask("core show channels concise").splitlines()
        assert len([row for row in channels if row.startswith("PJSIP/") and "!Up!" in row]) == 2
        assert not talk.citizen.dropped
        assert not line.ended.is_set()
        await line.hang_up()
        await centre.until(WRAPS_UP)


@pytest.mark.slow
async def test_a_colleagues_mailbox_is_let_go_and_joined_to_nobody(outside_centre: Centre) -> None:
    centre = outside_centre
    talks = len(await centre.rows(TALKED))
    async with talk_beside_ana(centre, "931234569") as talk:
        mailbox = await talk.asks("consult")
        for _ in range(2):
            await mailbox.press("9")
            await asyncio.sleep(1.0)
        async with asyncio.timeout(10):
            await mailbox.ended.wait()
        assert await centre.rows(TALKS) == []
        (await talk.desk.ask("legs/resume")).raise_for_status()
        await asyncio.sleep(1.5)
        assert not talk.citizen.dropped
        assert len(await centre.rows(TALKED)) == talks + 1, "jordi's, and nobody's else"
