"""Who may listen to a recording, and on what terms. Pure.

A person in charge asks with a reason and may then listen for a while. To a protected person's recording nobody
listens alone: a second person, who may listen too, has to agree. What was blocked at the end of its term is
invisible except to whoever serves courts and authorities (LOPDGDD, article 32).
"""

from dataclasses import dataclass
from enum import StrEnum

GRANTED_S = 30 * 60.0  # long enough for the longest call at once; then a reason is due again
ASKED_S = 60 * 60.0  # how long a second person has to agree
LEAST_REASON, MOST_REASON = 5, 200  # characters


class Role(StrEnum):
    """What somebody is at this house, as far as listening goes."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    AUTHORITY = "authority"  # who answers courts and authorities


class Keeping(StrEnum):
    """Where a recording stands in its life after the call."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    DESTROYED = "destroyed"


class Purpose(StrEnum):
    """What a recording is opened for."""

    LISTEN = "listen"
    EXPORT = "export"


class Verdict(StrEnum):
    """The answer to somebody who asks."""

    GRANTED = "granted"
    SECOND = "second"  # somebody else has to agree first
    UNKNOWN = "unknown"  # there is no such recording, as far as this person is concerned
    DESTROYED = "destroyed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to listen, as its row has it; times are unix seconds.

    `second`: who agreed, where somebody has to; `opened_at`: when the first byte went out.
    """

    id: str
    call: str
    purpose: Purpose
    person: Person
    reason: str
    asked_at: float
    protected: bool
    second: str | None = None
    seconded_at: float | None = None
    opened_at: float | None = None


_EARS = frozenset({Role.SUPERVISOR, Role.AUDITOR, Role.AUTHORITY})


def may_search(role: Role) -> bool:
    """Say whether this role sees which recordings there are."""
    return role in _EARS


def visible(role: Role, keeping: Keeping) -> bool:
    """Say whether a recording in this state exists for this role."""
    return role in _EARS and (keeping is not Keeping.BLOCKED or role is Role.AUTHORITY)


def judged(person: Person, keeping: Keeping, *, protected: bool) -> Verdict:
    """Answer somebody who asks to listen, with a reason that was checked."""
    if person.role not in _EARS:
        return Verdict.DENIED
    if not visible(person.role, keeping):
        return Verdict.UNKNOWN
    if keeping is Keeping.DESTROYED:
        return Verdict.DESTROYED
    return Verdict.SECOND if protected else Verdict.GRANTED


def may_second(asked: Asked, second: Person, at: float) -> bool:
    """Say whether this person may agree to what another asked: never oneself, never too late, never twice."""
    return (
        second.role in _EARS
        and second.name != asked.person.name
        and asked.protected
        and asked.second is None
        and 0 <= at - asked.asked_at < ASKED_S
    )


def opens(asked: Asked, person: Person, keeping: Keeping, at: float) -> bool:
    """Say whether a request lets this person have bytes now: their own, agreed to, not over, still allowed."""
    since = asked.seconded_at if asked.protected else asked.asked_at
    return (
        asked.person == person
        and since is not None
        and 0 <= at - since < GRANTED_S
        and judged(person, keeping, protected=asked.protected) in {Verdict.GRANTED, Verdict.SECOND}
    )


def reason_of(typed: str) -> str:
    """Bring a reason to the form that is kept. Raises ValueError for none, or a page of it."""
    reason = " ".join(typed.split())
    if not LEAST_REASON <= len(reason) <= MOST_REASON or not reason.isprintable():
        raise ValueError(f"a reason has {LEAST_REASON} to {MOST_REASON} characters")
    return reason
