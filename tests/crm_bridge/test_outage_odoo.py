"""A real Odoo 19 killed in the middle of its writes and started again: nothing lost or doubled, counted in Odoo.

`make odoo-outage` runs it, alone: one process at a time has the Odoo of the tests.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from crm_bridge.card import Contact
from crm_bridge.connectors.odoo.rows import TASK, Task, sheet_of
from tests.crm_bridge.foreign import odoo_connector, odoo_opened
from tests.crm_bridge.killed import has_everything_once
from tests.crm_bridge.real.odoo import Settled, a_settled_odoo

MOST = 100_000
"""More tasks than there can be: Odoo is asked for all."""
pytestmark = [pytest.mark.odoo, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
def there(runtime_root: Path, tmp_path: Path) -> Iterator[Settled]:
    """An Odoo that lies ready."""
    with a_settled_odoo(runtime_root, tmp_path) as settled:
        yield settled


async def kept(options: Mapping[str, str]) -> tuple[list[str], list[Contact]]:
    """Every request and contact that stands in Odoo's own records, twins and all."""
    async with odoo_opened(options) as administrator:
        layout = await administrator._places()
        ours = [["project_id", "=", layout.project]]
        rows = await administrator._records("project.task", ours, TASK, "id", MOST)
        sheets = [sheet_of(Task.model_validate(row), layout) for row in rows]
    return [one.request.reference for one in sheets], [met for one in sheets for met in one.contacts]


async def test_an_odoo_killed_under_load_has_everything_once(
    there: Settled, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    await has_everything_once(there, odoo_connector, kept, tmp_path, record_property)
