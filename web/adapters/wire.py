"""A WebSocket's life: messages out as they come, words in, a beat so that the page notices a dead line."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import WebSocket
from pydantic import ValidationError
from starlette.websockets import WebSocketDisconnect, WebSocketState

from web.ports import Message, NotNow

VERSION = 1
BEAT_SECONDS = 10.0  # the page gives a silent line 25 s; two beats may get lost
SEND_SECONDS = 10.0  # a browser that takes nothing for so long is asleep; it reconnects when it wakes
WORD_BYTES = 4096  # the longest word a page says is a tenth of this
BAD_WORDS = 5  # a page of ours says none

GOODBYE, SIGNED_OUT, TOO_MANY, NOT_YOURS, NONSENSE = 1000, 4401, 4429, 4403, 4400


class Wire:
    """One accepted WebSocket; sends are one after another, each with a limit."""

    def __init__(self, socket: WebSocket, clock: Callable[[], float]) -> None:
        self._socket = socket
        self._clock = clock
        self._turn = asyncio.Lock()

    async def tell(self, message: Message) -> None:
        """Send one message with the version and the time of sending (unix seconds)."""
        async with self._turn, asyncio.timeout(SEND_SECONDS):
            text = json.dumps({"v": VERSION, **message, "sent_at": self._clock()}, ensure_ascii=False)
            await self._socket.send_text(text)

    async def hear(self) -> str:
        """Return the next word of the page; binary or over-long ones end the connection."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", GOODBYE))
        text = message.get("text")
        if text is None or len(text) > WORD_BYTES:
            raise WebSocketDisconnect(NONSENSE)
        return str(text)

    async def close(self, code: int) -> None:
        """Say goodbye if the other side still listens."""
        if self._socket.application_state is WebSocketState.CONNECTED:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await self._socket.close(code)
            except (RuntimeError, TimeoutError, WebSocketDisconnect):
                return  # it left in the same moment


@asynccontextmanager
async def to_the_end(updates: AsyncIterator[Message]) -> AsyncIterator[AsyncIterator[Message]]:
    """Close a room's updates as soon as nobody reads them, so that it can forget the reader."""
    try:
        yield updates
    finally:
        if isinstance(updates, AsyncGenerator):
            await updates.aclose()


async def converse(
    wire: Wire,
    updates: AsyncIterator[Message],
    heard: Callable[[str], Awaitable[None]],
    welcome: Callable[[], Awaitable[bool]],
) -> None:
    """Run until the page leaves, the updates end or nobody is welcome any more; then close the line.

    `heard` raises pydantic's ValidationError for a word that is none.
    """
    tasks = [
        asyncio.create_task(_told(wire, updates), name="web: tell"),
        asyncio.create_task(_listened(wire, heard), name="web: listen"),
        asyncio.create_task(_beaten(wire, welcome), name="web: beat"),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    await wire.close(next((task.result() for task in done if task.exception() is None), GOODBYE))
    _raise_surprises(results)


def _raise_surprises(results: list[int | BaseException]) -> None:
    expected = (WebSocketDisconnect, TimeoutError, asyncio.CancelledError, RuntimeError)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, expected):
            raise result


async def _told(wire: Wire, updates: AsyncIterator[Message]) -> int:
    try:
        async with to_the_end(updates) as messages:
            async for message in messages:
                await wire.tell(message)
    except NotNow as refused:
        await wire.tell({"type": "refused", "reason": refused.reason})
        return NOT_YOURS
    return GOODBYE


async def _listened(wire: Wire, heard: Callable[[str], Awaitable[None]]) -> int:
    for _ in range(BAD_WORDS):
        try:
            while True:
                await heard(await wire.hear())
        except ValidationError:
            await wire.tell({"type": "refused", "reason": "word_not_understood"})
    return NONSENSE


async def _beaten(wire: Wire, welcome: Callable[[], Awaitable[bool]]) -> int:
    # Shielded: a page that leaves in this moment must not tear a database connection out of its query.
    while await asyncio.shield(welcome()):
        await wire.tell({"type": "beat"})
        await asyncio.sleep(BEAT_SECONDS)
    return SIGNED_OUT
