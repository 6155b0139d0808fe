"""One odd record is no dead CRM: it is left out where others can be shown, and never where that would mislead."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.folders import EXPORT_PAGE, Folders
from crm_bridge.adapters.tables import metadata
from crm_bridge.connectors.http import HttpCrm
from crm_bridge.demonstration import CARMEN, JOSE, MARIA
from crm_bridge.facts import CrmLost
from crm_bridge.ports import CrmDown, OddAnswer
from crm_bridge.requests import due, reference
from crm_bridge.writes import Continue, Note, Open
from tests.crm_bridge.conftest import NOON, UNHURRIED, Clock
from tests.crm_bridge.records_crm import RecordsCrm, a_records_crm
from tests.crm_bridge.strangers import connected
from tests.databases import opened

MARIAS, JOSES, SHARED = MARIA.citizen.id, JOSE.citizen.id, "+34963123456"
FIRST, SECOND = reference(2026, 77), reference(2026, 78)
CALL, LATER = "ventanilla-1795345200.1", "ventanilla-1795348800.2"


@pytest.fixture
async def theirs() -> AsyncIterator[RecordsCrm]:
    async with a_records_crm() as crm:
        yield crm


@pytest.fixture
async def crm(theirs: RecordsCrm) -> AsyncIterator[HttpCrm]:
    async with connected(theirs) as connector:
        await connector.write("k1", Open(FIRST, CALL, MARIAS, "pension", "telephone", 3, 1, NOON))
        await connector.write("k2", Open(SECOND, LATER, MARIAS, "imv", "telephone", 3, 1, NOON + 60))
        yield connector


async def test_a_request_that_cannot_be_read_is_left_out_and_the_log_names_its_field_and_not_its_value(
    crm: HttpCrm, theirs: RecordsCrm, caplog: pytest.LogCaptureFixture
) -> None:
    theirs.objects["Case"][FIRST]["Status"] = "Escalated for María"
    with caplog.at_level(logging.WARNING):
        folder = await crm.folder(MARIAS)
    assert [one.reference for one in folder.requests] == [SECOND]
    assert len(folder.contacts) == 2
    assert "request.state is a word that `words.state` does not have" in caplog.text
    assert "María" not in caplog.text


async def test_of_two_with_one_number_one_who_cannot_be_read_does_not_make_the_other_the_only_one(
    crm: HttpCrm, theirs: RecordsCrm, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    vicent = theirs.objects["Contact"]["demo-vicent"]
    vicent["FirstName"] = {"first": "Vicent"}
    carmen, other = await crm.citizens_by_telephone(SHARED)
    assert (carmen, other.id, other.name) == (CARMEN.citizen, "demo-vicent", "")
    assert "read as somebody without a name, for citizen.given_name is no text" in caplog.text
    async with opened("sqlite", tmp_path, metadata) as engine:
        bridge = Bridge(engine, crm, lambda _: None, Clock(), UNHURRIED)
        card = await bridge.card("c-1", SHARED, None, "es", 0, "pension")
    assert (card.crm, card.who, card.candidates, card.hidden_requests) == ("ok", None, 2, 0)


async def test_of_people_with_one_number_nobody_is_shown_where_one_may_be_protected_or_is_nobody_to_tell(
    crm: HttpCrm, theirs: RecordsCrm
) -> None:
    vicent = theirs.objects["Contact"]["demo-vicent"]
    vicent["FirstName"] = {"first": "Vicent"}
    for strange in ({"Protected__c": True}, {"Protected__c": None}, {"Protected__c": "perhaps"}):
        vicent.update(strange)
        with pytest.raises(OddAnswer):
            await crm.citizens_by_telephone(SHARED)
    vicent.update({"Protected__c": False, "MobilePhone": {"n": 1}})
    with pytest.raises(OddAnswer):
        await crm.citizens_by_telephone(SHARED)


@pytest.mark.parametrize(
    ("lacks", "name", "shown"),
    [("FirstName", "García López", "G. L."), ("LastName", "María", "María")],
)
async def test_who_has_one_name_of_two_is_there_with_the_one_they_have(
    crm: HttpCrm, theirs: RecordsCrm, tmp_path: Path, lacks: str, name: str, shown: str
) -> None:
    for empty in (None, "", " "):
        theirs.objects["Contact"][MARIAS][lacks] = empty
        (one,) = await crm.citizens_by_telephone(MARIA.citizen.telephones[0])
        found = await crm.citizen_by_document(MARIA.citizen.document)
        assert found == one == await crm.citizen(MARIAS)
        assert (one.id, one.name) == (MARIAS, name)
    async with opened("sqlite", tmp_path, metadata) as engine:
        bridge = Bridge(engine, crm, lambda _: None, Clock(), UNHURRIED)
        hinted = await bridge.card("c-1", MARIA.citizen.telephones[0], None, "es", 0, "pension")
        proven = await bridge.card("c-1", None, MARIAS, "es", 1, "pension")
    assert (hinted.who, hinted.proven, proven.who) == (shown, False, name)


async def test_of_two_with_one_document_an_odd_one_does_not_make_the_other_the_one(
    crm: HttpCrm, theirs: RecordsCrm
) -> None:
    document = JOSE.citizen.document
    theirs.objects["Contact"]["another"] = {**theirs.objects["Contact"][JOSES], "LastName": {"n": 1}}
    with pytest.raises(CrmDown):
        await crm.citizen_by_document(document)


async def test_who_calls_with_an_odd_record_again_and_again_costs_nobody_else_their_card(
    crm: HttpCrm, theirs: RecordsCrm, tmp_path: Path
) -> None:
    facts: list[object] = []
    async with opened("sqlite", tmp_path, metadata) as engine:
        bridge = Bridge(engine, crm, facts.append, Clock(), UNHURRIED)
        theirs.objects["Contact"][JOSES].update({"FirstName": None, "LastName": None})
        for number in range(6):
            odd = await bridge.card(f"c-{number}", JOSE.citizen.telephones[0], None, "es", 0, "pension")
            assert (odd.crm, odd.who) == ("down", None)
        card = await bridge.card("c-7", MARIA.citizen.telephones[0], None, "es", 0, "pension")
    assert (card.crm, card.who) == ("ok", "María G. L.")
    assert not any(isinstance(fact, CrmLost) for fact in facts)


async def test_a_contact_that_cannot_be_read_holds_its_own_requests_writes_up_and_is_not_written_over(
    crm: HttpCrm, theirs: RecordsCrm, tmp_path: Path
) -> None:
    contact = theirs.objects["Task"][f"{CALL}~{FIRST}"]
    contact["When"] = "yesterday"
    async with opened("sqlite", tmp_path, metadata) as engine:
        bridge = Bridge(engine, crm, lambda _: None, Clock(), UNHURRIED)
        for number in range(4):
            note = Note(FIRST, CALL, "ana", "resolved", "Hecho", NOON + number)
            await bridge.post(f"odd-{number}", CALL, note)
        await bridge.post("fine", LATER, Note(SECOND, LATER, "ana", "resolved", "Hecho", NOON + 90))
        assert await bridge.deliver() == 1
    assert contact["Result"] is None
    assert theirs.objects["Case"][SECOND]["Status"] == "Solved"


async def test_an_id_too_long_for_us_is_unread_and_not_cut_to_somebody_elses(
    crm: HttpCrm, theirs: RecordsCrm
) -> None:
    long = "x" * 41
    theirs.objects["Contact"][long] = {**theirs.objects["Contact"][JOSES], "Phone": "912000111"}
    with pytest.raises(OddAnswer, match=r"citizen\.id is longer than 40 characters"):
        await crm.citizens_by_telephone("+34912000111")


async def test_what_people_leave_empty_in_the_crm_is_read_as_the_page_says(
    crm: HttpCrm, theirs: RecordsCrm
) -> None:
    theirs.objects["Case"][FIRST].update({"Due__c": None, "LastModifiedDate": "", "Owner": None})
    theirs.objects["Contact"][JOSES]["Dni__c"] = None
    one = next(one for one in (await crm.folder(MARIAS)).requests if one.reference == FIRST)
    assert (one.due_at, one.changed_at, one.assignee) == (due(NOON, 3), NOON, None)
    (jose,) = await crm.citizens_by_telephone(JOSE.citizen.telephones[0])
    assert jose.document == ""


async def test_a_whole_copy_leaves_nothing_out_and_ends_where_pages_do_not_go_on(
    crm: HttpCrm, theirs: RecordsCrm
) -> None:
    folders = Folders(crm, lambda _: None, lambda: NOON)
    for number in range(EXPORT_PAGE + 5):
        call = f"ventanilla-{1795350000 + number}.1"
        said = Continue(FIRST, call, MARIAS, "pension", "telephone", NOON + 100 + number)
        await crm.write(f"c{number}", said)
    requests, contacts = await folders.everything(MARIAS)
    assert ([one.request.reference for one in requests], len(contacts)) == ([FIRST, SECOND], EXPORT_PAGE + 7)
    answer = theirs.answer

    def forgets_the_offset(
        method: str, path: str, query: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, Any]:
        return answer(method, path, {**query, "offset": "0"}, body)

    theirs.answer = forgets_the_offset  # type: ignore[method-assign] # a CRM that does not know the word
    with pytest.raises(OddAnswer, match="pages do not go on"):
        await folders.everything(MARIAS)
    theirs.answer = answer  # type: ignore[method-assign]
    theirs.objects["Case"][SECOND]["Status"] = "Lost"
    with pytest.raises(OddAnswer, match=r"request\.state"):
        await folders.everything(MARIAS)
