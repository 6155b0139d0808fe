"""The contract of a connector. A new CRM is added to `crm` below and must pass all of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from crm_bridge.abilities import abilities_of
from crm_bridge.adapters.seeding import seed
from crm_bridge.adapters.tables import metadata
from crm_bridge.card import Folder
from crm_bridge.citizens import Person
from crm_bridge.connectors.builtin import Builtin
from crm_bridge.demonstration import JOSE, LOCKED, MARIA, PROTECTED
from crm_bridge.ports import Connector, WriteNotTaken
from crm_bridge.requests import State, reference
from crm_bridge.writes import Attach, Change, Close, Contacted, Continue, Escalate, Note, Open, Talked
from tests.crm_bridge.conftest import KEY
from tests.crm_bridge.crms import MemoryCrm, RemoteCrm, a_peer
from tests.crm_bridge.foreign import odoo_connector, tryton_connector
from tests.crm_bridge.strangers import records_connector, stranger_connector
from tests.databases import DIALECTS, opened

AT = 1_795_345_200.0
REQUEST = reference(2026, 77)
CALL, LATER_CALL = "ventanilla-1795345200.1", "ventanilla-1795348800.2"
JOSES = JOSE.citizen.id
OPEN = Open(REQUEST, CALL, JOSES, "pension", "telephone", 3, 1, AT)


ODOO = pytest.param("odoo", marks=pytest.mark.odoo)
"""Really Odoo 19: `make odoo`."""


@pytest.fixture(params=[*DIALECTS, "memory", "remote", "http records", "http stranger", "tryton", ODOO])
async def crm(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Connector]:
    if request.param == "memory":
        yield MemoryCrm()
    elif request.param == "remote":
        async with a_peer() as peer:
            yield RemoteCrm(peer)
    elif request.param == "http records":
        async with records_connector() as connector:
            yield connector
    elif request.param == "http stranger":
        async with stranger_connector(tmp_path) as connector:
            yield connector
    elif request.param == "tryton":
        async with tryton_connector(request.getfixturevalue("tryton_server")) as connector:
            yield connector
    elif request.param == "odoo":
        async with odoo_connector(request.getfixturevalue("odoo_server")) as connector:
            yield connector
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


async def test_cases_are_the_citizens_own_where_the_crm_can_tell_cases(crm: Connector) -> None:
    kept = MARIA.cases if abilities_of(crm).cases else ()
    assert await crm.cases(MARIA.citizen.id) == kept


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


async def test_a_note_about_a_call_that_is_no_contact_yet_makes_it_one(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    await crm.write("k2", Note(REQUEST, LATER_CALL, "ana", "resolved", "Falta el libro", AT + 60))
    folder = await crm.folder(JOSES)
    assert [(one.contact, one.at, one.notes) for one in folder.contacts] == [
        (LATER_CALL, AT + 60, "Falta el libro"),
        (CALL, AT, ""),
    ]
    assert (folder.contacts[0].direction, folder.contacts[0].channel) == ("in", "telephone")


async def test_a_citizen_who_is_nobody_is_given_to_no_request(crm: Connector) -> None:
    await crm.write("k1", Open(REQUEST, CALL, None, "pension", "telephone", 3, 1, AT))
    with pytest.raises(WriteNotTaken):
        await crm.write("k2", Continue(REQUEST, CALL, "nobody", "pension", "telephone", AT + 1))
    whole = await crm.request(REQUEST)
    assert whole is not None
    assert whole.request.citizen is None
    await crm.write("k3", Open(REQUEST, CALL, "nobody", "imv", "telephone", 3, 1, AT + 2))
    again = await crm.request(REQUEST)
    assert again is not None
    assert (again.request, [one.contact for one in again.contacts]) == (whole.request, [CALL])


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


async def test_an_open_with_a_reference_that_is_another_requests_is_refused(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    before = await crm.request(REQUEST)
    again = "ventanilla-1795345299.9"
    for other in (replace(OPEN, call=again, citizen=MARIA.citizen.id), replace(OPEN, call=again, at=AT + 60)):
        with pytest.raises(WriteNotTaken, match="reference_taken"):
            await crm.write("k2", other)
    assert await crm.request(REQUEST) == before
    await crm.write("k3", replace(OPEN, call=again))  # half of it was kept, or the key was lost


async def test_a_refused_write_may_be_taken_later(crm: Connector) -> None:
    with pytest.raises(WriteNotTaken):
        await crm.write("k1", Escalate(REQUEST, 2, "imv", AT))
    await crm.write("k2", OPEN)
    await crm.write("k1", Escalate(REQUEST, 2, "imv", AT + 1))
    assert (await crm.folder(JOSES)).requests[0].level == 2


async def test_a_request_says_who_is_responsible_of_which_type_it_is_and_until_when(crm: Connector) -> None:
    await crm.write("k1", replace(OPEN, kind="procedure", area="pensions", due_at=AT + 3600))
    whole = await crm.request(REQUEST)
    assert whole is not None
    there = whole.request
    assert (there.kind, there.area, there.due_at, there.citizen) == (
        "procedure",
        "pensions",
        AT + 3600,
        JOSES,
    )
    assert [one.contact for one in whole.contacts] == [CALL]
    assert await crm.request(reference(2026, 999)) is None


async def test_what_a_desk_changes_is_changed_and_nothing_else(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    await crm.write("k2", Change(REQUEST, AT + 1, area="subsidies", assignee="marta", priority=8))
    await crm.write("k3", Change(REQUEST, AT + 2, subject="subsidy", kind="change", due_at=AT + 60))
    changed = (await crm.folder(JOSES)).requests[0]
    assert (changed.area, changed.assignee, changed.priority) == ("subsidies", "marta", 8)
    assert (changed.subject, changed.kind, changed.due_at) == ("subsidy", "change", AT + 60)
    assert (changed.state, changed.level, changed.changed_at) == (State.OPEN, 1, AT + 2)
    await crm.write("k4", Change(REQUEST, AT + 3, assignee=""))
    assert (await crm.folder(JOSES)).requests[0].assignee is None


async def test_an_escalation_keeps_its_reason_and_may_name_an_area(crm: Connector) -> None:
    await crm.write("k1", replace(OPEN, area="pensions"))
    await crm.write("k2", Escalate(REQUEST, 2, "pension", AT + 1, "Importe en duda"))
    first = (await crm.folder(JOSES)).requests[0]
    assert (first.level, first.area, first.reason) == (2, "pensions", "Importe en duda")
    await crm.write("k3", Escalate(REQUEST, 3, "pension", AT + 2, "Vía judicial", "legal"))
    second = (await crm.folder(JOSES)).requests[0]
    assert (second.level, second.area, second.reason) == (3, "legal", "Vía judicial")


async def test_contacts_of_every_channel_stand_in_one_folder(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    await crm.write("k2", Note(REQUEST, CALL, "ana", "waiting_citizen", "Falta el libro", AT + 1))
    sent = Contacted(REQUEST, "message-1", "sms", "out", "pension", AT + 2)
    await crm.write("k3", sent)
    assert (await crm.folder(JOSES)).requests[0].state is State.WAITING_CITIZEN
    await crm.write("k4", Contacted(REQUEST, "counter-7", "counter", "in", "pension", AT + 3))
    assert (await crm.folder(JOSES)).requests[0].state is State.IN_PROGRESS
    done = Contacted(REQUEST, "work-9", "desk", "inside", "pension", AT + 4, "marta", "resolved", "Hecho")
    await crm.write("k5", done)
    folder = await crm.folder(JOSES)
    assert (folder.requests[0].state, folder.requests[0].assignee) == (State.RESOLVED, "ana")
    met = await crm.contacts(JOSES, 0, 10)
    assert [(one.contact, one.channel, one.direction) for one in met] == [
        ("work-9", "desk", "inside"),
        ("counter-7", "counter", "in"),
        ("message-1", "sms", "out"),
        (CALL, "telephone", "in"),
    ]
    assert (met[0].agent, met[0].outcome, met[0].notes) == ("marta", "resolved", "Hecho")
    assert (met[3].agent, met[3].notes) == ("ana", "Falta el libro")


async def test_the_same_contact_or_attachment_twice_is_one(crm: Connector) -> None:
    await crm.write("k1", OPEN)
    for key in ("k2", "k3"):
        await crm.write(key, Contacted(REQUEST, "message-1", "sms", "out", "pension", AT + 2))
        await crm.write(f"{key}a", Attach(REQUEST, "document", "DOC-2026-1", AT + 3))
    await crm.write("k4", Attach(REQUEST, "recording", CALL, AT + 4))
    whole = await crm.request(REQUEST)
    assert whole is not None
    assert [one.contact for one in whole.contacts] == ["message-1", CALL]
    assert [(one.kind, one.reference) for one in whole.attachments] == [
        ("document", "DOC-2026-1"),
        ("recording", CALL),
    ]


async def test_a_folder_is_read_page_by_page_open_closed_or_all(crm: Connector) -> None:
    numbers = [reference(2026, serial) for serial in range(101, 106)]
    for place, number in enumerate(numbers):
        call = f"ventanilla-17953452{place:02}.1"
        await crm.write(f"o{place}", Open(number, call, JOSES, "pension", "telephone", 3, 1, AT + place))
    await crm.write("c", Close(numbers[0], AT + 10))
    still = await crm.requests(JOSES, "open", 0, 3)
    rest = await crm.requests(JOSES, "open", 3, 3)
    assert [one.reference for one in (*still, *rest)] == numbers[:0:-1]
    assert [one.reference for one in await crm.requests(JOSES, "closed", 0, 3)] == numbers[:1]
    assert len(await crm.requests(JOSES, "all", 0, 10)) == len(numbers)
    pages = [await crm.contacts(JOSES, start, 2) for start in (0, 2, 4, 6)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [one.at for page in pages for one in page] == [AT + place for place in (4, 3, 2, 1, 0)]
    assert await crm.requests("x", "all", 0, 10) == ()
    assert await crm.contacts("x", 0, 10) == ()


async def test_what_is_due_is_ours_to_do_and_the_longest_overdue_comes_first(crm: Connector) -> None:
    late, later, waits, solved, ahead = (reference(2026, serial) for serial in range(201, 206))
    for place, (number, until) in enumerate(
        ((later, AT - 50), (late, AT - 100), (waits, AT - 200), (solved, AT - 200), (ahead, AT + 500))
    ):
        call = f"ventanilla-17953453{place:02}.1"
        opened = Open(number, call, None, "pension", "telephone", 3, 1, AT - 300, due_at=until)
        await crm.write(f"o{place}", opened)
        outcome = {waits: "waiting_citizen", solved: "resolved"}.get(number)
        if outcome:
            await crm.write(f"n{place}", Note(number, call, "ana", outcome, "", AT - 250))
    ours = {late, later, ahead}
    assert [one.reference for one in await crm.due(AT, 50) if one.reference in ours] == [late, later]
    assert not {waits, solved} & {one.reference for one in await crm.due(AT + 1_000, 50)}
    assert len(await crm.due(AT + 1_000, 1)) == 1
