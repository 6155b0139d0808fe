"""The door before a real Asterisk, through the dialplan we ship."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from ivr.adapters.fastagi import Line
from ivr.agi import Reply, command
from tests.conftest import RunningAsterisk, StartAsterisk
from tests.ivr.office import Office, until

pytestmark = pytest.mark.asterisk

AWKWARD = [
    "a b", 'say "yes"', "back\\slash", "", "ends with \\", 'a\\"b', "(x) endpos=1", "ñ à ü €", "'`;|&<>",
]  # fmt: skip


@pytest.fixture(scope="module")
def pbx(start_asterisk: StartAsterisk) -> RunningAsterisk:
    return start_asterisk(lost_pause=1)


@pytest.fixture
async def office(pbx: RunningAsterisk) -> AsyncIterator[Office]:
    office = Office(pbx.secrets.agi)
    await office.door.open("127.0.0.1", pbx.site.ports.agi)
    yield office
    await asyncio.to_thread(pbx.ask, "channel request hangup all")
    await office.door.close(5)


async def ring(pbx: RunningAsterisk) -> None:
    await asyncio.to_thread(pbx.ask, "channel originate Local/901166565@numbers application Wait 30")


def all_gone(pbx: RunningAsterisk) -> None:
    while "0 active channels" not in pbx.ask("core show channels count"):  # the test's own time limit ends it
        time.sleep(0.05)


async def test_a_call_reaches_the_door_with_a_valid_token_and_hangs_up_cleanly(
    pbx: RunningAsterisk, office: Office
) -> None:
    heard: list[Reply] = []

    async def converse(line: Line) -> None:
        assert line.greeting.number == "901166565"
        said = [
            ("ANSWER",),
            ("SET VARIABLE", "VT_WAITING", "no"),
            ("GET VARIABLE", "VT_WAITING"),
            ("GET VARIABLE", "VT_NEVER_SET"),
            ("STREAM FILE", "no/such/file", "1#"),
            ("SET VARIABLE", "VT_DONE", "yes"),
        ]
        heard.extend([await line.send(command(*words)) for words in said])

    office.answer = converse
    await ring(pbx)
    await until(lambda: office.endings)
    assert office.endings == ["done"]
    assert office.refusals == []
    assert heard == [
        Reply(200, "0", ""),
        Reply(200, "1", ""),
        Reply(200, "1", "no"),
        Reply(200, "0", ""),
        Reply(200, "-1", ""),
        Reply(200, "1", ""),
    ]
    await asyncio.to_thread(all_gone, pbx)
    assert len(office.answered) == 1


async def test_asterisk_reads_what_we_quote_as_we_meant_it(pbx: RunningAsterisk, office: Office) -> None:
    heard: list[str] = []

    async def converse(line: Line) -> None:
        await line.send(command("ANSWER"))
        for value in AWKWARD:
            await line.send(command("SET VARIABLE", "VT_TRIAL", value))
            heard.append((await line.send(command("GET VARIABLE", "VT_TRIAL"))).text)
        await line.send(command("SET VARIABLE", "VT_DONE", "yes"))

    office.answer = converse
    await ring(pbx)
    await until(lambda: office.endings)
    assert heard == AWKWARD


async def test_a_caller_who_hangs_up_ends_the_conversation_at_once(
    pbx: RunningAsterisk, office: Office
) -> None:
    listening = asyncio.Event()

    async def converse(line: Line) -> None:
        await line.send(command("ANSWER"))
        listening.set()
        while True:
            await line.send(command("WAIT FOR DIGIT", "60000"))

    office.answer = converse
    await ring(pbx)
    await asyncio.wait_for(listening.wait(), 10)
    await asyncio.to_thread(pbx.ask, "channel request hangup all")
    await until(lambda: office.endings)
    assert office.endings == ["hung up"]
    assert office.refusals == []


async def test_a_caller_who_hangs_up_while_nobody_speaks_is_noticed(
    pbx: RunningAsterisk, office: Office
) -> None:
    idle = asyncio.Event()

    async def converse(line: Line) -> None:
        await line.send(command("ANSWER"))
        await line.send(command("SET MUSIC", "ON", "default"))
        idle.set()
        await line.hung_up.wait()

    office.answer = converse
    await ring(pbx)
    await asyncio.wait_for(idle.wait(), 10)
    await asyncio.to_thread(pbx.ask, "channel request hangup all")
    await until(lambda: office.endings)
    assert office.endings == ["done"]
    assert office.refusals == []


async def test_a_conversation_that_fails_is_begun_again_by_the_dialplan_for_the_same_call(
    pbx: RunningAsterisk, office: Office
) -> None:
    async def converse(line: Line) -> None:
        await line.send(command("ANSWER"))
        if len(office.answered) < 2:
            raise ValueError("a fault of ours")
        await line.send(command("SET VARIABLE", "VT_DONE", "yes"))

    office.answer = converse
    await ring(pbx)
    await until(lambda: office.endings)
    assert office.endings == ["done"]
    assert len(office.answered) == 2
    assert len(set(office.answered)) == 1


async def test_a_call_whose_token_was_made_with_another_secret_is_refused(pbx: RunningAsterisk) -> None:
    office = Office("another secret")
    await office.door.open("127.0.0.1", pbx.site.ports.agi)
    await ring(pbx)
    await until(lambda: office.refusals)
    await asyncio.to_thread(pbx.ask, "channel request hangup all")
    await office.door.close(0)
    assert set(office.refusals) == {"wrong token"}
    assert office.answered == []
