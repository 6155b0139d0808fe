"""Tryton and Odoo 19, really running, when they are ill, changed, or shared with people who work in them."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from crm_bridge.adapters.bridge import Bridge, Limits
from crm_bridge.adapters.exchange import Lacking, WrongShape
from crm_bridge.adapters.tables import metadata
from crm_bridge.breaker import OPEN_FOR_S
from crm_bridge.card import Folder
from crm_bridge.connectors.odoo import Odoo
from crm_bridge.connectors.tryton import Tryton
from crm_bridge.connectors.tryton.line import Line as TrytonLine
from crm_bridge.demonstration import JOSE, MARIA, PROTECTED
from crm_bridge.ports import CrmDown, WriteNotTaken
from crm_bridge.requests import State, reference
from crm_bridge.writes import Escalate, Note, Open
from tests.crm_bridge.conftest import NOON, UNHURRIED, Clock
from tests.crm_bridge.foreign import odoo_connector, odoo_opened, tryton_connector, tryton_opened
from tests.crm_bridge.people import OdooPeople, People, TrytonPeople
from tests.crm_bridge.real.process import Served
from tests.crm_bridge.twist import Manners, Twist, twisted
from tests.databases import opened

CALL, REQUEST, OTHER = "ventanilla-1795345200.1", reference(2026, 77), reference(2026, 78)
JOSES, NUMBER = JOSE.citizen.id, MARIA.citizen.telephones[0]
OPEN = Open(REQUEST, CALL, JOSES, "pension", "telephone", 3, 1, NOON)
ILL: tuple[Manners, ...] = ("refuses", "breaks off", "502", "no JSON", "a list", "endless")
SAID: dict[Manners, str] = {"hangs": "slow", "refuses": "down", "a list": "down"}
SOON = Limits(card=0.5, register=0.5, write=0.5)
FAR_LIMIT_S = 60.0


@dataclass
class Foreign:
    """A connector, the way to its server, a second connector as another server of ours has it, and the CRM's people."""

    crm: Tryton | Odoo
    way: Twist
    other: Tryton | Odoo
    people: People
    administrator: Tryton | Odoo
    pid: int


@pytest.fixture
async def foreign_tryton(request: pytest.FixtureRequest) -> AsyncIterator[Foreign]:
    served = request.getfixturevalue("tryton_server")
    async with (
        tryton_connector(served) as crm,
        tryton_opened(served.lesser) as other,
        tryton_opened(served.options) as administrator,
    ):
        await crm.warm()
        yield Foreign(crm, twisted(crm), other, TrytonPeople(administrator), administrator, served.pid)


@pytest.fixture
async def foreign_odoo(request: pytest.FixtureRequest) -> AsyncIterator[Foreign]:
    served = request.getfixturevalue("odoo_server")
    async with (
        odoo_connector(served) as crm,
        odoo_opened(served.lesser) as other,
        odoo_opened(served.options) as administrator,
    ):
        await crm.warm()
        yield Foreign(crm, twisted(crm), other, OdooPeople(administrator), administrator, served.pid)


@pytest.fixture(params=["foreign_tryton", pytest.param("foreign_odoo", marks=pytest.mark.odoo)])
def foreign(request: pytest.FixtureRequest) -> Foreign:
    given = request.getfixturevalue(request.param)
    assert isinstance(given, Foreign)
    return given


async def test_whatever_an_ill_crm_says_is_crm_down_and_quotes_nobody(
    foreign: Foreign, caplog: pytest.LogCaptureFixture
) -> None:
    for manners in ILL:
        foreign.way.manners = manners
        for question, words in (
            ("citizens_by_telephone", (NUMBER,)),
            ("person", (MARIA.citizen.document,)),
            ("folder", (JOSES,)),
            ("write", ("k1", OPEN)),
        ):
            with pytest.raises(CrmDown) as down:
                await getattr(foreign.crm, question)(*words)
            assert NUMBER not in str(down.value)
    foreign.way.manners = "answers"
    assert await foreign.crm.folder(JOSES) == Folder()
    assert MARIA.citizen.document not in caplog.text


async def test_a_card_comes_in_time_and_says_how_the_crm_is(foreign: Foreign, tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path, metadata) as engine, asyncio.timeout(FAR_LIMIT_S):
        for manners, said in SAID.items():
            foreign.way.manners = manners
            bridge = Bridge(engine, foreign.crm, lambda _: None, Clock(), SOON)
            card = await bridge.card(CALL, NUMBER, None, "es", 0, "pension")
            assert (card.crm, card.who) == (said, None)
        foreign.way.manners = "answers"
        bridge = Bridge(engine, foreign.crm, lambda _: None, Clock(), UNHURRIED)
        card = await bridge.card(CALL, NUMBER, None, "es", 0, "pension")
        assert (card.crm, card.who) == ("ok", "María G. L.")


