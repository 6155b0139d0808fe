"""The mappings for Salesforce and Dynamics, over real HTTP to a far side that does what their filters say."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crm_bridge.adapters.folders import Folders
from crm_bridge.adapters.mappings import SHIPPED
from crm_bridge.connectors.http import HttpCrm, connect
from crm_bridge.requests import reference
from crm_bridge.writes import Attach, Note, Open
from tests.crm_bridge.conftest import NOON
from tests.crm_bridge.records_crm import TOKEN, RecordsCrm, a_records_crm
from tests.crm_bridge.strangers import NO_ENGINE

WHO, CALL, REQUEST = "C-1", "ventanilla-1795345200.1", reference(2026, 900)
OF_SALESFORCE = re.compile(
    r"FROM (\w+) WHERE (.*?)(?: ORDER BY (\S+).*?)?(?: LIMIT (\d+))?(?: OFFSET (\d+))?$"
)
CONDITION = re.compile(r"([\w.]+) (?:=|eq) '([^']*)'")


class BoughtCrm(RecordsCrm):
    """Rows of tables by external key, in the words of OData or SOQL as far as the shipped mappings speak them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[str, dict[str, Any]]] = {}

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/query":
            found = OF_SALESFORCE.search(query["q"])
            assert found, query["q"]
            table, where, order, limit, offset = found.groups()
            return 200, {"records": self._found_by(table, where, order, limit, offset)}
        if keyed := re.fullmatch(r"/(\w+)\(\w+='(.*)'\)", path) or re.fullmatch(
            r"/sobjects/(\w+)/\w+/(.*)", path
        ):
            table, key = keyed.groups()
            if method == "PATCH":
                self.rows.setdefault(table, {}).setdefault(key, {_key_of(table): key}).update(body)
                return 201, {}
            one = self.rows.get(table, {}).get(key)
            return (404, {}) if one is None else (200, one)
        table, order = path[1:], query.get("$orderby", "").split(",")[0].split(" ")[0]
        return 200, {"value": self._found_by(table, query.get("$filter", ""), order, query.get("$top"), None)}

    def _found_by(
        self, table: str, where: str, order: str | None, limit: str | None, offset: str | None
    ) -> list[dict[str, Any]]:
        states = set(re.findall(r"'(New|Working|Escalated|On Hold|Solved|Closed)'", where))
        found = [
            row
            for row in self.rows.get(table, {}).values()
            if (not states or (row.get("vt_state") or row.get("Status")) in states)
            and all(
                _at(row, field) == value for field, value in CONDITION.findall(where) if value not in states
            )
        ]
        found.sort(key=lambda row: str(_at(row, order)) if order else "", reverse=True)
        first = int(offset or 0)
        return found[first : first + int(limit or 5000)]


def _key_of(table: str) -> str:
    return "vt_reference" if table == "incidents" else "Reference__c" if table == "Case" else "key"


def _at(row: dict[str, Any], field: str) -> Any:  # noqa: ANN401 (JSON)
    if field.startswith("Case__r."):
        return WHO  # a look-up through the contact's case: this far side has one citizen
    value: Any = row
    for part in field.split("."):
        value = (value or {}).get(part)
    return value


@pytest.fixture(params=["dynamics", "salesforce"])
async def crm(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[HttpCrm]:
    """The shipped mapping as it is but for where tokens come from."""
    text = (SHIPPED / f"{request.param}.toml").read_text(encoding="utf-8")
    ours = re.sub(r'kind = "oauth2"[^\[]*', 'kind = "bearer"\n\n', text, count=1)
    (tmp_path / "mapping.toml").write_text(ours, encoding="utf-8")
    async with a_records_crm(BoughtCrm) as theirs:
        options = {
            "url": f"http://127.0.0.1:{theirs.port}",
            "token": TOKEN,
            "mapping": str(tmp_path / "mapping.toml"),
        }
        assert isinstance(theirs, BoughtCrm)
        theirs.rows = {"contacts": {WHO: {"vt_citizen": WHO, **PERSON}}, "Contact": {WHO: {**IN_SALESFORCE}}}
        async with connect(NO_ENGINE, b"", options) as connector:
            assert isinstance(connector, HttpCrm)
            yield connector


PERSON = {
    "governmentid": "12345678Z",
    "firstname": "María",
    "lastname": "García",
    "vt_protected": False,
    "vt_locked": False,
}
IN_SALESFORCE = {
    "Citizen__c": WHO,
    "Dni__c": "12345678Z",
    "FirstName": "María",
    "LastName": "García",
    "Protected__c": False,
    "Locked__c": False,
}


async def _closed(crm: HttpCrm, count: int) -> None:
    """Old open request, and many newer ones that were closed."""
    await crm.write("open", Open(REQUEST, CALL, WHO, "pension", "telephone", 3, 1, NOON))
    for number in range(count):
        name, call = reference(2026, number + 1), f"ventanilla-{1795346000 + number}.1"
        await crm.write(f"o{number}", Open(name, call, WHO, "imv", "telephone", 3, 1, NOON + 60 + number))
        await crm.write(f"n{number}", Note(name, call, "ana", "wrong_service", "", NOON + 90 + number))


async def test_an_open_request_behind_many_closed_ones_is_seen_and_pages_go_on(crm: HttpCrm) -> None:
    await _closed(crm, 12)
    assert [one.reference for one in await crm.requests(WHO, "open", 0, 9)] == [REQUEST]
    assert len(await crm.requests(WHO, "closed", 0, 50)) == 12
    first, second = await crm.requests(WHO, "all", 0, 9), await crm.requests(WHO, "all", 9, 9)
    assert (len(first), len(second)) == (9, 4)
    assert not set(first) & set(second)
    assert second[-1].reference == REQUEST
    requests, contacts = await Folders(crm, lambda _: None, lambda: NOON).everything(WHO)
    assert (len(requests), len(contacts)) == (13, 13)


async def test_what_is_attached_and_why_and_how_urgent_is_kept(crm: HttpCrm) -> None:
    await crm.write(
        "k1", Open(REQUEST, CALL, WHO, "pension", "telephone", 8, 2, NOON, "change", "pensions", NOON + 9)
    )
    await crm.write("k2", Attach(REQUEST, "recording", "REC-77", NOON + 1))
    await crm.write("k2", Attach(REQUEST, "recording", "REC-77", NOON + 1))
    whole = await crm.request(REQUEST)
    assert whole is not None
    assert [(one.kind, one.reference) for one in whole.attachments] == [("recording", "REC-77")]
    there = whole.request
    assert (there.kind, there.priority, there.level, there.area) == ("change", 8, 2, "pensions")
    assert crm.abilities.limits == (
        "the mapping does not ask for `person`: nothing is the answer",
        "the mapping does not ask for `cases`: nothing is the answer",
    )
