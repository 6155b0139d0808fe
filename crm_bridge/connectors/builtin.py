"""The CRM that comes with the house: our own tables, for an institution that has connected no other."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_bridge.adapters import tables
from crm_bridge.adapters.tables import insert_once
from crm_bridge.adapters.taking import apply, request_of
from crm_bridge.answers import hold
from crm_bridge.card import MOST_CONTACTS, Attachment, Contact, Folder, Whole
from crm_bridge.citizens import Case, Citizen, Person
from crm_bridge.ports import Connector, CrmDown, WriteNotTaken
from crm_bridge.requests import OURS_TO_DO, STILL_OPEN, Request, Which
from crm_bridge.writes import Write

OPTIONS = frozenset[str]()
# A folder of hundreds of requests is a fault of somebody's; a card never shows more than a few.
MOST_IN_FOLDER = 50
# Who calls about one matter more often than this is known to everybody.
MOST_OF_A_REQUEST = 100


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
            found = tuple(request_of(row) for row in await connection.execute(newest.limit(MOST_IN_FOLDER)))
            met = tuple(_met(row) for row in await connection.execute(last.limit(MOST_CONTACTS)))
        return Folder(found, met)

    async def requests(self, citizen: str, which: Which, offset: int, limit: int) -> tuple[Request, ...]:
        """Give a page of the citizen's requests, the newest change first."""
        table = tables.requests
        query = select(table).where(table.c.citizen == citizen)
        if which != "all":
            still = table.c.state.in_(STILL_OPEN)
            query = query.where(still if which == "open" else ~still)
        newest = query.order_by(table.c.changed_at.desc(), table.c.reference.desc())
        async with self._reading() as connection:
            rows = await connection.execute(newest.offset(offset).limit(limit))
            return tuple(request_of(row) for row in rows)

    async def contacts(self, citizen: str, offset: int, limit: int) -> tuple[Contact, ...]:
        """Give a page of the citizen's contacts, newest first."""
        requests, contacts = tables.requests, tables.contacts
        theirs = select(contacts).join(requests).where(requests.c.citizen == citizen)
        newest = theirs.order_by(contacts.c.at.desc(), contacts.c.call.desc())
        async with self._reading() as connection:
            rows = await connection.execute(newest.offset(offset).limit(limit))
            return tuple(_met(row) for row in rows)

    async def request(self, reference: str) -> Whole | None:
        """Give one request with its contacts and what is attached to it."""
        requests, contacts, attached = tables.requests, tables.contacts, tables.attachments
        newest = select(contacts).where(contacts.c.request == reference).order_by(contacts.c.at.desc())
        oldest = select(attached).where(attached.c.request == reference).order_by(attached.c.at)
        async with self._reading() as connection:
            found = await connection.execute(select(requests).where(requests.c.reference == reference))
            row = found.one_or_none()
            if row is None:
                return None
            met = tuple(_met(one) for one in await connection.execute(newest.limit(MOST_OF_A_REQUEST)))
            things = await connection.execute(oldest.limit(MOST_OF_A_REQUEST))
            return Whole(
                request_of(row), met, tuple(Attachment(one.kind, one.reference, one.at) for one in things)
            )

    async def due(self, by: float, limit: int) -> tuple[Request, ...]:
        """Give requests that are ours to do and due by then, the longest overdue first."""
        table = tables.requests
        ours = select(table).where(table.c.state.in_(OURS_TO_DO), table.c.due_at <= by)
        oldest = ours.order_by(table.c.due_at, table.c.reference)
        async with self._reading() as connection:
            return tuple(request_of(row) for row in await connection.execute(oldest.limit(limit)))

    async def write(self, key: str, write: Write) -> None:
        """Take a write, once for each key."""
        try:
            async with self._engine.begin() as connection:
                if await insert_once(connection, tables.taken, {"key": key, "at": write.at}):
                    await apply(connection, write)
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


def _met(row: Row[*tuple[object, ...]]) -> Contact:
    return Contact(
        row.at,
        row.channel,
        row.subject,
        row.request,
        row.outcome,
        contact=row.call,
        direction=row.direction,
        agent=row.agent,
        notes=row.notes or "",
    )
