"""Any CRM that speaks HTTP and JSON, by a mapping file: Salesforce, Dynamics, one of the house's own.

`mapping` is a file of yours, or the name of one in `crm_bridge/mappings/` (`native`: a CRM that answers as
docs/connect-your-crm.md describes). What it cannot be asked, by its mapping, is answered with nothing. An answer that
does not fit the mapping is as good as none: CrmDown, with kind and field in the words.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge import reading
from crm_bridge.abilities import Finding
from crm_bridge.adapters.examining import abilities_of, examined
from crm_bridge.adapters.http import LIMITS, POOL, Wire, credentials
from crm_bridge.adapters.mappings import demand_url, mapping_of
from crm_bridge.answers import normalised
from crm_bridge.applied import applied, contact_of, opened
from crm_bridge.card import MOST_CONTACTS, Contact, Folder, Whole
from crm_bridge.citizens import Case, Citizen, Person
from crm_bridge.filling import Unsayable, filled
from crm_bridge.mapping import CrmMap, Question
from crm_bridge.ports import Connector, CrmDown, WriteNotTaken
from crm_bridge.requests import RefusedMove, Request, Which, counts_as
from crm_bridge.writes import Attach, Open, Write
from crm_bridge.written import records_of, values_of

OPTIONS = frozenset({"url", "token", "mapping"})
# A number that so many people have is an office's; more names are no help on a card.
MOST_PEOPLE = 20
MOST_IN_FOLDER = 50
T = TypeVar("T")


@asynccontextmanager
async def connect(engine: AsyncEngine, secret: bytes, options: Mapping[str, str]) -> AsyncIterator[Connector]:
    """Open the way to a CRM. Raises MappingFault."""
    del engine, secret
    mapping = mapping_of(options["mapping"])
    async with httpx.AsyncClient(
        base_url=demand_url(options["url"]),
        auth=credentials(mapping.auth, options["token"]),
        headers={"accept": "application/json", **mapping.headers},
        timeout=LIMITS,
        limits=POOL,
        follow_redirects=False,  # a token goes where it was meant to go, and nowhere else
    ) as client:
        yield HttpCrm(Wire(client), mapping)


def check(options: Mapping[str, str]) -> None:
    """Read mapping and address without asking anybody. Raises MappingFault."""
    mapping_of(options["mapping"])
    demand_url(options["url"])


class HttpCrm:
    """The connector. Contract: crm_bridge.ports.Connector."""

    lanes = 8  # writes of so many requests at once: a CRM some milliseconds away takes hundreds a second so

    def __init__(self, wire: Wire, mapping: CrmMap) -> None:
        self._wire, self._map = wire, mapping
        self.name = mapping.name
        self.abilities = abilities_of(mapping)

    async def examine(self) -> tuple[Finding, ...]:
        """Ask each question about nobody, and say what cannot be read. Raises CrmDown."""
        return await examined(self, self._map)

    # --- who ---

    async def citizen(self, citizen: str) -> Citizen | None:
        """Give the citizen with this id; another than the one asked for is a lie."""
        found = await self._people(self._map.questions.citizen, citizen=citizen)
        if any(one.id != citizen for one in found):
            raise CrmDown("the CRM answered about somebody else")
        return found[0] if found else None

    async def citizens_by_telephone(self, telephone: str) -> tuple[Citizen, ...]:
        """Give everybody who registered this number, by id; who is answered and has not, is left out."""
        digits = telephone.removeprefix("+")
        found = await self._people(
            self._map.questions.citizens_by_telephone,
            telephone=telephone,
            telephone_digits=digits,
            telephone_national=digits.removeprefix("34"),
        )
        theirs = (one for one in found if telephone in one.telephones)
        return tuple(sorted(theirs, key=lambda one: one.id))[:MOST_PEOPLE]

    async def citizen_by_document(self, document: str) -> Citizen | None:
        """Give the citizen with this identity document."""
        found = await self._people(self._map.questions.citizen_by_document, document=document)
        if len(found) > 1 or any(one.document != document for one in found):
            raise CrmDown("the CRM answered about somebody else")
        return found[0] if found else None

    async def person(self, document: str) -> Person | None:
        """Give what the identification protocol may know."""
        at = self._map.records.person
        record = await self._record(self._map.questions.person, document=document)
        return self._read(lambda: reading.person(self._map, at, record)) if at and record else None

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether every answer is right: the CRM compares, or we do when it can only tell them."""
        at, asked = self._map.records.person, self._map.questions.answers_hold
        if asked is not None:
            said = await self._record(asked, document=document, answers=dict(answers))
            return said is True
        record = await self._record(self._map.questions.person, document=document) if at else None
        kept = self._read(lambda: reading.answers(self._map, at, record)) if at and record else {}
        right = bool(answers)
        for question, digits in answers.items():
            expected = normalised(kept[question]).encode() if question in kept else b""
            right &= hmac.compare_digest(expected, normalised(digits).encode())
        return right

    # --- what ---

    async def cases(self, citizen: str) -> tuple[Case, ...]:
        """Give the citizen's cases, the newest change first."""
        at = self._map.records.case
        if at is None:
            return ()
        found = await self._list(
            self._map.questions.cases, lambda one: reading.case(self._map, at, one), citizen=citizen
        )
        return tuple(sorted(found, key=lambda one: (one.since, one.reference), reverse=True))[:MOST_IN_FOLDER]

    async def folder(self, citizen: str) -> Folder:
        """Give the citizen's requests and last contacts, newest first."""
        return Folder(
            *await asyncio.gather(
                self.requests(citizen, "all", 0, MOST_IN_FOLDER), self.contacts(citizen, 0, MOST_CONTACTS)
            )
        )

    async def requests(self, citizen: str, which: Which, offset: int, limit: int) -> tuple[Request, ...]:
        """Give a page of the citizen's requests; one of somebody else is a lie."""
        found = await self._requests(
            self._map.questions.requests, citizen=citizen, which=which, offset=offset, limit=limit
        )
        if any(one.citizen not in {None, citizen} for one in found):
            raise CrmDown("the CRM answered with somebody else's requests")
        theirs = [one for one in found if counts_as(which, one.state)]
        return tuple(sorted(theirs, key=lambda one: (one.changed_at, one.reference), reverse=True))[:limit]

    async def contacts(self, citizen: str, offset: int, limit: int) -> tuple[Contact, ...]:
        """Give a page of the citizen's contacts, newest first."""
        found = await self._contacts(
            self._map.questions.contacts, citizen=citizen, offset=offset, limit=limit
        )
        return tuple(sorted(found, key=lambda one: (one.at, one.contact), reverse=True))[:limit]

    async def request(self, reference: str) -> Whole | None:
        """Give one request with its contacts and attachments."""
        asked, at = self._map.questions, self._map.records
        record = await self._record(asked.request, request=reference)
        if record is None or at.request is None:
            return None
        place = at.request
        found = self._read(lambda: reading.request(self._map, place, record))
        if found.reference != reference:
            raise CrmDown("the CRM answered about another request")
        met = await self._contacts(asked.contacts_of_request, request=reference)
        things = at.attachment
        attached = (
            await self._list(
                asked.attachments_of_request,
                lambda one: reading.attachment(self._map, things, one),
                request=reference,
            )
            if things
            else ()
        )
        newest = sorted(met, key=lambda one: (one.at, one.contact), reverse=True)
        return Whole(found, tuple(newest), tuple(sorted(attached, key=lambda one: one.at)))

    async def due(self, by: float, limit: int) -> tuple[Request, ...]:
        """Give requests that are ours to do and due by then."""
        moment = reading.moment_of(by, self._map.times)
        found = await self._requests(self._map.questions.due, by=moment, limit=limit)
        return tuple(sorted(found, key=lambda one: (one.due_at, one.reference)))[:limit]

    # --- writing ---

    async def write(self, key: str, write: Write) -> None:
        """Take a write, once for each key. What makes it recognisable is a hash: a key may hold a citizen's id."""
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        try:
            if self._map.keeps_records:
                await self._write_records(name, write)
            else:
                await self._steps(name, write, {})
        except Unsayable as fault:
            raise WriteNotTaken(str(fault)) from fault

    async def _write_records(self, name: str, write: Write) -> None:
        """Work out what the write makes of the request, and have that written: the CRM only keeps it.

        Read again and written again, the same write gives the same: a repetition after a lost answer does no harm.
        """
        if await self._record(self._map.questions.taken, key=name) is not None:
            return
        whole = await self.request(write.request)
        if whole is None:
            if not isinstance(write, Open):
                raise WriteNotTaken("no such request")
            if write.citizen is not None and await self.citizen(write.citizen) is None:
                raise WriteNotTaken("no such citizen")
            request, contact = opened(write)
        elif _known(write, whole):
            return
        else:
            about = contact_of(write)
            known = next((one for one in whole.contacts if one.contact == about), None)
            try:
                request, contact = applied(write, whole.request, known)
            except RefusedMove as fault:
                raise WriteNotTaken("the request cannot go there") from fault
        await self._steps(name, write, records_of(self._map, request, contact))

    async def _steps(self, name: str, write: Write, more: Mapping[str, Any]) -> None:
        kind = type(write).__name__.lower()
        values = {**values_of(self._map, name, write), **more}
        met = values.get("contact") is not None
        steps = [step for step in self._map.writes if step.is_for(kind) and (met or not step.is_of_a_contact)]
        for number, step in enumerate(steps, 1):
            key = name if len(steps) == 1 else f"{name}-{number}"
            await self._wire.tell(filled(step, values).named(key), step.refused)

    # --- asking ---

    async def _people(self, question: Question | None, **values: str) -> tuple[Citizen, ...]:
        answer = await self._record(question, **values)
        if answer is None:
            return ()
        records = answer if isinstance(answer, list) else [answer]
        return self._read(lambda: tuple(reading.citizen(self._map, one) for one in records))

    async def _requests(self, question: Question | None, **values: object) -> tuple[Request, ...]:
        at = self._map.records.request
        if at is None:
            return ()
        return await self._list(question, lambda one: reading.request(self._map, at, one), **values)

    async def _contacts(self, question: Question | None, **values: object) -> tuple[Contact, ...]:
        at = self._map.records.contact
        if at is None:
            return ()
        return await self._list(question, lambda one: reading.contact(self._map, at, one), **values)

    async def _list(
        self, question: Question | None, read: Callable[[Any], T], **values: object
    ) -> tuple[T, ...]:
        answer = await self._answer(question, values)
        if answer is None or question is None:
            return ()
        return self._read(lambda: tuple(read(one) for one in reading.listed(answer, question.at, "answer")))

    async def _record(self, question: Question | None, **values: object) -> Any:  # noqa: ANN401 (JSON)
        answer = await self._answer(question, values)
        return None if answer is None or question is None else reading.at_pointer(answer, question.at)

    async def _answer(self, question: Question | None, values: Mapping[str, object]) -> Any:  # noqa: ANN401 (JSON)
        if question is None:
            return None
        try:
            asked = filled(question, values)
        except Unsayable:
            return None  # nobody has an id that cannot be asked for
        return await self._wire.ask(asked, question.nobody)

    def _read(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except reading.Unread as fault:
            raise CrmDown(f"the CRM's answer does not fit its mapping: {fault}") from fault


def _known(write: Write, whole: Whole) -> bool:
    """Whether this attachment is there already, under whatever key."""
    return isinstance(write, Attach) and any(
        (one.kind, one.reference) == (write.kind, write.reference) for one in whole.attachments
    )
