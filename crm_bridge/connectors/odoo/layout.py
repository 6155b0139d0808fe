"""What Odoo must have for us: looked up by name, made by `ventanilla crm prepare`, missed with its remedy."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any

from crm_bridge.abilities import Finding
from crm_bridge.adapters.exchange import Lacking, Named, Refused, WrongShape, parsed
from crm_bridge.connectors.odoo.line import Line
from crm_bridge.connectors.odoo.rows import OTHER, Layout
from crm_bridge.requests import State

PROJECT = "Ventanilla"
STAGES: Mapping[State, str] = {state: f"Ventanilla: {state}" for state in State}
PREPARE = "run `ventanilla crm prepare` with a key of somebody who may change settings"
OWN: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "res.partner": {
        "x_ventanilla_protected": ("boolean", "Protected person"),
        "x_ventanilla_locked": ("boolean", "Identity locked"),
        "x_ventanilla_affiliation": ("char", "Social Security number"),
        "x_ventanilla_answers": ("text", "Answers of the identification protocol, as keyed hashes"),
    },
    "project.task": {
        "x_ventanilla_reference": ("char", "Reference of the request"),
        "x_ventanilla_sheet": ("text", "Sheet of the request"),
    },
}
"""Fields that are ours: type and label."""
THEIRS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "res.partner": (
        ("name", "ref", "vat", "lang", "phone", "phone_sanitized", "child_ids", "type", "is_company"),
        "install the apps Contacts and Phone Numbers Validation (contacts, phone_validation)",
    ),
    "project.task": (
        ("name", "project_id", "stage_id", "partner_id", "date_deadline", "priority", "description"),
        "install the app Project (project)",
    ),
}
"""Fields of Odoo's own that we read or write, and what brings them."""
VIEWS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "res.partner": (
        "base",
        "view_partner_form",
        ("x_ventanilla_protected", "x_ventanilla_locked", "x_ventanilla_affiliation"),
    ),
    "project.task": ("project", "view_task_form2", ("x_ventanilla_reference",)),
}
"""Where people see and change them: module and name of the form, and which fields."""
LANGUAGES = ("es_ES", "ca_ES", "eu_ES", "gl_ES")


async def found(line: Line) -> Layout:
    """Look up where things are. Raises Lacking with what lacks and the remedy."""
    project = await _project(line)
    if project is None:
        raise Lacking(f"Odoo has not, or no longer: the project {PROJECT}; {PREPARE}")
    stages = await _stages(line, project)
    if lacking := [name for name in STAGES.values() if name not in stages]:
        raise Lacking(
            f"Odoo's project {PROJECT} has not, or no longer, the stages {', '.join(lacking)}; {PREPARE}"
        )
    return Layout(project, {state: stages[name] for state, name in STAGES.items()})


async def _project(line: Line) -> int | None:
    rows = await line.rows("project.project", [["name", "=", PROJECT]], ("name",), limit=1, order="id")
    found = parsed(Named, rows, "project.project")
    return found[0].id if found else None


async def _stages(line: Line, project: int) -> dict[str, int]:
    ours = [["project_ids", "in", [project]]]
    rows = await line.rows("project.task.type", ours, ("name",), order="id desc")
    return {row.name: row.id for row in parsed(Named, rows, "project.task.type")}


async def lacking(line: Line) -> list[Finding]:
    """Name the fields that are not there, ours and Odoo's own, each with its remedy."""
    said = []
    for model, (wanted, remedy) in THEIRS.items():
        try:
            there = await line.call(model, "fields_get", attributes=["type"])
        except Refused:
            said.append(
                Finding("fault", f"the model {model} is not there, or not for the key's user", remedy)
            )
            continue
        said += [
            Finding("fault", f"{model} has no field {name}", remedy) for name in wanted if name not in there
        ]
        if not (isinstance(there, dict) and all(isinstance(one, dict) for one in there.values())):
            raise WrongShape(f"{model}/fields_get does not tell fields")
        for name, (kind, _) in OWN[model].items():
            if name not in there:
                said.append(Finding("fault", f"{model} has no field {name}", PREPARE))
            elif there[name].get("type") != kind:
                remedy_of_kind = f"delete it under Settings, Technical, Fields, then {PREPARE}"
                said.append(Finding("fault", f"{model}.{name} is no {kind}", remedy_of_kind))
    return said


