"""What is due, for all desks: protected persons' requests are not on the list, and do not use it up."""

import pytest

from crm_bridge.adapters.folders import Folders
from crm_bridge.demonstration import INHABITANTS, MARIA
from crm_bridge.requests import reference
from crm_bridge.work import LOOKED_AT
from crm_bridge.writes import Open
from server.due import Due
from tests.crm_bridge.conftest import NOON
from tests.crm_bridge.crms import MemoryCrm

DAY_S = 86_400.0
PROTECTED = next(one.citizen for one in INHABITANTS if one.citizen.protected)


async def _owed(crm: MemoryCrm, serial: int, citizen: str, days_ago: float) -> str:
    made = Open(
        reference(2026, serial), f"c-{serial}", citizen, "pension", "telephone", 3, 1, NOON - days_ago * DAY_S
    )
    await crm.write(f"k-{serial}", made)
    return made.request


def _due(crm: MemoryCrm) -> Due:
    return Due(Folders(crm, lambda _: None, lambda: NOON), lambda: NOON)


@pytest.mark.parametrize("protected", [LOOKED_AT, 3 * LOOKED_AT + 1])
async def test_however_many_of_protected_persons_are_overdue_the_others_are_on_the_list(
    protected: int,
) -> None:
    crm = MemoryCrm()
    for serial in range(protected):
        await _owed(crm, serial, PROTECTED.id, 20)
    theirs = await _owed(crm, 9000, MARIA.citizen.id, 10)
    assert [one.reference for one in await _due(crm).listed()] == [theirs]


async def test_the_list_has_no_more_than_can_be_chosen_from_and_the_longest_overdue_of_them() -> None:
    crm = MemoryCrm()
    for serial in range(LOOKED_AT):
        await _owed(crm, 5000 + serial, PROTECTED.id, 30)
    mine = [await _owed(crm, serial, MARIA.citizen.id, 20 - serial / 100) for serial in range(LOOKED_AT + 9)]
    assert [one.reference for one in await _due(crm).listed()] == mine[:LOOKED_AT]
