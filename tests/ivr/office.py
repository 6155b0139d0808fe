"""An office with a door and peers that knock at it, for tests of the door."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

from ivr.adapters.fastagi import Door, HungUp, Line
from ivr.agi import command
from tests.ivr.greetings import CALL, SECRET, greeting

NOOP = command("NOOP")
SOON = 10.0
"""What a test waits at most for something that must come; nothing is measured by it."""

Answer = Callable[[Line], Awaitable[None]]


class Office:
    """A door with its record: who was answered, who was refused and why."""

    def __init__(self, secret: str = SECRET) -> None:
        self.refusals: list[str] = []
        self.answered: list[str] = []
        self.endings: list[str] = []
        self.answer: Answer = one_command
        self.door = Door(secret, self._answer, self.refusals.append)

    async def _answer(self, line: Line) -> None:
        self.answered.append(line.greeting.call)
        try:
            await self.answer(line)
        except HungUp:
            self.endings.append("hung up")
            raise
        except asyncio.CancelledError:
            self.endings.append("cancelled")
            raise
        self.endings.append("done")

    async def call(self, *said: bytes) -> "Peer":
        reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        peer = Peer(reader, writer)
        for piece in said:
            writer.write(piece)
            await writer.drain()
        return peer


class Peer:
    """Asterisk, or somebody who would like to be taken for it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def hear(self) -> bytes:
        return await asyncio.wait_for(self.reader.readline(), SOON)

    def say(self, line: bytes) -> None:
        self.writer.write(line)

    async def dropped(self) -> bool:
        try:
            return await asyncio.wait_for(self.reader.read(), SOON) == b""
        except ConnectionResetError:
            return True

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def leave(self) -> None:
        self.writer.close()


async def one_command(line: Line) -> None:
    await line.send(NOOP)


async def until(condition: Callable[[], object], within: float = SOON) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  (what is waited for has no event of its own)
            await asyncio.sleep(0.005)


async def serves(office: Office, call: str = CALL) -> None:
    """Make a plain call and see that it is served."""
    peer = await office.call(greeting(call))
    assert await peer.hear() == NOOP
    peer.say(b"200 result=0\n")
    assert await peer.dropped()
    peer.leave()
