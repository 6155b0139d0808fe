"""Conversations in writing, in memory: one line for each token, one contact for each agent; what was said to them."""

import asyncio
from collections.abc import AsyncIterator

from web.ports import Message, NotNow, WritingCaller


class FakeTexts:
    """Echoes nothing: a test says what a page or a desk is told, and reads what they said."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []
        self.opened: list[WritingCaller] = []
        self.refuses: str | None = None
        self.pages: dict[str, asyncio.Queue[Message | None]] = {}
        self.desks: dict[str, asyncio.Queue[Message | None]] = {}

    def page(self, token: str) -> asyncio.Queue[Message | None]:
        return self.pages.setdefault(token, asyncio.Queue())

    def desk(self, agent: str) -> asyncio.Queue[Message | None]:
        return self.desks.setdefault(agent, asyncio.Queue())

    async def updates(self, caller: WritingCaller) -> AsyncIterator[Message]:
        self.opened.append(caller)
        if self.refuses:
            raise NotNow(self.refuses)
        while (message := await self.page(caller.token).get()) is not None:
            yield message

    async def contacts(self, agent: str) -> AsyncIterator[Message]:
        yield {"type": "contact", "call": None}
        while (message := await self.desk(agent).get()) is not None:
            yield message

    def typed(self, token: str, text: str) -> None:
        self.heard.append(("typed", token, text))

    def entered(self, token: str, text: str) -> None:
        self.heard.append(("entered", token, text))

    def left(self, token: str) -> None:
        self.heard.append(("left", token))

    def take(self, agent: str, call: str) -> None:
        self.heard.append(("take", agent, call))

    def agent_typed(self, agent: str, call: str, text: str) -> None:
        self.heard.append(("agent typed", agent, call, text))

    def agent_entered(self, agent: str, call: str, text: str) -> None:
        self.heard.append(("agent entered", agent, call, text))

    def agent_ended(self, agent: str, call: str) -> None:
        self.heard.append(("agent ended", agent, call))
