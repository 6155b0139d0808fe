"""What a step of a mapping may say of a write, and of the records it makes, in the CRM's words. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from crm_bridge.card import Contact
from crm_bridge.mapping import CrmMap
from crm_bridge.reading import moment_of
from crm_bridge.requests import Request
from crm_bridge.writes import Attach, Write, to_json


def values_of(mapping: CrmMap, name: str, write: Write) -> dict[str, Any]:
    """Give what every step may say: the write as a whole, its key's name, and each of its own fields.

    The write as a whole is in our own words and in unix seconds: only a CRM that speaks our contract takes it so.
    """
    whole = json.loads(to_json(write))
    said = {
        "key": name,
        "write": whole,
        **{field: value for field, value in whole.items() if field != "write"},
    }
    for field in ("at", "due_at"):
        if field in said:
            said[field] = moment_of(said[field], mapping.times)
    for field in ("subject", "channel", "outcome", "kind"):
        if isinstance(said.get(field), str):
            said[field] = mapping.theirs(field, said[field])
    if isinstance(write, Attach):
        said.update(attached_kind=write.kind, attached=write.reference)
    return said


def records_of(mapping: CrmMap, request: Request, contact: Contact | None) -> Mapping[str, Any]:
    """Give what stands in the records after a write: the request's fields, and the contact's if there is one."""
    said: dict[str, Any] = {
        "request": request.reference,
        "citizen": request.citizen,
        "subject": mapping.theirs("subject", request.subject),
        "kind": mapping.theirs("kind", request.kind),
        "state": mapping.theirs("state", str(request.state)),
        "channel": mapping.theirs("channel", request.channel),
        "priority": request.priority,
        "level": request.level,
        "assignee": request.assignee,
        "area": request.area,
        "reason": request.reason,
        "opened_at": moment_of(request.opened_at, mapping.times),
        "changed_at": moment_of(request.changed_at, mapping.times),
        "due_at": moment_of(request.due_at, mapping.times),
    }
    if contact is None:
        return said
    return {
        **said,
        "contact": contact.contact,
        "contact_at": moment_of(contact.at, mapping.times),
        "contact_channel": mapping.theirs("channel", contact.channel),
        "contact_subject": mapping.theirs("subject", contact.subject),
        "contact_agent": contact.agent,
        "contact_outcome": mapping.theirs("outcome", contact.outcome) if contact.outcome else None,
        "contact_notes": contact.notes,
        "contact_direction": contact.direction,
    }
