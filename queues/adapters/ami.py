"""Asterisk's manager interface: panoramisk's Manager behind one typed door, where its `Any` ends.

panoramisk speaks the protocol; connecting, giving up, trying again and time limits are ours, since its own
reconnection sends old actions again, waits a fixed time and never notices a silent peer. Nothing is
sent twice: an action whose answer is lost is reported as unanswered, and the reconciler finds the truth.
"""

import asyncio
import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from panoramisk.manager import Manager

from queues import heard
from queues.adapters.rounds import Rounds
from queues.lateness import Lateness
from queues.net import Member
from queues.ports import AsteriskEvents
from queues.reconcile import Channel

log = logging.getLogger("ventanilla.queues")

# A loopback connection that takes longer is not going to be.
CONNECT_S: Final = 3.0
# Asterisk answers in microseconds; a list of thousands of channels in some hundred milliseconds.
ANSWER_S: Final = 5.0
# How often the latency is measured; a ping unanswered for ANSWER_S ends the connection.
PING_EVERY_S: Final = 5.0
# Between attempts: doubled each time up to the last, with chance so that servers do not march in step.
FIRST_BACK_OFF_S: Final = 0.25
LAST_BACK_OFF_S: Final = 8.0
NET: Final = "net"
# A device that is never in use: an extension that exists (extensions.conf). Who is busy then says so by SIP.
ALWAYS_THERE: Final = "Local/s@reception"
# At debug level panoramisk writes whole messages, callers' numbers and all.
_panoramisk_log = logging.getLogger("ventanilla.queues.panoramisk")
_panoramisk_log.setLevel(logging.ERROR)
_EVENTS: Final = ("BridgeEnter", "DialBegin", "DialEnd", "Hangup", "DeviceStateChange")
_SECONDS: Final = re.compile(r"[0-9]{9,11}\.[0-9]{1,9}", re.ASCII)
_LISTS: Final = frozenset({"CoreShowChannels", "DeviceStateList", "QueueStatus", "Status"})

Rows = list[dict[str, object]]


class UnsafeValue(ValueError):  # noqa: N818 - named like ivr's UnsafeArgument
    """A value that would end its line and begin another header."""


class _Wire(Manager):  # type: ignore[misc] # panoramisk ships no types; this class is where Any ends
    """One connection and no second: it tells when it is lost, and leaves trying again to us."""

    def __init__(self, **config: Any) -> None:  # noqa: ANN401 - panoramisk's own settings, of every type
        super().__init__(**config)
        self.lost = asyncio.Event()
        self.unanswered: set[asyncio.Future[Any]] = set()

    def connection_made(self, made: Any) -> None:  # noqa: ANN401 - panoramisk's future
        if not made.cancelled() and made.exception() is None:
            super().connection_made(made)

    def login(self, future: Any) -> None:  # noqa: ANN401 - panoramisk's future
        if not future.cancelled():  # given up by us, for want of an answer
            super().login(future)

    def connection_lost(self, exc: object) -> None:  # noqa: ARG002 - panoramisk's signature
        self.lost.set()
        for answer in self.unanswered:
            if not answer.done():
                answer.set_exception(ConnectionResetError())


