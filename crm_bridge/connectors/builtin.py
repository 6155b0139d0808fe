"""The CRM that comes with the house: our own tables, for an institution that has connected no other."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import assert_never

from sqlalchemy import Row, Select, or_, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_bridge.adapters import tables
from crm_bridge.adapters.tables import insert_once
from crm_bridge.answers import hold
from crm_bridge.card import MOST_CONTACTS, Contact, Folder
from crm_bridge.citizens import Case, Citizen, Person
from crm_bridge.ports import Connector, CrmDown, WriteNotTaken
from crm_bridge.requests import (
    NO_OUTCOME,
    Request,
    State,
    after_contact,
    after_outcome,
    due,
    moved,
    says_more,
)
from crm_bridge.writes import Close, Continue, Escalate, Note, Open, Talked, Write

OPTIONS = frozenset[str]()
# A folder of hundreds of requests is a fault of somebody's; a card never shows more than a few.
MOST_IN_FOLDER = 50


@asynccontextmanager
async def connect(engine: AsyncEngine, secret: bytes, options: Mapping[str, str]) -> AsyncIterator[Connector]:
    """Give the connector to our own tables; there is nothing to open and nothing to choose."""
    del options
    yield Builtin(engine, secret)


class Builtin:
    """The connector to our own tables. Contract: crm_bridge.ports.Connector."""

    name = "builtin"

    def __init__(self, engine: AsyncEngine, key: bytes) -> None:
        """`key` is the installation's, for the answers of the identification protocol."""
        self._engine = engine
        self._key = key

    async def citizen(self, citizen: str) -> Citizen | None:
        """Give the citizen with this id."""
        people = await self._citizens(select(tables.citizens).where(tables.citizens.c.id == citizen))
        return people[0] if people else None

    async def citizen_by_document(self, document: str) -> Citizen | None:
        """Give the citizen with this identity document, in compact form."""
        people = await self._citizens(select(tables.citizens).where(tables.citizens.c.document == document))
        return people[0] if people else None

    async def citizens_by_telephone(self, telephone: str) -> tuple[Citizen, ...]:
        """Give everybody who registered this number (E.164), ordered by id."""
        query = (
            select(tables.citizens).join(tables.telephones).where(tables.telephones.c.telephone == telephone)
        )
        return await self._citizens(query)

    async def person(self, document: str) -> Person | None:
        """Give what the identification protocol may know of somebody."""
        rows = await self._on_file(document)
        if not rows:
            return None
        questions = frozenset(row.question for row in rows if row.question)
        return Person(rows[0].id, questions, rows[0].protected, rows[0].locked)

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether every answer is right."""
        rows = await self._on_file(document)
        kept = {row.question: row.answer for row in rows if row.question}
        return hold(self._key, rows[0].id if rows else "", kept, answers)

    async def _on_file(self, document: str) -> Sequence[Row[str, bool, bool, str, str]]:
        """Give a row for each answer on file, or one without any; none for a document of nobody."""
        citizens, facts = tables.citizens, tables.identity_facts
        query = (
            select(citizens.c.id, citizens.c.protected, citizens.c.locked, facts.c.question, facts.c.answer)
            .outerjoin(facts)
            .where(or_(citizens.c.document == document, citizens.c.affiliation == document))
        )
        async with self._reading() as connection:
            return (await connection.execute(query)).all()

    async def cases(self, citizen: str) -> tuple[Case, ...]:
        """Give the citizen's cases, the newest change first."""
        table = tables.cases
        query = (
            select(table)
            .where(table.c.citizen == citizen)
            .order_by(table.c.since.desc(), table.c.reference)
            .limit(MOST_IN_FOLDER)
        )
        async with self._reading() as connection:
            rows = await connection.execute(query)
            return tuple(
                Case(row.reference, row.subject, row.state, row.since, row.next_step) for row in rows
            )

    async def folder(self, citizen: str) -> Folder:
        """Give the citizen's requests and last contacts, newest first."""
        requests, contacts = tables.requests, tables.contacts
        theirs = requests.c.citizen == citizen
        newest = select(requests).where(theirs).order_by(requests.c.changed_at.desc()).limit(MOST_IN_FOLDER)
        last = (
            select(contacts).join(requests).where(theirs).order_by(contacts.c.at.desc()).limit(MOST_CONTACTS)
        )
        async with self._reading() as connection:
            found = tuple(_request(row) for row in await connection.execute(newest.limit(MOST_IN_FOLDER)))
            met = tuple(
                Contact(row.at, row.channel, row.subject, row.request, row.outcome)
                for row in await connection.execute(last.limit(MOST_CONTACTS))
            )
        return Folder(found, met)

    async def write(self, key: str, write: Write) -> None:
        """Take a write, once for each key."""
        try:
            async with self._engine.begin() as connection:
                if await insert_once(connection, tables.taken, {"key": key, "at": write.at}):
                    await _apply(connection, write)
        except (IntegrityError, DataError) as fault:
            raise WriteNotTaken(f"the tables refuse it: {type(fault.orig).__name__}") from fault
        except (SQLAlchemyError, OSError) as fault:
            raise CrmDown("the tables of the built-in CRM cannot be written") from fault

    async def _citizens(self, query: Select[*tuple[object, ...]]) -> tuple[Citizen, ...]:
        async with self._reading() as connection:
            rows = (await connection.execute(query.order_by(tables.citizens.c.id))).all()
            phones = tables.telephones
            theirs = (
                select(phones)
                .where(phones.c.citizen.in_([row.id for row in rows]))
                .order_by(phones.c.telephone)
            )
            numbers: dict[str, list[str]] = {}
            ordered = theirs.order_by(phones.c.telephone)
            for row in await connection.execute(ordered) if rows else ():
                numbers.setdefault(row.citizen, []).append(row.telephone)
        return tuple(_citizen(row, tuple(numbers.get(row.id, ()))) for row in rows)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                yield connection
        except (DBAPIError, OSError) as fault:
            raise CrmDown("the tables of the built-in CRM cannot be read") from fault


def _citizen(row: Row[*tuple[object, ...]], telephones: tuple[str, ...]) -> Citizen:
    return Citizen(
        row.id,
        row.document,
        row.given_name,
        row.family_name,
        row.language,
        telephones,
        protected=row.protected,
        locked=row.locked,
        affiliation=row.affiliation,
    )


def _case(row: Row[*tuple[object, ...]]) -> Case:
    return Case(row.reference, row.subject, row.state, row.since, row.next_step)


def _request(row: Row[*tuple[object, ...]]) -> Request:
    return Request(**{**row._mapping, "state": State(row.state)})  # noqa: SLF001 (as above)


async def _apply(connection: AsyncConnection, write: Write) -> None:
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
        case _:
            assert_never(write)


async def _open(connection: AsyncConnection, write: Open) -> None:
    await insert_once(
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
            "due_at": due(write.at, write.priority),
        },
    )
    await _contact(connection, write)


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
    contacts = tables.contacts
    await connection.execute(
        update(contacts)
        .where(contacts.c.call == write.call, contacts.c.request == write.request)
        .values(agent=write.agent, outcome=write.outcome, notes=write.notes)
    )


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
    await _change(connection, write, level=write.level, subject=write.subject, assignee=None, state=state)


async def _known(connection: AsyncConnection, reference: str) -> Request:
    row = (
        await connection.execute(select(tables.requests).where(tables.requests.c.reference == reference))
    ).one_or_none()
    if row is None:
        raise WriteNotTaken("no such request")
    return _request(row)


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
