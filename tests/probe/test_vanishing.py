"""A telephone that vanishes without a BYE: a dead battery, a closed laptop, a lost network."""

import asyncio
import sys

import pytest

from ivr.adapters.fastagi import Door, Line
from ivr.agi import command
from tests.conftest import StartAsterisk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(120)]

SILENT_S = 5
CALLER = """
import asyncio, sys
from server.probe.telephone import sip_stack

async def call(server):
    async with sip_stack() as stack:
        telephone = await stack.telephone("+34931234567", server)
        await telephone.call("901166565", ring_seconds=40)
        await asyncio.sleep(600)

asyncio.run(call(sys.argv[1]))
"""


async def test_a_call_ends_when_its_telephone_sends_nothing_any_more(start_asterisk: StartAsterisk) -> None:
    pbx = await asyncio.to_thread(start_asterisk, silent_seconds=SILENT_S)
    here, left = asyncio.Event(), asyncio.Event()

    async def listen(line: Line) -> None:
        await line.send(command("ANSWER"))
        await line.send(command("SET MUSIC", "ON", "default"))
        here.set()
        try:
            await line.send(command("WAIT FOR DIGIT", "100000"))
        finally:
            left.set()

    door = Door(pbx.secrets.agi, listen, lambda _: None)
    await door.open("127.0.0.1", pbx.site.ports.agi)
    server = f"127.0.0.1:{pbx.site.ports.sip}"
    caller = await asyncio.create_subprocess_exec(sys.executable, "-c", CALLER, server)
    try:
        async with asyncio.timeout(60):
            await here.wait()
        # Who only listens sends sound all the same, and is not taken for gone.
        await asyncio.sleep(3 * SILENT_S)
        assert not left.is_set()
        caller.kill()
        async with asyncio.timeout(60):
            await left.wait()
        async with asyncio.timeout(10):  # Asterisk writes its log in a thread of its own
            while "lack of audio RTP activity" not in pbx.log():  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.1)
    finally:
        if caller.returncode is None:
            caller.kill()
        await caller.wait()
        await asyncio.to_thread(pbx.ask, "channel request hangup all")
        await door.close(5)
