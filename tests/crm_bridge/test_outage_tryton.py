"""A real Tryton killed in the middle of its writes and started again: nothing lost or doubled, counted in Tryton."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from crm_bridge.card import Contact
from crm_bridge.connectors.tryton import Tryton
from crm_bridge.connectors.tryton.rows import WORK, Work, sheet_of
from tests.crm_bridge.foreign import tryton_connector, tryton_opened
from tests.crm_bridge.killed import has_everything_once
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
    await has_everything_once(there, tryton_connector, kept, tmp_path, record_property)
