"""The contract of a connector. A new CRM is added to `crm` below and must pass all of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event

from crm_bridge.adapters.seeding import seed
from crm_bridge.adapters.tables import metadata
from crm_bridge.card import Folder
from crm_bridge.citizens import Person
from crm_bridge.connectors.builtin import Builtin
from crm_bridge.demonstration import JOSE, LOCKED, MARIA, PROTECTED
from crm_bridge.ports import Connector, WriteNotTaken
from crm_bridge.requests import State, reference
from crm_bridge.writes import Close, Continue, Escalate, Note, Open, Talked
from tests.crm_bridge.conftest import KEY
from tests.crm_bridge.crms import MemoryCrm, RemoteCrm, a_peer
from tests.databases import DIALECTS, opened

AT = 1_795_345_200.0
REQUEST = reference(2026, 77)
CALL, LATER_CALL = "ventanilla-1795345200.1", "ventanilla-1795348800.2"
JOSES = JOSE.citizen.id
OPEN = Open(REQUEST, CALL, JOSES, "pension", "telephone", 3, 1, AT)


@pytest.fixture(params=[*DIALECTS, "memory", "remote"])
async def crm(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Connector]:
    if request.param == "memory":
        yield MemoryCrm()
    elif request.param == "remote":
        async with a_peer() as peer:
            yield RemoteCrm(peer)
    else:
        async with opened(request.param, tmp_path, metadata) as engine:
            await seed(engine, KEY)
            yield Builtin(engine, KEY)


async def test_a_citizen_is_found_by_id_document_and_any_of_their_telephones(crm: Connector) -> None:
    assert await crm.citizen(JOSES) == JOSE.citizen
    assert await crm.citizen_by_document("00000000T") == JOSE.citizen
    for number in JOSE.citizen.telephones:
        assert await crm.citizens_by_telephone(number) == (JOSE.citizen,)


async def test_nobody_is_nobody(crm: Connector) -> None:
    assert await crm.citizen("x") is None
    assert await crm.citizen_by_document("87654321X") is None
    assert await crm.citizens_by_telephone("+33142685300") == ()
    assert await crm.person("87654321X") is None
    assert not await crm.answers_hold("87654321X", {"account_last4": "4821"})
    assert await crm.cases("x") == ()
    assert await crm.folder("x") == Folder()


async def test_a_shared_telephone_gives_everybody_in_a_steady_order(crm: Connector) -> None:
    people = await crm.citizens_by_telephone("+34963123456")
    assert [one.given_name for one in people] == ["Carmen", "Vicent"]


async def test_the_protocol_learns_what_can_be_asked_and_never_what_is_right(crm: Connector) -> None:
    for document in (JOSE.citizen.document, JOSE.citizen.affiliation):
        assert await crm.person(document or "") == Person(JOSES, frozenset(JOSE.answers))
    hidden = await crm.person(PROTECTED.citizen.document)
    assert hidden == Person(PROTECTED.citizen.id, frozenset(PROTECTED.answers), protected=True)
    shut = await crm.person(LOCKED.citizen.document)
    assert shut == Person(LOCKED.citizen.id, frozenset(LOCKED.answers), locked=True)


async def test_the_answers_hold_only_when_every_one_is_right(crm: Connector) -> None:
    document, right = JOSE.citizen.document, dict(JOSE.answers)
    assert await crm.answers_hold(document, right)
    assert await crm.answers_hold(document, {"children_count": "03"})
    assert not await crm.answers_hold(document, {**right, "children_count": "4"})
    assert not await crm.answers_hold(document, {"mother": "1"})
    assert not await crm.answers_hold(document, {})
    assert not await crm.answers_hold(MARIA.citizen.document, right)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_document_of_nobody_costs_the_same_questions_to_the_tables(
    dialect: str, tmp_path: Path
) -> None:
    async with opened(dialect, tmp_path, metadata) as engine:
        await seed(engine, KEY)
        crm, said = Builtin(engine, KEY), list[str]()
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *words: said.append(words[2]))
        asked = []
        for document in (MARIA.citizen.document, PROTECTED.citizen.document, "87654321X"):
            said.clear()
            await crm.person(document)
            await crm.answers_hold(document, {"account_last4": "0000"})
            asked.append(tuple(said))
        assert len(set(asked)) == 1


async def test_cases_are_the_citizens_own(crm: Connector) -> None:
    assert await crm.cases(MARIA.citizen.id) == MARIA.cases


async def test_a_request_is_opened_into_its_citizens_folder(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    folder = await crm.folder(JOSES)
    (request,), (contact,) = folder.requests, folder.contacts
    assert (request.reference, request.state, request.level, request.subject) == (
        REQUEST,
        State.OPEN,
        1,
        "pension",
    )
    assert (request.opened_at, request.changed_at) == (AT, AT)
    assert request.due_at > AT
    assert (contact.at, contact.request, contact.outcome) == (AT, REQUEST, None)


async def test_a_write_with_the_same_key_is_taken_once(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    await crm.write("k2", Escalate(REQUEST, 2, "pension", AT + 1))
    await crm.write("k3", Note(REQUEST, CALL, "ana", "resolved", "", AT + 2))
    before = await crm.folder(JOSES)
    await crm.write("k1", OPEN)
    await crm.write("k2", Escalate(REQUEST, 2, "pension", AT + 1))
    assert await crm.folder(JOSES) == before


async def test_a_later_call_continues_and_adds_its_contact(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    await crm.write("k2", Note(REQUEST, CALL, "ana", "waiting_citizen", "", AT + 60))
    await crm.write("k3", Continue(REQUEST, LATER_CALL, JOSES, "pension", "telephone", AT + 3600))
    folder = await crm.folder(JOSES)
    assert folder.requests[0].state is State.IN_PROGRESS
    assert [contact.outcome for contact in folder.contacts] == [None, "waiting_citizen"]


async def test_who_proves_themselves_during_the_call_gets_the_request(crm: Connector) -> None:
    await crm.write("k1", Open(REQUEST, CALL, None, "case", "telephone", 3, 1, AT))
    assert await crm.folder(JOSES) == Folder()
    await crm.write("k2", Continue(REQUEST, CALL, JOSES, "case", "telephone", AT + 30))
    folder = await crm.folder(JOSES)
    assert (folder.requests[0].citizen, folder.requests[0].state) == (JOSES, State.OPEN)
    assert len(folder.contacts) == 1


async def test_a_call_that_says_more_gives_its_request_the_subject_but_never_a_vaguer_one(
    crm: Connector,
) -> None:
    await crm.write("k1", Open(REQUEST, CALL, JOSES, "general", "telephone", 3, 1, AT))
    await crm.write("k2", Continue(REQUEST, CALL, JOSES, "imv", "telephone", AT + 30))
    folder = await crm.folder(JOSES)
    assert (folder.requests[0].subject, folder.contacts[0].subject) == ("imv", "imv")
    await crm.write("k3", Continue(REQUEST, LATER_CALL, JOSES, "case", "telephone", AT + 60))
    assert (await crm.folder(JOSES)).requests[0].subject == "imv"


async def test_nobody_takes_over_a_request_that_is_somebodys(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    await crm.write("k2", Continue(REQUEST, LATER_CALL, MARIA.citizen.id, "pension", "telephone", AT + 30))
    assert (await crm.folder(JOSES)).requests[0].citizen == JOSES


async def test_who_talked_stands_there_without_any_note(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    await crm.write("k2", Talked(REQUEST, CALL, "ana", AT + 60))
    folder = await crm.folder(JOSES)
    assert (folder.requests[0].assignee, folder.requests[0].state) == ("ana", State.IN_PROGRESS)
    assert [contact.outcome for contact in folder.contacts] == ["none"]


async def test_a_note_stands_whether_it_comes_before_or_after_what_the_server_knows(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    await crm.write("k2", Note(REQUEST, CALL, "ana", "resolved", "", AT + 60))
    await crm.write("k3", Talked(REQUEST, CALL, "ana", AT + 61))
    folder = await crm.folder(JOSES)
    assert (folder.requests[0].state, folder.contacts[0].outcome) == (State.RESOLVED, "resolved")
    await crm.write("k4", Talked(REQUEST, CALL, "marta", AT + 90))
    assert (await crm.folder(JOSES)).contacts[0].outcome == "none"
    await crm.write("k5", Note(REQUEST, CALL, "marta", "informed", "", AT + 95))
    assert (await crm.folder(JOSES)).contacts[0].outcome == "informed"


async def test_escalating_and_closing_are_seen(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    await crm.write("k2", Note(REQUEST, CALL, "luis", "pending", "", AT + 1))
    assert (await crm.folder(JOSES)).requests[0].assignee == "luis"
    await crm.write("k3", Escalate(REQUEST, 2, "subsidy", AT + 2))
    passed = (await crm.folder(JOSES)).requests[0]
    assert (passed.level, passed.subject, passed.assignee, passed.state) == (
        2,
        "subsidy",
        None,
        State.IN_PROGRESS,
    )
    await crm.write("k4", Close(REQUEST, AT + 3))
    assert (await crm.folder(JOSES)).requests[0].state is State.CLOSED


async def test_a_write_about_no_request_or_for_nobody_is_refused(crm: Connector) -> None:
    with pytest.raises(WriteNotTaken):
        await crm.write("k1", Close(reference(2026, 999), AT))
    with pytest.raises(WriteNotTaken):
        await crm.write("k2", Open(REQUEST, CALL, "nobody", "pension", "telephone", 3, 1, AT))


async def test_a_refused_write_may_be_taken_later(crm: Connector) -> None:
    with pytest.raises(WriteNotTaken):
        await crm.write("k1", Escalate(REQUEST, 2, "imv", AT))
    await crm.write("k2", OPEN)
    await crm.write("k1", Escalate(REQUEST, 2, "imv", AT + 1))
    assert (await crm.folder(JOSES)).requests[0].level == 2