async def test_a_write_whose_answer_was_lost_is_taken_once(foreign: Foreign) -> None:
    note = Note(REQUEST, CALL, "ana", "resolved", "Hecho", NOON + 60)
    for key, write in (("k1", OPEN), ("k2", note)):
        foreign.way.manners = "takes and breaks off"
        with pytest.raises(CrmDown):
            await foreign.crm.write(key, write)
        foreign.way.manners = "answers"
        await foreign.crm.write(key, write)
    folder = await foreign.crm.folder(JOSES)
    assert [one.reference for one in folder.requests] == [REQUEST]
    assert [one.outcome for one in folder.contacts] == ["resolved"]


async def test_what_is_written_while_the_crm_is_away_arrives_once_and_in_order(
    foreign: Foreign, tmp_path: Path
) -> None:
    async with opened("sqlite", tmp_path, metadata) as engine:
        clock = Clock()
        bridge = Bridge(engine, foreign.crm, lambda _: None, clock, UNHURRIED)
        foreign.way.manners = "refuses"
        request = await bridge.open_or_continue(CALL, JOSES, "pension")
        await bridge.note(CALL, "ana", "waiting_citizen", "Falta el certificado.")
        await bridge.pass_on(CALL, 2, "pension")
        assert await bridge.deliver() == 0
        foreign.way.manners = "answers"
        clock.now += OPEN_FOR_S
        while await bridge.deliver():
            clock.now += OPEN_FOR_S
        whole = await foreign.crm.request(request)
        assert whole is not None
        assert (whole.request.state, whole.request.level) == (State.WAITING_CITIZEN, 2)
        assert [one.notes for one in whole.contacts] == ["Falta el certificado."]


async def test_a_crm_that_stands_still_and_goes_on_has_everything_once(
    foreign: Foreign, tmp_path: Path
) -> None:
    async with opened("sqlite", tmp_path, metadata) as engine, asyncio.timeout(FAR_LIMIT_S):
        clock = Clock()
        hasty = Bridge(engine, foreign.crm, lambda _: None, clock, SOON)
        requests = [
            await hasty.open_or_continue(f"ventanilla-1795345200.{n}", JOSES, "imv") for n in range(3)
        ]
        os.kill(foreign.pid, signal.SIGSTOP)
        try:
            assert await hasty.deliver() == 0
            assert (await hasty.card(CALL, NUMBER, None, "es", 0, "imv")).crm == "slow"
        finally:
            os.kill(foreign.pid, signal.SIGCONT)
        patient = Bridge(engine, foreign.crm, lambda _: None, clock, UNHURRIED)
        while await patient.deliver():
            clock.now += OPEN_FOR_S
        await foreign.people.settled()
        folder = await foreign.crm.folder(JOSES)
    assert sorted(one.reference for one in folder.requests) == sorted(set(requests))
    assert len(await foreign.crm.contacts(JOSES, 0, 50)) == 3


async def test_twins_of_a_request_count_once_and_are_gone_with_the_next_write(foreign: Foreign) -> None:
    await foreign.crm.write("k1", OPEN)
    await foreign.people.copy()
    assert [one.reference for one in (await foreign.crm.folder(JOSES)).requests] == [REQUEST]
    await foreign.crm.write("k2", Escalate(REQUEST, 2, "pension", NOON + 1))
    assert await foreign.people.counted() == 1
    assert (await foreign.crm.folder(JOSES)).requests[0].level == 2


async def test_two_servers_that_open_the_same_request_at_once_make_one(foreign: Foreign) -> None:
    async def the_other_first() -> None:
        await foreign.other.write("k1", OPEN)

    foreign.way.meanwhile = (foreign.people.create, the_other_first)
    await foreign.crm.write("k1", OPEN)
    assert [one.reference for one in (await foreign.crm.folder(JOSES)).requests] == [REQUEST]
    await foreign.crm.write("k2", Escalate(REQUEST, 2, "pension", NOON + 1))
    assert (await foreign.other.folder(JOSES)).requests[0].level == 2


