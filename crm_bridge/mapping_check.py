"""Reading a mapping file: refused whole, and every fault names its field and the remedy. Pure."""

import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from crm_bridge.mapping import ASKED, KINDS, SAYABLE, WRITTEN, Ask, CrmMap, Json, MappingFault
from crm_bridge.requests import State


def read(text: str) -> CrmMap:
    """Read a mapping file. Raises MappingFault, which names every fault."""
    try:
        mapping = CrmMap.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise MappingFault(f"the mapping is no TOML: {fault}") from fault
    except ValidationError as fault:
        raise MappingFault("\n".join(_said(one) for one in fault.errors())) from None
    if faults := list(_faults(mapping)):
        raise MappingFault("\n".join(faults))
    return mapping


def _said(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"] if part not in {"str", "list[constrained-str]"})
    match error["type"]:
        case "missing":
            return f"{where}: is missing; add it."
        case "extra_forbidden":
            return f"{where}: is no field of a mapping; take it out, or see docs/connect-your-crm.md."
        case "value_error":
            return f"{where}: {error['ctx']['error']}."
        case _:
            return f"{where}: {error['msg']}."


def _faults(mapping: CrmMap) -> Iterator[str]:
    for name, known in ASKED.items():
        question = getattr(mapping.questions, name)
        if question is not None:
            yield from _strange(f"questions.{name}", question, known)
    for number, step in enumerate(mapping.writes):
        yield from _strange(f"writes.{number}", step, WRITTEN)
    yield from _lacking_records(mapping)
    yield from _lacking_writes(mapping)
    yield from _strange_words(mapping)
    if mapping.auth.kind == "oauth2" and not mapping.auth.url.startswith("https://"):
        yield "auth.url: is missing; write where tokens are given: https://login.crm.example/oauth2/token."


def _strange(where: str, ask: Ask, known: Iterable[str]) -> Iterator[str]:
    """Name fields in braces that this request cannot have."""
    known = set(known)
    for place in ("path", "query", "body"):
        for field in _fields(getattr(ask, place)):
            if field not in known:
                yield f"{where}.{place}: {{{field}}} is not known here; there are: {', '.join(sorted(known))}."


def _fields(value: Json) -> Iterator[str]:
    match value:
        case str():
            try:
                yield from (name for _, name, _, _ in string.Formatter().parse(value) if name is not None)
            except ValueError:
                yield value
        case dict():
            for one in value.values():
                yield from _fields(one)
        case list():
            for one in value:
                yield from _fields(one)
        case _:
            return


_NEEDS = {
    "person": "person",
    "cases": "case",
    "requests": "request",
    "contacts": "contact",
    "request": "request",
    "contacts_of_request": "contact",
    "attachments_of_request": "attachment",
    "due": "request",
}


def _lacking_records(mapping: CrmMap) -> Iterator[str]:
    for question, record in _NEEDS.items():
        if getattr(mapping.questions, question) and getattr(mapping.records, record) is None:
            yield f"records.{record}: is missing; questions.{question} is answered with such records."
    person = mapping.records.person
    if person and not person.questions and not person.answers:
        yield "records.person: write `questions` (their names), or `answers` (where each answer stands)."
    if person and person.questions and not mapping.questions.answers_hold:
        yield "questions.answers_hold: is missing; without it nobody says whether an answer is right."


def _lacking_writes(mapping: CrmMap) -> Iterator[str]:
    if mapping.keeps_records and not (mapping.questions.request and mapping.questions.taken):
        yield (
            "questions.request, questions.taken: a CRM that only keeps records is asked for a request before it is"
            " changed, and whether a write was taken; add both."
        )
    lacking = [kind for kind in KINDS if not any(step.is_for(kind) for step in mapping.writes)]
    if mapping.writes and lacking:
        yield f"writes: nothing says how to {', '.join(lacking)}; add a step with for = {lacking}."


def _strange_words(mapping: CrmMap) -> Iterator[str]:
    for what in sorted(mapping.words.keys() - SAYABLE):
        yield f"words.{what}: is nothing that is translated; there are: {', '.join(sorted(SAYABLE))}."
    states = mapping.words.get("state", {})
    for ours in sorted(states.keys() - set(State)):
        yield f"words.state.{ours}: is no state of ours; there are: {', '.join(State)}."
    for what, table in mapping.words.items():
        for ours, theirs in table.items():
            if theirs == []:
                yield f"words.{what}.{ours}: an empty list; write at least one of the CRM's words."
