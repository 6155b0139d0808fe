"""The other side of the contract: OpenAPI of what a CRM answers and takes, as docs/connect-your-crm.md says it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter

from crm_bridge.adapters.folders import EXPORT_PAGE
from crm_bridge.demonstration import QUESTIONS
from crm_bridge.reading import CASE_STATES, LONGEST_ID, LONGEST_NOTES, NEXT_STEPS
from crm_bridge.requests import State
from crm_bridge.work import MOST_DUE
from crm_bridge.writes import Write

Json = dict[str, Any]
LANGUAGES = ("es", "ca", "va", "gl", "eu", "en")
KEY = r"^[0-9a-f]{32}$"


def _text(most: int) -> Json:
    return {"type": "string", "minLength": 1, "maxLength": most}


def _maybe(schema: Json) -> Json:
    """Let a value be null; such a field may also be missing."""
    free = {name: value for name, value in schema.items() if name != "minLength"}
    return {**free, "type": [schema["type"], "null"]}


def _words(words: object) -> Json:
    return {"type": "string", "enum": sorted(map(str, words))}  # type: ignore[call-overload] # names of ours


def _record(must: Mapping[str, Json], may: Mapping[str, Json]) -> Json:
    maybe = {name: _maybe(schema) if "type" in schema else schema for name, schema in may.items()}
    return {"type": "object", "required": [*must], "properties": {**must, **maybe}}


_ID = {**_text(LONGEST_ID), "pattern": "^[A-Za-z0-9+_.@:~-]+$"}
_MOMENT, _FLAG = {"type": "number", "minimum": 0, "description": "unix seconds, UTC"}, {"type": "boolean"}
_REFERENCE, _WORD = {**_text(20), "pattern": "^[A-Za-z0-9+_.@:~-]+$"}, _text(LONGEST_ID)
RECORDS: Mapping[str, Json] = {
    "citizen": _record(
        {"id": _ID, "protected": _FLAG, "locked": _FLAG},
        {
            "given_name": {**_text(80), "description": "one of the two names must be there"},
            "family_name": _text(120),
            "document": _text(16),
            "language": {"type": "string", "enum": [*LANGUAGES, None]},
            "telephones": {"type": "array", "items": {"type": "string", "maxLength": 32}},
            "affiliation": {"type": "string", "pattern": "^[0-9]{12}$"},
        },
    ),
    "person": _record(
        {
            "id": _ID,
            "questions": {"type": "array", "items": _words(QUESTIONS)},
            "protected": _FLAG,
            "locked": _FLAG,
        },
        {},
    ),
    "case": _record(
        {
            "reference": _text(30),
            "subject": _WORD,
            "state": _words(CASE_STATES),
            "since": {"type": "string", "format": "date"},
            "next_step": _words(NEXT_STEPS),
        },
        {},
    ),
    "request": _record(
        {"reference": _REFERENCE, "subject": _WORD, "state": _words(State), "opened_at": _MOMENT},
        {
            "citizen": _ID,
            "kind": _text(20),
            "channel": _text(20),
            "priority": {"type": "integer", "minimum": 0, "maximum": 9},
            "level": {"type": "integer", "minimum": 1, "maximum": 3},
            "assignee": _WORD,
            "area": _WORD,
            "reason": _text(400),
            "changed_at": _MOMENT,
            "due_at": _MOMENT,
        },
    ),
    "contact": _record(
        {"contact": _text(80), "request": _REFERENCE, "at": _MOMENT, "channel": _text(20), "subject": _WORD},
        {
            "direction": {"type": "string", "enum": ["in", "out", "inside", None]},
            "agent": _WORD,
            "outcome": _WORD,
            "notes": _text(LONGEST_NOTES),
        },
    ),
    "attachment": _record({"kind": _text(20), "reference": _text(200), "at": _MOMENT}, {}),
}


def written() -> Mapping[str, Json]:
    """Give the schema of each kind of write, out of the values that are written."""
    return {f"write_{kind.__name__.lower()}": _write(kind) for kind in get_args(Write)}


def _write(kind: type) -> Json:
    fields = {name: _plain(TypeAdapter(hint).json_schema()) for name, hint in get_type_hints(kind).items()}
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(kind) or "").split()),
        "required": ["write", *fields],
        "properties": {"write": {"const": kind.__name__.lower()}, **fields},
    }


def _plain(schema: Json) -> Json:
    if "anyOf" not in schema:
        return schema
    return {"type": [one["type"] for one in schema["anyOf"]]}


def crm_openapi(version: str) -> Json:
    """Give the OpenAPI document of the CRM's side."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "What Ventanilla asks of a CRM (mapping: native)",
            "version": version,
            "description": "The rules of the writes, and what each answer means: docs/connect-your-crm.md, section 2.",
        },
        "servers": [{"url": "https://crm.example/ventanilla", "description": "the option `url`"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**RECORDS, **written()},
        },
    }


