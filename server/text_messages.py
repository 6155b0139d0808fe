"""What pages and desks are told of a conversation in writing, in the shapes of docs/events.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import assert_never

from ivr.text import Change, Said, Standing, Typing
from web.ports import Message


def message_of(change: Change) -> Message:
    """Give a change as docs/events.md describes it."""
    match change:
        case Said():
            kind = "note" if change.note else "line"
            key = "key" if change.note else "text"
            return {"type": kind, "number": change.number, "by": change.by, key: change.text,
                    "language": change.language, "at": change.at}  # fmt: skip
        case Typing(by, text):
            return {"type": "typing", "by": by, "text": text}
        case Standing():
            choices = [{"key": choice.key, "label": choice.label} for choice in change.choices]
            return {"type": "stands", "stage": change.stage, "recording": change.recording,
                    "most": change.most, "choices": choices}  # fmt: skip
        case _:
            assert_never(change)


async def messages(changes: AsyncGenerator[Change, None]) -> AsyncGenerator[Message, None]:
    """Give a page its messages: all changes but what its own caller types."""
    async with aclosing(changes) as all_of_them:
        async for change in all_of_them:
            if not (isinstance(change, Typing) and change.by == "caller"):
                yield message_of(change)


async def first_ends_all(feeds: list[AsyncGenerator[Message, None]]) -> AsyncGenerator[Message, None]:
    """Yield what any of several feeds gives, until the first of them ends or fails."""
    told: asyncio.Queue[Message | None] = asyncio.Queue(1)
    tasks = [
        asyncio.create_task(_pump(feed, told, last=feed is feeds[0]), name="text: page") for feed in feeds
    ]
    try:
        while (message := await told.get()) is not None:
            yield message
        await tasks[0]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(
    feed: AsyncGenerator[Message, None], told: asyncio.Queue[Message | None], *, last: bool
) -> None:
    """Pour a feed into the queue; the end of the `last` one, or its failure, is the end of all."""
    try:
        async with aclosing(feed) as poured:
            async for message in poured:
                await told.put(message)
    except Exception:
        await told.put(None)
        raise
    if last:
        await told.put(None)
