"""A person's own copy of their folder: all of theirs, readable, on record; of a protected person, with two people."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import Table, insert, select
from typer.testing import CliRunner

from crm_bridge.adapters.seeding import EARLIER
from crm_bridge.adapters.tables import contacts
from crm_bridge.facts import FolderViewed
from crm_bridge.ports import OddAnswer
from crm_bridge.writes import Attach, Contacted
from ivr.adapters.tables import proofs
from messages.adapters.tables import outbox
from queues.adapters.tables import callbacks
from recordings.adapters.tables import episodes
from server.crm_cli import crm
from server.crm_folder_cli import Why, whole_of, write
from server.facts_store import facts
from server.figures_cli import cli as figures
from server.promises import promises
from server.runtime.trouble import RuntimeTrouble
from server.topics import written
from tests.crm_bridge.conftest import NOON
from tests.crm_bridge.records_crm import a_records_crm
from tests.crm_bridge.strangers import connected
from tests.dialplans.institutions import inss
from tests.server.folder_office import MARIA, FolderOffice, folder_office

WHY = Why("Solicitud de acceso 17/2026", "delegada")
SPITEFUL = "<script>alert(1)</script> & más"


class Words(HTMLParser):
    """What a reader sees, and the elements there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's
        self.elements.add(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


async def _past(office: FolderOffice) -> None:
    met = Contacted(EARLIER, "c-1", "counter", "in", "subsidy", NOON, "ana", "informed", SPITEFUL)
    await office.bridge.post("c-1", None, met)
    await office.bridge.post("a-1", None, Attach(EARLIER, "document", "DOC-2026-1", NOON))
    await office.bridge.deliver()
    seen = [
        FolderViewed("c", "ana", "agent", who, None, 1, (), (), False, NOON) for who in (MARIA, "demo-jose")
    ]
    sent = {"request": EARLIER, "channel": "sms", "direction": "out", "subject": "subsidy"}
    many = [{**sent, "call": f"message-{number}-sms", "at": NOON - 900 + number} for number in range(250)]
    async with office.engine.begin() as connection:
        await connection.execute(insert(contacts), many)
        await connection.execute(insert(facts), [written(one) or {} for one in seen])


async def test_everything_of_a_person_is_written_as_json_and_as_a_page_and_nobody_elses(
    tmp_path: Path,
) -> None:
    async with folder_office(tmp_path) as office:
        await _past(office)
        language, folder = await whole_of(office.engine, office.crm, inss(), "12345678Z", WHY)
        first, second = write(folder, inss(), language, "12345678Z", tmp_path / "copies")
    said = json.loads(first.read_text(encoding="utf-8"))
    assert said["person"]["telephones"] == ["+34915551234"]
    assert len(said["contacts"]) == 252
    assert [one["reference"] for one in said["requests"][0]["attachments"]] == ["DOC-2026-1"]
    assert [one["reference"] for one in said["cases"]] == ["2026-500123", "2026-310077"]
    assert len(said["views"]) == 1
    text = first.read_text(encoding="utf-8") + second.read_text(encoding="utf-8")
    assert '"ana"' not in text
    assert "4821" not in text  # an answer of the protocol
    page = Words(second.read_text(encoding="utf-8"))
    assert SPITEFUL in "".join(page.words)
    assert page.elements.isdisjoint({"script", "link", "img", "iframe"})
    assert "Subsidios y bajas" in page.words
    assert all(file.stat().st_mode & 0o077 == 0 for file in (first, second))


def _kept(who: str, words: str) -> list[tuple[Table, dict[str, object]]]:
    """A row of each table of ours that keeps something of a person."""
    call = f"ventanilla-1795345200.{len(who)}"
    letter = {"language": "es", "person": who, "number": "+34600000001", "urgent": False, "good_until": NOON}
    sent = {**letter, "left_at": NOON, "state": "delivered", "parted": True}
    back = {
        "call": call,
        "number": f"+346000000{len(who):02}",
        "person": who,
        "language": "es",
        "subject": "imv",
    }
    queued = {"level": 1, "priority": 3, "since_at": NOON, "way": "{}", "taken_at": NOON, "expires_at": NOON}
    tried = {
        "stage": "kept",
        "attempts": 1,
        "not_before_at": NOON,
        "changed_at": NOON,
        "why": "kept",
        "ended_at": NOON,
    }
    proof = {
        "id": who[:32],
        "call": call,
        "person": who,
        "level": 2,
        "method": "code",
        "questions": ["account_last4"],
    }
    read = {
        "id": who,
        "call": call,
        "leg": "l",
        "citizen": who,
        "level": 2,
        "act": "bank_account",
        "language": "es",
    }
    text = {"statement_id": "s", "text": f"Acepta {words}", "sha512": "", "begun_at": NOON, "began_ms": 0}
    return [
        (outbox, {**sent, "key": f"{who}:1", "message": "receipt", "text": f"Recibido {words}"}),
        (outbox, {**sent, "key": f"{who}:2", "message": "code", "text": ""}),
        (promises, {**back, "key": who, "request": EARLIER, "hours": "morning", "promised_at": NOON}),
        (callbacks, {**back, **queued, **tried}),
        (proofs, {**proof, "protected": False, "at": NOON, "procedure": "bank_account"}),
        (episodes, {**read, **text, "asked_by": "ana", "heard_by": "ana", "outcome": "accepted"}),
    ]


async def test_messages_promises_proofs_and_consents_are_in_the_copy_and_staff_only_by_their_role(
    tmp_path: Path,
) -> None:
    async with folder_office(tmp_path) as office:
        async with office.engine.begin() as connection:
            for table, row in (*_kept(MARIA, "de María"), *_kept("demo-jose", "de José")):
                await connection.execute(insert(table), [row])
        language, folder = await whole_of(office.engine, office.crm, inss(), "12345678Z", WHY)
        first, second = write(folder, inss(), language, "12345678Z", tmp_path / "copies")
    said = json.loads(first.read_text(encoding="utf-8"))
    assert [(one["text"], one["held_a_code"]) for one in said["messages"]] == [
        ("Recibido de María", False),
        (None, True),
    ]
    assert [(one["number"], one["hours"]) for one in said["promises"]] == [
        ("+34600000010", "morning"),
        ("+34600000010", None),
    ]
    assert [(one["level"], one["questions"], one["procedure"]) for one in said["proofs"]] == [
        (2, ["account_last4"], "bank_account")
    ]
    assert [(one["text"], one["outcome"], one["asked_by"], one["heard_by"]) for one in said["consents"]] == [
        ("Acepta de María", "accepted", "agent", "agent")
    ]
    text = first.read_text(encoding="utf-8") + second.read_text(encoding="utf-8")
    assert "José" not in text
    assert '"ana"' not in text
    for words in ("Recibido de María", "Acepta de María", "+34600000010"):
        assert words in "".join(Words(second.read_text(encoding="utf-8")).words)


async def test_an_export_is_on_record_before_it_is_given_and_says_who_and_why(tmp_path: Path) -> None:
    async with folder_office(tmp_path) as office:
        await whole_of(office.engine, office.crm, inss(), "12345678Z", WHY)
        for why in (Why("", "delegada"), Why("Solicitud", " ")):
            with pytest.raises(RuntimeTrouble, match="who asks for it and why"):
                await whole_of(office.engine, office.crm, inss(), "12345678Z", why)
        async with office.engine.connect() as connection:
            query = select(facts.c.body).where(facts.c.type == "FolderExported")
            (row,) = (await connection.execute(query)).all()
    kept = json.loads(row.body)
    assert (kept["by"], kept["person"], kept["reason"]) == ("delegada", MARIA, "Solicitud de acceso 17/2026")


async def test_a_case_that_cannot_be_read_ends_the_copy_as_a_request_does(tmp_path: Path) -> None:
    async with folder_office(tmp_path) as office, a_records_crm() as theirs, connected(theirs) as crm:
        await whole_of(office.engine, crm, inss(), "12345678Z", WHY)
        edited = next(one for one in theirs.objects["Expediente"].values() if one["Contact"] == MARIA)
        edited["Status"] = "Perdido"
        with pytest.raises(OddAnswer):
            await whole_of(office.engine, crm, inss(), "12345678Z", WHY)


async def test_a_protected_persons_copy_takes_a_second_person(tmp_path: Path) -> None:
    async with folder_office(tmp_path) as office:
        for second in ("", "delegada"):
            with pytest.raises(RuntimeTrouble, match="second person"):
                await whole_of(
                    office.engine, office.crm, inss(), "45678901G", Why("Acceso", "delegada", second)
                )
        _, folder = await whole_of(
            office.engine, office.crm, inss(), "45678901G", Why("Acceso", "delegada", "directora")
        )
        assert folder["person"]["name"] == "Ana Ramos Gil"
        with pytest.raises(RuntimeTrouble, match="knows nobody"):
            await whole_of(office.engine, office.crm, inss(), "87654321X", WHY)


def test_the_command_prints_the_matrix_and_refuses_what_is_no_document() -> None:
    printed = CliRunner().invoke(crm, ["access"])
    assert "| answers | never | never | never | never |" in printed.output
    refused = CliRunner().invoke(crm, ["export", "12345678A", "--by", "x", "--reason", "y"])
    assert refused.exit_code != 0
    assert "letter" in refused.output


def test_the_report_of_requests_says_what_it_can_be_told_apart_by() -> None:
    wrong = CliRunner().invoke(figures, ["requests", "--by", "astrology"])
    assert wrong.exit_code != 0
    assert "territory" in wrong.output
