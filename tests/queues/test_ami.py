"""The manager connection against peers that misbehave, each a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from queues.adapters import ami as ami_module
from queues.adapters.ami import Ami
from tests.queues.switchboard import until

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
CALL = "ventanilla-1763791200.12"
RING = f"Event: DialBegin\r\nPrivilege: call,all\r\nUniqueid: {CALL}\r\nDestChannel: PJSIP/agent-ana-00000001\r\n\r\n"


class Notes:
    """Writes down what is heard; fulfils AsteriskEvents."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def agent_rings(self, agent: str, call: str) -> None:
        self.heard.append(("rings", agent, call))

    def agent_answered(self, agent: str, call: str) -> None:
        raise RuntimeError(f"a fault of ours with {agent} in {call}")

    def agent_hung_up(self, agent: str, call: str) -> None:
        self.heard.append(("hung up", agent, call))

    def agent_waits(self, agent: str, call: str, leg: str) -> None:
        self.heard.append(("waits", agent, call, leg))

    def leg_gone(self, agent: str, call: str, leg: str) -> None:
        self.heard.append(("leg gone", agent, call, leg))

    def caller_hung_up(self, call: str, cause: int = 0) -> None:  # noqa: ARG002 (of no interest here)
        self.heard.append(("caller hung up", call))

    def telephone(self, agent: str, *, reachable: bool) -> None:
        self.heard.append(("telephone", agent, reachable))

    def connection(self, *, connected: bool) -> None:
        self.heard.append(("connection", connected))


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> dict[str, str]:
    """Read one action and say Success to it."""
    raw = (await reader.readuntil(b"\r\n\r\n")).decode()
    action = dict(line.split(": ", 1) for line in raw.strip().split("\r\n"))
    writer.write(f"Response: Success\r\nActionID: {action['ActionID']}\r\nMessage: ok\r\n\r\n".encode())
    return action


@asynccontextmanager
async def peer(talk: Talk) -> AsyncIterator[tuple[Ami, Notes]]:
    """A connection to a peer that talks like this."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, EOFError, asyncio.CancelledError):
            writer.write(b"Asterisk Call Manager/9.0.0\r\n")
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    notes = Notes()
    ami = Ami("127.0.0.1", server.sockets[0].getsockname()[1], "ventanilla", "secret", notes)
    await ami.open()
    try:
        yield ami, notes
    finally:
        await ami.close()
        server.close()


async def answers_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await answer(reader, writer)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (
        ("CONNECT_S", 0.3),
        ("ANSWER_S", 0.3),
        ("PING_EVERY_S", 0.1),
        ("FIRST_BACK_OFF_S", 0.02),
    ):
        monkeypatch.setattr(ami_module, name, seconds)


async def test_it_tries_again_when_nobody_is_there_and_later_is() -> None:
    notes = Notes()
    ami = Ami("127.0.0.1", 1, "ventanilla", "secret", notes)
    await ami.open()
    await until(lambda: ami.attempts >= 3, "a third attempt")
    assert not ami.connected
    assert await ami.channels() is None
    await ami.close()


async def test_a_peer_that_says_nothing_is_left_and_tried_again() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with peer(silent) as (ami, notes):
        await until(lambda: ami.attempts >= 2, "a second attempt")
        assert notes.heard == []


async def test_a_peer_that_falls_silent_is_noticed_and_left() -> None:
    async def falls_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        await reader.read()

    async with peer(falls_silent) as (_, notes):
        await until(lambda: ("connection", False) in notes.heard, "the silence is noticed")


async def test_a_wrong_secret_is_told_and_tried_again_slowly() -> None:
    async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = (await reader.readuntil(b"\r\n\r\n")).decode()
        identity = raw.split("ActionID: ")[1].split("\r\n")[0]
        writer.write(
            f"Response: Error\r\nActionID: {identity}\r\nMessage: Authentication failed\r\n\r\n".encode()
        )
        await writer.drain()

    async with peer(refuses) as (ami, notes):
        await until(lambda: ami.attempts >= 2, "a second attempt")
        assert notes.heard == []


async def test_an_action_is_not_sent_again_after_the_connection_was_lost() -> None:
    actions: list[str] = []

    async def leaves_on_hangup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            raw = (await reader.readuntil(b"\r\n\r\n")).decode()
            action = dict(line.split(": ", 1) for line in raw.strip().split("\r\n"))
            actions.append(action["Action"])
            if action["Action"] == "Hangup":
                return
            writer.write(f"Response: Success\r\nActionID: {action['ActionID']}\r\n\r\n".encode())

    async with peer(leaves_on_hangup) as (ami, notes):
        await until(lambda: ami.connected, "the connection")
        assert not await ami.hang_up("PJSIP/agent-ana-00000001")
        await until(lambda: notes.heard.count(("connection", True)) == 2, "the second connection")
        await until(lambda: actions.count("Ping") >= 2, "life goes on")
        assert actions.count("Hangup") == 1


async def test_garbage_forgeries_and_our_own_faults_do_not_end_the_connection() -> None:
    async def babbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.write(bytes(range(256)) * 20 + b"\r\n\r\n: :\r\n:\r\n\r\nEvent\r\n\r\n")
        writer.write(RING.replace("Privilege: call,all\r\n", "").encode())
        writer.write(RING.replace("\r\n\r\n", "\r\nUniqueid: ventanilla-1.1\r\n\r\n").encode())
        writer.write(RING.replace("DialBegin", "DialEnd\r\nDialStatus: ANSWER").encode())
        writer.write(RING.encode())
        while True:
            await answer(reader, writer)

    async with peer(babbles) as (ami, notes):
        await until(lambda: ("rings", "ana", CALL) in notes.heard, "the one good event")
        assert [heard for heard in notes.heard if heard[0] == "rings"] == [("rings", "ana", CALL)]
        assert ami.refused == 2
        assert ami.connected


async def test_a_list_that_is_not_whole_counts_as_no_answer() -> None:
    async def half_a_list(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            action = await answer(reader, writer)
            if action["Action"] == "CoreShowChannels":
                row = "Event: CoreShowChannel\r\nActionID: {0}\r\nChannel: PJSIP/x\r\n\r\n"
                end = "Event: CoreShowChannelsComplete\r\nActionID: {0}\r\n\r\n"
                writer.write((row + end).format(action["ActionID"]).encode())

    async with peer(half_a_list) as (ami, _):
        await until(lambda: ami.connected, "the connection")
        assert await ami.channels() is None
        assert ami.refused == 1


async def test_a_measured_latency_goes_with_the_connection() -> None:
    async with peer(answers_all) as (ami, _):
        await until(lambda: ami.latency_ms is not None, "a measured ping")
