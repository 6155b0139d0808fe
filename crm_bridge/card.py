"""The card an agent sees before the telephone rings, and what of it each proven level uncovers.

The caller's number is only a hint: numbers are forged, shared and handed on. So at level 0 a name stands
there with the mark *not proven*, shortened to what greets a person (`María G. L.`), and nothing of their
file is shown but how much there is of it. From level 1 on (identification protocol) the file is shown. Of a
protected person nothing is ever shown, not even the number: the card says that their own access process
applies.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from crm_bridge.citizens import Case, Citizen
from crm_bridge.requests import STILL_OPEN, Request

CrmState = Literal["ok", "slow", "down"]
PROVEN = 1  # the identification protocol: the least level at which a person's file may be shown
MOST_REQUESTS = 10
MOST_CONTACTS = 5
MOST_CASES = 10


@dataclass(frozen=True, slots=True)
class Contact:
    """One earlier contact: when (unix seconds), by which channel, about what, and how it ended.

    `contact` names it, a call by its id; `direction`: in, out or inside (work without the citizen).
    """

    at: float
    channel: str
    subject: str
    request: str
    outcome: str | None = None
    contact: str = ""
    direction: str = "in"
    agent: str | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """What belongs to a request: `kind` (recording, message, document, evidence) and its name where it is kept."""

    kind: str
    reference: str
    at: float


@dataclass(frozen=True, slots=True)
class Whole:
    """One request with its contacts, newest first, and what was attached to it, oldest first."""

    request: Request
    contacts: tuple[Contact, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """A citizen's folder (carpeta): requests and contacts of every channel, newest first."""

    requests: tuple[Request, ...] = ()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """The call for which a card is composed. `number` is E.164 or None; `request` the reference it opened."""

    call: str
    number: str | None
    language: str
    level: int
    subject: str
    request: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Found:
    """What the CRM answered in the time it had. `candidates` are those the number hints at."""

    crm: CrmState
    proven: Citizen | None = None
    candidates: tuple[Citizen, ...] = ()
    folder: Folder | None = None
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What the agent sees. `composed_at` is unix seconds; tuples are newest first.

    `who` is None when nobody is known or several people share the number (`candidates` says how many).
    `proven` says whether `who` was proved or is only what the number hints at; `hidden_requests` how many
    open requests there are that the level does not uncover. `crm`: ok, slow (parts may be missing) or down.
    """

    call: str
    request: str | None
    who: str | None
    proven: bool
    protected: bool
    candidates: int
    number: str | None
    language: str
    proven_level: int
    why: str
    open_requests: tuple[Request, ...]
    hidden_requests: int
    last_contacts: tuple[Contact, ...]
    cases: tuple[Case, ...]
    crm: CrmState
    composed_at: float

    def to_dict(self) -> dict[str, object]:
        """Give the card as JSON takes it: dates as ISO 8601, tuples as lists."""
        card = asdict(self)
        card["open_requests"] = [_request(one) for one in self.open_requests]
        card["last_contacts"] = [_contact(one) for one in self.last_contacts]
        card["cases"] = [{**asdict(one), "since": one.since.isoformat()} for one in self.cases]
        return card


def compose(occasion: Occasion, found: Found) -> Card:
    """Put a card together from what was found, uncovering what the proven level allows."""
    proven = found.proven if occasion.level >= PROVEN else None
    people = (proven,) if proven else found.candidates
    if any(person.protected for person in people):
        return _card(occasion, found.crm, protected=True)
    if proven:
        return _uncovered(occasion, found, proven)
    hidden = sum(one.state in STILL_OPEN for one in found.folder.requests) if found.folder else 0
    who = _hint(people[0]) if len(people) == 1 else None
    return _card(occasion, found.crm, who=who, candidates=len(people), hidden=hidden)


def _uncovered(occasion: Occasion, found: Found, person: Citizen) -> Card:
    folder = found.folder or Folder()
    return _card(
        occasion,
        found.crm,
        who=person.name,
        candidates=1,
        proven=True,
        requests=tuple(one for one in folder.requests if one.state in STILL_OPEN)[:MOST_REQUESTS],
        contacts=folder.contacts[:MOST_CONTACTS],
        cases=found.cases[:MOST_CASES],
    )


def _card(  # noqa: PLR0913 (the parts of one card, each by its name)
    occasion: Occasion,
    crm: CrmState,
    *,
    who: str | None = None,
    candidates: int = 0,
    hidden: int = 0,
    proven: bool = False,
    protected: bool = False,
    requests: tuple[Request, ...] = (),
    contacts: tuple[Contact, ...] = (),
    cases: tuple[Case, ...] = (),
) -> Card:
    return Card(
        call=occasion.call,
        request=occasion.request,
        who=who,
        proven=proven,
        protected=protected,
        candidates=candidates,
        number=None if protected else occasion.number,
        language=occasion.language,
        proven_level=occasion.level,
        why=occasion.subject,
        open_requests=requests,
        hidden_requests=hidden,
        last_contacts=contacts,
        cases=cases,
        crm=crm,
        composed_at=occasion.at,
    )


def _hint(person: Citizen) -> str:
    """Shorten a name to what greets a person and does not tell a stranger who they are."""
    initials = " ".join(f"{part[0]}." for part in person.family_name.split() if part)
    return f"{person.given_name} {initials}".strip()


def _contact(contact: Contact) -> Mapping[str, object]:
    return {
        "at": contact.at,
        "channel": contact.channel,
        "subject": contact.subject,
        "request": contact.request,
        "outcome": contact.outcome,
    }


def _request(request: Request) -> Mapping[str, object]:
    return {
        "reference": request.reference,
        "subject": request.subject,
        "state": str(request.state),
        "channel": request.channel,
        "priority": request.priority,
        "level": request.level,
        "opened_at": request.opened_at,
        "due_at": request.due_at,
    }
