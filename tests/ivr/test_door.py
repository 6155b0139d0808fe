import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import pytest

from ivr.adapters import fastagi
from ivr.adapters import line as line_module
from ivr.adapters.descriptors import allow_open_files
from ivr.adapters.fastagi import Door, Line
from ivr.agi import Reply
from tests.ivr.greetings import CALL, SECRET, fields, greeting, spoken
from tests.ivr.office import NOOP, Office, Peer, one_command, serves, until


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    await office.door.open("127.0.0.1", 0)
    yield office
    await office.door.close(0)


async def test_a_call_with_a_valid_token_is_answered_and_its_line_closed_at_the_end(office: Office) -> None:
    await serves(office)
    assert office.answered == [CALL]
    assert office.endings == ["done"]
    assert office.refusals == []
    await until(lambda: office.door.calls == 0)


async def test_a_greeting_may_come_in_the_smallest_pieces(office: Office) -> None:
    peer = await office.call(*(bytes([byte]) for byte in greeting()))
    assert await peer.hear() == NOOP
    peer.leave()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (greeting(secret="another secret"), "wrong token"),
        (spoken(fields() | {"agi_uniqueid": "ventanilla-1763791200.13"}), "wrong token"),
        (spoken([*fields().items(), ("agi_uniqueid", CALL)]), "duplicate key"),
        (spoken([*fields().items(), ("agi_level", "3")]), "unknown key"),
        (b"GET / HTTP/1.1\nHost: x\n\n", "malformed line"),
        (b"x" * 200_000, "too long"),
        (greeting()[:-1] + b"agi_arg_1: " + b"x" * 200_000 + b"\n\n", "too long"),
        (greeting() + b"200 result=1 (made up)\n", "early bytes"),
        (greeting() + b"H", "early bytes"),
        (greeting() + b"HANGUP\n200 result=0\n", "early bytes"),
        (greeting() + b"HANGUP\n", "hung up"),
    ],
)
async def test_a_peer_that_breaks_a_rule_is_dropped_and_nobody_is_started_for_it(
    office: Office, said: bytes, reason: str
) -> None:
    peer = await office.call(said)
    assert await peer.dropped()
    peer.leave()
    await until(lambda: office.refusals)
    assert office.refusals == [reason]
    assert office.answered == []
    await serves(office)


async def test_an_answer_before_our_first_command_is_a_forgery(office: Office) -> None:
    free = asyncio.Event()

    async def slow(line: Line) -> None:
        await free.wait()
        await line.send(NOOP)

    office.answer = slow
    peer = await office.call(greeting())
    await until(lambda: office.answered)
    peer.say(b"200 result=1 (made up)\n")
    await until(lambda: office.refusals)
    free.set()
    assert office.refusals == ["unasked answer"]
    await until(lambda: office.endings)
    assert office.endings == ["hung up"]
    assert await peer.dropped()
    peer.leave()


@pytest.mark.parametrize("forged", [b"200 result=0\n200 result=1 (made up)\n", b"200 result=0\n200 res"])
async def test_two_answers_to_one_command_are_a_forgery(office: Office, forged: bytes) -> None:
    async def endless(line: Line) -> None:
        await line.send(NOOP)
        await line.hung_up.wait()

    office.answer = endless
    peer = await office.call(greeting())
    assert await peer.hear() == NOOP
    peer.say(forged)
    assert await peer.dropped()
    peer.leave()
    assert office.refusals == ["unasked answer"]


@pytest.mark.parametrize("line", [b"agi_type: PJSIP\n", b"200 OK\n", b"\n", b"HANGUPS\n"])
async def test_an_answer_that_asterisk_would_not_give_ends_the_line(office: Office, line: bytes) -> None:
    peer = await office.call(greeting())
    assert await peer.hear() == NOOP
    peer.say(line)
    assert await peer.dropped()
    peer.leave()
    assert office.refusals == ["malformed answer"]
    assert office.endings == ["hung up"]


async def test_an_answer_without_an_end_ends_the_line(office: Office) -> None:
    peer = await office.call(greeting())
    assert await peer.hear() == NOOP
    peer.say(b"200 result=1 (" + b"x" * 200_000)
    assert await peer.dropped()
    peer.leave()
    assert office.refusals == ["endless answer"]