class Ami:
    """The connection to one Asterisk, kept up from `open` to `close`. Fulfils queues.ports.AsteriskPort."""

    def __init__(self, host: str, port: int, user: str, secret: str, events: AsteriskEvents) -> None:
        self.latency_ms: float | None = None
        self.refused = 0  # events that were not as Asterisk sends them
        self.attempts = 0
        self.when_late: Callable[[], None] = lambda: None  # called for an event that came late
        self._lateness = Lateness()
        self._address, self._user, self._secret = (host, port), user, secret
        self._events = events
        self._wire: _Wire | None = None
        self._back_off = FIRST_BACK_OFF_S
        self._rounds = Rounds("queues: ami", self._connect_and_stay)

    @property
    def late_ms(self) -> float | None:
        """The most that an event came late in the last minute; None when none was heard."""
        worst = self._lateness.worst(time.time())
        return None if worst is None else worst * 1000

    @property
    def connected(self) -> bool:
        """Whether the connection is there and signed in."""
        return self._wire is not None

    async def open(self) -> None:
        """Begin to keep the connection up; returns at once."""
        self._rounds.open()

    async def close(self) -> None:
        """Leave."""
        await self._rounds.close()

    # What Asterisk is asked --------------------------------------------------------------------------

    async def channels(self) -> tuple[Channel, ...] | None:
        """List all channels; None when Asterisk does not answer, or not in its own shape."""
        rows = await self.ask("CoreShowChannels")
        try:
            return None if rows is None else heard.channels(rows)
        except heard.Refused as why:
            self._refuse(why)
            return None

    async def reachable(self) -> dict[str, bool] | None:
        """Say by agent's line whether the telephone is there; None when Asterisk does not answer."""
        rows = await self.ask("DeviceStateList")
        try:
            return None if rows is None else heard.telephones(rows)
        except heard.Refused as why:
            self._refuse(why)
            return None

    async def waits_again(self, channel: str) -> bool:
        """Tell the dialplan that this caller waits for a person again (`VT_WAITING`)."""
        return await self.ask("Setvar", Channel=channel, Variable="VT_WAITING", Value="yes") is not None

    async def hang_up(self, channel: str) -> bool:
        """Hang a channel up by name, cause 16 (normal clearing)."""
        return await self.ask("Hangup", Channel=channel, Cause="16") is not None

    async def originate(self, call: str, channel: str, ring_s: int, context: str, **fields: str) -> bool:
        """Ring `channel`; who answers begins at `context`, s, 1. The call gets the id given, which no other has.

        True when Asterisk has taken it on: how it ends is heard by its hang-up. `fields` are the action's own.
        """
        where = {"Channel": channel, "Context": context, "Exten": "s", "Priority": "1"}
        how = {"ChannelId": call, "Timeout": str(ring_s * 1000), "Async": "true"}
        return await self.ask("Originate", **where, **how, **fields) is not None

    async def members(self) -> dict[str, Member] | None:
        """List the members of the net, by agent; None when Asterisk does not answer."""
        rows = await self.ask("QueueStatus", Queue=NET)
        if rows is None:
            return None
        return {str(row["name"]): _member(row) for row in rows if row.get("event") == "QueueMember"}

    async def add_member(self, agent: str, member: Member) -> bool:
        """Make an agent a member of the net; False when refused (already there) or unanswered."""
        telephone = f"PJSIP/{member.endpoint}"
        # Of a telephone at a fixed address Asterisk knows no state; app_queue would take that for "not there".
        state = ALWAYS_THERE if "/sip:" in telephone else telephone
        fields = {"Queue": NET, "Interface": telephone, "StateInterface": state, "MemberName": agent}
        fields |= {"Penalty": str(member.penalty), "Paused": _yes(member.paused)}
        return await self.ask("QueueAdd", **fields) is not None

    async def remove_member(self, endpoint: str) -> bool:
        """Take a telephone out of the net; False when refused (not there) or unanswered."""
        return await self.ask("QueueRemove", Queue=NET, Interface=f"PJSIP/{endpoint}") is not None

    async def pause_member(self, endpoint: str, *, paused: bool) -> bool:
        """Pause or resume a member of the net."""
        fields = {"Queue": NET, "Interface": f"PJSIP/{endpoint}", "Paused": _yes(paused)}
        return await self.ask("QueuePause", **fields) is not None

    async def ask(self, action: str, **fields: str) -> Rows | None:
        """Send one action and give the messages that answer it; None when refused or unanswered.

        Raises UnsafeValue for a value with a line end or NUL in it.
        """
        for value in (action, *fields, *fields.values()):
            if any(mark in value for mark in "\r\n\0"):
                raise UnsafeValue("no AMI value may contain a line end")
        wire = self._wire
        if wire is None:
            return None
        # Told beforehand whether a list comes: panoramisk guesses it from words, and QueueAdd's are misread.
        coming = wire.send_action({"Action": action, **fields}, as_list=action in _LISTS)
        wire.unanswered.add(coming)
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await coming
        except (TimeoutError, ConnectionResetError) as fault:
            log.warning("Asterisk did not answer AMI action %s: %s", action, type(fault).__name__)
            return None
        finally:
            wire.unanswered.discard(coming)
        rows = [_fields(message) for message in (answer if isinstance(answer, list) else [answer])]
        return rows if rows[0].get("response") == "Success" else None

    # Keeping it up -----------------------------------------------------------------------------------

    async def _connect_and_stay(self) -> None:
        self.attempts += 1
        wire = self._new_wire()
        try:
            if await self._sign_in(wire):
                self._back_off = FIRST_BACK_OFF_S
                await self._stay(wire)
        finally:
            wire.close()
        chance = random.uniform(0.5, 1.0)  # noqa: S311 - against marching in step, nothing secret
        await asyncio.sleep(self._back_off * chance)
        self._back_off = min(self._back_off * 2, LAST_BACK_OFF_S)

    def _new_wire(self) -> _Wire:
        wire = _Wire(
            host=self._address[0],
            port=self._address[1],
            username=self._user,
            secret=self._secret,
            loop=asyncio.get_running_loop(),
            ping_delay=1_000_000,  # its pings ask for no answer; ours measure one
            log=_panoramisk_log,
        )
        for name in _EVENTS:
            wire.register_event(name, self._hear)
        return wire

    async def _sign_in(self, wire: _Wire) -> bool:
        """Connect and log in; False when it cannot be."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await wire.connect()
                answer = await wire.authenticated_future
        except (OSError, TimeoutError) as fault:
            log.info("no AMI connection yet: %s", type(fault).__name__)
            return False
        if not answer.success:
            log.error("Asterisk refuses the AMI user %s: check its secret and rights", self._user)
        return bool(answer.success)

    async def _stay(self, wire: _Wire) -> None:
        """Measure and wait until the connection is lost or falls silent."""
        self._wire = wire
        self._events.connection(connected=True)
        try:
            while not wire.lost.is_set() and await self._ping():
                with suppress(TimeoutError):
                    async with asyncio.timeout(PING_EVERY_S):
                        await wire.lost.wait()
        finally:
            self._wire, self.latency_ms = None, None
            self._events.connection(connected=False)

    async def _ping(self) -> bool:
        begun = time.perf_counter()
        answer = await self.ask("Ping")
        self.latency_ms = None if answer is None else (time.perf_counter() - begun) * 1000
        return answer is not None

    # What Asterisk tells -----------------------------------------------------------------------------

    def _hear(self, _manager: object, message: Any) -> None:  # noqa: ANN401 - panoramisk's Message
        try:
            fields = _fields(message)
            self._time(fields)
            self._tell(heard.hear(fields))
        except heard.Refused as why:
            self._refuse(why)
        except Exception:
            # A door: what goes wrong with one event must not end the connection for all others.
            log.exception("an AMI event could not be dealt with")

    def _tell(self, said: heard.Heard | None) -> None:
        match said:
            case heard.Rings(agent, call):
                self._events.agent_rings(agent, call)
            case heard.Answered(agent, call):
                self._events.agent_answered(agent, call)
            case heard.AgentHungUp(agent, call):
                self._events.agent_hung_up(agent, call)
            case heard.Waits() | heard.LegGone():
                tell = self._events.agent_waits if isinstance(said, heard.Waits) else self._events.leg_gone
                tell(said.agent, said.call, said.leg)
            case heard.CallerHungUp(call, cause):
                self._events.caller_hung_up(call, cause)
            case heard.Telephone(line, reachable):
                self._events.telephone(line, reachable=reachable)
            case None:
                pass

    def _time(self, fields: Mapping[str, object]) -> None:
        """Look how late an event is; one without Asterisk's time on it says nothing."""
        written = fields.get("timestamp")
        timed = isinstance(written, str) and _SECONDS.fullmatch(written) is not None
        if timed and self._lateness.note(float(str(written)), time.time()):
            self.when_late()

    def _refuse(self, why: heard.Refused) -> None:
        self.refused += 1
        log.warning("an AMI message was refused: %s", why)


def _fields(message: Mapping[str, object]) -> dict[str, object]:
    """Copy a message's headers with lower-case names."""
    return {name.lower(): value for name, value in message.items()}


def _member(row: Mapping[str, object]) -> Member:
    penalty = str(row.get("penalty", ""))
    endpoint = str(row.get("location", "")).removeprefix("PJSIP/")
    return Member(int(penalty) if penalty.isdigit() else 0, row.get("paused") == "1", endpoint)


def _yes(answer: bool) -> str:  # noqa: FBT001 - it is the whole question
    return "true" if answer else "false"
