"""A real CRM killed under load, dead for minutes, and started again: the same for each that can be killed."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from subprocess import Popen
from typing import Protocol

from crm_bridge.adapters.bridge import Limits
from crm_bridge.card import Contact
from crm_bridge.facts import CrmBack, CrmLost
from crm_bridge.ports import Connector
from tests.crm_bridge.load import Load, under_load
from tests.crm_bridge.real.process import Served

DEAD_S = float(os.environ.get("VENTANILLA_TESTS_DEAD_S", "300"))
"""How long it stays dead. The environment may say less, to try the test."""
EACH_S, BEFORE_S, AFTER_S = 1.0, 10.0, 10.0
KILLS = 3
"""How often it is killed shortly, in the middle of writes, before it stays dead."""
Kept = Callable[[Mapping[str, str]], Awaitable[tuple[list[str], list[Contact]]]]
"""Gives every request and contact that stands in a CRM's own records, twins and all, to who may see them."""


class Settled(Protocol):
    """A CRM that lies ready in a folder; how an administrator reaches it, and a user who may do its daily work only."""

    @property
    def options(self) -> Mapping[str, str]: ...

    @property
    def lesser(self) -> Mapping[str, str]: ...

    def serving(self) -> "AbstractContextManager[Popen[bytes]]":
        """Serve what it has stored until the block is left."""
        ...


class Killable:
    """A CRM's process, killed and started again on the same database."""

    def __init__(self, there: Settled) -> None:
        self._there, self._life = there, ExitStack()
        self._pid = 0

    async def start(self) -> None:
        self._pid = (await asyncio.to_thread(lambda: self._life.enter_context(self._there.serving()))).pid

    async def kill(self) -> None:
        os.kill(self._pid, 9)
        await asyncio.to_thread(self._life.close)


@asynccontextmanager
async def killable(there: Settled) -> AsyncIterator[Killable]:
    """Run it; it may end in whichever state."""
    crm = Killable(there)
    await crm.start()
    try:
        yield crm
    finally:
        await crm.kill()


async def has_everything_once(
    there: Settled,
    connector: Callable[[Served], AbstractAsyncContextManager[Connector]],
    kept: Kept,
    folder: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """Kill it under load: whatever was said is in it once, and the cards told when it was down."""
    async with (
        killable(there) as process,
        connector(Served(there.options, there.lesser, 0)) as crm,
        under_load(folder, crm, Limits(), time.time) as load,
    ):
        drained_s = await _killed(process, load)
        writes = await load.compare(*await kept(there.options))
    record_property("writes, calls, cards", f"{writes}, {len(load.said)}, {dict(load.cards)}")
    record_property("all in it after it was back, s", round(drained_s))
    assert load.cards["down"] > DEAD_S / EACH_S / 4
    assert {type(fact) for fact in load.facts} >= {CrmLost, CrmBack}


async def _killed(crm: Killable, load: Load) -> float:
    """Let calls come, kill it again and again, then for long; seconds from its being back to all being in it."""
    going = True
    calling = asyncio.create_task(load.calls(0, EACH_S, lambda: going), name="calls")
    for _ in range(KILLS):
        await asyncio.sleep(BEFORE_S / KILLS)
        await crm.kill()
        await crm.start()
    await asyncio.sleep(BEFORE_S)
    await crm.kill()
    await asyncio.sleep(DEAD_S)
    await crm.start()
    back = time.monotonic()
    await asyncio.sleep(AFTER_S)
    going = False
    await calling
    await load.drained()
    return time.monotonic() - back