async def test_an_answer_may_come_in_pieces_after_trying_and_with_usage(office: Office) -> None:
    heard: list[Reply] = []

    async def three(line: Line) -> None:
        heard.extend([await line.send(NOOP), await line.send(NOOP), await line.send(NOOP)])

    office.answer = three
    peer = await office.call(greeting())
    for pieces in (
        [b"100 result=0 Trying...\n", b"200 resu", b"lt=1 (a b)", b"\n"],
        [b"520-Invalid command syntax.  Proper usage follows:\n Usage: x\n200 result=7\n", b"520 End\n"],
        [b"511 Command Not Permitted on a dead channel or intercept routine\n"],
    ):
        assert await peer.hear() == NOOP
        for piece in pieces:
            peer.say(piece)
            await asyncio.sleep(0.01)
    assert await peer.dropped()
    peer.leave()
    assert heard == [Reply(200, "1", "a b"), Reply(520, "", ""), Reply(511, "", "")]
    assert office.refusals == []


async def test_a_hang_up_between_a_command_and_its_answer_ends_the_conversation(office: Office) -> None:
    peer = await office.call(greeting())
    assert await peer.hear() == NOOP
    peer.say(b"HANGUP\n200 result=-1\n")
    assert await peer.dropped()
    peer.leave()
    assert office.endings == ["hung up"]
    assert office.refusals == []


async def test_a_hang_up_in_pieces_while_nobody_speaks_is_noticed(office: Office) -> None:
    async def idle(line: Line) -> None:
        await line.hung_up.wait()
        assert line.over
        await line.send(NOOP)

    office.answer = idle
    peer = await office.call(greeting())
    await until(lambda: office.answered)
    peer.say(b"HANG")
    await asyncio.sleep(0.02)
    assert office.endings == []
    peer.say(b"UP\n")
    assert await peer.dropped()
    peer.leave()
    assert office.endings == ["hung up"]
    assert office.refusals == []


async def test_asking_late_whether_the_caller_is_gone_still_says_so(office: Office) -> None:
    free = asyncio.Event()

    async def late(line: Line) -> None:
        await free.wait()
        await line.hung_up.wait()

    office.answer = late
    peer = await office.call(greeting())
    await until(lambda: office.answered)
    peer.say(b"HANGUP\n")
    await asyncio.sleep(0.02)
    free.set()
    assert await peer.dropped()
    peer.leave()


def _says_that_the_caller_left(peer: Peer) -> None:
    peer.say(b"HANGUP\n")


@pytest.mark.parametrize(
    ("way", "lost"), [(_says_that_the_caller_left, False), (Peer.reset, True), (Peer.leave, True)]
)
async def test_a_line_that_breaks_without_a_hang_up_is_lost(
    office: Office, way: Callable[[Peer], None], *, lost: bool
) -> None:
    seen: list[bool] = []

    async def idle(line: Line) -> None:
        assert not line.lost
        await line.hung_up.wait()
        seen.append(line.lost)

    office.answer = idle
    peer = await office.call(greeting())
    await until(lambda: office.answered)
    way(peer)
    await until(lambda: seen)
    assert seen == [lost]
    peer.leave()


@pytest.mark.parametrize("way", [Peer.reset, Peer.leave])
async def test_a_peer_that_goes_in_the_middle_of_a_command_hurts_nobody(
    office: Office, way: Callable[[Peer], None]
) -> None:
    peer = await office.call(greeting())
    assert await peer.hear() == NOOP
    way(peer)
    await until(lambda: office.endings)
    assert office.endings == ["hung up"]
    await serves(office)


@pytest.mark.parametrize("said", [b"", greeting()[:200]])
@pytest.mark.parametrize("way", [Peer.reset, Peer.leave])
async def test_a_peer_that_goes_before_its_greeting_hurts_nobody(
    office: Office, said: bytes, way: Callable[[Peer], None]
) -> None:
    peer = await office.call(said)
    way(peer)
    await until(lambda: office.refusals)
    assert office.refusals == ["left before the greeting"]
    await serves(office)


async def test_half_a_greeting_and_silence_are_dropped_when_their_time_is_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastagi, "GREETING_S", 0.05)
    peers = [await office.call(greeting()[:300]), await office.call()]
    for peer in peers:
        assert await peer.dropped()
        peer.leave()
    assert office.refusals == ["greeting took too long"] * 2
    await serves(office)


