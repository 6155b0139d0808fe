"""A citizen's folder as one viewer sees it: every value goes through `access.view`. Pure.

What is hidden is not in the answer at all, so that no page can show it by mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crm_bridge.access import (
    Action,
    Field,
    Grounds,
    View,
    Viewer,
    in_view,
    masked_document,
    masked_name,
    masked_number,
    may,
    sealed,
    seen,
    view,
)
from crm_bridge.card import Attachment, Contact, Whole
from crm_bridge.citizens import Citizen
from crm_bridge.requests import STILL_OPEN, Request

REQUESTS_ON_A_PAGE = 8
CONTACTS_ON_A_PAGE = 20

Seen = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, on which grounds, in which call (None: work on a request that they took)."""

    viewer: Viewer
    grounds: Grounds
    call: str | None

    def sees(self, field: Field) -> View:
        """Say how much of a field."""
        return view(self.viewer, field, self.grounds)

    @property
    def shut(self) -> bool:
        """Whether nothing at all may be seen: a protected person's folder that nobody opened."""
        return sealed(self.viewer, self.grounds)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: what stands on it, how many stand before it, and whether there is more."""

    items: tuple[Seen, ...]
    offset: int
    more: bool

    def to_dict(self) -> Seen:
        """Give it as JSON takes it."""
        return {"items": list(self.items), "offset": self.offset, "more": self.more}


def whose(looking: Looking, citizen: Citizen) -> Seen:
    """Give what is seen of a person."""
    named = (citizen.name, masked_name(citizen.given_name, citizen.family_name))
    seen_of = {
        "name": in_view(looking.sees(Field.NAME), *named),
        "document": in_view(
            looking.sees(Field.DOCUMENT), citizen.document, masked_document(citizen.document)
        ),
        "affiliation": in_view(
            looking.sees(Field.AFFILIATION), citizen.affiliation, masked_number(citizen.affiliation or "")
        ),
        "telephones": [
            number
            for one in citizen.telephones
            if (number := in_view(looking.sees(Field.TELEPHONES), one, masked_number(one)))
        ],
    }
    return {name: value for name, value in seen_of.items() if value}


def request_seen(looking: Looking, request: Request) -> Seen | None:
    """Give what is seen of a request; None when requests are not shown."""
    if looking.sees(Field.REQUESTS) is not View.SHOWN:
        return None
    return {
        "reference": request.reference,
        "subject": request.subject,
        "kind": request.kind,
        "state": str(request.state),
        "open": request.state in STILL_OPEN,
        "channel": request.channel,
        "priority": request.priority,
        "level": request.level,
        "area": request.area,
        "assignee": request.assignee,
        "opened_at": request.opened_at,
        "changed_at": request.changed_at,
        "due_at": request.due_at,
        **({"reason": request.reason} if looking.sees(Field.NOTES) is View.SHOWN else {}),
    }


def contact_seen(looking: Looking, contact: Contact) -> Seen | None:
    """Give what is seen of a contact; None when contacts are not shown."""
    if looking.sees(Field.CONTACTS) is not View.SHOWN:
        return None
    notes = {"notes": contact.notes} if looking.sees(Field.NOTES) is View.SHOWN else {}
    return {
        "contact": contact.contact,
        "at": contact.at,
        "channel": contact.channel,
        "direction": contact.direction,
        "subject": contact.subject,
        "request": contact.request,
        "outcome": contact.outcome,
        "agent": contact.agent,
        **notes,
    }


def attachment_seen(looking: Looking, attachment: Attachment) -> Seen | None:
    """Give what is seen of what is attached: masked, what it is and when, but not its name."""
    how = looking.sees(Field.ATTACHMENTS)
    if how is View.HIDDEN:
        return None
    reference = {"reference": attachment.reference} if how is View.SHOWN else {}
    return {"kind": attachment.kind, "at": attachment.at, **reference}


def whole_seen(looking: Looking, whole: Whole) -> Seen:
    """Give one request with its contacts and what is attached to it, and what the viewer may do with it."""
    contacts = (contact_seen(looking, one) for one in whole.contacts)
    things = (attachment_seen(looking, one) for one in whole.attachments)
    return {
        "request": request_seen(looking, whole.request),
        "contacts": [one for one in contacts if one is not None],
        "attachments": [one for one in things if one is not None],
        "may": [str(action) for action in Action if may(looking.viewer, action, looking.grounds)],
    }


def told(looking: Looking) -> Mapping[str, tuple[str, ...]]:
    """Give what the record says of a view: which fields were shown, and which masked."""
    shown, masked = seen(looking.viewer, looking.grounds)
    return {"shown": shown, "masked": masked}
