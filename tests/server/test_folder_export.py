"""A person's own copy of their folder: all of theirs, readable, on record; of a protected person, with two people."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

from crm_bridge.adapters.seeding import EARLIER
from crm_bridge.adapters.tables import contacts
from crm_bridge.facts import FolderViewed
from crm_bridge.writes import Attach, Contacted
from server.crm_cli import crm
from server.crm_folder_cli import Why, whole_of, write
from server.facts_store import facts
from server.figures_cli import cli as figures
from server.runtime.trouble import RuntimeTrouble
from server.topics import written
from tests.crm_bridge.conftest import NOON
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