async def prepare(line: Line) -> tuple[str, ...]:
    """Make what lacks; say what was made. Again and again without harm."""
    made = [name for model in OWN for name in await _make_fields(line, model)]
    for model in VIEWS:
        made += await _make_view(line, model)
    project = await _project(line)
    if project is None:
        (project,) = await line.call(
            "project.project", "create", vals_list=[{"name": PROJECT, "privacy_visibility": "employees"}]
        )
        made.append(f"project {PROJECT}")
    there = await _stages(line, int(project))
    places = {name: place for place, name in enumerate(STAGES.values(), start=1)}
    fresh = [
        {
            "name": name,
            "sequence": place,
            "project_ids": [[6, 0, [project]]],
            "fold": name == STAGES[State.CLOSED],
        }
        for name, place in places.items()
        if name not in there
    ]
    if fresh:
        await line.call("project.task.type", "create", vals_list=fresh)
    return (*made, *(f"stage {one['name']}" for one in fresh))


async def _make_fields(line: Line, model: str) -> list[str]:
    known = await line.rows("ir.model", [["model", "=", model]], ("model",))
    if not known:
        raise Lacking(f"Odoo has no {model}: {THEIRS[model][1]}")
    there = await line.rows("ir.model.fields", [["model", "=", model]], ("name",))
    names = {row["name"] for row in there}
    fresh = [
        {
            "name": name,
            "field_description": label,
            "ttype": kind,
            "model_id": known[0]["id"],
            "state": "manual",
            "copied": False,
            "index": kind == "char",
        }
        for name, (kind, label) in OWN[model].items()
        if name not in names
    ]
    if fresh:
        await line.call("ir.model.fields", "create", vals_list=fresh)
    return [f"field {model}.{one['name']}" for one in fresh]


async def _make_view(line: Line, model: str) -> list[str]:
    module, form, names = VIEWS[model]
    name = f"ventanilla.{model}"
    if await line.rows("ir.ui.view", [["name", "=", name]], ("name",)):
        return []
    domain = [["module", "=", module], ["name", "=", form], ["model", "=", "ir.ui.view"]]
    (place,) = await line.rows("ir.model.data", domain, ("res_id",), limit=1)
    fields = "".join(f'<field name="{one}"/>' for one in names)
    arch = (
        f'<data><xpath expr="//notebook" position="inside"><page string="{PROJECT}" name="ventanilla">'
        f"<group>{fields}</group></page></xpath></data>"
    )
    view = {"name": name, "model": model, "type": "form", "inherit_id": place["res_id"], "arch_base": arch}
    await line.call("ir.ui.view", "create", vals_list=[view])
    return [f"page {PROJECT} in the form of {model}"]


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
    findings = await asyncio.gather(_shared(line), _national(line), _double(line), _speechless(line))
    for finding in (one for one in findings if one):
        yield finding


async def _counted(line: Line, domain: list[Any], field: str) -> int:
    """Count the values of a field that more than one partner has."""
    groups = await line.call(
        "res.partner",
        "formatted_read_group",
        domain=domain,
        groupby=[field],
        aggregates=["__count"],
        having=[["__count", ">", 1]],
    )
    return len(groups)


async def _shared(line: Line) -> Finding | None:
    people = [
        ["phone_sanitized", "!=", False],
        ["type", "in", ["contact", OTHER]],
        ["is_company", "=", False],
    ]
    shared = await _counted(line, people, "phone_sanitized")
    words = f"telephones of several people: {shared}; a call from one shows how many, and no name"
    return Finding("note", words) if shared else None


async def _national(line: Line) -> Finding | None:
    unread = [["phone", "!=", False], ["phone_sanitized", "=", False]]
    count = await line.call("res.partner", "search_count", domain=unread)
    words = f"telephones that Odoo does not understand: {count}; their callers are not recognised"
    return (
        Finding("warning", words, "write them as +34 915 55 12 34, or give the partner a country")
        if count
        else None
    )


async def _double(line: Line) -> Finding | None:
    """Count documents; the same with and without the country is two values to Odoo, so both forms are read."""
    rows = await line.rows(
        "res.partner",
        [["vat", "!=", False], ["is_company", "=", False], ["type", "=", "contact"]],
        ("vat",),
        limit=20_000,
    )
    plain = Counter(str(row["vat"]).replace(" ", "").removeprefix("ES") for row in rows)
    double = sum(1 for several in plain.values() if several > 1)
    words = f"identity documents of several people: {double}; none of these can be identified by telephone"
    return Finding("warning", words, "merge the contacts, or correct the tax id") if double else None


async def _speechless(line: Line) -> Finding | None:
    there = {row["code"] for row in await line.rows("res.lang", [["active", "=", True]], ("code",))}
    lacks = [code for code in LANGUAGES if code not in there]
    words = f"the languages {', '.join(lacks)} are not active, so no citizen can be said to speak them"
    return Finding("note", words, "activate them under Settings, Translations, Languages") if lacks else None
