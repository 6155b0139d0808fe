"""A real Tryton killed in the middle of its writes and started again: nothing lost or doubled, counted in Tryton."""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from crm_bridge.adapters.bridge import Limits
from crm_bridge.card import Contact
from crm_bridge.connectors.tryton import Tryton
from crm_bridge.connectors.tryton.rows import WORK, Work, sheet_of
from crm_bridge.facts import CrmBack, CrmLost
from tests.crm_bridge.foreign import tryton_connector, tryton_opened
from tests.crm_bridge.killed import DEAD_S, EACH_S, killable, killed_under_load
from tests.crm_bridge.load import under_load
from tests.crm_bridge.real.process import Served
from tests.crm_bridge.real.tryton import Settled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


async def kept(options: Mapping[str, str]) -> tuple[list[str], list[Contact]]:
    """Every request and contact that stands in Tryton's own records, twins and all."""
    async with tryton_opened(options) as administrator:
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
    there = await asyncio.to_thread(Settled, runtime_root, tmp_path)
    async with (
        killable(there) as tryton,
        tryton_connector(Served(there.options, there.lesser, 0)) as crm,
        under_load(tmp_path, crm, Limits(), time.time) as load,
    ):
        drained_s = await killed_under_load(tryton, load)
        writes = await load.compare(*await kept(there.options))
    record_property("writes, calls, cards", f"{writes}, {len(load.said)}, {dict(load.cards)}")
    record_property("all in Tryton after it was back, s", round(drained_s))
    assert load.cards["down"] > DEAD_S / EACH_S / 4
    assert {type(fact) for fact in load.facts} >= {CrmLost, CrmBack}
