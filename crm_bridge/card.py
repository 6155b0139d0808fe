"""The card an agent sees before the telephone rings, and what of it each proven level uncovers.

The caller's number is only a hint: numbers are forged, shared and handed on, and a CRM that leaves out one of two makes
the other the only one. So at level 0 a name stands there as *perhaps*, with the mark *not proven*, shortened to what
greets a person (`María G. L.`), and nothing of their file is shown but how much there is of it. From level 1 on
(identification protocol) the file is shown. What the agent's post uncovers at which level stands in one matrix,
`access`. Of a protected person nothing is ever shown on a card, not even the number: it says that their own access
process applies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from crm_bridge.access import (
    Field,
    Grounds,
    Role,
    View,
    Viewer,
    in_view,
    masked_name,
    masked_number,
    shows,
    view,
)
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

    def with_requests(self, more: Iterable[Request]) -> "Folder":
        """Give it with these as well: a folder is cut, and what is open may have been touched long ago."""
        every = {one.reference: one for one in (*more, *self.requests)}.values()
        newest = sorted(every, key=lambda one: (one.changed_at, one.reference), reverse=True)
        return replace(self, requests=tuple(newest))


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
    """What the CRM answered in the time it had. `candidates` are those the number hints at.

    `as_of`: when it said the oldest part that is remembered and not of now.
    """

    crm: CrmState
    proven: Citizen | None = None
    candidates: tuple[Citizen, ...] = ()
    folder: Folder | None = None
    cases: tuple[Case, ...] = ()
    as_of: float | None = None


@dataclass(frozen=True, slots=True)
class Pop:
    """A link into a CRM that only knows links (crm_bridge.pop); `opens`: the desk opens it by itself."""

    url: str
    opens: bool


@dataclass(frozen=True, slots=True)
class Card:
    """What the agent sees. `composed_at` is unix seconds; tuples are newest first.

    `who` is None when nobody is known or several people share the number (`candidates` says how many).
    `proven` says whether `who` was proved or is only what the number hints at; `hidden_requests` how many
    open requests there are that the level does not uncover. `crm`: ok, slow (parts may be missing) or down.
    `citizen` is their id in the CRM, only of `who` was proved. `as_of` (unix seconds): the CRM did not answer in time,
    and some of this is what it said then; None: all of it is of now.
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
    citizen: str | None = None
    as_of: float | None = None
    pop: Pop | None = None

    def to_dict(self) -> dict[str, object]:
        """Give the card as JSON takes it: dates as ISO 8601, tuples as lists."""
        card = asdict(self)
        card["open_requests"] = [_request(one) for one in self.open_requests]
        card["last_contacts"] = [_contact(one) for one in self.last_contacts]
        card["cases"] = [{**asdict(one), "since": one.since.isoformat()} for one in self.cases]
        return card


SOMEBODY = Viewer("", Role.AGENT)
"""The first level: who looks when nobody said who does."""


def compose(occasion: Occasion, found: Found, viewer: Viewer = SOMEBODY) -> Card:
    """Put a card together from what was found, uncovering what the viewer's post and the proven level allow."""
    proven = found.proven if occasion.level >= PROVEN else None
    people = (proven,) if proven else found.candidates
    if any(person.protected for person in people):
        return _bare(occasion, found.crm, protected=True)
    # What only a number hints at is nobody's file, whatever was proven of somebody else.
    grounds = Grounds(occasion.level if proven else 0)
    number, requests = (view(viewer, field, grounds) for field in (Field.NUMBER, Field.REQUESTS))
    still = _still_open(found.folder)
    card = _bare(occasion, found.crm, candidates=len(people))
    return replace(
        card,
        who=_who(people, view(viewer, Field.NAME, grounds)),
        proven=proven is not None,
        citizen=proven.id if proven and shows(viewer, Field.NAME, grounds) else None,
        as_of=found.as_of,
        number=in_view(number, occasion.number, masked_number(occasion.number or "")),
        open_requests=still[:MOST_REQUESTS] if requests is View.SHOWN else (),
        hidden_requests=len(still) if requests is View.MASKED else 0,
        **_papers(found, viewer, grounds),
    )


def _papers(found: Found, viewer: Viewer, grounds: Grounds) -> dict[str, Any]:
    folder = found.folder or Folder()
    met = folder.contacts[:MOST_CONTACTS] if view(viewer, Field.CONTACTS, grounds) is View.SHOWN else ()
    cases = found.cases[:MOST_CASES] if view(viewer, Field.CASES, grounds) is View.SHOWN else ()
    return {"last_contacts": met, "cases": cases}


def _still_open(folder: Folder | None) -> tuple[Request, ...]:
    return tuple(one for one in folder.requests if one.state in STILL_OPEN) if folder else ()


def _who(people: tuple[Citizen, ...], how: View) -> str | None:
    if len(people) != 1:
        return None
    (one,) = people
    return in_view(how, one.name, masked_name(one.given_name, one.family_name)) or None


def _bare(occasion: Occasion, crm: CrmState, *, candidates: int = 0, protected: bool = False) -> Card:
    """Give a card that tells of nobody."""
    return Card(
        call=occasion.call,
        request=occasion.request,
        who=None,
        proven=False,
        protected=protected,
        candidates=candidates,
        number=None,
        language=occasion.language,
        proven_level=occasion.level,
        why=occasion.subject,
        open_requests=(),
        hidden_requests=0,
        last_contacts=(),
        cases=(),
        crm=crm,
        composed_at=occasion.at,
    )


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
