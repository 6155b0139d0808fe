"""A hundred telephones in one process: as much SIP over UDP as the benchmark of words needs (see `words_media`)."""

import asyncio
import itertools
import re
from typing import Self

from benchmarks.words_media import CallLost, Sound, now, received, stamped_socket
from benchmarks.words_sounds import Word

T1_S = 0.5  # RFC 3261: first repetition of a request, doubled each time
RING_S = 15.0  # nobody rings longer here; a machine under load answers within one
BYE_S = 1.0  # a BYE is answered in milliseconds, or the other side is gone
TICK_S = 0.005  # a quarter of the telephones send every 5 ms, so each does every 20
GROUPS = 4
BEHIND_S = 0.1  # who could not run for longer does not make up for all of it
INVITE = """INVITE sip:{number}@{there} SIP/2.0
Via: SIP/2.0/UDP {here};rport;branch=z9hG4bK{id}
Max-Forwards: 70
From: <sip:{caller}@{here}>;tag={id}
To: <sip:{number}@{there}>
Call-ID: {id}
CSeq: 1 INVITE
Contact: <sip:load@{here}>
Content-Type: application/sdp
Content-Length: {length}

{body}"""
SDP = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio {port} RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
"""
LATER = """{method} {target} SIP/2.0
Via: SIP/2.0/UDP {here};rport;branch=z9hG4bK{id}{method}
Max-Forwards: 70
From: <sip:{caller}@{here}>;tag={id}
{to}
Call-ID: {id}
CSeq: {sequence} {method}
Content-Length: 0

"""
ECHOED = re.compile(rb"^(?:Via|From|To|Call-ID|CSeq):.*\r\n", re.MULTILINE | re.IGNORECASE)
CALL_ID = re.compile(rb"^Call-ID:\s*(\S+)", re.MULTILINE | re.IGNORECASE)
METHOD = re.compile(rb"^CSeq:\s*\d+ (\w+)", re.MULTILINE | re.IGNORECASE)
TO = re.compile(r"^To:.*$", re.MULTILINE | re.IGNORECASE)
CONTACT = re.compile(r"^Contact:\s*<([^>]+)>", re.MULTILINE | re.IGNORECASE)
AUDIO = re.compile(r"^m=audio (\d+)", re.MULTILINE)


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


class Exchange:
    """All telephones' SIP socket and heartbeat; use with `async with`. `late`: how late words were read, seconds."""

    def __init__(self, port: int) -> None:
        self.there = f"127.0.0.1:{port}"
        self.late: list[float] = []
        self._port = port
        self._calls: dict[bytes, Call] = {}
        self._places = itertools.count()
        self._groups: tuple[set[Call], ...] = tuple(set() for _ in range(GROUPS))

    async def __aenter__(self) -> Self:
        self._sip = stamped_socket()
        self._sip.connect(("127.0.0.1", self._port))
        self.here = f"127.0.0.1:{self._sip.getsockname()[1]}"
        asyncio.get_running_loop().add_reader(self._sip, self._read)
        self._heart = asyncio.create_task(self._beat(), name="words: heartbeat")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._heart.cancel()
        asyncio.get_running_loop().remove_reader(self._sip)
        self._sip.close()

    @property
    def held(self) -> int:
        """Calls that are under way."""
        return len(self._calls)

    def send(self, message: bytes) -> None:
        """Send a SIP message."""
        self._sip.send(message)

    def join(self, call: "Call") -> None:
        """Let a call be told of what is for it, and beat for it."""
        self._calls[call.name.encode()] = call
        self._groups[next(self._places) % GROUPS].add(call)

    def leave(self, call: "Call") -> None:
        """Forget it."""
        self._calls.pop(call.name.encode(), None)
        for group in self._groups:
            group.discard(call)

    def _read(self) -> None:
        message, at = received(self._sip)
        found = CALL_ID.search(message)
        call = self._calls.get(found[1]) if found else None
        if message.startswith(b"SIP/2.0") and call is not None:
            call.told(message, at)
        elif message.startswith(b"BYE"):
            echoed = b"".join(ECHOED.findall(message))
            self.send(b"SIP/2.0 200 OK\r\n" + echoed + b"Content-Length: 0\r\n\r\n")
            if call is not None:
                call.ended = True
                call.sound.over("the other side hung up")

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for turn in itertools.count():
            for call in self._groups[turn % GROUPS]:
                call.sound.tick()
            due = max(due + TICK_S, loop.time() - BEHIND_S)
            await asyncio.sleep(max(0.0, due - loop.time()))


class Call:
    """One call: `dial`, then hear and press with its `sound`, at last `hang_up`. Times are those of `now`."""

    def __init__(self, exchange: Exchange, number: str, caller: str, name: str) -> None:
        self._exchange = exchange
        self._words = {"number": number, "caller": caller, "id": name, "here": exchange.here}
        self._answers = asyncio.Queue[tuple[str, bytes, float]]()
        self.name = name
        self.sound = Sound(name, exchange.late)
        self.ended = False
        self.dialled_at = self.answered_at = 0.0

    async def dial(self, first: Word) -> None:
        """Call, and listen for `first` from now on. Raises CallLost."""
        self.sound.expect(first)
        self._exchange.join(self)
        body = _crlf(SDP.format(port=self.sound.port)).decode()
        head = INVITE.format(there=self._exchange.there, length=len(body), body="", **self._words)
        self.dialled_at = now()
        answer, self.answered_at = await self._ask(_crlf(head) + body.encode(), "INVITE", RING_S)
        if not answer.startswith(b"SIP/2.0 200"):
            raise CallLost(f"answered: {answer[8:40].decode().splitlines()[:1]}")
        text = answer.decode()
        to, target, port = (shape.findall(text)[0] for shape in (TO, CONTACT, AUDIO))
        self._words |= {"to": to.strip(), "target": target}
        self._exchange.send(self._later("ACK", 1))
        self.sound.flow(int(port))

    async def hang_up(self) -> None:
        """End the call, whatever state it is in."""
        self.sound.over("hung up")
        if "to" in self._words and not self.ended:
            await self._ask(self._later("BYE", 2), "BYE", BYE_S)
        self._exchange.leave(self)
        self.sound.close()

    def told(self, message: bytes, at: float) -> None:
        """Take an answer of the other side."""
        found = METHOD.search(message)
        method = found[1].decode() if found else ""
        if method == "INVITE" and "to" in self._words:
            self._exchange.send(self._later("ACK", 1))  # ours was lost
        elif not message.startswith(b"SIP/2.0 1"):
            self._answers.put_nowait((method, message, at))

    async def _ask(self, request: bytes, method: str, limit: float) -> tuple[bytes, float]:
        """Send until there is a final answer; an empty one when there is none."""
        loop, pause = asyncio.get_running_loop(), T1_S
        deadline = loop.time() + limit
        while loop.time() < deadline:
            self._exchange.send(request)
            try:
                async with asyncio.timeout(pause):
                    while True:
                        to, message, at = await self._answers.get()
                        if to == method:
                            return message, at
            except TimeoutError:
                pause *= 2
        return b"", 0.0

    def _later(self, method: str, sequence: int) -> bytes:
        return _crlf(LATER.format(method=method, sequence=sequence, **self._words))
