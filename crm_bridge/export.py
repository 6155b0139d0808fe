"""A person's folder written out for that person (GDPR art. 15, LOPDGDD art. 13): nothing of others. Pure.

Who of the staff did what is not theirs: it says that an agent did. The right answers of the identification protocol are
kept as keyed hashes that tell nobody anything, and stay out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo

from crm_bridge.card import Contact, Whole
from crm_bridge.citizens import Case, Citizen

VERSION = 1


@dataclass(frozen=True, slots=True)
class Viewed:
    """A look into the folder: when (unix seconds), from which post, and how much had been proven (None: no contact)."""

    at: float
    role: str
    level: int | None


def exported(
    citizen: Citizen,
    requests: Iterable[Whole],
    contacts: Iterable[Contact],
    cases: Iterable[Case],
    views: Iterable[Viewed],
    at: float,
    zone: tzinfo = UTC,
) -> Mapping[str, object]:
    """Give the folder as JSON takes it; times as ISO 8601 in the institution's own."""
    return {
        "version": VERSION,
        "exported_at": moment(at, zone),
        "person": {
            "name": citizen.name,
            "document": citizen.document,
            "affiliation": citizen.affiliation,
            "language": citizen.language,
            "telephones": list(citizen.telephones),
            "protected": citizen.protected,
            "locked": citizen.locked,
        },
        "requests": [_request(one, zone) for one in requests],
        "contacts": [_contact(one, zone) for one in contacts],
        "cases": [{**asdict(one), "since": one.since.isoformat()} for one in cases],
        "views": [{"at": moment(one.at, zone), "role": one.role, "level": one.level} for one in views],
    }


def moment(at: float, zone: tzinfo) -> str:
    """Give a time (unix seconds) as a copy says it."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")


def _request(whole: Whole, zone: tzinfo) -> Mapping[str, object]:
    request = whole.request
    return {
        "reference": request.reference,
        "subject": request.subject,
        "kind": request.kind,
        "state": str(request.state),
        "channel": request.channel,
        "area": request.area,
        "level": request.level,
        "priority": request.priority,
        "reason": request.reason,
        "opened_at": moment(request.opened_at, zone),
        "changed_at": moment(request.changed_at, zone),
        "due_at": moment(request.due_at, zone),
        "attachments": [
            {"kind": one.kind, "reference": one.reference, "at": moment(one.at, zone)}
            for one in whole.attachments
        ],
    }


def _contact(contact: Contact, zone: tzinfo) -> Mapping[str, object]:
    return {
        "at": moment(contact.at, zone),
        "channel": contact.channel,
        "direction": contact.direction,
        "subject": contact.subject,
        "request": contact.request,
        "outcome": contact.outcome,
        "notes": contact.notes,
        "by_an_agent": contact.agent is not None,
    }
