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
    | CrmLost
    | CrmBack
    | WriteRefused
)
