"""Who sees what of a person: by post, and by the level that the person proved in this very contact. Pure.

Theory of operation. There is one matrix, role by field by grounds, and one door, `view`; the card, the folder and the
requests of the desk go through it and nothing else does (tests/crm_bridge/test_access.py looks for other ways).
Grounds are why somebody looks now: a contact with its proven level (0 none, 1 questions, 2 one-time code, 3 video:
never the level of another day), or work on one request that they took. What is not named is hidden.

A protected person is hidden whole, whatever the matrix says, unless the viewer is one of the staff named for them,
gave a reason, and a second person agreed, for this contact only. Answers of the identification protocol are shown to
nobody: there is no way to them here, and the matrix says so for whoever reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """A post. `provider`: an external provider's agent; `specialist`: second level."""

    PROVIDER = "provider"
    AGENT = "agent"
    SPECIALIST = "specialist"
    SUPERVISOR = "supervisor"


class Field(StrEnum):
    """What can be seen of a person and of what they asked."""

    NUMBER = "number"
    NAME = "name"
    DOCUMENT = "document"
    AFFILIATION = "affiliation"
    TELEPHONES = "telephones"
    REQUESTS = "requests"
    CONTACTS = "contacts"
    NOTES = "notes"
    CASES = "cases"
    ATTACHMENTS = "attachments"
    QUESTIONS = "questions"
    ANSWERS = "answers"


class View(StrEnum):
    """How much of a field."""

    HIDDEN = "hidden"
    MASKED = "masked"
    SHOWN = "shown"


class Action(StrEnum):
    """What somebody at a desk does with a request."""

    CONTINUE = "continue"
    TAKE = "take"
    ASSIGN = "assign"
    PRIORITISE = "prioritise"
    CLASSIFY = "classify"
    ESCALATE = "escalate"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `named`: one of the staff for protected persons, by name."""

    name: str
    role: Role
    named: bool = False


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why they look now: a contact with its proven level (None: work on a request that they took).

    `unsealed`: a second person agreed that this viewer opens this protected person's folder in this contact.
    """

    level: int | None
    protected: bool = False
    unsealed: bool = False


BASES = ("0", "1", "2", "3", "work")
"""The columns of both tables below: the level proven in the contact, or work on a request."""
_SIGNS = {"-": View.HIDDEN, "~": View.MASKED, "+": View.SHOWN}

# For each role the five columns 0 1 2 3 work; - hidden, ~ masked, + shown.
_FIELDS = """
             provider  agent  specialist  supervisor
number       ~~~~-     +++++  +++++       -----
name         -----     ~++++  ~++++       -----
document     -----     -~++~  -~+++       -----
affiliation  -----     -~++~  -~+++       -----
telephones   -----     -~~~~  -~+++       -----
requests     -----     ~++++  ~++++       ----+
contacts     -----     -++++  -++++       -----
notes        -----     -++++  -++++       -----
cases        -----     -+++-  -+++-       -----
attachments  -----     -~++~  -~+++       -----
questions    ++++-     ++++-  ++++-       -----
answers      -----     -----  -----       -----
"""

# What masked means, field by field; a field that is never masked is not here.
MASKED_AS: Mapping[Field, str] = MappingProxyType(
    {
        Field.NUMBER: "its last three digits",
        Field.NAME: "given name and initials",
        Field.DOCUMENT: "four of its signs",
        Field.AFFILIATION: "its last three digits",
        Field.TELEPHONES: "their last three digits",
        Field.REQUESTS: "how many are open",
        Field.ATTACHMENTS: "what they are, and when",
    }
)

_ACTIONS = """
             provider  agent  specialist  supervisor
continue     -----     -+++-  -+++-       -----
take         -----     -++++  -++++       -----
assign       -----     -----  -++++       ----+
prioritise   -----     -----  -++++       ----+
classify     -----     -++++  -++++       -----
escalate     -----     -++++  -++++       ----+
close        -----     -++++  -++++       -----
"""


