"""What a write makes of a request and of its contact: for a CRM that keeps records and decides nothing. Pure.

The same rules as the built-in CRM's, as values; the contract tests hold both to them.
"""

from dataclasses import replace
from typing import assert_never

from crm_bridge.card import Contact
from crm_bridge.ports import WriteNotTaken
from crm_bridge.requests import (
    NO_OUTCOME,
    Request,
    State,
    after_contact,
    after_contacted,
    after_outcome,
    due,
    moved,
    says_more,
)
from crm_bridge.writes import (
    Attach,
    Change,
    Close,
    Contacted,
    Continue,
    Escalate,
    Note,
    Open,
    Talked,
    Write,
)

Stands = tuple[Request, Contact | None]
"""A request and the one contact that a write is about, if it is about one."""
SAME_MOMENT_S = 1.0
"""Two moments so near are the same: not every CRM keeps the fractions of a second."""


def contact_of(write: Write) -> str | None:
    """Name the contact that a write is about."""
    match write:
        case Open() | Continue() | Note() | Talked():
            return write.call
        case Contacted():
            return write.contact
        case Escalate() | Close() | Change() | Attach():
            return None
        case _:
            assert_never(write)


def opened(write: Open) -> Stands:
    """Give the request that a write opens, and its first contact."""
    request = Request(
        reference=write.request,
        citizen=write.citizen,
        subject=write.subject,
        opened_at=write.at,
        changed_at=write.at,
        due_at=write.due_at if write.due_at is not None else due(write.at, write.priority),
        kind=write.kind,
        channel=write.channel,
        priority=write.priority,
        level=write.level,
        area=write.area,
    )
    return request, _met(write)


def applied(  # noqa: C901, PLR0911 (one case for each kind of write)
    write: Write, request: Request, contact: Contact | None
) -> Stands:
    """Give request and contact after a write; what changes nothing gives both as they stand.

    `contact` is the one that `contact_of` names, None when it is new. Raises requests.RefusedMove, ports.WriteNotTaken.
    """
    match write:
        case Open():
            demand_the_same(write, request, met=contact is not None)
            return request, contact or _met(write)
        case Continue():
            return _continued(write, request, contact)
        case Note():
            return _noted(write, request, contact)
        case Talked():
            return _talked(write, request, contact)
        case Escalate():
            return _escalated(write, request), contact
        case Close():
            return replace(request, changed_at=write.at, state=moved(request.state, State.CLOSED)), contact
        case Change():
            return _changed(write, request), contact
        case Contacted():
            return _contacted(write, request, contact)
        case Attach():
            return replace(request, changed_at=write.at), contact
        case _:
            assert_never(write)


def demand_the_same(write: Open, request: Request, *, met: bool) -> None:
    """Let only the repetition of an `open` find its request there: it opened this one, or (`met`) its call is in it.

    Of another moment or another citizen it is another request with our number: ours were counted anew (a new or a
    restored database beside a CRM that lived on), and one citizen's words would stand in another's folder. Raises
    WriteNotTaken.
    """
    same = request.citizen == write.citizen and abs(request.opened_at - write.at) < SAME_MOMENT_S
    if not (met or same):
        raise WriteNotTaken("reference_taken")


def _met(write: Open | Continue) -> Contact:
    return Contact(write.at, write.channel, write.subject, write.request, contact=write.call)


def _continued(write: Continue, request: Request, contact: Contact | None) -> Stands:
    later = contact is None and request.opened_at < write.at
    now = replace(
        request,
        changed_at=write.at,
        state=after_contact(request.state) if later else request.state,
        subject=write.subject if says_more(request.subject, write.subject) else request.subject,
        citizen=request.citizen or write.citizen,
    )
    return now, replace(contact, subject=write.subject) if contact else _met(write)


def _noted(write: Note, request: Request, contact: Contact | None) -> Stands:
    now = replace(
        request,
        changed_at=write.at,
        state=after_outcome(request.state, write.outcome),
        assignee=request.assignee or write.agent,
    )
    # What an agent wrote is kept even where the CRM had refused the call's own contact.
    met = contact or Contact(write.at, request.channel, request.subject, write.request, contact=write.call)
    return now, replace(met, agent=write.agent, outcome=write.outcome, notes=write.notes)


def _talked(write: Talked, request: Request, contact: Contact | None) -> Stands:
    if contact is None or contact.agent == write.agent:
        return request, contact
    now = replace(
        request,
        changed_at=write.at,
        state=after_outcome(request.state, NO_OUTCOME),
        assignee=request.assignee or write.agent,
    )
    return now, replace(contact, agent=write.agent, outcome=NO_OUTCOME)


def _escalated(write: Escalate, request: Request) -> Request:
    return replace(
        request,
        changed_at=write.at,
        level=write.level,
        subject=write.subject,
        assignee=None,
        state=State.IN_PROGRESS if request.state is State.OPEN else request.state,
        reason=write.reason,
        area=request.area if write.area is None else write.area,
    )


def _changed(write: Change, request: Request) -> Request:
    said = {
        name: value
        for name in ("subject", "kind", "area", "priority", "due_at")
        if (value := getattr(write, name)) is not None
    }
    assignee = request.assignee if write.assignee is None else (write.assignee or None)
    return replace(request, changed_at=write.at, assignee=assignee, **said)


def _contacted(write: Contacted, request: Request, contact: Contact | None) -> Stands:
    if contact is not None:
        return request, contact
    met = Contact(
        write.at,
        write.channel,
        write.subject,
        write.request,
        outcome=write.outcome,
        contact=write.contact,
        direction=write.direction,
        agent=write.agent,
        notes=write.notes,
    )
    taken = request.assignee or write.agent if write.outcome else request.assignee
    state = after_contacted(request.state, write.direction, write.outcome)
    return replace(request, changed_at=write.at, state=state, assignee=taken), met
