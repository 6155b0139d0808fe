"""The floor on a real Asterisk, with real telephones that ring, answer and vanish."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from queues import facts as fact
from queues.adapters.ami import UnsafeValue
from queues.agents import State
from queues.net import Member
from server.runtime.site import AgentLine
from tests.conftest import RunningAsterisk, StartAsterisk
from tests.queues.switchboard import LONGEST, PEOPLE, Switchboard, switchboard, until
from tests.telephones import agent_telephone, citizens

pytestmark = pytest.mark.asterisk
CITIZEN = ("931234567",)


@pytest.fixture(scope="module")
def own_asterisk(start_asterisk: StartAsterisk) -> RunningAsterisk:
    """An Asterisk whose agents are plain SIP telephones."""
    agents = tuple(AgentLine(person.name, browser=False) for person in PEOPLE)
    return start_asterisk(agents=agents, lost_pause=1, lost_attempts=2)


@pytest.fixture
async def board(own_asterisk: RunningAsterisk, tmp_path: Path) -> AsyncIterator[Switchboard]:
    async with switchboard(own_asterisk, tmp_path) as board:
        yield board


def repairs(board: Switchboard) -> list[str]:
    return [said.what for said in board.said if isinstance(said, fact.Repaired)]


def secret(board: Switchboard, agent: str) -> str:
    return board.asterisk.secrets.agents[agent]


async def test_the_connection_measures_its_latency_and_has_no_dangerous_right(board: Switchboard) -> None:
    ami = board.queues.ami
    await until(lambda: ami.latency_ms is not None, "a measured ping")
    assert board.floor.board().asterisk_latency_ms is not None
    assert await ami.ask("Command", Command="core show uptime") is None
    originate = {"Channel": "PJSIP/agent-ana", "Application": "System", "Data": "id"}
    assert await ami.ask("Originate", **originate) is None


async def test_a_line_end_in_a_value_never_reaches_asterisk(board: Switchboard) -> None:
    with pytest.raises(UnsafeValue):
        await board.queues.ami.hang_up("PJSIP/x-1\r\nAction: Originate")


async def test_the_net_has_the_signed_in_agents_as_members(board: Switchboard) -> None:
    await board.floor.sign_in("ana", "browser")
    await board.floor.sign_in("marta", "browser")
    await board.floor.pause("marta", "rest")

    def shows() -> str:
        return board.asterisk.ask("queue show net")

    await until(lambda: "ana" in shows() and "(paused" in shows(), "ana and a paused marta in the net")
    assert await board.queues.ami.members() == {
        "ana": Member(0, False, "agent-ana"),
        "marta": Member(1, True, "agent-marta"),
    }
    board.asterisk.ask("queue remove member PJSIP/agent-ana from net")
    assert await board.queues.mirror.correct()
    await board.floor.sign_out("marta")
    await until(lambda: "ana" in shows() and "marta" not in shows(), "only ana in the net")


async def test_a_call_rings_is_answered_and_passed_on_by_hanging_up_the_agent(board: Switchboard) -> None:
    ana = agent_telephone("ana", secret(board, "ana"), board.sip, answers_after=0.2)
    marta = agent_telephone("marta", secret(board, "marta"), board.sip, answers_after=0.2)
    async with ana, marta, citizens(CITIZEN, "901166565", board.sip) as (caller,):
        await board.floor.sign_in("ana", "browser")
        await until(lambda: board.state("ana") is State.TALKING, "ana talks")
        (call,) = board.calls
        board.next_level[call] = 2
        await board.floor.sign_in("marta", "browser")
        assert await board.floor.hang_up_agent(call)
        await until(lambda: board.state("marta") is State.TALKING, "marta talks")
        assert board.state("ana") is State.WRAP_UP
        assert not caller.dropped
        kinds = [kind for kind in board.kinds() if kind in {"AgentReserved", "AgentRinging", "TalkStarted"}]
        assert kinds == ["AgentReserved", "AgentRinging", "TalkStarted"] * 2
        await caller.hang_up()
        await until(lambda: board.state("marta") is State.WRAP_UP, "marta wraps up")


async def test_who_does_not_answer_is_set_aside_and_the_caller_is_put_through_to_the_next(
    board: Switchboard,
) -> None:
    deaf = agent_telephone("ana", secret(board, "ana"), board.sip, answers_after=None)
    jordi = agent_telephone("jordi", secret(board, "jordi"), board.sip, answers_after=0.1)
    async with deaf, jordi, citizens(CITIZEN, "901166565", board.sip):
        await board.floor.sign_in("ana", "browser")
        await until(lambda: board.floor.state("ana").reason == "no_answer", "ana is set aside")
        await board.floor.sign_in("jordi", "browser")
        await until(lambda: board.state("jordi") is State.TALKING, "jordi talks")
        assert board.results == ["NOANSWER"]


async def test_every_event_lost_the_reconciler_finds_the_talk_and_its_end(board: Switchboard) -> None:
    ears = board.queues.ami._events
    for name in ("agent_rings", "agent_answered", "agent_hung_up", "caller_hung_up"):
        setattr(ears, name, lambda *_: None)
    board.loses_words = True
    async with agent_telephone("ana", secret(board, "ana"), board.sip, answers_after=0.1) as ana:
        async with citizens(CITIZEN, "901166565", board.sip):
            await board.floor.sign_in("ana", "browser")
            await until(lambda: board.state("ana") is State.TALKING, "the talk is found")
            assert board.floor.state("ana").call == board.calls[0]
            await ana.hang_up()
        await until(lambda: board.state("ana") is State.WRAP_UP, "the lost hang-up is repaired")
    assert repairs(board) == ["talk_found", "talk_lost"]


async def test_a_reservation_whose_session_died_frees_the_agent_when_the_lease_ends(
    board: Switchboard,
) -> None:
    board.mute = True
    ana = agent_telephone("ana", secret(board, "ana"), board.sip, answers_after=None)
    async with ana, citizens(CITIZEN, "901166565", board.sip) as (caller,):
        await board.floor.sign_in("ana", "browser")
        await until(lambda: board.state("ana") is State.RESERVED, "ana is reserved")
        await until(lambda: board.state("ana") is State.READY, "ana is free again")
        assert not caller.dropped
    assert repairs(board) == ["lease_over"]


async def test_a_telephone_that_is_not_registered_is_shown_and_not_called(board: Switchboard) -> None:
    await board.floor.sign_in("jordi", "browser")

    def shown() -> str:
        return {row.name: row.state for row in board.floor.board().agents}["jordi"]

    await until(lambda: shown() == "unreachable", "jordi has no telephone")
    async with agent_telephone("jordi", secret(board, "jordi"), board.sip):
        await until(lambda: shown() == "ready", "jordi's telephone came")
    await until(lambda: shown() == "unreachable", "jordi's telephone went")


async def test_a_lost_connection_comes_back_and_everything_is_looked_at_again(
    board: Switchboard, caplog: pytest.LogCaptureFixture
) -> None:
    ami = board.queues.ami
    with caplog.at_level(logging.WARNING):
        assert ami._wire is not None
        ami._wire.protocol.transport.abort()
        await until(lambda: not ami.connected, "the connection is lost")
        assert await ami.channels() is None
        await until(lambda: ami.connected, "the connection is back")
    assert await ami.channels() == ()
    assert board.kinds().count("AsteriskSeen") == 3


async def test_killed_sessions_regain_their_places_in_order(board: Switchboard) -> None:
    async with citizens(
        ("931234561", "931234562", "931234563"), "901166565", board.sip, apart=0.3
    ) as callers:
        await until(lambda: len(board.floor.board().waiting) == 3, "three wait")
        before = [(row.call, row.since) for row in board.floor.board().waiting]
        board.drop_sessions()
        await until(lambda: len(board.calls) == 6, "all come back")
        await until(lambda: all(row.here for row in board.floor.board().waiting), "all wait again")
        assert [(row.call, row.since) for row in board.floor.board().waiting] == before
        assert not any(caller.dropped for caller in callers)


async def test_a_talk_goes_on_over_a_restart_and_its_end_is_heard(board: Switchboard) -> None:
    async with agent_telephone("ana", secret(board, "ana"), board.sip, answers_after=0.1):
        async with citizens(CITIZEN, "901166565", board.sip) as (caller,):
            await board.floor.sign_in("ana", "browser")
            await until(lambda: board.state("ana") is State.TALKING, "ana talks")
            call = board.floor.state("ana").call
            await board.stop()
            await board.begin()
            for _ in range(3):
                await board.queues.reconciler.look()
            assert (board.state("ana"), board.floor.state("ana").call) == (State.TALKING, call)
            assert not caller.dropped
        await until(lambda: board.state("ana") is State.WRAP_UP, "ana wraps up")
    assert repairs(board) == []
    await board.queues.store.save(())  # what is being written is on disk then
    ended = (await board.queues.store.load(0.0)).outcomes
    assert [(one.call, one.kind, one.agent) for one in ended] == [(call, "answered", "ana")]


async def test_a_talk_that_ended_while_the_server_was_away_is_found_over(board: Switchboard) -> None:
    async with agent_telephone("ana", secret(board, "ana"), board.sip, answers_after=0.1):
        async with citizens(CITIZEN, "901166565", board.sip):
            await board.floor.sign_in("ana", "browser")
            await until(lambda: board.state("ana") is State.TALKING, "ana talks")
            await board.stop()
        await board.begin()
        await until(lambda: board.state("ana") is State.WRAP_UP, "the restarted server finds the talk over")
    assert repairs(board) == ["talk_lost"]


async def test_whom_the_net_put_through_is_found_talking_by_the_restarted_server(board: Switchboard) -> None:
    async with agent_telephone("ana", secret(board, "ana"), board.sip, answers_after=0.1) as ana:
        await board.floor.sign_in("ana", "browser")
        await until(lambda: "ana" in board.asterisk.ask("queue show net"), "ana in the net")
        await board.stop()
        async with citizens(CITIZEN, "901166565", board.sip) as (caller,):
            await ana.answered(within=LONGEST)
            await board.begin()
            await until(lambda: board.state("ana") is State.TALKING, "the talk is found")
            assert not caller.dropped
        await until(lambda: board.state("ana") is State.WRAP_UP, "ana wraps up")
    assert repairs(board)[0] == "talk_found"