def _paths() -> Json:
    citizen, request = _in_path("citizen"), _in_path("request")
    page = [_in_query("offset", {"type": "integer", "minimum": 0}), _in_query("limit", _most(EXPORT_PAGE))]
    which = _in_query("which", {"type": "string", "enum": ["open", "closed", "all"]})
    due = [_in_query("due_by", _MOMENT), _in_query("limit", _most(MOST_DUE))]
    whole = {
        "request": _ref("request"),
        "contacts": {**_list("contact"), "maxItems": 100},
        "attachments": _list("attachment"),
    }
    held = {"document": _text(16), "answers": {"type": "object", "additionalProperties": {"type": "string"}}}
    found = [{"type": "object", "required": [name], "properties": {name: _text(32)}} for name in SEARCHED]
    person = {"anyOf": [_ref("person"), {"type": "null"}]}
    return {
        "/citizens/{citizen}": {"get": _asked("A citizen", _ref("citizen"), [citizen])},
        "/citizens/search": {
            "post": _told("By number or document", {"oneOf": found}, _of(citizens=_list("citizen")))
        },
        "/persons/search": {
            "post": _told("Who may be identified", _of(document=_text(16)), _of(person=person))
        },
        "/persons/answers": {"post": _told("Whether all answers are right", _of(**held), _of(hold=_FLAG))},
        "/citizens/{citizen}/cases": {"get": _asked("Cases", _of(cases=_list("case")), [citizen])},
        "/citizens/{citizen}/requests": {
            "get": _asked("A page of requests", _of(requests=_list("request")), [citizen, which, *page])
        },
        "/citizens/{citizen}/contacts": {
            "get": _asked("A page of contacts", _of(contacts=_list("contact")), [citizen, *page])
        },
        "/requests/{request}": {"get": _asked("A request, whole", _of(**whole), [request])},
        "/requests": {"get": _asked("What is due", _of(requests=_list("request")), due)},
        "/writes": {"post": _taken()},
    }


SEARCHED = ("telephone", "document")


def _taken() -> Json:
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": KEY},
    }
    kinds = [_ref(name) for name in written()]
    refused = _answer("Never: not stored, and its key neither.", _of(code=_text(40)))
    return {
        "summary": "A write, once for its key",
        "parameters": [key],
        "requestBody": _body({"oneOf": kinds}),
        "responses": {"204": {"description": "Stored, now or before."}, "422": refused},
    }


def _asked(summary: str, schema: Json, parameters: list[Json]) -> Json:
    nobody = {"description": "Nobody, nothing."}
    return {
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": _answer(summary, schema), "404": nobody},
    }


def _told(summary: str, body: Json, schema: Json) -> Json:
    return {"summary": summary, "requestBody": _body(body), "responses": {"200": _answer(summary, schema)}}


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _body(schema: Json) -> Json:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": _ID}


def _in_query(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": True, "schema": schema}


def _most(count: int) -> Json:
    return {"type": "integer", "minimum": 1, "maximum": count}


def _of(**fields: Json) -> Json:
    return {"type": "object", "required": [*fields], "properties": fields}


def _list(name: str) -> Json:
    return {"type": "array", "items": _ref(name)}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
