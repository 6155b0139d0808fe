"""The mapping file of the HTTP connector: which requests ask a CRM, and where in its answers our fields stand.

A file is TOML, read whole and refused whole: every fault names its field and the remedy. Theory of operation: a
question is one HTTP request, with `{fields}` in its path, query and body, and JSON Pointers (RFC 6901) into the answer.
A write is a list of steps, each an HTTP request that a CRM takes once for its key. `docs/connect-your-crm.md` has it
all in plain words; `mappings/` has whole files.
"""

import re
import string
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from crm_bridge.writes import Write

Json = Any  # a TOML value, which is also JSON
SAYABLE = frozenset(
    {"state", "subject", "channel", "outcome", "language", "case_state", "next_step", "kind", "which"}
)
"""What `[words]` may translate: our word to theirs, or to several of theirs of which we write the first."""

ASKED = {
    "citizen": {"citizen"},
    "citizens_by_telephone": {"telephone", "telephone_digits", "telephone_national"},
    "citizen_by_document": {"document"},
    "person": {"document"},
    "answers_hold": {"document", "answers"},
    "cases": {"citizen"},
    "requests": {"citizen", "which", "offset", "limit", "upto"},
    "contacts": {"citizen", "offset", "limit", "upto"},
    "request": {"request"},
    "contacts_of_request": {"request"},
    "attachments_of_request": {"request"},
    "due": {"by", "limit"},
    "taken": {"key"},
}
"""What each question may say in its path, query and body. `upto` is `offset` and `limit` together."""
_REQUEST = {
    "request", "citizen", "subject", "kind", "state", "channel", "priority", "level", "assignee", "area", "reason",
    "opened_at", "changed_at", "due_at",
}  # fmt: skip
_CONTACT = {
    "contact", "contact_at", "contact_channel", "contact_subject", "contact_agent", "contact_outcome",
    "contact_notes", "contact_direction",
}  # fmt: skip
WRITTEN = frozenset({"key", "write", "at", "attached_kind", "attached", *_REQUEST, *_CONTACT})
"""What a step may say. `write` is the whole write, as docs/connect-your-crm.md describes it."""

KINDS = tuple(kind.__name__.lower() for kind in get_args(Write))
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")


class MappingFault(ValueError):  # noqa: N818 (it names a fault of the operator's)
    """A mapping that cannot be used; the words name field and remedy, one line each."""


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise ValueError(
            'write a JSON Pointer (RFC 6901) such as "/items/0/name", or "" for the whole answer'
        )
    return text


def _path(text: str) -> str:
    if not text.startswith("/") or "?" in text or "#" in text or "//" in text:
        raise ValueError(
            'write a path such as "/citizens/{citizen}"; what follows a "?" belongs into `query`'
        )
    return text