async def test_of_two_who_change_a_request_in_tryton_at_once_one_is_told_and_nothing_is_lost(
    foreign_tryton: Foreign,
) -> None:
    crm, other = foreign_tryton.crm, foreign_tryton.other

    async def the_other_first() -> None:
        await asyncio.sleep(0.01)
        await other.write("k2", Escalate(REQUEST, 2, "pension", NOON + 1))

    await crm.write("k1", OPEN)
    note = Note(REQUEST, CALL, "ana", "waiting_citizen", "Falta.", NOON + 2)
    foreign_tryton.way.meanwhile = ("project.work.write", the_other_first)
    with pytest.raises(CrmDown, match="ConcurrencyException"):
        await crm.write("k3", note)
    await crm.write("k3", note)
    whole = await crm.request(REQUEST)
    assert whole is not None
    assert (whole.request.level, whole.request.state) == (2, State.WAITING_CITIZEN)


async def test_a_field_that_an_answer_lacks_is_named_and_nobody_is_taken_for_unprotected(
    foreign: Foreign,
) -> None:
    foreign.way.drops = foreign.people.protection
    with pytest.raises(WrongShape, match=foreign.people.protection):
        await foreign.crm.citizens_by_telephone(PROTECTED.citizen.telephones[0])


async def test_two_people_with_one_document_are_nobody_to_the_machine_and_are_counted(
    foreign: Foreign,
) -> None:
    document = JOSE.citizen.document
    await foreign.people.add(document)
    try:
        assert await foreign.crm.citizen_by_document(document) is None
        assert await foreign.crm.person(document) is None
        assert not await foreign.crm.answers_hold(document, JOSE.answers)
        assert any("documents of several people: 1" in one.what for one in await foreign.crm.examine())
    finally:
        await foreign.people.remove()
    assert await foreign.crm.citizen_by_document(document) == JOSE.citizen


async def test_answers_that_are_kept_are_those_that_hold_and_the_old_ones_no_more(foreign: Foreign) -> None:
    document, office = MARIA.citizen.document, foreign.administrator
    assert await office.keep_answers(document, {"children_count": "5"})
    person = await foreign.crm.person(document)
    assert person is not None
    assert person.questions == {"children_count"}
    assert await foreign.crm.answers_hold(document, {"children_count": "05"})
    assert not await foreign.crm.answers_hold(document, {"account_last4": MARIA.answers["account_last4"]})
    assert not await office.keep_answers("87654321X", {"children_count": "5"})
    assert await office.keep_answers(document, MARIA.answers)


async def test_what_people_do_and_write_in_the_crm_is_kept_and_is_what_the_folder_says(
    foreign: Foreign,
) -> None:
    await foreign.crm.write("k1", OPEN)
    await foreign.people.resolve("Vino en persona.")
    assert (await foreign.crm.folder(JOSES)).requests[0].state is State.RESOLVED
    await foreign.crm.write("k2", Escalate(REQUEST, 2, "pension", NOON + 1))
    assert (await foreign.crm.folder(JOSES)).requests[0].state is State.RESOLVED
    assert await foreign.people.words() == "Vino en persona."


async def test_a_request_whose_sheet_was_edited_is_passed_over_and_takes_nothing(foreign: Foreign) -> None:
    await foreign.crm.write("k1", OPEN)
    await foreign.crm.write("k2", Open(OTHER, "ventanilla-1.2", JOSES, "imv", "telephone", 3, 1, NOON))
    await foreign.people.spoil(REQUEST)
    assert [one.reference for one in (await foreign.crm.folder(JOSES)).requests] == [OTHER]
    assert await foreign.crm.request(REQUEST) is None
    with pytest.raises(WriteNotTaken, match="edited"):
        await foreign.crm.write("k3", Escalate(REQUEST, 2, "pension", NOON + 1))


async def test_a_project_that_was_renamed_is_named_with_the_remedy(foreign: Foreign) -> None:
    await foreign.people.rename("Otra cosa")
    foreign.other._layout = None
    try:
        with pytest.raises(Lacking, match=r"the project Ventanilla.*ventanilla crm prepare"):
            await foreign.other.folder(JOSES)
        assert any(one.weight == "fault" and "prepare" in one.remedy for one in await foreign.other.examine())
    finally:
        await foreign.people.rename("Ventanilla")
    assert await foreign.other.folder(JOSES) == Folder()


