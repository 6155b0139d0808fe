"""Agents' telephones and callers of the ring benchmark, and two who listen to the manager interface.

An agent's telephone answers every INVITE at once, talks for a moment and hangs up. What is measured lies between its
BYE and the next INVITE at the same telephone: the BYE by our clock just before it is sent, the INVITE by the kernel's
stamp (`words_media.received`), so that this process being late is not in the figure.
"""

import asyncio
import itertools
import json
import random
import re

import httpx
import websockets

from benchmarks.ring_centre import PASSWORD
from benchmarks.words_media import now, received, stamped_socket
from benchmarks.words_sounds import Word
from benchmarks.words_telephone import CALL_ID, CONTACT, ECHOED, Call, Exchange

TALK_S = (0.5, 1.5)
"""From and to, drawn anew for each conversation: longer than any command about the call takes, and few enough calls a
second for two cores. Agents who all talk equally long stay in step once they hang up together, and then it is chance
whether a run is of one at a time or of four at once."""
PAUSE_S = (0.1, 0.7)
"""From and to, until a caller who was served calls again: citizens do not call at the moment another one hangs up, and
of twelve there is still always somebody who waits."""
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)
NEVER = Word("never", b"", 0.0, 0.0)
GONE_S = 0.02
"""How often a caller looks whether the conversation is over."""


class Phone:
    """One agent's telephone; `waits` are the pairs that are measured, its BYE and the next INVITE, times of `now`."""

    def __init__(self, agent: str) -> None:
        self.agent = agent
        self.hung_up_at = 0.0
        self.waits: list[tuple[float, float]] = []
        self.served = 0
        self._line = stamped_socket()
        self.port = int(self._line.getsockname()[1])
        self._there: tuple[str, int] = ("127.0.0.1", 0)
        self._tags = itertools.count(1)
        self._lengths = random.Random(agent)  # noqa: S311 - the same in every run; nothing is kept secret with it

    def open(self, sip_port: int) -> None:
        """Answer from now on."""
        self._there = ("127.0.0.1", sip_port)
        asyncio.get_running_loop().add_reader(self._line, self._read)

    def close(self) -> None:
        """Be gone."""
        asyncio.get_running_loop().remove_reader(self._line)
        self._line.close()

    def _send(self, message: bytes) -> None:
        self._line.sendto(message, self._there)

    def _read(self) -> None:
        message, at = received(self._line)
        method = message.split(b" ", 1)[0]
        if method == b"INVITE":
            self._invited(message, at)
        elif method in {b"BYE", b"CANCEL", b"OPTIONS"}:
            self._send(
                b"SIP/2.0 200 OK\r\n" + b"".join(ECHOED.findall(message)) + b"Content-Length: 0\r\n\r\n"
            )

    def _invited(self, message: bytes, at: float) -> None:
        if self.hung_up_at:
            self.waits.append((self.hung_up_at, at))
            self.hung_up_at = 0.0
        tag = f"{self.agent}{next(self._tags)}"
        echoed = b"".join(ECHOED.findall(message)).decode()
        echoed = re.sub(r"(?im)^(To:[^\r\n]*)", rf"\1;tag={tag}", echoed)
        contact = f"Contact: <sip:{self.agent}@127.0.0.1:{self.port}>\r\nContent-Type: application/sdp\r\n"
        body = f"Content-Length: {len(SDP)}\r\n\r\n".encode() + SDP
        self._send(b"SIP/2.0 200 OK\r\n" + echoed.encode() + contact.encode() + body)
        asyncio.get_running_loop().call_later(
            self._lengths.uniform(*TALK_S), self._hang_up, message.decode(), tag
        )

    def _hang_up(self, invite: str, tag: str) -> None:
        """End the conversation from our side of its dialogue."""
        to = re.findall(r"(?im)^To:\s*(.*)$", invite)[0].strip()
        caller = re.findall(r"(?im)^From:\s*(.*)$", invite)[0].strip()
        call_id = CALL_ID.findall(invite.encode())[0].decode()
        target = CONTACT.findall(invite)[0]
        bye = (
            f"BYE {target} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch=z9hG4bK{tag}\r\n"
            f"Max-Forwards: 70\r\nFrom: {to};tag={tag}\r\nTo: {caller}\r\nCall-ID: {call_id}\r\nCSeq: 1 BYE\r\n"
            "Content-Length: 0\r\n\r\n"
        )
        self.served += 1
        self.hung_up_at = now()
        self._send(bye.encode())


async def keep_calling(exchange: Exchange, number: str, names: "itertools.count[int]") -> None:
    """Call, wait, talk, and call again some time after the other side has hung up."""
    pauses = random.Random(next(names))  # noqa: S311 - as above
    while True:
        call = Call(exchange, number, "931234567", f"ring{next(names)}")
        try:
            await call.dial(NEVER)
            while not call.ended:  # noqa: ASYNC110 - it is told to the exchange, which has no event for it
                await asyncio.sleep(GONE_S)
        finally:
            await call.hang_up()
        await asyncio.sleep(pauses.uniform(*PAUSE_S))


class Page:
    """An agent's desk: signed in at a SIP telephone; with `open_page` a page that shows every card at once."""

    def __init__(self, site: str, agent: str) -> None:
        self._site, self._agent = site, agent
        self._client = httpx.AsyncClient(base_url=site, headers={"Origin": site}, timeout=10)
        self._page: asyncio.Task[None] | None = None

    async def sign_in(self) -> None:
        """Open the session of the pages."""
        words = {"name": self._agent, "password": PASSWORD}
        (await self._client.post("/session", json=words)).raise_for_status()

    async def move(self, what: str, **words: str) -> None:
        """Ask as the page asks: sign-in, ready, sign-out."""
        (await self._client.post(f"/desk/{what}", json=words)).raise_for_status()

    async def open_page(self) -> None:
        """Show cards from now on."""
        self._page = asyncio.create_task(self._show(), name=f"page of {self._agent}")
        await asyncio.sleep(0.2)

    async def close_page(self) -> None:
        """Show no more cards."""
        if self._page is not None:
            self._page.cancel()
            await asyncio.gather(self._page, return_exceptions=True)
            self._page = None

    async def close(self) -> None:
        """Leave."""
        await self.close_page()
        await self._client.aclose()

    async def _show(self) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in self._client.cookies.items())
        headers = {"Cookie": cookies, "Origin": self._site}
        async with websockets.connect(
            self._site.replace("http", "ws") + "/desk/updates", additional_headers=headers
        ) as line:
            async for words in line:
                said = json.loads(words)
                if said["type"] == "card":
                    shown = {"type": "card_shown", "call": said["call"], "shown_at": now()}
                    await line.send(json.dumps(shown))


class Listener:
    """Counts the events that one user of the manager interface is told."""

    def __init__(self, port: int, user: str, secret: str) -> None:
        self._port, self._user, self._secret = port, user, secret
        self.events = self.bytes = 0
        self.kinds: dict[str, int] = {}

    async def listen(self) -> None:
        """Sign in and count, for ever."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"Action: Login\r\nUsername: {self._user}\r\nSecret: {self._secret}\r\n\r\n".encode())
        try:
            while True:
                message = await reader.readuntil(b"\r\n\r\n")
                found = re.match(rb"(?:Asterisk[^\n]*\n)?Event: (\w+)", message)
                if found:
                    self.events += 1
                    self.bytes += len(message)
                    kind = found[1].decode()
                    self.kinds[kind] = self.kinds.get(kind, 0) + 1
        finally:
            writer.close()
