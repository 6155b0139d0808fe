"""A SIP telephone over baresip (https://pypi.org/project/baresip-python, BSD-2); its untyped edges stop here.

libre and baresip keep their state in the process: there is one `SipStack` per process, shared by all
telephones in it and counted; the last one to leave closes it. All must live on one event loop.
"""

from __future__ import annotations

import asyncio
import ipaddress
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import ClassVar

from baresip.call import Call
from baresip.config import Account, Config
from baresip.errors import (
    AudioNotActive,
    AudioRestarted,
    BaresipError,
    CallFailed,
    CallTimeout,
    RegistrationError,
    StaleHandleError,
)
from baresip.events import Event, StackEvent
from baresip.runtime import Runtime
from baresip.ua import UserAgent

from server.probe.endings import NotRegistered, Unanswered, Why, why
from server.probe.reach import LOOPBACK, free_port

KEY_GAP_MS = 60  # with the 100 ms that a key is held: about 160 ms a key, as people type
MEDIA_LIMIT_SECONDS = 5.0  # from the answer until sound can flow
SPEAK_AHEAD_BYTES = 16000  # 1 s: a busy machine may not look after us for so long
SPEAK_TICK_SECONDS = 0.02
READ_BYTES = 32768  # all that the stack ever keeps for us: 2 s; who comes a second late loses what is older
TAP_TICK_SECONDS = 0.02
LEAVE_LIMIT_SECONDS = 2.0  # a BYE is answered in milliseconds, or nobody is there any more
REGISTER_LIMIT_SECONDS = 10.0
UNREGISTER_LIMIT_SECONDS = 2.0  # the registrar may be gone already
STARTS_TRIED = 3  # another program may take the port between our look and the start
BYTES_A_SECOND = 16000  # signed 16-bit at 8 kHz
ANY_INTERFACE = "0.0.0.0"  # noqa: S104 - a probe of a server elsewhere cannot know which interface leads there
# Every packet as it comes. The stack's jitter buffer keeps time for a loudspeaker: when the machine is busy and
# several packets are due at once, it drops all but the newest, and a prompt with holes is not recognised.
NO_JITTER_BUFFER = "audio_jitter_buffer_type off\n"
CODECS = ("pcma", "pcmu")  # A-law first: what European trunks speak


class Tap(threading.Thread):
    """Takes the sound of every line off the stack in time, however long the event loop is held up."""

    def __init__(self) -> None:
        super().__init__(name="probe: tap", daemon=True)
        self.lines: list[Line] = []  # appended to by the event loop, shortened only here
        self._over = threading.Event()

    def run(self) -> None:
        """Until it is closed."""
        while not self._over.wait(TAP_TICK_SECONDS):
            for line in tuple(self.lines):
                line.draw()
                if line.ended.is_set():
                    self.lines.remove(line)

    def close(self) -> None:
        """Return when no line is touched any more: the stack may go."""
        self._over.set()
        self.join()


