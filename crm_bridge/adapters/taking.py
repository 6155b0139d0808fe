"""What each write changes in the tables of the built-in CRM, in the transaction that noted its key."""

from typing import assert_never

from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_bridge.adapters import tables
from crm_bridge.adapters.tables import insert_once
from crm_bridge.applied import demand_the_same
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


def request_of(row: Row[*tuple[object, ...]]) -> Request:
    """Give a row of the requests' table as a value."""
    return Request(**{**row._mapping, "state": State(row.state)})  # noqa: SLF001 (SQLAlchemy's own word for a row's columns)


async def apply(connection: AsyncConnection, write: Write) -> None:  # noqa: C901 (one way for each kind of write)
    """Change the tables as the write says; the key was noted in the same transaction."""
    match write:
        case Open():
            await _open(connection, write)
        case Continue():
            await _continue(connection, write)
        case Note():
            await _note(connection, write)
        case Talked():
            await _talked(connection, write)
        case Escalate():
            await _escalate(connection, write)
        case Close():
            request = await _known(connection, write.request)
            await _change(connection, write, state=moved(request.state, State.CLOSED))
        case Change():
            await _change(connection, write, **_said(write))
        case Contacted():
            await _contacted(connection, write)
        case Attach():
            await _attach(connection, write)
        case _:
            assert_never(write)


async def _open(connection: AsyncConnection, write: Open) -> None:
    new = await insert_once(
        connection,
        tables.requests,
        {
            "reference": write.request,
            "citizen": write.citizen,
            "subject": write.subject,
            "kind": write.kind,
            "state": State.OPEN,
            "channel": write.channel,
            "priority": write.priority,
            "level": write.level,
            "opened_at": write.at,
            "changed_at": write.at,
            "due_at": due(write.at, write.priority) if write.due_at is None else write.due_at,
            "area": write.area,
        },
    )
    if await _contact(connection, write) and not new:
        demand_the_same(write, await _known(connection, write.request), met=False)


async def _continue(connection: AsyncConnection, write: Continue) -> None:
    request = await _known(connection, write.request)
    changes: dict[str, object] = {}
    if not await _contact(connection, write):
        await _say_more(connection, write)
    elif request.opened_at < write.at:
        changes["state"] = after_contact(request.state)
    if says_more(request.subject, write.subject):
        changes["subject"] = write.subject
    if request.citizen is None and write.citizen is not None:
        changes["citizen"] = write.citizen
    await _change(connection, write, **changes)


async def _say_more(connection: AsyncConnection, write: Continue) -> None:
    """Give the subject to a contact that was known before."""
    contacts = tables.contacts
    known = update(contacts).where(contacts.c.call == write.call, contacts.c.request == write.request)
    await connection.execute(known.values(subject=write.subject))


async def _note(connection: AsyncConnection, write: Note) -> None:
    request = await _known(connection, write.request)
    await _change(
        connection,
        write,
        state=after_outcome(request.state, write.outcome),
        assignee=request.assignee or write.agent,
    )
    contacts, said = tables.contacts, {"agent": write.agent, "outcome": write.outcome, "notes": write.notes}
    met = {"call": write.call, "request": write.request, "at": write.at}
    about = {"channel": request.channel, "subject": request.subject}
    if not await insert_once(connection, contacts, {**met, **about, **said}):
        known = update(contacts).where(contacts.c.call == write.call, contacts.c.request == write.request)
        await connection.execute(known.values(**said))


async def _talked(connection: AsyncConnection, write: Talked) -> None:
    request = await _known(connection, write.request)
    contacts = tables.contacts
    not_theirs = or_(contacts.c.agent.is_(None), contacts.c.agent != write.agent)
    theirs_now = await connection.execute(
        update(contacts)
        .where(contacts.c.call == write.call, contacts.c.request == write.request, not_theirs)
        .values(agent=write.agent, outcome=NO_OUTCOME)
    )
    if theirs_now.rowcount:
        state = after_outcome(request.state, NO_OUTCOME)
        await _change(connection, write, state=state, assignee=request.assignee or write.agent)


async def _escalate(connection: AsyncConnection, write: Escalate) -> None:
    request = await _known(connection, write.request)
    state = State.IN_PROGRESS if request.state is State.OPEN else request.state
    changes: dict[str, object] = {"level": write.level, "subject": write.subject, "assignee": None}
    if write.area is not None:
        changes["area"] = write.area
    await _change(connection, write, **changes, state=state, reason=write.reason)


def _said(write: Change) -> dict[str, object]:
    """Give the columns that the write names; an assignee of "" is nobody."""
    named = {
        "subject": write.subject,
        "kind": write.kind,
        "area": write.area,
        "assignee": write.assignee,
        "priority": write.priority,
        "due_at": write.due_at,
    }
    said: dict[str, object] = {name: value for name, value in named.items() if value is not None}
    return {**said, "assignee": write.assignee or None} if "assignee" in said else said


async def _contacted(connection: AsyncConnection, write: Contacted) -> None:
    request = await _known(connection, write.request)
    met = {
        "call": write.contact,
        "request": write.request,
        "channel": write.channel,
        "subject": write.subject,
        "agent": write.agent,
        "outcome": write.outcome,
        "notes": write.notes or None,
        "at": write.at,
        "direction": write.direction,
    }
    if await insert_once(connection, tables.contacts, met):
        state = after_contacted(request.state, write.direction, write.outcome)
        assignee = (request.assignee or write.agent) if write.outcome else request.assignee
        await _change(connection, write, state=state, assignee=assignee)


async def _attach(connection: AsyncConnection, write: Attach) -> None:
    await _known(connection, write.request)
    thing = {"request": write.request, "kind": write.kind, "reference": write.reference, "at": write.at}
    if await insert_once(connection, tables.attachments, thing):
        await _change(connection, write)


async def _known(connection: AsyncConnection, reference: str) -> Request:
    row = (
        await connection.execute(select(tables.requests).where(tables.requests.c.reference == reference))
    ).one_or_none()
    if row is None:
        raise WriteNotTaken("no such request")
    return request_of(row)


async def _change(connection: AsyncConnection, write: Write, **values: object) -> None:
    table = tables.requests
    changed = await connection.execute(
        update(table).where(table.c.reference == write.request).values(changed_at=write.at, **values)
    )
    if changed.rowcount == 0:
        raise WriteNotTaken("no such request")


async def _contact(connection: AsyncConnection, write: Open | Continue) -> bool:
    """Note the contact; False when this call was a contact of the request before."""
    return await insert_once(
        connection,
        tables.contacts,
        {
            "call": write.call,
            "request": write.request,
            "channel": write.channel,
            "subject": write.subject,
            "at": write.at,
        },
    )
