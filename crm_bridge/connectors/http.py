"""Any CRM that speaks HTTP and JSON, by a mapping file: Salesforce, Dynamics, one of the house's own.

`mapping` is a file of yours, or the name of one in `crm_bridge/mappings/` (`native`: a CRM that answers as
docs/connect-your-crm.md describes). What it cannot be asked, by its mapping, is answered with nothing. An answer that
does not fit the mapping is as good as none: OddAnswer, with kind and field in the words. A record in a list that does
not fit it is left out, and said in the log: the others are somebody's as well.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge import reading
from crm_bridge.abilities import Finding
from crm_bridge.adapters.examining import abilities_of, examined
from crm_bridge.adapters.http import LIMITS, MOST_LINES, Asks, Wire, credentials
from crm_bridge.adapters.inquiry import Inquiry
from crm_bridge.adapters.lines import Lines
from crm_bridge.adapters.mappings import demand_url, mapping_of
from crm_bridge.answers import normalised
from crm_bridge.applied import applied, contact_of, opened
from crm_bridge.card import MOST_CONTACTS, Contact, Folder, Whole
from crm_bridge.citizens import Case, Citizen, Person
from crm_bridge.filling import Unsayable, filled
from crm_bridge.mapping import CrmMap, Question
from crm_bridge.ports import Connector, OddAnswer, WriteNotTaken
from crm_bridge.requests import RefusedMove, Request, Which, counts_as
from crm_bridge.writes import Attach, Open, Write
from crm_bridge.written import records_of, values_of

OPTIONS = frozenset({"url", "token", "mapping"})
# A number that so many people have is an office's; more names are no help on a card.
MOST_PEOPLE = 20
MOST_IN_FOLDER = 50
T = TypeVar("T")
log = logging.getLogger("ventanilla.crm_bridge")


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
        transport=Lines(MOST_LINES),
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

    def __init__(self, wire: Asks, mapping: CrmMap, *, spares: bool = True) -> None:
        """`spares`: a record that cannot be read is left out of its list, so that the others are seen."""
        self._wire, self._map, self._spares = wire, mapping, spares
        self._asks = Inquiry(wire, mapping, spares=spares)
        self._demands = Inquiry(wire, mapping, spares=False)
        self.name = mapping.name
        self.abilities = abilities_of(mapping)

    def unsparing(self) -> "HttpCrm":
        """Give the same CRM asked so that nothing is left out: OddAnswer instead."""
        return HttpCrm(self._wire, self._map, spares=False)

    async def examine(self) -> tuple[Finding, ...]:
        """Ask each question about nobody, and say what cannot be read. Raises CrmDown."""
        return await examined(self, self._map)

    # --- who ---

    async def citizen(self, citizen: str) -> Citizen | None:
        """Give the citizen with this id; another than the one asked for is a lie."""
        found = await self._demands.people(self._map.questions.citizen, citizen=citizen)
        if any(one.id != citizen for one in found):
            raise OddAnswer("the CRM answered about somebody else")
        return found[0] if found else None

    async def citizens_by_telephone(self, telephone: str) -> tuple[Citizen, ...]:
        """Give everybody who registered this number, by id; who is answered and has not, is left out."""
        digits = telephone.removeprefix("+")
        found = await self._asks.people(
            self._map.questions.citizens_by_telephone,
            telephone=telephone,
            telephone_digits=digits,
            telephone_national=digits.removeprefix("34"),
        )
        theirs = (one for one in found if telephone in one.telephones)
        return tuple(sorted(theirs, key=lambda one: one.id))[:MOST_PEOPLE]

    async def citizen_by_document(self, document: str) -> Citizen | None:
        """Give the citizen with this identity document."""
        found = await self._demands.people(self._map.questions.citizen_by_document, document=document)
        if len(found) > 1 or any(one.document != document for one in found):
            raise OddAnswer("the CRM answered about somebody else")
        return found[0] if found else None

    async def person(self, document: str) -> Person | None:
        """Give what the identification protocol may know."""
        at = self._map.records.person
        record = await self._asks.record(self._map.questions.person, document=document)
        return self._asks.read(lambda: reading.person(self._map, at, record)) if at and record else None

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether every answer is right: the CRM compares, or we do when it can only tell them."""
        at, asked = self._map.records.person, self._map.questions.answers_hold
        if asked is not None:
            said = await self._asks.record(asked, document=document, answers=dict(answers))
            return said is True
        record = await self._asks.record(self._map.questions.person, document=document) if at else None
        kept = self._asks.read(lambda: reading.answers(self._map, at, record)) if at and record else {}
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
        found = await self._asks.listed(
            self._map.questions.cases, lambda one: reading.case(self._map, at, one), citizen=citizen
        )
        return tuple(sorted(found, key=lambda one: (one.since, one.reference), reverse=True))[:MOST_IN_FOLDER]

    async def folder(self, citizen: str) -> Folder:
        """Give the citizen's requests and last contacts, newest first."""
        return Folder(
            *await asyncio.gather(
                self.requests(citizen, "all", 0, MOST_IN_FOLDER), self._contacts(citizen, 0, MOST_CONTACTS)
            )
        )

    async def requests(self, citizen: str, which: Which, offset: int, limit: int) -> tuple[Request, ...]:
        """Give a page of the citizen's requests; one of somebody else is a lie."""
        asked, said = self._map.questions.requests, self._map.theirs("which", which)
        found = await self._asks.requests(asked, citizen=citizen, which=said, **_page(offset, limit))
        if any(one.citizen not in {None, citizen} for one in found):
            raise OddAnswer("the CRM answered with somebody else's requests")
        theirs = [one for one in found if counts_as(which, one.state)]
        newest = sorted(theirs, key=lambda one: (one.changed_at, one.reference), reverse=True)
        return _cut(asked, newest, offset, limit)

    async def contacts(self, citizen: str, offset: int, limit: int) -> tuple[Contact, ...]:
        """Give a page of the citizen's contacts, newest first; theirs by its request, which is looked at."""
        found = await self._contacts(citizen, offset, limit)
        theirs = await self._theirs(citizen, {one.request for one in found})
        return self._only(found, lambda one: one.request in theirs)

    async def _theirs(self, citizen: str, references: set[str]) -> set[str]:
        """Say which of these requests are the citizen's: those in their folder, and older ones one by one."""
        if not references:
            return references
        folder = await self.requests(citizen, "all", 0, MOST_IN_FOLDER)
        theirs = references & {one.reference for one in folder}
        for reference in sorted(references - theirs):
            if await self._is_request_of(citizen, reference):
                theirs.add(reference)
        return theirs

    async def _is_request_of(self, citizen: str, reference: str) -> bool:
        at = self._map.records.request
        record = await self._asks.record(self._map.questions.request, request=reference)
        if at is None or record is None:
            return False
        return self._asks.read(lambda: reading.is_request_of(self._map, at, citizen, record))

    def _only(self, found: Sequence[Contact], is_meant: Callable[[Contact], bool]) -> tuple[Contact, ...]:
        """Leave out contacts of other requests than were asked for. Raises OddAnswer where nothing may be left out."""
        meant = tuple(filter(is_meant, found))
        if len(meant) < len(found):
            if not self._spares:
                raise OddAnswer("the CRM answered with somebody else's contacts")
            log.warning("the CRM %s: contacts are left out, for they are somebody else's", self.name)
        return meant

    async def _contacts(self, citizen: str, offset: int, limit: int) -> tuple[Contact, ...]:
        asked = self._map.questions.contacts
        found = await self._asks.contacts(asked, citizen=citizen, **_page(offset, limit))
        newest = sorted(found, key=lambda one: (one.at, one.contact), reverse=True)
        return _cut(asked, newest, offset, limit)

    async def request(self, reference: str) -> Whole | None:
        """Give one request with its contacts and attachments; what stands in one answer is asked for once."""
        asks, asked, at = self._asks.once(), self._map.questions, self._map.records
        record = await asks.record(asked.request, request=reference)
        if record is None or at.request is None:
            return None
        place = at.request
        found = asks.read(lambda: reading.request(self._map, place, record))
        if found.reference != reference:
            raise OddAnswer("the CRM answered about another request")
        every = await asks.contacts(asked.contacts_of_request, request=reference)
        met = self._only(every, lambda one: one.request == reference)
        things = at.attachment
        attached = (
            await asks.listed(
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
        found = await self._asks.requests(self._map.questions.due, by=moment, limit=limit)
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
        Nothing may be left out: a contact that cannot be read is not one that is not there.
        """
        if await self._asks.record(self._map.questions.taken, key=name) is not None:
            return
        whole = await self.unsparing().request(write.request)
        if whole is None:
            if not isinstance(write, Open):
                raise WriteNotTaken("no such request")
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
        who, was = request.citizen, whole.request.citizen if whole else None
        if who is not None and who != was and not await self._is_there(who):
            raise WriteNotTaken("no such citizen")
        await self._steps(name, write, records_of(self._map, request, contact))

    async def _is_there(self, citizen: str) -> bool:
        """Say whether there is somebody with this id, whatever else their record says and lacks."""
        record = await self._demands.record(self._map.questions.citizen, citizen=citizen)
        records = record if isinstance(record, list) else [record]
        found = [one for one in records if one is not None]
        names = self._demands.read(lambda: [reading.citizen_id(self._map, one) for one in found])
        if any(name != citizen for name in names):
            raise OddAnswer("the CRM answered about somebody else")
        return bool(names)

    async def _steps(self, name: str, write: Write, more: Mapping[str, Any]) -> None:
        kind = type(write).__name__.lower()
        values = {**values_of(self._map, name, write), **more}
        met = values.get("contact") is not None
        steps = [step for step in self._map.writes if step.is_for(kind) and (met or not step.is_of_a_contact)]
        for number, step in enumerate(steps, 1):
            key = name if len(steps) == 1 else f"{name}-{number}"
            await self._wire.tell(filled(step, values).named(key), step.refused)


def _page(offset: int, limit: int) -> dict[str, int]:
    return {"offset": offset, "limit": limit, "upto": offset + limit}


def _cut(question: Question | None, newest: Sequence[T], offset: int, limit: int) -> tuple[T, ...]:
    """Give the page: the CRM began it where we said, or with the newest, and then we cut."""
    first = 0 if question is None or question.cuts else offset
    return tuple(newest[first : first + limit])


def _known(write: Write, whole: Whole) -> bool:
    """Whether this attachment is there already, under whatever key."""
    return isinstance(write, Attach) and any(
        (one.kind, one.reference) == (write.kind, write.reference) for one in whole.attachments
    )
