"""What Tryton must have for us: looked up by name, made by `ventanilla crm prepare`, missed with its remedy."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, Field

from crm_bridge.abilities import Finding
from crm_bridge.adapters.exchange import Lacking, Named, Refused, numbers, parsed
from crm_bridge.connectors.tryton.line import Line
from crm_bridge.connectors.tryton.rows import TELEPHONES, Layout
from crm_bridge.requests import State

PROJECT = "Ventanilla"
PROTECTED, LOCKED = "Ventanilla: protected person", "Ventanilla: identity locked"
STATUSES: Mapping[State, str] = {state: f"Ventanilla: {state}" for state in State}
PREPARE = "run `ventanilla crm prepare` with a user who may administer parties and projects"
FIELDS: Mapping[str, tuple[str, ...]] = {
    "party.party": ("code", "name", "lang", "categories", "identifiers", "contact_mechanisms"),
    "party.contact_mechanism": ("type", "value_compact", "party"),
    "party.identifier": ("code", "party"),
    "project.work": ("name", "type", "parent", "company", "party", "status", "sequence", "comment"),
    "ir.note": ("resource", "message"),
}
"""What we read and write, by model."""
WRITTEN: Mapping[str, tuple[str, ...]] = {"project.work": ("create", "write", "delete")}
MODULES = {model: model.partition(".")[0] for model in FIELDS}
MOST_LOOKED_AT = 20_000
"""Telephones and identifiers that a check looks at: a sample in a register of millions, whole in most."""


async def found(line: Line) -> Layout:
    """Look up where things are. Raises Lacking with what lacks and the remedy."""
    named = await asyncio.gather(
        _ids(line, "project.work.status", STATUSES.values()),
        _ids(line, "party.category", (PROTECTED, LOCKED)),
        project(line),
    )
    statuses, categories, ours = named
    lacks = [name for name in STATUSES.values() if name not in statuses]
    lacks += [name for name in (PROTECTED, LOCKED) if name not in categories]
    lacks += [] if ours else [f"the project {PROJECT}"]
    if lacks or ours is None:
        raise Lacking(f"Tryton has not, or no longer: {', '.join(lacks)}; {PREPARE}")
    places = {state: statuses[name] for state, name in STATUSES.items()}
    marks = (categories[PROTECTED], categories[LOCKED])
    return Layout(ours.id, ours.company.id, places, *marks, ours.company.party)


class _Company(BaseModel):
    id: int
    party: int


class Project(BaseModel):
    """The project that the requests are works of, and whose it is."""

    id: int
    company: _Company = Field(alias="company.")


async def project(line: Line) -> Project | None:
    """Give the project, if it is there."""
    domain = [("name", "=", PROJECT), ("type", "=", "project"), ("parent", "=", None)]
    rows = await line.call("model.project.work.search_read", domain, 0, 1, [("id", "ASC")], ["company.party"])
    found = parsed(Project, rows, "project.work")
    return found[0] if found else None


async def prepare(line: Line) -> tuple[str, ...]:
    """Make what lacks; say what was made. Again and again without harm."""
    made = []
    for model, values in (
        ("project.work.status", [{"name": name, "types": ["task"]} for name in STATUSES.values()]),
        ("party.category", [{"name": name} for name in (PROTECTED, LOCKED)]),
    ):
        there = await _ids(line, model, [str(value["name"]) for value in values])
        if fresh := [value for value in values if value["name"] not in there]:
            await line.call(f"model.{model}.create", fresh)
            made += [f"{model} {value['name']}" for value in fresh]
    if await project(line) is None:
        await line.call("model.project.work.create", [await _project(line)])
        made.append(f"project.work {PROJECT}")
    return tuple(made)


async def _project(line: Line) -> dict[str, Any]:
    first = await line.call("model.company.company.search", [], 0, 1, [("id", "ASC")])
    companies = numbers(first, "company.company")
    if not companies:
        raise Lacking("Tryton has no company yet, and projects need one: make it under Companies, then again")
    return {"name": PROJECT, "type": "project", "company": companies[0]}


async def _ids(line: Line, model: str, names: Iterable[str]) -> dict[str, int]:
    rows = await line.call(
        f"model.{model}.search_read", [("name", "in", list(names))], 0, None, [("id", "DESC")], ["name"]
    )
    return {row.name: row.id for row in parsed(Named, rows, model)}


async def examine(line: Line) -> AsyncIterator[Finding]:
    """Look at schema and content. What is found names models and fields, and counts people."""
    strange = await lacking(line)
    for finding in strange:
        yield finding
    if strange:
        return
    try:
        await found(line)
    except Lacking as lacks:
        yield Finding("fault", str(lacks).partition(";")[0], PREPARE)
    async for finding in _people(line):
        yield finding


async def lacking(line: Line) -> list[Finding]:
    """Name the models and fields that are not there, each with its remedy."""
    said = []
    for model, wanted in FIELDS.items():
        remedy = f"activate Tryton's module {MODULES[model]}, and let the user read and write {model}"
        try:
            there = await line.call(f"model.{model}.fields_get", [])
        except Refused:
            said.append(Finding("fault", f"the model {model} is not there, or not for this user", remedy))
            continue
        said += [
            Finding("fault", f"{model} has no field {name}", remedy) for name in wanted if name not in there
        ]
    return said or await _closed(line)


async def _closed(line: Line) -> list[Finding]:
    """Name the models that the user may not read, or not write where we write."""
    rights = await line.call("model.ir.model.access.get_access", list(FIELDS))
    return [
        Finding(
            "fault", f"the user may not {right} {model}", f"give the user that right on {model} in Tryton"
        )
        for model in FIELDS
        for right in ("read", *WRITTEN.get(model, ()))
        if not rights.get(model, {}).get(right, True)
    ]


async def _people(line: Line) -> AsyncIterator[Finding]:
    typed = ("type", "in", list(TELEPHONES))
    numbers = await _pairs(line, "party.contact_mechanism", [typed], "value_compact")
    if shared := _shared(numbers):
        yield Finding(
            "note",
            f"telephones of several people: {shared}; a call from one shows how many, and no name",
        )
    if national := sum(1 for number, _ in numbers if number and not number.startswith("+")):
        yield Finding(
            "warning",
            f"telephones written without a country: {national}; their callers are not recognised",
            "write them as +34915551234; Tryton does so by itself where the library phonenumbers is installed",
        )
    documents = await _pairs(line, "party.identifier", [], "code")
    if double := _shared(documents):
        yield Finding(
            "warning",
            f"identity documents of several people: {double}; none of these can be identified by telephone",
            "merge the parties, or correct the identifier",
        )
    if len(numbers) >= MOST_LOOKED_AT:
        yield Finding("note", f"only the {MOST_LOOKED_AT} newest telephones and identifiers were looked at")


async def _pairs(line: Line, model: str, domain: list[Any], field: str) -> list[tuple[str, int]]:
    rows = await line.call(
        f"model.{model}.search_read", domain, 0, MOST_LOOKED_AT, [("id", "DESC")], [field, "party"]
    )
    return [(row.value or "", row.party) for row in parsed(_Pair, _renamed(rows, field), model)]


class _Pair(BaseModel):
    value: str | None
    party: int


def _renamed(rows: object, field: str) -> object:
    if not isinstance(rows, list):
        return rows
    return [{**row, "value": row.get(field)} if isinstance(row, dict) else row for row in rows]


def _shared(pairs: list[tuple[str, int]]) -> int:
    return sum(1 for several in Counter(value for value, _ in set(pairs) if value).values() if several > 1)
