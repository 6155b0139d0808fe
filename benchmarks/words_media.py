"""A telephone's sound: packets of silence out, keys as events, and the first packet of an awaited word in.

What arrives is timed by the kernel (SO_TIMESTAMPNS) when it reaches the socket, what is sent just before `send`: that
this process is late to read, or waits for its turn, is not in a figure. Linux only.
"""

import asyncio
import socket
import struct
import time
import zlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from benchmarks.words_sounds import FRAME, Word

SO_TIMESTAMPNS = 35  # not in Python's socket module; the number of every common Linux
STAMP = struct.Struct("@ll")
HEAR_S = 4.0
"""Longest wait for a word; what comes later is no answer any more, and the call is counted as lost."""
ALAW, EVENT, MARKED = 8, 101, 0x80
SILENCE = b"\xd5" * FRAME
KEYS = "0123456789*#"
KEY_PACKETS = 5  # 100 ms
ENDS = 3  # the end of a key is sent three times, at once


class CallLost(Exception):  # noqa: N818 - named for what it is
    """The call did not go as the script says; the message says where."""


def now() -> float:
    """Give the time on the clock of the kernel's stamps, in seconds."""
    return time.clock_gettime(time.CLOCK_REALTIME)


def stamped_socket() -> socket.socket:
    """Open a UDP socket on loopback whose packets the kernel times."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    line.bind(("127.0.0.1", 0))
    line.setblocking(False)
    return line


def received(line: socket.socket) -> tuple[bytes, float]:
    """Take one packet and when the kernel had it; an empty one when none was there."""
    try:
        packet, extra, _, _ = line.recvmsg(4096, 64)
    except (BlockingIOError, ConnectionRefusedError):
        return b"", 0.0
    seconds, nanoseconds = STAMP.unpack(extra[0][2][: STAMP.size])
    return packet, seconds + nanoseconds / 1e9


class Sound:
    """One call's sound. `expect` a word, then `hear` it; `press` keys; `tick` every 20 ms. Times are those of `now`."""

    def __init__(self, name: str, late: list[float]) -> None:
        self._late = late
        self._line = stamped_socket()
        self.port = int(self._line.getsockname()[1])
        self._source = zlib.crc32(name.encode())
        self._wanted: Word | None = None
        self._heard = asyncio.get_running_loop().create_future()
        self._pressed = asyncio.get_running_loop().create_future()
        self._keys = deque[Callable[[], None]]()
        self._sequence = self._stamp = 0
        self._flowing = False
        asyncio.get_running_loop().add_reader(self._line, self._listen)

    def flow(self, port: int) -> None:
        """Send from now on, to this port."""
        self._line.connect(("127.0.0.1", port))
        self._flowing = True

    def expect(self, word: Word) -> None:
        """Listen for this word from now on: before the key whose answer it is."""
        self._heard = asyncio.get_running_loop().create_future()
        self._wanted = word

    async def hear(self, after_s: float = 0.0) -> float:
        """Wait for the word, expected in `after_s`; when its packet reached this machine. Raises CallLost."""
        wanted = self._wanted
        try:
            async with asyncio.timeout(after_s + HEAR_S):  # wait_for of 3.11 may lose a cancellation
                at: float = await self._heard
        except TimeoutError:
            raise CallLost(f"{wanted.key if wanted else 'a word'} was not heard") from None
        return at

    async def press(self, key: str) -> float:
        """Press a key for 100 ms; when its end was sent."""
        event, stamp = KEYS.index(key), self._stamp
        self._pressed = asyncio.get_running_loop().create_future()
        for place in range(KEY_PACKETS):
            self._keys.append(partial(self._event, event, stamp + FRAME, place + 1))
        self._keys.append(partial(self._release, event, stamp + FRAME))
        at: float = await self._pressed
        return at

    def tick(self) -> None:
        """Send what these 20 ms hold."""
        if not self._flowing:
            return
        self._stamp += FRAME
        if self._keys:
            self._keys.popleft()()
        else:
            self._packet(ALAW, self._stamp, SILENCE)

    def over(self, why: str) -> None:
        """Send no more; who waits for a word or a key is told."""
        self._flowing = False
        for waiting in (self._heard, self._pressed):
            if not waiting.done():
                waiting.set_exception(CallLost(why))
                waiting.exception()  # nobody may be waiting

    def close(self) -> None:
        """Give the socket back."""
        self.over("hung up")
        asyncio.get_running_loop().remove_reader(self._line)
        self._line.close()

    def _listen(self) -> None:
        packet, at = received(self._line)
        if self._wanted is not None and packet[12:] == self._wanted.frame:
            self._wanted = None
            self._late.append(now() - at)
            if not self._heard.done():
                self._heard.set_result(at)

    def _event(self, event: int, stamp: int, packets: int, end: int = 0) -> None:
        marked = MARKED if packets == 1 else 0
        self._packet(EVENT | marked, stamp, struct.pack("!BBH", event, end | 10, packets * FRAME))

    def _release(self, event: int, stamp: int) -> None:
        at = now()
        for _ in range(ENDS):
            self._event(event, stamp, KEY_PACKETS, 0x80)
        if not self._pressed.done():
            self._pressed.set_result(at)

    def _packet(self, kind: int, stamp: int, body: bytes) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        header = struct.pack("!BBHII", 0x80, kind, self._sequence, stamp & 0xFFFFFFFF, self._source)
        with suppress(BlockingIOError, ConnectionRefusedError):  # lost, as on any line
            self._line.send(header + body)