async def test_a_field_that_was_deleted_in_odoo_is_named_and_made_again(foreign_odoo: Foreign) -> None:
    crm, administrator = foreign_odoo.crm, foreign_odoo.administrator
    assert isinstance(crm, Odoo)
    assert isinstance(administrator, Odoo)
    line = administrator._line
    for model, domain in (
        ("ir.ui.view", [["name", "=", "ventanilla.project.task"]]),
        ("ir.model.fields", [["model", "=", "project.task"], ["name", "=", "x_ventanilla_reference"]]),
    ):
        await line.call(model, "unlink", tuple(await line.call(model, "search", domain=domain)))
    with pytest.raises(
        Lacking, match=r"project\.task has no field x_ventanilla_reference: run `ventanilla crm"
    ):
        await crm.write("k1", OPEN)
    found = await crm.examine()
    assert [one.what for one in found if one.weight == "fault"] == [
        "project.task has no field x_ventanilla_reference"
    ]
    assert "field project.task.x_ventanilla_reference" in await administrator.prepare()
    await crm.write("k1", OPEN)
    assert [one.reference for one in (await crm.folder(JOSES)).requests] == [REQUEST]


async def test_a_reference_with_wildcards_finds_nothing(foreign: Foreign) -> None:
    await foreign.crm.write("k1", OPEN)
    for strange in ("%", "2026-%", "2026_0000077_8", "", " ", "\x00", "2026-0000077-8'"):
        assert await foreign.crm.request(strange) is None
        assert await foreign.crm.citizen(strange) is None


async def test_what_is_empty_is_nobodys_and_not_everybodys_who_has_none(foreign: Foreign) -> None:
    for nothing in ("", " ", "\x00"):
        assert await foreign.crm.citizen(nothing) is None
        assert await foreign.crm.citizens_by_telephone(nothing) == ()
        assert await foreign.crm.citizen_by_document(nothing) is None
        assert await foreign.crm.person(nothing) is None
        assert await foreign.crm.folder(nothing) == Folder()


async def test_a_user_of_tryton_who_may_not_write_is_told_what_right_is_lacking(
    foreign_tryton: Foreign, tryton_server: Served
) -> None:
    line = foreign_tryton.administrator._line
    assert isinstance(line, TrytonLine)
    reader = {
        "name": "reader",
        "login": "reader",
        "password": "a long password 77",
        "companies": [["add", [1]]],
    }
    made = await line.call("model.res.user.create", [{**reader, "company": 1}])
    wrong = {**tryton_server.options, "user": reader["login"], "password": reader["password"]}
    try:
        async with tryton_opened(wrong) as crm:  # type: ignore[arg-type]  # all of them are texts
            with pytest.raises(Lacking, match=r"the user may not create project\.work"):
                await crm.write("k1", OPEN)
    finally:
        await line.call("model.res.user.write", made, {"active": False})
    assert await foreign_tryton.crm.request(REQUEST) is None


async def test_a_session_that_is_over_is_opened_again(foreign_tryton: Foreign) -> None:
    crm = foreign_tryton.crm
    assert isinstance(crm, Tryton)
    crm._line._session = "YWRtaW46MTpvbGQ="
    found = await asyncio.gather(*(crm.citizen(JOSES) for _ in range(5)))
    assert found == [JOSE.citizen] * 5


async def test_a_contact_in_odoo_without_reference_is_named_by_its_number(foreign_odoo: Foreign) -> None:
    crm, line = foreign_odoo.crm, foreign_odoo.administrator._line
    assert isinstance(crm, Odoo)
    (number,) = await line.call(
        "res.partner", "create", vals_list=[{"name": "Sin Referencia", "phone": "+34 911 22 33 44"}]
    )
    try:
        (found,) = await crm.citizens_by_telephone("+34911223344")
        assert found.id == f"#{number}"
        assert await crm.citizen(found.id) == found
        await crm.write("k1", Open(REQUEST, CALL, found.id, "pension", "telephone", 3, 1, NOON))
        assert (await crm.folder(found.id)).requests[0].citizen == found.id
        assert await crm.citizen("#999999999999999") is None
        await line.call("project.task", "unlink", tuple(task.id for task in await crm._tasks([], 9)))
    finally:
        await line.call("res.partner", "unlink", (number,))


async def test_neither_secrets_nor_people_are_logged_and_no_address_holds_any(
    foreign: Foreign, caplog: pytest.LogCaptureFixture
) -> None:
    addresses = list[str]()

    async def noted(request: httpx.Request) -> None:
        addresses.append(str(request.url))

    caplog.set_level(logging.DEBUG)
    foreign.crm._line._client.event_hooks = {"request": [noted]}
    await foreign.crm.citizens_by_telephone(NUMBER)
    await foreign.crm.person(MARIA.citizen.document)
    assert addresses
    line = foreign.crm._line
    secret = line._password if isinstance(line, TrytonLine) else line._headers["Authorization"].split()[1]
    for hidden in (secret, NUMBER, MARIA.citizen.document, MARIA.citizen.family_name):
        assert hidden not in caplog.text + " ".join(addresses)
