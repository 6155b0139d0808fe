"""Between the server and Asterisk's manager interface: cut, or with events that are lost, late or said twice."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_EVENT = re.compile(rb"(?:^|\n)Event: (\w+)")


class Proxy:
    """One way through. All may be changed while calls go on.

    `fates` says of events by name after how many seconds they come, each as often as it stands there; () is never.
    """

    def __init__(self, port: int) -> None:
        self._there = port
        self.fates: dict[str, tuple[float, ...]] = {}
        self.is_cut = False
        self.passed = 0
        self._lines: set[asyncio.StreamWriter] = set()
        self._late: set[asyncio.TimerHandle] = set()

    async def open(self) -> int:
        """Listen; the port to connect to."""
        self._door = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._door.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Cut every connection and let no new one through."""
        self.is_cut = True
        for line in self._lines:
            line.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self.is_cut = False

    async def close(self) -> None:
        """Be gone."""
        self._door.close()
        self.cut()
        for late in self._late:
            late.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            from_there, to_there = await asyncio.open_connection("127.0.0.1", self._there)
            ours = {writer, to_there}
            self._lines |= ours
            up = asyncio.create_task(_copy(reader, to_there), name="proxy: up")
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._down(from_there, writer)
            up.cancel()
            self._lines -= ours
            for line in ours:
                line.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())  # "Asterisk Call Manager/…"
        while True:
            message = await reader.readuntil(b"\r\n\r\n")
            named = _EVENT.search(message)
            is_list = b"ActionID:" in message  # a row of a list that was asked for
            fate = self.fates.get(named[1].decode(), (0.0,)) if named and not is_list else (0.0,)
            self.passed += 1
            for after in fate:
                self._send(message, writer, after)

    def _send(self, message: bytes, writer: asyncio.StreamWriter, after: float) -> None:
        if not after:
            writer.write(message)
        else:
            self._late.add(asyncio.get_running_loop().call_later(after, _write, writer, message))


def _write(writer: asyncio.StreamWriter, message: bytes) -> None:
    if not writer.is_closing():
        writer.write(message)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while words := await reader.read(4096):
            writer.write(words)


@asynccontextmanager
async def proxy(port: int) -> AsyncIterator[tuple[Proxy, int]]:
    """A proxy before the manager interface at `port`, and the port where it listens."""
    between = Proxy(port)
    yield between, await between.open()
    await between.close()
