"""Faults of Asterisk's words on a real Asterisk: cut for two minutes, twice, two minutes late; Asterisk itself killed.

The short forms run with all tests, those of two minutes with `make proofs`.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from queues import facts as fact
from queues.agents import State
from server.runtime.site import AgentLine
from tests.conftest import RunningAsterisk, StartAsterisk
from tests.queues.books import answered, conversations, left_behind
from tests.queues.proxy import Proxy, proxy
from tests.queues.switchboard import PEOPLE, Switchboard, switchboard, until
from tests.telephones import AgentTelephone, agent_telephone, citizens

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]
FIRST, SECOND = ("931234567",), ("931234568",)
EVENTS = ("DialBegin", "DialEnd", "Hangup")
TWO_MINUTES = pytest.param(120.0, marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def own_asterisk(start_asterisk: StartAsterisk) -> RunningAsterisk:
    agents = tuple(AgentLine(person.name, browser=False) for person in PEOPLE)
    return start_asterisk(agents=agents, lost_pause=1, lost_attempts=2)


@pytest.fixture
async def through(own_asterisk: RunningAsterisk, tmp_path: Path) -> AsyncIterator[tuple[Switchboard, Proxy]]:
    """A server that hears Asterisk through a proxy; and at the end nothing may be left, and the books are right."""
    (own_asterisk.places.logs / "cdr-custom" / "calls.csv").unlink(missing_ok=True)
    async with (
        proxy(own_asterisk.site.ports.ami) as (between, port),
        switchboard(own_asterisk, tmp_path, ami=port) as board,
    ):
        yield board, between


@asynccontextmanager
async def telephone(board: Switchboard, agent: str = "ana") -> AsyncIterator[AgentTelephone]:
    secret = board.asterisk.secrets.agents[agent]
    async with agent_telephone(agent, secret, board.sip, answers_after=0.2) as phone:
        await board.floor.sign_in(agent, "browser")
        yield phone


def talks(board: Switchboard) -> list[str]:
    """The calls whose conversation began, once for each time it was said."""
    return [said.call for said in board.said if isinstance(said, fact.TalkStarted)]


async def closed(board: Switchboard) -> None:
    """All is over: nobody has a place, nobody a call, and Asterisk's books say what ours do."""
    await until(lambda: board.state("ana") is State.WRAP_UP, "ana wraps up")
    await board.floor.wrap_up_done("ana")
    engine = board._engine
    await until(lambda: not board.floor.hall.places, "whoever hung up is given up")
    await board.floor.settle()
    assert await left_behind(engine) == ([], [])
    assert await answered(engine) == conversations(board.asterisk)


@pytest.mark.parametrize("seconds", [8.0, TWO_MINUTES])
async def test_deaf_for_a_while_everybody_is_served_and_what_was_missed_is_found(
    through: tuple[Switchboard, Proxy], seconds: float
) -> None:
    board, between = through
    calling = citizens((*FIRST, *SECOND), "901166565", board.sip, apart=0.5)
    async with telephone(board) as ana, calling as (_, second):
        await until(lambda: board.state("ana") is State.TALKING, "ana talks")
        between.cut()
        await until(lambda: not board.queues.ami.connected, "deaf")
        await ana.hang_up()
        await until(lambda: board.state("ana") is State.WRAP_UP, "the session says that the talk is over")
        await board.floor.wrap_up_done("ana")
        await ana.answered(2)
        await asyncio.sleep(seconds)
        assert board.floor.state("ana").call == board.calls[1]
        between.mend()
        await until(lambda: board.state("ana") is State.TALKING, "the talk that was not heard of is found")
        assert not second.dropped
    await closed(board)


async def test_every_word_said_twice_counts_once(through: tuple[Switchboard, Proxy]) -> None:
    board, between = through
    between.fates = dict.fromkeys(EVENTS, (0.0, 0.0))
    async with telephone(board):
        for number in range(2):
            async with citizens(FIRST, "901166565", board.sip):
                await until(lambda: board.state("ana") is State.TALKING, "ana talks")
            await until(lambda: board.state("ana") is State.WRAP_UP, "ana wraps up")
            if not number:
                await board.floor.wrap_up_done("ana")
        assert talks(board) == board.calls
    await closed(board)


