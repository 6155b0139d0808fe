"""Tryton's parties and works, read as citizens and sheets, and written back. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, Field

from crm_bridge.citizens import Citizen, document
from crm_bridge.names import split_name
from crm_bridge.requests import State
from crm_bridge.sheets import Sheet, from_text, may_be, story, to_text

MARK = "--- Ventanilla: what follows is written by the telephone centre; write above this line ---"
IDENTITY = "Ventanilla identity"
TELEPHONES = ("phone", "mobile")
AFFILIATION = re.compile(r"\d{12}")
NOTHING: list[Any] = [("id", "=", 0)]
COUNTRY = "ES"

PARTY = (
    "code",
    "name",
    "categories",
    "lang.code",
    "identifiers.code",
    "contact_mechanisms.type",
    "contact_mechanisms.value_compact",
)
WORK = ("name", "comment", "status", "party.code", "_timestamp")


class _Language(BaseModel):
    code: str


class _Identifier(BaseModel):
    code: str | None = None


class _Mechanism(BaseModel):
    type: str
    value_compact: str | None = None


class Party(BaseModel):
    """A party, with what is read beside it."""

    id: int
    code: str
    name: str | None = None
    categories: list[int]
    lang: _Language | None = Field(None, alias="lang.")
    identifiers: list[_Identifier] = Field(alias="identifiers.")
    mechanisms: list[_Mechanism] = Field(alias="contact_mechanisms.")


class _Code(BaseModel):
    code: str


class Work(BaseModel):
    """A work of the centre's project, with the timestamp that Tryton compares when it is written."""

    id: int
    name: str
    comment: str | None = None
    status: int
    party: _Code | None = Field(None, alias="party.")
    timestamp: str = Field(alias="_timestamp")


class Note(BaseModel):
    """A note, and what it belongs to."""

    message: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in this Tryton: ids of the project, its company, the statuses and the categories."""

    project: int
    company: int
    statuses: Mapping[State, int]
    protected: int
    locked: int
    nobody: int
    """The company's own party: what is asked about it is as much work as about anybody else."""

    def state_of(self, status: int) -> State | None:
        """Give our word for a status; None for one of somebody else's."""
        return next((state for state, number in self.statuses.items() if number == status), None)


def codes_of(proof: str) -> list[str]:
    """Give how a document may be written as an identifier: as it is, or with the country, as on invoices."""
    return [proof, f"{COUNTRY}{proof}"]


def citizen_of(party: Party, layout: Layout) -> Citizen:
    """Read a party as a citizen. Who has no document among their identifiers has an empty one."""
    given, family = split_name(party.name or "")
    codes = [(one.code or "").removeprefix(COUNTRY) for one in party.identifiers]
    affiliation = next((code for code in codes if AFFILIATION.fullmatch(code)), None)
    proves = next((code for code in codes if document(code)), "")
    numbers = {one.value_compact or "" for one in party.mechanisms if one.type in TELEPHONES}
    return Citizen(
        party.code,
        proves,
        given,
        family,
        (party.lang.code if party.lang else "es")[:2],
        tuple(sorted(numbers - {""})),
        protected=layout.protected in party.categories,
        locked=layout.locked in party.categories,
        affiliation=affiliation,
    )


def answers_of(note: Note) -> Mapping[str, str]:
    """Give the hashes of somebody's answers: question to HMAC, as `crm_bridge.answers.keyed` makes them."""
    try:
        kept = json.loads((note.message or "").partition("\n")[2])
    except ValueError:
        return {}
    return {str(question): str(answer) for question, answer in kept.items()} if isinstance(kept, dict) else {}


def sheet_of(work: Work, layout: Layout) -> Sheet:
    """Read a work as a sheet: citizen and state are those of the work, which people may have changed.

    Raises ValueError when the lines below the mark were edited.
    """
    _, _, below = (work.comment or "").partition(MARK)
    sheet = from_text(below.strip().rpartition("\n")[2])
    citizen = work.party.code if work.party else None
    state = layout.state_of(work.status) or sheet.request.state
    return replace(sheet, request=replace(sheet.request, citizen=citizen, state=state))


def work_of(sheet: Sheet, layout: Layout, party: int | None, before: str = "") -> dict[str, Any]:
    """Give the fields of a work. `before` is the comment as it stood: what people wrote above the mark is kept."""
    request = sheet.request
    above = before.partition(MARK)[0].rstrip()
    comment = "\n".join([*([above, ""] if above else []), MARK, *story(sheet), to_text(sheet)])
    return {
        "name": f"{request.reference} {request.subject}",
        "party": party,
        "status": layout.statuses[request.state],
        "sequence": minute_of(request.due_at),
        "comment": comment,
    }


def named(reference: str) -> list[Any]:
    """Give the domain that finds a request's work: its name begins with the reference, which has no wildcards."""
    return [("name", "like", f"{reference} %")] if may_be(reference) else NOTHING


def minute_of(at: float) -> int:
    """Give a time as the place among a project's works, so that the list is in the order of what is due."""
    return int(at // 60)