async def test_a_thousand_silent_peers_cost_no_task_and_keep_nobody_out(office: Office) -> None:
    allow_open_files(4096)
    before = len(asyncio.all_tasks())
    silent = [await office.call() for _ in range(1000)]
    assert len(asyncio.all_tasks()) == before
    await serves(office)
    for peer in silent:
        peer.leave()
    await until(lambda: len(office.refusals) == 1000)


async def test_when_the_doorstep_is_full_whoever_waited_longest_leaves(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastagi, "DOORSTEPS", 3)
    silent = []
    for _ in range(4):
        silent.append(await office.call(b"agi_"))
        await asyncio.sleep(0.01)
    assert await silent[0].dropped()
    assert office.refusals == ["crowded"]
    await serves(office)
    for peer in silent:
        peer.leave()


async def test_of_a_thousand_calls_in_the_same_instant_none_is_lost(office: Office) -> None:
    allow_open_files(4096)
    calls = [f"ventanilla-1763791200.{number}" for number in range(1000)]
    await asyncio.gather(*(serves(office, call) for call in calls))
    assert sorted(office.answered) == sorted(calls)
    assert office.endings == ["done"] * 1000


async def test_a_conversation_that_fails_hurts_nobody_and_tells_the_log_nothing_personal(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(line: Line) -> None:
        await line.send(NOOP)
        raise ValueError("12345678Z")

    office.answer = failing
    peer = await office.call(greeting())
    assert await peer.hear() == NOOP
    with caplog.at_level(logging.DEBUG):
        peer.say(b"200 result=0\n")
        assert await peer.dropped()
    peer.leave()
    assert "ValueError" in caplog.text
    assert CALL in caplog.text
    assert "12345678" not in caplog.text
    office.answer = one_command
    await serves(office)


async def test_the_answer_to_an_abandoned_command_is_not_taken_for_the_next_ones(office: Office) -> None:
    heard: list[Reply] = []

    async def impatient(line: Line) -> None:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(line.send(NOOP), 0.01)
        heard.append(await line.send(NOOP))

    office.answer = impatient
    peer = await office.call(greeting())
    for _ in range(3):
        assert await peer.hear() == NOOP
    peer.say(b"200 result=1\n")
    peer.say(b"200 result=2\n200 result=3\n")
    assert await peer.dropped()
    peer.leave()
    assert heard == [Reply(200, "3", "")]


async def test_a_line_takes_one_command_at_a_time(office: Office) -> None:
    async def both(line: Line) -> None:
        first = asyncio.ensure_future(line.send(NOOP))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await line.send(NOOP)
        await first

    office.answer = both
    peer = await office.call(greeting())
    assert await peer.hear() == NOOP
    peer.say(b"200 result=0\n")
    assert await peer.dropped()
    peer.leave()
    assert office.endings == ["done"]


async def test_a_command_without_an_answer_ends_the_line_when_its_time_is_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "patience", lambda _: 0.0)
    monkeypatch.setattr(fastagi, "LINE_ROUND_S", 0.05)
    await office.door.close(0)
    await office.door.open("127.0.0.1", 0)
    peer = await office.call(greeting())
    assert await peer.hear() == NOOP
    assert await peer.dropped()
    peer.leave()
    assert office.refusals == ["answer overdue"]
    assert office.endings == ["hung up"]


async def test_a_closing_door_lets_conversations_end_and_cuts_what_is_left_after_the_grace(
    office: Office,
) -> None:
    quick, slow, silent = await office.call(greeting()), await office.call(greeting()), await office.call()
    assert await quick.hear() == NOOP
    assert await slow.hear() == NOOP
    port = office.door.port
    closing = asyncio.create_task(office.door.close(0.3))
    await asyncio.sleep(0.05)
    quick.say(b"200 result=0\n")
    assert await quick.dropped()
    assert await slow.dropped()
    assert await silent.dropped()
    await closing
    assert sorted(office.endings) == ["cancelled", "done"]
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    for peer in (quick, slow, silent):
        peer.leave()


async def test_a_port_in_use_is_an_error_that_says_so(office: Office) -> None:
    second = Door(SECRET, one_command, office.refusals.append)
    with pytest.raises(OSError, match="in use"):
        await second.open("127.0.0.1", office.door.port)
    await second.close(0)
