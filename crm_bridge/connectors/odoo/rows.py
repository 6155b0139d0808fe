"""Odoo's partners and tasks, read as citizens and sheets, and written back. Pure."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator

from crm_bridge.citizens import Citizen, document
from crm_bridge.names import split_name
from crm_bridge.requests import URGENT, State
from crm_bridge.sheets import Sheet, from_text, may_be, story, to_text

COUNTRY = "ES"
NAMELESS = "#"
"""Before Odoo's own number, for a partner without an internal reference: it names them as long as they have none."""
NOTHING: list[Any] = [["id", "=", 0]]
"""To Odoo an empty text is equal to none, so everybody without a telephone would have the empty one."""
OTHER = "other"
"""Odoo's type of a contact below a person that is a further address of theirs, and here a further telephone."""

_CHILD: Mapping[str, Any] = {"type": {}, "phone_sanitized": {}}
PARTNER: Mapping[str, Any] = {
    "name": {},
    "ref": {},
    "vat": {},
    "lang": {},
    "phone_sanitized": {},
    "child_ids": {"fields": _CHILD},
    "x_ventanilla_protected": {},
    "x_ventanilla_locked": {},
    "x_ventanilla_affiliation": {},
    "x_ventanilla_answers": {},
}
TASK: Mapping[str, Any] = {
    "stage_id": {},
    "partner_id": {"fields": {"ref": {}}},
    "x_ventanilla_sheet": {},
}


def _no_false(value: object) -> object:
    """Odoo says `false` for a text that is empty."""
    return None if value is False else value


Text = Annotated[str | None, BeforeValidator(_no_false)]


class Child(BaseModel):
    """A contact below a partner."""

    type: Text
    phone_sanitized: Text


class Partner(BaseModel):
    """A partner, with what is read beside them."""

    id: int
    name: Text
    ref: Text
    vat: Text
    lang: Text
    phone_sanitized: Text
    child_ids: list[Child]
    x_ventanilla_protected: bool
    x_ventanilla_locked: bool
    x_ventanilla_affiliation: Text
    x_ventanilla_answers: Text

    @property
    def key(self) -> str:
        """What we call them: the internal reference, else Odoo's number."""
        return self.ref or f"{NAMELESS}{self.id}"


class Named(BaseModel):
    """Whose a task is."""

    id: int
    ref: Text


class Task(BaseModel):
    """A task of the centre's project."""

    id: int
    stage_id: int
    partner_id: Annotated[Named | None, BeforeValidator(_no_false)]
    x_ventanilla_sheet: Text


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in this Odoo: ids of the project and of its stages."""

    project: int
    stages: Mapping[State, int]

    def state_of(self, stage: int) -> State | None:
        """Give our word for a stage; None for one of somebody else's."""
        return next((state for state, number in self.stages.items() if number == stage), None)


def by_key(citizen: str) -> list[Any]:
    """Give the domain that finds a citizen by our id."""
    if citizen.startswith(NAMELESS):
        number = citizen.removeprefix(NAMELESS)
        known = number.isascii() and number.isdigit() and len(number) < 10  # noqa: PLR2004 (PostgreSQL's integer)
        return [["id", "=", int(number) if known else 0], ["ref", "=", False]]
    return [["ref", "=", citizen]] if citizen and citizen.isprintable() else NOTHING


def named(reference: str) -> list[Any]:
    """Give the domain that finds a request's task."""
    return [["x_ventanilla_reference", "=", reference]] if may_be(reference) else NOTHING


def by_document(proof: str) -> list[Any]:
    """Give the domain that finds a citizen by DNI or NIE (with the country or without) or by NSS."""
    if not proof.isalnum():
        return NOTHING
    return ["|", ["vat", "in", [proof, f"{COUNTRY}{proof}"]], ["x_ventanilla_affiliation", "=", proof]]


def by_telephone(telephone: str) -> list[Any]:
    """Give the domain that finds everybody with a telephone (E.164), their own or in a contact below them."""
    if not telephone.startswith("+"):
        return NOTHING
    below = [["type", "=", OTHER], ["phone_sanitized", "=", telephone]]
    return ["|", ["phone_sanitized", "=", telephone], ["child_ids", "any", below]]


def citizen_of(partner: Partner) -> Citizen:
    """Read a partner as a citizen. A VAT number that is no DNI or NIE is not theirs to prove anything with."""
    given, family = split_name(partner.name or "")
    proof = document((partner.vat or "").replace(" ", "").removeprefix(COUNTRY)) or ""
    numbers = {
        partner.phone_sanitized,
        *(one.phone_sanitized for one in partner.child_ids if one.type == OTHER),
    }
    return Citizen(
        partner.key,
        proof,
        given,
        family,
        (partner.lang or "es")[:2],
        tuple(sorted(number for number in numbers if number)),
        protected=partner.x_ventanilla_protected,
        locked=partner.x_ventanilla_locked,
        affiliation=partner.x_ventanilla_affiliation,
    )


def answers_of(partner: Partner) -> Mapping[str, str]:
    """Give the hashes of a partner's answers: question to HMAC, as `crm_bridge.answers.keyed` makes them."""
    try:
        kept = json.loads(partner.x_ventanilla_answers or "{}")
    except ValueError:
        return {}
    return {str(question): str(answer) for question, answer in kept.items()} if isinstance(kept, dict) else {}


def sheet_of(task: Task, layout: Layout) -> Sheet:
    """Read a task as a sheet: citizen and state are those of the task, which people may have changed.

    Raises ValueError when the sheet was edited.
    """
    sheet = from_text(task.x_ventanilla_sheet or "")
    whose = task.partner_id
    citizen = (whose.ref or f"{NAMELESS}{whose.id}") if whose else None
    state = layout.state_of(task.stage_id) or sheet.request.state
    return replace(sheet, request=replace(sheet.request, citizen=citizen, state=state))


def task_of(sheet: Sheet, layout: Layout, partner: int | None) -> dict[str, Any]:
    """Give the fields of a task: those that people see, and the sheet."""
    request = sheet.request
    return {
        "name": f"{request.reference} {request.subject}",
        "partner_id": partner or False,
        "stage_id": layout.stages[request.state],
        "date_deadline": moment(request.due_at),
        "priority": "1" if request.priority >= URGENT else "0",
        "description": "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in story(sheet)) + "</ul>",
        "x_ventanilla_reference": request.reference,
        "x_ventanilla_sheet": to_text(sheet),
    }


def moment(at: float) -> str:
    """Write unix seconds as Odoo does: UTC, whole seconds, rounded up."""
    return datetime.fromtimestamp(math.ceil(at), UTC).strftime("%Y-%m-%d %H:%M:%S")
