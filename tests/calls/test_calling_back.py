"""Callbacks that keep the place, on a real Asterisk: taken by key, the citizen called at their turn on the trunk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from server.probe.reach import free_port
from server.probe.telephone import Line, SipStack, Telephone, _start_at
from tests.calls.centre import Centre
from tests.calls.conftest import OpenCentre
from tests.calls.test_survival import telephone
from tests.telephones import NO_PROMPTS, citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]

TRUNK_PORT = free_port()
PERSON = "010"  # keys until somebody waits for a person: the language kept, the menu, a person
KEPT = "SELECT * FROM server_facts WHERE type = 'CallbackKept'"
TAKEN = "SELECT * FROM server_facts WHERE type = 'CallbackTaken'"


@pytest.fixture(scope="module")
def calling_centre(open_centre: OpenCentre) -> Centre:
    """A centre whose trunk leads to the telephones of this process."""
    return open_centre(carrier=f"127.0.0.1:{TRUNK_PORT}", lost_pause=1)


@asynccontextmanager
async def trunk() -> AsyncIterator[SipStack]:
    """The telephones of this process, all at the trunk's port."""
    assert SipStack.live is None
    stack = SipStack.live = await _start_at(TRUNK_PORT, "127.0.0.1")
    stack.users = 1
    try:
        yield stack
    finally:
        stack.users -= 1
        if stack.users == 0:
            SipStack.live = None
            await stack.runtime.close()


@dataclass
class Called:
    """A citizen's telephone that is called: what it does with each call."""

    telephone: Telephone
    keys: str = "1"
    lines: list[Line] = field(default_factory=list)
    answers: bool = True

    async def serve(self) -> None:
        while True:
            line = await self.telephone.rings.get()
            self.lines.append(line)
            if not self.answers:
                await line.reject()
                continue
            await line.answer()
            await asyncio.sleep(2.0)
            await line.press(self.keys)


async def takes_the_callback(centre: Centre, number: str) -> str:
    """Wait as a caller, press the key for the callback, keep the number called from; the call's id."""
    before = len(await centre.rows(TAKEN))
    async with citizens((number,), "901166565", centre.sip, catalogue=NO_PROMPTS) as (citizen,):
        for key in PERSON:
            await asyncio.sleep(2.0)
            await citizen.call.line.press(key)
        async with asyncio.timeout(90):
            while len(await centre.rows(TAKEN)) == before:
                await citizen.call.line.press("1")
                await asyncio.sleep(2.5)
        rows = await centre.rows(TAKEN)
        async with asyncio.timeout(30):
            await citizen.call.line.ended.wait()
    return str(rows[-1]["call"])


@asynccontextmanager
async def answering(stack: SipStack, centre: Centre, number: str) -> AsyncIterator[Called]:
    called = Called(await stack.telephone(f"+34{number}", centre.sip))
    serving = asyncio.create_task(called.serve(), name=f"the telephone of {number}")
    try:
        yield called
    finally:
        serving.cancel()
        for line in called.lines:
            await line.hang_up()


async def test_who_takes_a_callback_is_called_at_their_turn_and_talks(calling_centre: Centre) -> None:
    centre, number = calling_centre, "931234567"
    async with trunk() as stack:
        taken = await takes_the_callback(centre, number)
        assert (await centre.rows("SELECT stage FROM queues_callbacks"))[0]["stage"] == "waiting"
        assert await centre.rows("SELECT * FROM server_facts WHERE type = 'CallerLeft'") == []
        async with AsyncExitStack() as desks, answering(stack, centre, number) as called:
            ana = await telephone(desks, centre, "ana")
            await ana.answered(within=40)
            (kept,) = await centre.until(KEPT, within=20)
            assert kept["call"] == taken
            assert len(called.lines) == 1
        (row,) = await centre.rows("SELECT * FROM queues_callbacks")
        assert (row["stage"], row["attempts"]) == ("kept", 1)
