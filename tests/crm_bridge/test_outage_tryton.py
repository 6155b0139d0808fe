"""A real Tryton killed in the middle of its writes and started again: nothing lost or doubled, counted in Tryton."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from crm_bridge.adapters.bridge import Limits
from crm_bridge.card import Contact
from crm_bridge.connectors.tryton import Tryton
from crm_bridge.connectors.tryton.rows import WORK, Work, sheet_of
from crm_bridge.facts import CrmBack, CrmLost
from crm_bridge.ports import Connector
from tests.crm_bridge.foreign import tryton_connector, tryton_opened
from tests.crm_bridge.load import under_load
from tests.crm_bridge.real.process import Served
from tests.crm_bridge.real.tryton import LESSER, Settled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

DEAD_S = float(os.environ.get("VENTANILLA_TESTS_DEAD_S", "300"))
"""How long it stays dead. The environment may say less, to try the test."""
EACH_S, BEFORE_S, AFTER_S = 1.0, 10.0, 10.0
KILLS = 3
"""How often it is killed shortly, in the middle of writes, before it stays dead."""


class Killable:
    """Tryton's process, killed and started again on the same database."""

    def __init__(self, there: Settled) -> None:
        self._there, self._life = there, ExitStack()
        self._pid = 0

    async def start(self) -> None:
        self._pid = (await asyncio.to_thread(lambda: self._life.enter_context(self._there.serving()))).pid

    async def kill(self) -> None:
        os.kill(self._pid, 9)
        await asyncio.to_thread(self._life.close)


@asynccontextmanager
async def killable(runtime: Path, folder: Path) -> AsyncIterator[tuple[Killable, Served, Connector]]:
    there = await asyncio.to_thread(Settled, runtime, folder)
    tryton, served = Killable(there), Served(there.options, {**there.options, "user": LESSER}, 0)
    await tryton.start()
    try:
        async with tryton_connector(served) as crm:
            yield tryton, served, crm
    finally:
        await tryton.kill()


async def kept(served: Served) -> tuple[list[str], list[Contact]]:
    """Every request and contact that stands in Tryton's own records, twins and all."""
    async with tryton_opened(served.options) as administrator:
        assert isinstance(administrator, Tryton)
        layout = await administrator._places()
        ours = [("type", "=", "task"), ("parent", "=", layout.project)]
        words = (ours, 0, None, [("id", "ASC")], list(WORK))
        rows = await administrator._line.call("model.project.work.search_read", *words)
        sheets = [sheet_of(Work.model_validate(row), layout) for row in rows]
    return [one.request.reference for one in sheets], [met for one in sheets for met in one.contacts]


async def test_a_tryton_killed_under_load_has_everything_once(
    runtime_root: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with (
        killable(runtime_root, tmp_path) as (tryton, served, crm),
        under_load(tmp_path, crm, Limits(), time.time) as load,
    ):
        going = True
        calling = asyncio.create_task(load.calls(0, EACH_S, lambda: going), name="calls")
        for _ in range(KILLS):
            await asyncio.sleep(BEFORE_S / KILLS)
            await tryton.kill()
            await tryton.start()
        await asyncio.sleep(BEFORE_S)
        await tryton.kill()
        await asyncio.sleep(DEAD_S)
        await tryton.start()
        back = time.monotonic()
        await asyncio.sleep(AFTER_S)
        going = False
        await calling
        await load.drained()
        drained_s = time.monotonic() - back
        writes = await load.compare(*await kept(served))
    record_property("writes, calls, cards", f"{writes}, {len(load.said)}, {dict(load.cards)}")
    record_property("all in Tryton after it was back, s", round(drained_s))
    assert load.cards["down"] > DEAD_S / EACH_S / 4
    assert {type(fact) for fact in load.facts} >= {CrmLost, CrmBack}