class Line:
    """One call, as the person at this end has it; `ended` is set when it is over."""

    def __init__(self, call: Call, tap: Tap) -> None:
        self._call = call
        self.ended = asyncio.Event()
        self.ended_at: float | None = None  # loop time
        self.hung_up_here = False
        self.digits: list[str] = []  # keys the other side pressed
        self.peer: str = call.peer or ""
        self.headers: Mapping[str, str] = call.headers
        self.lost_seconds = 0.0  # sound that the stack threw away because nobody of this process came for it
        self._came: deque[bytes] = deque()
        call.on(self._happened)
        call.on_dtmf(lambda digit: self.digits.append(digit.digit))
        tap.lines.append(self)

    def _happened(self, event: StackEvent) -> None:
        if event.event is Event.CALL_CLOSED:
            self.ended_at = asyncio.get_running_loop().time()
            self.ended.set()

    @property
    def dropped(self) -> bool:
        """Tell whether the other side, or the network, ended it."""
        return self.ended.is_set() and not self.hung_up_here

    def hear(self) -> bytes:
        """Take what came since last time, signed 16-bit at 8 kHz; empty when nothing did."""
        return b"".join(self._came.popleft() for _ in range(len(self._came)))

    def draw(self) -> None:
        """Take off the stack what it keeps; for the tap alone, whose thread this runs in."""
        with suppress(AudioNotActive, AudioRestarted):
            sound = self._call.audio.read(READ_BYTES)
            if sound:
                self._came.append(sound)
                stats = self._call.audio.stats()
                self.lost_seconds = (stats.rx_dropped_bytes + stats.rx_discarded_bytes) / BYTES_A_SECOND

    async def speak(self, pcm: bytes, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Say signed 16-bit sound at 8 kHz to its end; False when the call ended or `interrupted` said so."""
        said = 0
        while said < len(pcm) or self._queued():
            if self.ended.is_set() or interrupted():
                self._fall_silent()
                return False
            room = SPEAK_AHEAD_BYTES - self._queued()
            if room > 0:
                said += self._queue(pcm[said : said + room])
            await asyncio.sleep(SPEAK_TICK_SECONDS)
        return True

    def _queue(self, pcm: bytes) -> int:
        with suppress(AudioNotActive, AudioRestarted):
            return self._call.audio.write(pcm)
        return 0

    def _queued(self) -> int:
        with suppress(AudioNotActive, AudioRestarted):
            return self._call.audio.info().tx_buffered
        return 0

    def _fall_silent(self) -> None:
        with suppress(AudioNotActive, AudioRestarted):
            self._call.audio.flush_tx()

    async def press(self, keys: str) -> None:
        """Press keys one after the other (RFC 4733); silently nothing once the call is over."""
        with suppress(StaleHandleError):
            await self._call.send_dtmf(keys, interdigit_ms=KEY_GAP_MS)

    async def hang_up(self) -> None:
        """End the call; nothing if it is over."""
        if not self.ended.is_set():
            self.hung_up_here = True
        with suppress(BaresipError):
            await self._call.hangup()

    async def leave(self) -> None:
        """End the call and wait until the other side knows; for who is about to end altogether."""
        await self.hang_up()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_LIMIT_SECONDS):
                await self.ended.wait()

    async def media(self) -> None:
        """Wait until sound can flow. Raises TimeoutError."""
        async with asyncio.timeout(MEDIA_LIMIT_SECONDS):
            while not self.ended.is_set() and not self._flows():  # noqa: ASYNC110 - baresip tells no event
                await asyncio.sleep(0.01)

    def _flows(self) -> bool:
        try:
            streams = self._call.audio.info()
        except (AudioNotActive, AudioRestarted):
            return False
        return streams.rx_ready and streams.tx_ready

    async def established(self, seconds: float) -> None:
        """Wait for the answer. Raises Unanswered."""
        try:
            await self._call.wait_established(seconds)
        except CallTimeout as error:
            raise Unanswered(Why.NO_ANSWER, None, f"no answer in {seconds:g} s") from error
        except CallFailed as error:
            raise Unanswered(why(error.status), error.status, error.reason) from error

    async def answer(self) -> None:
        """Take an incoming call. Raises Unanswered when the caller has left already."""
        try:
            await self._call.answer()
        except BaresipError as error:
            raise Unanswered(Why.NO_ANSWER, None, "the caller left") from error
        await self.established(MEDIA_LIMIT_SECONDS)
        await self.media()

    async def reject(self) -> None:
        """Say busy to an incoming call."""
        self.hung_up_here = True
        with suppress(BaresipError):
            await self._call.reject()


@dataclass(slots=True)
class Telephone:
    """One identity at one server. `rings` gives the incoming calls, not yet answered."""

    runtime: Runtime
    tap: Tap
    agent: UserAgent
    server: str
    rings: asyncio.Queue[Line] = field(default_factory=asyncio.Queue)

    async def call(
        self, number: str, *, ring_seconds: float, headers: Mapping[str, str] | None = None
    ) -> Line:
        """Call `number` at the server; the line once it was answered and sound flows. Raises Unanswered."""
        line = await self.dial(number, headers=headers)
        try:
            await line.established(ring_seconds)
            await line.media()
        except asyncio.CancelledError:
            await line.leave()
            raise
        except TimeoutError as error:
            await line.hang_up()
            raise Unanswered(Why.REFUSED, None, "answered, but no sound could be agreed on") from error
        return line

    async def dial(self, number: str, *, headers: Mapping[str, str] | None = None) -> Line:
        """Begin to call; the line is not answered yet. Raises Unanswered."""
        missed: list[StackEvent] = []
        self.runtime.subscribe(missed.append)
        try:
            call = await self.agent.dial(f"sip:{number}@{self.server}", dict(headers or {}))
        except BaresipError as error:
            raise Unanswered(Why.UNREACHABLE, None, str(error)) from error
        finally:
            self.runtime.unsubscribe(missed.append)
        line = Line(call, self.tap)
        for event in missed:  # a server on this machine refuses before the library's own object exists
            call._on_stack_event(event)  # noqa: SLF001 - the library gives no other way to tell it what it missed
        return line

    async def register(self) -> None:
        """Tell the registrar where this telephone is. Raises NotRegistered."""
        try:
            await self.agent.register(timeout=REGISTER_LIMIT_SECONDS)
        except RegistrationError as error:
            raise NotRegistered(str(error)) from error

    async def unregister(self) -> None:
        """Take that back; a registrar that is gone is no trouble."""
        with suppress(BaresipError):
            await self.agent.unregister(timeout=UNREGISTER_LIMIT_SECONDS)


@dataclass(slots=True)
class SipStack:
    """The process' SIP stack; get it with `sip_stack`."""

    runtime: Runtime
    tap: Tap
    users: int = 0
    port: int = 0
    telephones: dict[tuple[str, str, str], Telephone] = field(default_factory=dict)
    live: ClassVar[SipStack | None] = None

    async def telephone(
        self, user: str, server: str, secret: str = "", *, registers: bool = False
    ) -> Telephone:
        """Give the telephone of `user` at `server` (host:port); it may be an old one."""
        known = self.telephones.get((user, server, secret))
        if known is not None:
            known.rings = asyncio.Queue()
            return known
        account = Account(user, server, secret, reg_interval=600 if registers else 0, audio_codecs=CODECS)
        agent = await UserAgent.create(self.runtime, account)
        telephone = Telephone(self.runtime, self.tap, agent, server)
        agent.on_incoming(lambda call: telephone.rings.put_nowait(Line(call, self.tap)))
        self.telephones[user, server, secret] = telephone
        return telephone


@asynccontextmanager
async def sip_stack(host: str = "127.0.0.1") -> AsyncIterator[SipStack]:
    """Share the stack, started for the first who asks. `host`, the server, decides the interface."""
    stack = SipStack.live
    if stack is None:
        stack = SipStack.live = await _start(host)
    stack.users += 1
    try:
        yield stack
    finally:
        stack.users -= 1
        if stack.users == 0:
            SipStack.live = None
            stack.tap.close()
            await stack.runtime.close()


async def _start(host: str) -> SipStack:
    for _ in range(STARTS_TRIED - 1):
        with suppress(BaresipError):
            return await _start_at(free_port(), host)
    return await _start_at(free_port(), host)


async def _start_at(port: int, host: str) -> SipStack:
    here = LOOPBACK if _is_here(host) else None
    config = Config(
        net_interface=here,
        max_concurrent_calls=None,
        native_log_level="error",  # its warnings name numbers and addresses
        extra_config_text=f"sip_listen {here or ANY_INTERFACE}:{port}\n{NO_JITTER_BUFFER}",
    )
    runtime = Runtime()
    await runtime.start(config)
    tap = Tap()
    tap.start()
    return SipStack(runtime, tap, port=port)


def _is_here(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
