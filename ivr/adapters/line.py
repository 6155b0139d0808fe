"""One call's line: a command goes out, its answer comes back, and at any moment the caller may be gone.

What may arrive and when:

* an answer, when a command was sent: it wakes whoever waits for it;
* `HANGUP`, at any moment, also between a command and its answer: from then on the call is over, and whatever
  comes after is not read;
* several lines of usage after a `520-`: read away;
* anything else, or an answer nobody asked for: not Asterisk's own words; the line is cut.

A conversation may stop waiting for an answer (it was cancelled), but Asterisk still gives it. Such answers
are counted as owed and dropped when they come, so that the next command does not get the answer of the
last.
"""

import asyncio
from collections.abc import Callable
from typing import Final, cast

from ivr.agi import PLAIN_LINES, Greeting, Reply, ReplyRefused, parse_reply, patience

REPLY_LIMIT: Final = 16384
"""Most bytes of an unfinished answer: what we read is at most a SIP header long, and those fit in 8 KiB."""


class HungUp(Exception):  # noqa: N818  (an ending, not an error)
    """The caller left, or the line is dead."""


class Line(asyncio.Protocol):
    """One call's line to Asterisk. One command at a time."""

    __slots__ = (
        "_due", "_gone", "_loop", "_over", "_owed", "_refused", "_rest", "_said", "_told", "_transport", "_usage",
        "_waiter", "_watched", "greeting",
    )  # fmt: skip

    def __init__(
        self,
        greeting: Greeting,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        refused: Callable[[str], None],
    ) -> None:
        self.greeting = greeting
        self._transport = transport
        self._refused = refused
        self._loop = loop
        self._waiter: asyncio.Future[Reply] | None = None
        self._gone: asyncio.Event | None = None
        self._rest = b""
        self._said = b""
        self._watched: asyncio.Future[Reply] | None = None
        self._due = 0.0
        self._owed = 0
        self._usage = False
        self._over = False
        self._told = False

    def send(self, command: bytes) -> "asyncio.Future[Reply]":
        """Send one command (bytes of `ivr.agi.command`); what is returned is to be awaited for its answer.

        Raises HungUp, here or there, when the caller is gone or the answer is overdue (`ivr.commands.patience`).
        """
        if self._over:
            raise HungUp
        if self._waiter is not None:
            if not self._waiter.cancelled():
                raise RuntimeError("a line takes one command at a time")
            self._owed += 1
        waiter: asyncio.Future[Reply] = self._loop.create_future()
        self._waiter, self._said = waiter, command
        self._transport.write(command)
        return waiter

    @property
    def over(self) -> bool:
        """Whether the caller is gone."""
        return self._over

    @property
    def hung_up(self) -> asyncio.Event:
        """Set when the caller is gone: to wait for while no command runs. Made when first asked for."""
        if self._gone is None:
            self._gone = asyncio.Event()
            if self._over:
                self._gone.set()
        return self._gone

    @property
    def lost(self) -> bool:
        """Whether the line broke before anybody said that the caller had hung up: Asterisk may have died."""
        return self._over and not self._told

    def overdue(self, now: float) -> bool:
        """Say whether an answer has been waited for too long, counted from the first look at its command.

        `now` is the loop's time. Nothing is counted for the many commands that are answered between two looks.
        """
        if self._waiter is not self._watched:
            self._watched, self._due = self._waiter, now + patience(self._said)
        return self._waiter is not None and now > self._due

    def cut(self) -> None:
        """End the line at once, without waiting for anything."""
        self._transport.abort()
        self._end()

    def close(self) -> None:
        """End the line when everything written has left."""
        self._transport.close()
        self._end()

    def data_received(self, data: bytes) -> None:
        """Hear what Asterisk says."""
        waiter = self._waiter
        try:
            reply = PLAIN_LINES.get(data)  # one whole answer to the one command: nearly always
            if reply is None or waiter is None or self._rest or self._owed or self._usage:
                self._hear(data)
                return
            self._waiter = None
            if not waiter.cancelled():
                waiter.set_result(reply)
        except ReplyRefused as refusal:
            self._refused(str(refusal))
            self.cut()

    def _hear(self, data: bytes) -> None:
        if self._over:
            return
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._hear_line(line)
        if len(self._rest) > REPLY_LIMIT:
            raise ReplyRefused("endless answer")
        if self._rest and not self._asked() and not b"HANGUP".startswith(self._rest):
            raise ReplyRefused("unasked answer")

    def _asked(self) -> bool:
        return self._waiter is not None or self._owed > 0 or self._usage

    def _hear_line(self, line: bytes) -> None:
        if self._over:
            return
        if line == b"HANGUP":
            self._told = True
            self._end()
        elif self._usage:
            self._usage = not line.startswith(b"520 ")
        elif not self._asked():
            raise ReplyRefused("unasked answer")
        elif not line.startswith(b"100"):  # "100 … Trying": the answer itself is still to come
            reply = parse_reply(line)
            self._usage = line.startswith(b"520-")
            self._take(reply)

    def _take(self, reply: Reply) -> None:
        if self._owed:
            self._owed -= 1
            return
        waiter = cast("asyncio.Future[Reply]", self._waiter)
        self._waiter = None
        if not waiter.cancelled():
            waiter.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (a reset ends a call like a farewell)
        """Take note that the socket is gone."""
        self._end()

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(HungUp())
        if self._gone is not None:
            self._gone.set()