def _read(table: str) -> Mapping[tuple[str, Role], str]:
    head, *rows = table.strip().splitlines()
    roles = [Role(name) for name in head.split()]
    cells = (row.split() for row in rows)
    return MappingProxyType(
        {(name, role): cell for name, *row in cells for role, cell in zip(roles, row, strict=True)}
    )


_SEEN, _DONE = _read(_FIELDS), _read(_ACTIONS)


def _column(grounds: Grounds) -> int:
    return BASES.index("work" if grounds.level is None else str(grounds.level))


def sealed(viewer: Viewer, grounds: Grounds) -> bool:
    """Say whether a protected person's folder is shut for this viewer."""
    return grounds.protected and not (viewer.named and grounds.unsealed)


def view(viewer: Viewer, field: Field, grounds: Grounds) -> View:
    """Say how much of a field this viewer sees on these grounds."""
    if sealed(viewer, grounds):
        return View.HIDDEN
    return _SIGNS[_SEEN[field, viewer.role][_column(grounds)]]


def shows(viewer: Viewer, field: Field, grounds: Grounds) -> bool:
    """Say whether a field is shown whole."""
    return view(viewer, field, grounds) is View.SHOWN


def may(viewer: Viewer, action: Action, grounds: Grounds) -> bool:
    """Say whether this viewer may do it on these grounds."""
    return not sealed(viewer, grounds) and _DONE[action, viewer.role][_column(grounds)] == "+"


def seen(viewer: Viewer, grounds: Grounds) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the names of the fields that are shown and of those that are masked: what the record says of a view."""
    views = {field: view(viewer, field, grounds) for field in Field}
    shown = tuple(field for field, how in views.items() if how is View.SHOWN)
    return shown, tuple(field for field, how in views.items() if how is View.MASKED)


def masked_name(given: str, family: str) -> str:
    """Shorten a name to what greets a person and does not tell a stranger who they are: `María G. L.`."""
    initials = " ".join(f"{part[0]}." for part in family.split() if part)
    return f"{given} {initials}".strip()


_PLAIN_FROM, _PLAIN_TO = 3, 7
_ENDING = 3


def masked_document(document: str) -> str:
    """Leave four signs of a DNI or NIE: `***4567**`.

    Source: AEPD, orientation for the provisional application of the seventh additional provision of LOPDGDD.
    """
    plain = document[_PLAIN_FROM:_PLAIN_TO]
    return "*" * min(_PLAIN_FROM, len(document)) + plain + "*" * max(len(document) - _PLAIN_TO, 0)


def masked_number(number: str) -> str:
    """Leave the last three signs of a telephone or an affiliation number: `··· 234`."""
    return f"··· {number[-_ENDING:]}" if number else ""


def in_view(how: View, whole: str | None, masked: str) -> str | None:
    """Give a value as it is seen: whole, masked, or nothing."""
    if how is View.SHOWN or whole is None:
        return whole if how is View.SHOWN else None
    return masked if how is View.MASKED else None


def printed() -> str:
    """Give the matrix as docs/requests.md has it: two Markdown tables, out of what decides."""
    lines: list[str] = []
    for title, names, cells in (
        ("field", [str(field) for field in Field], _SEEN),
        ("action", [str(action) for action in Action], _DONE),
    ):
        lines += ["", *_table(title, names, cells)]
    lines += ["", *(f"* `{field}` masked: {how}" for field, how in MASKED_AS.items())]
    return "\n".join(lines).strip() + "\n"


def _table(title: str, names: list[str], cells: Mapping[tuple[str, Role], str]) -> list[str]:
    rows = [f"| {title} | {' | '.join(Role)} |", "|" + "---|" * (len(Role) + 1)]
    return rows + [f"| {name} | {' | '.join(_said(cells[name, role]) for role in Role)} |" for name in names]


def _said(signs: str) -> str:
    """Say a cell: at which proven levels (and `work`) it is masked, and at which whole."""
    by_sign = {sign: [base for base, at in zip(BASES, signs, strict=True) if at == sign] for sign in "~+"}
    masked, whole = by_sign["~"], by_sign["+"]
    parts = [f"masked {' '.join(masked)}"] if masked else []
    return " · ".join([*parts, f"**{' '.join(whole)}**"] if whole else parts) or "never"