Pointer = Annotated[str, AfterValidator(_pointer)]
Path = Annotated[str, AfterValidator(_path)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Ask(_Strict):
    """One HTTP request."""

    method: Literal["GET", "POST", "PUT", "PATCH"] = "GET"
    path: Path
    query: dict[str, str] = {}
    body: Json = None
    headers: dict[str, str] = {}

    def fields(self, *places: Literal["path", "query", "body"]) -> frozenset[str]:
        """Name the fields in braces that it says there; anywhere, when no place is named.

        A brace that nobody closed is a field of its whole text, which is none of ours.
        """
        return frozenset(
            field for place in places or ("path", "query", "body") for field in said_in(getattr(self, place))
        )


def said_in(value: Json) -> Iterator[str]:
    """Name the fields in braces of a text, or of all texts of an object or a list."""
    match value:
        case str():
            try:
                yield from (name for _, name, _, _ in string.Formatter().parse(value) if name is not None)
            except ValueError:
                yield value
        case dict():
            for one in value.values():
                yield from said_in(one)
        case list():
            for one in value:
                yield from said_in(one)
        case _:
            return


class Question(Ask):
    """A question: `at` points to the record, or to the list of records; these statuses mean that nobody is there."""

    at: Pointer = ""
    nobody: list[int] = [404]

    @property
    def cuts(self) -> bool:
        """Whether the CRM begins a page where we say: else its answer begins with the newest, and we cut."""
        return "offset" in self.fields()


class Step(Ask):
    """A part of a write, for these kinds of it. With these statuses the CRM says that it never takes it."""

    method: Literal["POST", "PUT", "PATCH"] = "POST"
    kinds: list[
        Literal["open", "continue", "note", "talked", "escalate", "close", "change", "contacted", "attach"]
    ] = Field(default=[], alias="for")
    refused: list[int] = [422]

    def is_for(self, kind: str) -> bool:
        """Whether a write of this kind has this step."""
        return not self.kinds or kind in self.kinds

    @property
    def is_of_a_contact(self) -> bool:
        """Whether it is about a contact: a write without one passes it over."""
        return "{contact}" in self.path


class CitizenAt(_Strict):
    """Where a citizen's fields stand in their record."""

    id: Pointer
    document: Pointer
    given_name: Pointer
    family_name: Pointer
    language: Pointer | None = None
    telephones: Pointer | list[Pointer] = []
    protected: Pointer | None = None
    locked: Pointer | None = None
    affiliation: Pointer | None = None


class PersonAt(_Strict):
    """What the identification protocol may know: the names of the questions, or where our questions' answers stand."""

    id: Pointer
    questions: Pointer | None = None
    answers: dict[str, Pointer] = {}
    protected: Pointer | None = None
    locked: Pointer | None = None


class CaseAt(_Strict):
    """Where a case's fields stand."""

    reference: Pointer
    subject: Pointer
    state: Pointer
    since: Pointer
    next_step: Pointer


class RequestAt(_Strict):
    """Where a request's fields stand."""

    reference: Pointer
    subject: Pointer
    state: Pointer
    opened_at: Pointer
    changed_at: Pointer
    due_at: Pointer
    citizen: Pointer | None = None
    kind: Pointer | None = None
    channel: Pointer | None = None
    priority: Pointer | None = None
    level: Pointer | None = None
    assignee: Pointer | None = None
    area: Pointer | None = None
    reason: Pointer | None = None


class ContactAt(_Strict):
    """Where a contact's fields stand."""

    at: Pointer
    channel: Pointer
    subject: Pointer
    request: Pointer
    contact: Pointer
    outcome: Pointer | None = None
    direction: Pointer | None = None
    agent: Pointer | None = None
    notes: Pointer | None = None


class AttachmentAt(_Strict):
    """Where an attachment's fields stand."""

    kind: Pointer
    reference: Pointer
    at: Pointer


class Records(_Strict):
    """Where our fields stand in the CRM's records. A kind that the CRM does not have is left out."""

    citizen: CitizenAt
    person: PersonAt | None = None
    case: CaseAt | None = None
    request: RequestAt | None = None
    contact: ContactAt | None = None
    attachment: AttachmentAt | None = None


class Questions(_Strict):
    """How each question is asked. One that the CRM cannot answer is left out: it is then answered with nothing."""

    citizen: Question
    citizens_by_telephone: Question
    citizen_by_document: Question | None = None
    person: Question | None = None
    answers_hold: Question | None = None
    cases: Question | None = None
    requests: Question | None = None
    contacts: Question | None = None
    request: Question | None = None
    contacts_of_request: Question | None = None
    attachments_of_request: Question | None = None
    due: Question | None = None
    taken: Question | None = None


class Auth(_Strict):
    """How we say who we are; the secret is the option `token`. `header`: the token whole, in a header of this name.

    `oauth2`: client credentials (RFC 6749, 4.4); the token is the client's secret.
    """

    kind: Literal["none", "bearer", "basic", "header", "oauth2"] = "bearer"
    user: str = ""
    header: str = "x-api-key"
    url: str = ""
    scope: str = ""


class CrmMap(_Strict):
    """A whole mapping. `times`: how the CRM writes a moment."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    times: Literal["unix", "unix_ms", "iso8601"] = "unix"
    auth: Auth = Auth()
    headers: dict[str, str] = {}
    records: Records
    questions: Questions
    writes: list[Step] = []
    words: dict[str, dict[str, str | list[str]]] = {}
    keeps_records: bool = False
    """The CRM stores what it is told and decides nothing: what a write makes of a request is worked out here."""

    def theirs(self, what: str, ours: str) -> str:
        """Give the CRM's word for one of ours; ours, when it has no other."""
        found = self.words.get(what, {}).get(ours, ours)
        return found if isinstance(found, str) else found[0]

    def ours(self, what: str, theirs: str) -> str:
        """Give our word for one of the CRM's."""
        for mine, found in self.words.get(what, {}).items():
            if theirs == found or (isinstance(found, list) and theirs in found):
                return mine
        return theirs
