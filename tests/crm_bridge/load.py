"""A centre's work said to a bridge, call after call, and what must stand in the CRM after it: all of it, once."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge, Limits
from crm_bridge.adapters.tables import metadata, outbox
from crm_bridge.card import Contact
from crm_bridge.demonstration import JOSE, MARIA
from crm_bridge.facts import WriteRefused
from crm_bridge.ports import Connector
from server.database import open_engine

# Some twenty thousand writes wait after five minutes; the stranger stores a hundred and more a second, each durably.
DRAIN_LIMIT_S = 900.0
NUMBER = "+34915551234"
T = TypeVar("T")


@dataclass
class Load:
    """A bridge, and what was said to it: how each call ended, and the card of each."""

    bridge: Bridge
    engine: AsyncEngine
    said: dict[str, str] = field(default_factory=dict)
    cards: Counter[str] = field(default_factory=Counter)
    facts: list[object] = field(default_factory=list)

    async def call(self, number: int) -> None:
        """Spend a whole call, as the server does: opened, proven, a card, talked, passed on, noted."""
        call, agent = f"ventanilla-1795345200.{number}", f"agent{number % 7}"
        person = (MARIA, JOSE)[number % 2].citizen.id
        await said(lambda: self.bridge.open_or_continue(call, None, "general"))
        proven = person if number % 3 else None
        request = await said(lambda: self.bridge.open_or_continue(call, proven, f"subject{number}"))
        card = await self.bridge.card(call, NUMBER, person, "es", 1, "pension")
        self.cards[card.crm] += 1
        # None: our own tables were too slow for a card, on a busy machine.
        assert card.request in {request, None}
        await said(lambda: self.bridge.talked(call, agent))
        if number % 5 == 0:
            await said(lambda: self.bridge.pass_on(call, 2, f"subject{number}"))
        await said(lambda: self.bridge.note(call, agent, "pending", f"note {number}"))
        self.said[call] = request

    async def calls(self, first: int, each_s: float, while_: Callable[[], bool]) -> int:
        """Let calls come, one every so often, for as long as that holds; the number after the last."""
        number = first
        async with asyncio.TaskGroup() as group:
            while while_():
                group.create_task(self.call(number), name=f"call {number}")
                number += 1
                await asyncio.sleep(each_s)
        return number

    async def drained(self) -> None:
        """Wait until nothing waits in the outbox."""
        async with asyncio.timeout(DRAIN_LIMIT_S):
            while await self._count(outbox.c.done_at.is_(None)):
                await said(self.bridge.deliver)
                await asyncio.sleep(0.05)

    async def _count(self, where: object) -> int:
        async with self.engine.connect() as connection:
            query = select(func.count()).select_from(outbox).where(where)  # type: ignore[arg-type]
            return int((await connection.execute(query)).scalar_one())

    async def compare(self, requests: Iterable[str], contacts: Iterable[Contact]) -> int:
        """Compare what was said with what stands in the CRM, read there row by row; how many writes that were."""
        met, references = list(contacts), Counter(requests)
        assert await self._count(outbox.c.refused.is_not(None)) == 0
        assert not any(isinstance(fact, WriteRefused) for fact in self.facts)
        assert references == Counter(dict.fromkeys(self.said.values(), 1))
        assert Counter(one.contact for one in met) == Counter(dict.fromkeys(self.said, 1))
        assert {one.contact: one.request for one in met} == self.said
        assert all(one.notes == f"note {one.contact.partition('.')[2]}" for one in met)
        assert all(one.outcome == "pending" for one in met)
        return await self._count(outbox.c.done_at.is_not(None))


async def said(say: Callable[[], Awaitable[T]]) -> T:
    """Say it again while our own tables are locked, as server/registry.py and an agent at a desk do."""
    while True:
        try:
            return await say()
        except SQLAlchemyError:
            await asyncio.sleep(1)


@asynccontextmanager
async def under_load(
    tmp_path: Path, crm: Connector, limits: Limits, clock: Callable[[], float]
) -> AsyncIterator[Load]:
    """A bridge to the CRM whose outbox is being delivered."""
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'bridge.sqlite'}")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    facts: list[object] = []
    load = Load(Bridge(engine, crm, facts.append, clock, limits), engine, facts=facts)
    running = asyncio.create_task(load.bridge.run(), name="outbox")
    try:
        yield load
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await engine.dispose()
