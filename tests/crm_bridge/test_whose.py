"""Whose contacts, whose record: a CRM whose filter does not work, and one citizen of whom a field is empty."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.folders import Folders
from crm_bridge.connectors.http import HttpCrm
from crm_bridge.demonstration import JOSE, MARIA
from crm_bridge.ports import CrmDown, OddAnswer
from crm_bridge.requests import reference
from crm_bridge.writes import Note, Open
from server.due import Due
from tests.crm_bridge.conftest import NOON, UNHURRIED
from tests.crm_bridge.crms import MemoryCrm
from tests.crm_bridge.records_crm import RecordsCrm, a_records_crm
from tests.crm_bridge.strangers import connected

MARIAS, JOSES = MARIA.citizen.id, JOSE.citizen.id
NAMELESS = {"FirstName": None, "LastName": None}
FIRST, SECOND, THIRD = (reference(2026, number) for number in (1, 2, 3))


class Unfiltered(RecordsCrm):
    """Gives everybody's contacts whoever is asked for, once `lies` is set."""

    lies = False

    def _found(self, kind: str, query: dict[str, str]) -> list[dict[str, Any]]:
        left = {"Whose", "Case"} if self.lies and kind == "Task" else set[str]()
        return super()._found(kind, {name: value for name, value in query.items() if name not in left})


@pytest.fixture
async def theirs() -> AsyncIterator[Unfiltered]:
    async with a_records_crm(Unfiltered) as crm:
        assert isinstance(crm, Unfiltered)
        yield crm


@pytest.fixture
async def crm(theirs: Unfiltered) -> AsyncIterator[HttpCrm]:
    async with connected(theirs) as connector:
        await connector.write("a", Open(FIRST, "c-1", MARIAS, "pension", "telephone", 3, 1, NOON))
        await connector.write("b", Open(SECOND, "c-2", JOSES, "imv", "telephone", 3, 1, NOON + 5))
        await connector.write("c", Note(SECOND, "c-2", "ana", "pending", "José's secret", NOON + 6))
        yield connector


async def test_contacts_of_somebody_elses_requests_are_left_out_and_end_a_whole_copy(
    crm: HttpCrm, theirs: Unfiltered
) -> None:
    theirs.lies = True
    assert [one.contact for one in await crm.contacts(MARIAS, 0, 5)] == ["c-1"]
    whole = await crm.request(FIRST)
    assert whole is not None
    assert [one.contact for one in whole.contacts] == ["c-1"]
    with pytest.raises(OddAnswer):
        await crm.unsparing().request(FIRST)
    with pytest.raises(CrmDown):
        await Folders(crm, lambda _: None, lambda: NOON).everything(MARIAS)


async def test_a_contact_of_a_request_that_is_too_old_for_the_folder_is_still_theirs(
    crm: HttpCrm, theirs: Unfiltered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_bridge.connectors.http.MOST_IN_FOLDER", 1)
    await crm.write("d", Open(THIRD, "c-3", MARIAS, "imv", "telephone", 3, 1, NOON + 60))
    assert [one.contact for one in await crm.contacts(MARIAS, 0, 5)] == ["c-3", "c-1"]
    theirs.lies = True
    assert [one.contact for one in await crm.contacts(MARIAS, 0, 5)] == ["c-3", "c-1"]


async def test_one_citizen_who_cannot_be_read_is_hidden_and_everybody_elses_work_is_listed(
    crm: HttpCrm, theirs: Unfiltered
) -> None:
    theirs.objects["Contact"][MARIAS].update(NAMELESS)
    at = NOON + 4.5 * 86_400
    due = Due(Folders(crm, lambda _: None, lambda: at), lambda: at)
    assert [one.reference for one in await due.listed()] == [SECOND]


async def test_an_open_is_taken_for_whom_the_crm_has_though_it_lacks_their_name(
    crm: HttpCrm, theirs: Unfiltered
) -> None:
    theirs.objects["Contact"][MARIAS].update(NAMELESS)
    await crm.write("d", Open(THIRD, "c-3", MARIAS, "imv", "telephone", 3, 1, NOON + 60))
    assert theirs.objects["Case"][THIRD]["Contact"] == MARIAS


async def test_of_whom_it_cannot_be_read_whether_they_are_protected_nothing_is_remembered(
    crm: HttpCrm, theirs: Unfiltered, engine: AsyncEngine
) -> None:
    bridge = Bridge(engine, crm, lambda _: None, lambda: NOON, UNHURRIED)
    number = MARIA.citizen.telephones[0]
    assert (await bridge.card("c-1", None, MARIAS, "es", 1, "pension")).who is not None
    assert (await bridge.card("c-1", number, None, "es", 0, "pension")).who is not None
    theirs.objects["Contact"][MARIAS]["Protected__c"] = None
    odd = await bridge.card("c-1", None, MARIAS, "es", 1, "pension")
    assert (odd.crm, odd.who, odd.as_of) == ("down", None, None)
    theirs.manners = "slams"
    by_number = await bridge.card("c-1", number, None, "es", 0, "pension")
    assert (by_number.crm, by_number.who, by_number.as_of) == ("down", None, None)


async def test_what_is_said_again_after_something_else_counts_and_a_double_click_does_not(
    engine: AsyncEngine,
) -> None:
    crm, facts, call = MemoryCrm(), list[object](), "ventanilla-1795345200.1"
    bridge = Bridge(engine, crm, facts.append, lambda: NOON)
    request = await bridge.open_or_continue(call, MARIAS, "pension")
    for kind in ("certificate", "appointment", "certificate", "certificate"):
        await bridge.classify(call, kind)
    for said in (("informed", "x"), ("pending", "y"), ("informed", "x"), ("informed", "x")):
        await bridge.note(call, "ana", *said)
    assert await bridge.deliver() == 7
    whole = await crm.request(request)
    assert whole is not None
    assert (whole.request.kind, whole.contacts[0].outcome, whole.contacts[0].notes) == (
        "certificate",
        "informed",
        "x",
    )
