"""The door: where Asterisk's FastAGI calls come in.

A peer that has not greeted yet stands on the doorstep: a few hundred bytes, no task, no timer of its own.
It has two seconds (Asterisk's own limit for reaching us) and 8 KiB to say a whole greeting with a valid
token; then it becomes a `Line` and a conversation is started for it. Whoever does not manage is dropped, by
a named rule.

When a conversation fails, the line is closed without the closing variable having been set, which the
dialplan takes as "we lost the server": the caller hears music and is brought back here, a bounded number of
times.
"""

import asyncio
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Final, cast

from ivr.adapters.line import HungUp, Line
from ivr.agi import GREETING_LIMIT, Greeting, GreetingRefused, parse_greeting, token_holds

__all__ = ["Door", "HungUp", "Line"]

BACKLOG: Final = 4096
"""Calls the kernel holds for us while the loop is busy. A thousand at once must not lose one."""
GREETING_S: Final = 2.0
"""Time for a whole greeting: MAX_AGI_CONNECT in Asterisk; a true greeting takes milliseconds."""
DOORSTEPS: Final = 4096
"""Most peers without a greeting. The one waiting longest leaves first: true greetings come at once."""
DOORSTEP_ROUND_S: Final = 0.02
LINE_ROUND_S: Final = 5.0
"""How often doorsteps and lines are looked over: the grain of their limits, instead of a timer for each."""
DROPPED_AT_ONCE: Final = 4
"""Peers dropped in one round: a thousand that came together must not hold up the callers by leaving together."""
KEEPALIVE_S: Final = 60
"""When Asterisk stands on another machine that dies without a word, its silence is noticed within minutes."""
CANCEL_S: Final = 2.0
"""What a cancelled conversation may still take to tidy up when the door closes."""

log = logging.getLogger("ventanilla.ivr")


class Door:
    """A FastAGI server: `answer` is run for every call whose greeting holds.

    secret: the dialplan's VT_SECRET. answer: the conversation; when it returns, the line is closed. refused:
    told the rule a dropped peer broke; must not block or raise. "early bytes", "unasked answer" and
    "malformed answer" deserve an alarm: only forgery brings them about.
    """

    def __init__(
        self, secret: str, answer: Callable[[Line], Awaitable[None]], refused: Callable[[str], None]
    ) -> None:
        self.secret = secret
        self.refused = refused
        self._answer = answer
        self._doorsteps: dict[_Doorstep, float] = {}
        self._lines: dict[Line, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop
        self._server: asyncio.Server | None = None
        self._rounds: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        """The port the door is open on, also when 0 was asked for."""
        server = cast("asyncio.Server", self._server)
        return cast("int", server.sockets[0].getsockname()[1])

    @property
    def calls(self) -> int:
        """How many calls are in conversation."""
        return len(self._lines)

    async def open(self, host: str, port: int) -> None:
        """Listen on host and port (0: any free one). Raises OSError when the address cannot be had."""
        loop = self._loop = asyncio.get_running_loop()
        listener = _listener(host, port)
        self._server = await loop.create_server(lambda: _Doorstep(self), sock=listener, backlog=BACKLOG)
        self._rounds = [
            loop.create_task(self._watch_doorsteps(), name="door: greetings"),
            loop.create_task(self._watch_lines(), name="door: answers"),
        ]

    async def close(self, grace: float) -> None:
        """Take no more calls, leave the running ones `grace` seconds, then cut what is left."""
        if self._server is not None:
            self._server.close()
        for doorstep in [*self._doorsteps]:
            doorstep.drop("closing")
        if self._lines:
            await asyncio.wait(self._lines.values(), timeout=grace)
        left = [*self._lines.values()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=CANCEL_S)
        for line in [*self._lines]:
            line.cut()
        for task in self._rounds:
            task.cancel()

    def came(self, doorstep: "_Doorstep") -> None:
        """Take in a peer that has said nothing yet."""
        if len(self._doorsteps) >= DOORSTEPS:
            next(iter(self._doorsteps)).drop("crowded")
        self._doorsteps[doorstep] = self._loop.time() + GREETING_S

    def left(self, doorstep: "_Doorstep") -> None:
        """Forget a peer that has greeted, or gone."""
        self._doorsteps.pop(doorstep, None)

    def greeted(self, greeting: Greeting, transport: asyncio.Transport) -> None:
        """Start the conversation with a caller."""
        line = Line(greeting, transport, self._loop, self.refused)
        transport.set_protocol(line)
        self._lines[line] = self._loop.create_task(self._converse(line), name=greeting.call)

    async def _converse(self, line: Line) -> None:
        try:
            await self._answer(line)
        except HungUp:
            pass
        except Exception as error:  # noqa: BLE001  (one call's failure is no other call's; the dialplan comes back)
            last = traceback.extract_tb(error.__traceback__)[-1]
            # The exception's own words stay out of the log: they may quote what the caller keyed in.
            where = f"{last.filename}:{last.lineno}"
            log.error("call %s: %s at %s", line.greeting.call, type(error).__name__, where)
        finally:
            line.close()
            del self._lines[line]

    async def _watch_doorsteps(self) -> None:
        while True:
            await asyncio.sleep(DOORSTEP_ROUND_S)
            now = self._loop.time()
            for doorstep, due in [*islice(self._doorsteps.items(), DROPPED_AT_ONCE)]:
                if due < now:
                    doorstep.drop("greeting took too long")

    async def _watch_lines(self) -> None:
        while True:
            await asyncio.sleep(LINE_ROUND_S)
            now = self._loop.time()
            for line in [line for line in self._lines if line.overdue(now)]:
                self.refused("answer overdue")
                line.cut()


class _Doorstep(asyncio.Protocol):
    """A peer that has not said its greeting yet."""

    __slots__ = ("_door", "_said", "_transport")

    def __init__(self, door: Door) -> None:
        self._door = door
        self._said = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._door.came(self)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._said += data
        end = self._said.find(b"\n\n") + 2
        if end >= 2:  # noqa: PLR2004  (found: the blank line is two bytes)
            self._greet(self._said[:end], self._said[end:])
        elif len(self._said) > GREETING_LIMIT:
            self.drop("too long")

    def _greet(self, raw: bytes, early: bytes) -> None:
        if early == b"HANGUP\n":
            self.drop("hung up")
            return
        try:
            greeting = parse_greeting(raw)
        except GreetingRefused as refusal:
            self.drop(refusal.reason)
            return
        if early:
            self.drop("early bytes")
        elif not token_holds(self._door.secret, greeting):
            self.drop("wrong token")
        else:
            self._come_in(greeting)

    def _come_in(self, greeting: Greeting) -> None:
        transport, self._transport = cast("asyncio.Transport", self._transport), None
        self._door.left(self)
        self._door.greeted(greeting, transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (a reset and a farewell are the same here)
        self.drop("left before the greeting")

    def drop(self, reason: str) -> None:
        transport, self._transport = self._transport, None
        if transport is None:
            return
        transport.abort()
        self._door.left(self)
        self._door.refused(reason)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit these on Linux, which saves two system calls a call.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_KEEPIDLE"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_S)
        listener.bind((host, port))
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
