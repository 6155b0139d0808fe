"""What the bridge tells the house: calls and references, never names or numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardComposed:
    """A card was put together in `took_ms`; `crm` says whether the CRM answered (ok, slow, down)."""

    call: str
    request: str | None
    crm: str
    took_ms: float
    at: float


@dataclass(frozen=True, slots=True)
class RequestOpened:
    """The call opened a request."""

    call: str
    request: str
    subject: str
    at: float
    channel: str = "telephone"
    kind: str = "enquiry"


@dataclass(frozen=True, slots=True)
class RequestContinued:
    """The call continues a request that was open."""

    call: str
    request: str
    subject: str
    at: float


@dataclass(frozen=True, slots=True)
class RequestNoted:
    """An agent finished the call with an outcome."""

    call: str
    request: str
    agent: str
    outcome: str
    at: float


@dataclass(frozen=True, slots=True)
class RequestPassedOn:
    """The request went to another level."""

    call: str
    request: str
    level: int
    subject: str
    at: float


@dataclass(frozen=True, slots=True)
class RequestClassified:
    """The request is about this and of this type, as the call, the machine's service or an agent says; "": no news."""

    call: str | None
    request: str
    subject: str
    kind: str
    at: float


@dataclass(frozen=True, slots=True)
class RequestHandled:
    """An agent did something with a request: an `access.Action`, or `work` (finished between calls) with its outcome.

    `call` is the contact in which they did it, None for work between calls.
    """

    call: str | None
    request: str
    agent: str
    action: str
    outcome: str | None
    at: float


@dataclass(frozen=True, slots=True)
class FolderViewed:
    """A person's folder, or one request, was shown to somebody: what of it, whole or masked, and on which grounds.

    `person` is the CRM's opaque id; `level` what was proven in this contact, None for work on the request.
    """

    call: str | None
    agent: str
    role: str
    person: str | None
    request: str | None
    level: int | None
    shown: tuple[str, ...]
    masked: tuple[str, ...]
    protected: bool
    at: float


@dataclass(frozen=True, slots=True)
class UnsealingAsked:
    """An agent asks to open a protected person's folder in this contact, and says why."""

    call: str
    agent: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class UnsealingDecided:
    """A second person agreed, or did not."""

    call: str
    agent: str
    by: str
    granted: bool
    at: float


@dataclass(frozen=True, slots=True)
class FolderExported:
    """A person's folder was written out for them (GDPR, art. 15), by whom and why."""

    call: None
    by: str
    person: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class CrmLost:
    """The CRM does not answer for `what`: cards, register, or writes (which wait in the outbox)."""

    call: None
    connector: str
    what: str
    at: float


@dataclass(frozen=True, slots=True)
class CrmBack:
    """The CRM answers again."""

    call: None
    connector: str
    what: str
    at: float


@dataclass(frozen=True, slots=True)
class CrmTold:
    """A foreign CRM said, signed, that something has changed: `what` is the type of its message."""

    call: None
    what: str
    at: float


@dataclass(frozen=True, slots=True)
class WriteRefused:
    """The CRM will never take this write; it stays in the outbox for a person to look at."""

    call: str | None
    request: str
    write: str
    at: float


Fact = (
    CardComposed
    | RequestOpened
    | RequestContinued
    | RequestNoted
    | RequestPassedOn
    | RequestClassified
    | RequestHandled
    | FolderViewed
    | UnsealingAsked
    | UnsealingDecided
    | FolderExported
    | CrmLost
    | CrmBack
    | CrmTold
    | WriteRefused
)
