"""An agent on a number outside, on a real Asterisk: whoever answers there gets nobody before the key."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from queues.agents import NO_ANSWER, State
from server.legs_house import Around
from server.outside import OutsideNumbers
from server.probe.sounds import write_sound
from server.probe.telephone import Line, Telephone
from server.runtime.site import OUTSIDE, AgentLine
from tests.calls.test_calling_back import TRUNK_PORT, trunk
from tests.conftest import RunningAsterisk, StartAsterisk
from tests.dialplans.institutions import inss
from tests.queues.switchboard import PEOPLE, Switchboard, switchboard, until
from tests.telephones import citizens

pytestmark = pytest.mark.asterisk
NUMBER = "+34612345678"
LANGUAGES = ("es", "ca")
ANA = replace(PEOPLE[0], outside=NUMBER)


@pytest.fixture(scope="module")
def own_asterisk(start_asterisk: StartAsterisk, tmp_path_factory: pytest.TempPathFactory) -> RunningAsterisk:
    """An Asterisk whose agents may be rung outside; half a second of sound asks them for the key."""
    sounds = tmp_path_factory.mktemp("sounds")
    for language in LANGUAGES:
        write_sound(sounds / language / "vt" / "agent.press_1.wav", b"\0\x10" * 4000)
    lines = (AgentLine(one.name, browser=False, role=role) for one in PEOPLE for role in ("agent", OUTSIDE))
    return start_asterisk(sounds=sounds, agents=tuple(lines))


@pytest.fixture
async def board(own_asterisk: RunningAsterisk, tmp_path: Path) -> AsyncIterator[Switchboard]:
    async with switchboard(own_asterisk, tmp_path) as board:
        numbers = OutsideNumbers(lambda: {"ana": ANA}, inss, f"127.0.0.1:{TRUNK_PORT}")
        unused = dict.fromkeys(("push_card", "kept", "mark"))
        board.way = Around(**unused, outside=numbers.way).way  # type: ignore[arg-type] # only the way is asked
        yield board


async def picked_up(board: Switchboard, mobile: Telephone) -> Line:
    """Answer the next call, and see that nothing has begun by that."""
    async with asyncio.timeout(20):
        line = await mobile.rings.get()
    await line.answer()
    await until(lambda: up(board), "the line outside is up")
    assert board.state("ana") is State.RINGING
    assert "TalkStarted" not in board.kinds()
    return line


def up(board: Switchboard) -> bool:
    listed = board.asterisk.ask("core show channels concise").splitlines()
    return any(row.startswith("PJSIP/outside-ana-") and "!Up!" in row for row in listed)


async def test_whoever_answers_outside_gets_the_caller_by_the_key_and_not_before(board: Switchboard) -> None:
    async with trunk() as stack, citizens(("931234567",), "901166565", board.sip) as (caller,):
        mobile = await stack.telephone(NUMBER, board.sip)
        await board.floor.sign_in("ana", OUTSIDE)
        mailbox = await picked_up(board, mobile)
        await asyncio.sleep(1.0)
        await mailbox.press("9")  # no key at all is waited for; a wrong one ends each asking at once
        await asyncio.sleep(1.0)
        await mailbox.press("9")
        await until(lambda: board.floor.state("ana").reason == NO_ANSWER, "ana is set aside")
        await until(mailbox.ended.is_set, "the mailbox is let go")
        assert board.results == ["BUSY"]
        assert len(board.floor.board().waiting) == 1
        assert not caller.dropped

        await board.floor.ready("ana")
        person = await picked_up(board, mobile)
        await asyncio.sleep(1.0)
        await person.press("1")
        await until(lambda: board.state("ana") is State.TALKING, "ana talks")
        channels = await board.queues.ami.channels()
        assert channels is not None
        assert [channel.bridged for channel in channels] == [True, True]
        assert await board.queues.ami.members() == {}
        await person.hang_up()
        await until(lambda: board.state("ana") is State.WRAP_UP, "ana wraps up")
        kinds = [kind for kind in board.kinds() if kind in {"AgentRinging", "RangOut", "TalkStarted"}]
        assert kinds == ["AgentRinging", "RangOut", "AgentRinging", "TalkStarted"]
        assert NUMBER not in repr(board.said)


@pytest.mark.slow
async def test_a_key_that_comes_after_the_caller_has_gone_joins_nobody(board: Switchboard) -> None:
    async with trunk() as stack, citizens(("931234567",), "901166565", board.sip) as (caller,):
        mobile = await stack.telephone(NUMBER, board.sip)
        await board.floor.sign_in("ana", OUTSIDE)
        person = await picked_up(board, mobile)
        await asyncio.sleep(0.5)
        await caller.hang_up()
        await asyncio.sleep(0.5)
        await person.press("1")
        await until(lambda: board.state("ana") is State.READY, "ana is free again")
        await until(person.ended.is_set, "whoever pressed is let go")
        assert "CallerLeft" in board.kinds()
        assert "TalkStarted" not in board.kinds()