@pytest.mark.parametrize("late_s", [3.0, TWO_MINUTES])
async def test_late_words_change_nothing_that_is_newer(
    through: tuple[Switchboard, Proxy], late_s: float
) -> None:
    board, between = through
    async with telephone(board) as ana:
        between.fates = dict.fromkeys(EVENTS, (late_s,))
        async with citizens(FIRST, "901166565", board.sip):
            await ana.answered(1)
            await until(lambda: board.state("ana") is State.TALKING, "the talk is found")
            await ana.hang_up()
            await until(lambda: board.state("ana") is State.WRAP_UP, "the session says that the talk is over")
        between.fates = {}
        await board.floor.wrap_up_done("ana")
        async with citizens(SECOND, "901166565", board.sip) as (second,):
            await until(lambda: board.state("ana") is State.TALKING, "ana talks")
            since = board.floor.state("ana").since
            await asyncio.sleep(late_s + 2.0)  # the first call's ringing, answer and hang-up come now
            state = board.floor.state("ana")
            assert (state.state, state.call, state.since) == (State.TALKING, board.calls[1], since)
            assert not second.dropped
            late_ms = board.floor.board().asterisk_late_ms
            assert late_ms is not None
            assert late_ms >= late_s * 1000 - 100
    await closed(board)


async def test_the_net_rings_a_telephone_at_a_fixed_address_too(through: tuple[Switchboard, Proxy]) -> None:
    board, _ = through
    await board.floor.sign_in("ana", "sip:201@127.0.0.1:5999")

    def shown() -> str:
        return board.asterisk.ask("queue show net")

    await until(lambda: "agent-ana-sip/sip:201@127.0.0.1:5999" in shown(), "ana's telephone in the net")
    assert "Not in use" in shown()


async def test_asterisk_killed_and_started_again_leaves_nobody_stuck(
    start_asterisk: StartAsterisk, tmp_path: Path
) -> None:
    agents = tuple(AgentLine(person.name, browser=False) for person in PEOPLE)
    asterisk = start_asterisk(agents=agents, lost_pause=1, lost_attempts=2)
    async with switchboard(asterisk, tmp_path) as board:
        with suppress(TimeoutError, OSError):  # telephones that speak to nobody any more
            async with telephone(board), citizens((*FIRST, *SECOND), "901166565", board.sip, apart=0.5):
                await until(lambda: board.state("ana") is State.TALKING, "ana talks")
                await until(lambda: len(board.floor.board().waiting) == 1, "the second waits")
                process = await asyncio.to_thread(killed_and_started, asterisk)
                await until(lambda: board.queues.ami.connected, "the connection is back")
                await until(
                    lambda: board.state("ana") is State.WRAP_UP, "the talk that is no more is found over"
                )
                await until(lambda: not board.floor.hall.places, "the caller who is no more is given up")
        await board.floor.wrap_up_done("ana")
        async with telephone(board), citizens(FIRST, "901166565", board.sip):
            await until(lambda: board.state("ana") is State.TALKING, "ana serves again")
        await until(lambda: board.state("ana") is State.WRAP_UP, "ana wraps up")
        assert await left_behind(board._engine) == ([], [])
        # Of the calls that died with Asterisk its books know nothing; ours say what they had become.
        assert set(conversations(asterisk)) <= set(await answered(board._engine))
        assert len(await answered(board._engine)) == 2
    asterisk.asterisk.stop()
    if process is not None:
        process.wait(timeout=10)


def killed_and_started(asterisk: RunningAsterisk) -> "subprocess.Popen[bytes] | None":
    number = asterisk.asterisk.pid()
    assert number is not None
    os.kill(number, signal.SIGKILL)
    while asterisk.asterisk.pid() is not None:
        pass
    process = asterisk.asterisk.start()
    asterisk.asterisk.wait_ready()
    return process
