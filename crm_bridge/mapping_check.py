"""Reading a mapping file: refused whole, and every fault names its field and the remedy. Pure."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, get_args

from pydantic import ValidationError

from crm_bridge.mapping import ASKED, KINDS, SAYABLE, WRITTEN, Ask, CrmMap, MappingFault, Question
from crm_bridge.requests import State, Which

PLACES: Final[tuple[Literal["path", "query", "body"], ...]] = ("path", "query", "body")


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
    yield from _lacking_pages(mapping)
    yield from _lacking_writes(mapping)
    yield from _strange_words(mapping)
    if mapping.auth.kind == "oauth2" and not mapping.auth.url.startswith("https://"):
        yield "auth.url: is missing; write where tokens are given: https://login.crm.example/oauth2/token."


def _strange(where: str, ask: Ask, known: Iterable[str]) -> Iterator[str]:
    """Name fields in braces that this request cannot have."""
    known = set(known)
    for place in PLACES:
        for field in sorted(ask.fields(place) - known):
            yield f"{where}.{place}: {{{field}}} is not known here; there are: {', '.join(sorted(known))}."


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


def _lacking_pages(mapping: CrmMap) -> Iterator[str]:
    """Refuse pages that are always the first, or of which the open requests fall out."""
    for name in ("requests", "contacts"):
        question: Question | None = getattr(mapping.questions, name)
        if question is None:
            continue
        said = question.fields()
        if len({"offset", "limit"} & said) == 1:
            yield (
                f"questions.{name}: says {{limit}} or {{offset}} and not both, so every page is the first, and what"
                " comes after it is never seen; add the other, or write {upto} in their place where the CRM cannot"
                " skip."
            )
        elif {"offset", "upto"} <= said:
            yield f"questions.{name}: write {{offset}} and {{limit}}, or {{upto}}: not both ways at once."
        if name == "requests" and {"limit", "upto"} & said and "which" not in said:
            yield (
                "questions.requests: says {limit} and not {which}, so closed requests fill a page and the open ones"
                " behind them are never seen; add {which}, and [words.which] with your CRM's words for open, closed"
                " and all."
            )


def _lacking_writes(mapping: CrmMap) -> Iterator[str]:
    if mapping.keeps_records and not (mapping.questions.request and mapping.questions.taken):
        yield (
            "questions.request, questions.taken: a CRM that only keeps records is asked for a request before it is"
            " changed, and whether a write was taken; add both."
        )
    lacking = [kind for kind in KINDS if not any(step.is_for(kind) for step in mapping.writes)]
    if mapping.writes and lacking:
        yield f"writes: nothing says how to {', '.join(lacking)}; add a step with for = {lacking}."
    attaching = [step for step in mapping.writes if step.is_for("attach")]
    if attaching and not any({"attached", "write"} & step.fields() for step in attaching):
        yield (
            "writes: what is attached to a request (a recording, a message, evidence) is said nowhere, and would be"
            ' lost; add a step with for = ["attach"] that says {attached} and {attached_kind}.'
        )


def _strange_words(mapping: CrmMap) -> Iterator[str]:
    for what in sorted(mapping.words.keys() - SAYABLE):
        yield f"words.{what}: is nothing that is translated; there are: {', '.join(sorted(SAYABLE))}."
    if "which" in mapping.words and (lacking := set(get_args(Which)) - mapping.words["which"].keys()):
        yield f"words.which: lacks {', '.join(sorted(lacking))}; write what stands for {{which}} in each case."
    states = mapping.words.get("state", {})
    for ours in sorted(states.keys() - set(State)):
        yield f"words.state.{ours}: is no state of ours; there are: {', '.join(State)}."
    for what, table in mapping.words.items():
        for ours, theirs in table.items():
            if theirs == []:
                yield f"words.{what}.{ours}: an empty list; write at least one of the CRM's words."
