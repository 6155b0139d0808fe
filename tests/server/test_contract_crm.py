"""The OpenAPI document of the CRM's side: what we write fits it, and what the stranger's CRM and the page say does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import validate as validate_openapi

from crm_bridge.writes import (
    Attach,
    Change,
    Close,
    Contacted,
    Continue,
    Escalate,
    Note,
    Open,
    Talked,
    Write,
    to_json,
)
from server.contract import FOLDER, documents
from tests.crm_bridge.foreign_records import Crm
from tests.crm_bridge.strangers import citizens

CALL, REQUEST, AT = "ventanilla-1795345200.1", "2026-0000077-2", 1_795_345_200.0
PAGE = (FOLDER.parent / "connect-your-crm.md").read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = json.loads((FOLDER / "crm.openapi.json").read_text(encoding="utf-8"))
WRITES: tuple[Write, ...] = (
    Open(REQUEST, CALL, "demo-maria", "pension", "telephone", 3, 1, AT),
    Open(REQUEST, CALL, None, "general", "text", 8, 2, AT, due_at=AT + 1),
    Continue(REQUEST, CALL, None, "pension", "telephone", AT),
    Note(REQUEST, CALL, "ana", "resolved", "", AT),
    Talked(REQUEST, CALL, "ana", AT),
    Escalate(REQUEST, 2, "pension", AT, "why", None),
    Change(REQUEST, AT, assignee="", priority=7),
    Contacted(REQUEST, "c-1", "sms", "out", "pension", AT),
    Attach(REQUEST, "recording", CALL, AT),
    Close(REQUEST, AT),
)


def fits(schema: Any, said: object) -> None:  # noqa: ANN401 (JSON)
    """Raise ValidationError unless it fits."""
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(said)


def answers(path: str, method: str) -> Any:  # noqa: ANN401 (JSON)
    asked = DOCUMENT["paths"][path][method]["responses"]["200"]
    return asked["content"]["application/json"]["schema"]


def test_the_document_is_what_the_code_says_and_one_by_its_own_rules() -> None:
    remedy = "the contract has changed: run .venv/bin/python -m server.contract, and look at the difference"
    assert dict(documents())["crm.openapi.json"] == (FOLDER / "crm.openapi.json").read_text("utf-8"), remedy
    validate_openapi(DOCUMENT)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: type(write).__name__)
def test_a_write_of_ours_is_exactly_one_of_its_kinds(write: Write) -> None:
    body = DOCUMENT["paths"]["/writes"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    said = json.loads(to_json(write))
    fits(body, said)
    with pytest.raises(ValidationError):
        fits(body, {**said, "write": "unknown"})
    with pytest.raises(ValidationError):
        fits(body, {name: value for name, value in said.items() if name != "at"})


def test_the_records_of_the_page_fit_and_so_do_its_addresses() -> None:
    (records,) = re.findall(r'```json\n(\{"citizen":.*?)```', PAGE, re.DOTALL)
    for name, record in json.loads(records).items():
        fits(DOCUMENT["components"]["schemas"][name], record)
    for path in DOCUMENT["paths"]:
        assert f"{path}`" in PAGE or f"{path}?" in PAGE, path


def test_what_the_strangers_crm_answers_fits(tmp_path: Path) -> None:
    crm = Crm(str(tmp_path / "crm.sqlite"))
    crm.settle(json.loads(citizens()))
    for number, write in enumerate(WRITES):
        crm.write(f"{number:032x}", json.loads(to_json(write)))
    fits(answers("/citizens/{citizen}", "get"), crm.citizen("demo-maria"))
    fits(answers("/citizens/search", "post"), crm.search({"telephone": "+34963123456"}))
    for document in ("12345678Z", "87654321X"):
        fits(answers("/persons/search", "post"), crm.person({"document": document}))
    fits(answers("/citizens/{citizen}/cases", "get"), crm.cases("demo-maria"))
    fits(answers("/citizens/{citizen}/requests", "get"), crm.requests("demo-maria", "all", 0, 50))
    fits(answers("/citizens/{citizen}/contacts", "get"), crm.contacts("demo-maria", 0, 50))
    whole = crm.request(REQUEST)
    assert whole is not None
    assert len(whole["contacts"]) == 2
    fits(answers("/requests/{request}", "get"), whole)


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ("citizen", {"protected": None}),
        ("citizen", {"id": "a b"}),
        ("citizen", {"language": "fr"}),
        ("request", {"state": "escalated"}),
        ("request", {"reference": "x" * 21}),
        ("contact", {"notes": "x" * 4001}),
    ],
)
def test_what_could_not_be_read_does_not_fit(record: str, wrong: dict[str, Any]) -> None:
    (records,) = re.findall(r'```json\n(\{"citizen":.*?)```', PAGE, re.DOTALL)
    with pytest.raises(ValidationError):
        fits(DOCUMENT["components"]["schemas"][record], {**json.loads(records)[record], **wrong})
