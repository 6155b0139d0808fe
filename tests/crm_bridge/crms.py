"""Two more CRMs that pass the contract: one in memory, one behind a TCP line that can misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import date
from typing import Any, Literal, assert_never

from crm_bridge.answers import normalised
from crm_bridge.applied import demand_the_same
from crm_bridge.card import Attachment, Contact, Folder, Whole
from crm_bridge.citizens import Case, Citizen, Person
from crm_bridge.demonstration import INHABITANTS, Inhabitant
from crm_bridge.ports import CrmDown, WriteNotTaken
from crm_bridge.requests import (
    NO_OUTCOME,
    OURS_TO_DO,
    Request,
    State,
    Which,
    after_contact,
    after_contacted,
    after_outcome,
    counts_as,
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
    from_json,
    to_json,
)

Manners = Literal["answers", "hangs", "slams", "garbles", "takes and hangs"]


class MemoryCrm:
    """A CRM in memory, inhabited by the demonstration's citizens."""

    name = "memory"

    def __init__(self) -> None:
        self._people = {one.citizen.id: one for one in INHABITANTS}
        self._taken: set[str] = set()
        self.kept: dict[str, Request] = {}
        self.met: dict[tuple[str, str], Contact] = {}
        self.attachments: dict[tuple[str, str, str], Attachment] = {}

    async def citizen(self, citizen: str) -> Citizen | None:
        one = self._people.get(citizen)
        return one.citizen if one else None

    async def citizens_by_telephone(self, telephone: str) -> tuple[Citizen, ...]:
        found = (one.citizen for one in self._people.values() if telephone in one.citizen.telephones)
        return tuple(sorted(found, key=lambda citizen: citizen.id))

    async def citizen_by_document(self, document: str) -> Citizen | None:
        return next((one.citizen for one in self._people.values() if one.citizen.document == document), None)

    async def person(self, document: str) -> Person | None:
        one = self._named(document)
        if one is None:
            return None
        return Person(one.citizen.id, frozenset(one.answers), one.citizen.protected, one.citizen.locked)

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        one = self._named(document)
        known = {question: normalised(digits) for question, digits in one.answers.items()} if one else {}
        return bool(answers) and all(known.get(key) == normalised(said) for key, said in answers.items())

    def _named(self, document: str) -> Inhabitant | None:
        people = self._people.values()
        return next(
            (one for one in people if document in (one.citizen.document, one.citizen.affiliation)), None
        )

    async def cases(self, citizen: str) -> tuple[Case, ...]:
        one = self._people.get(citizen)
        return tuple(sorted(one.cases, key=lambda case: case.since, reverse=True)) if one else ()

    async def folder(self, citizen: str) -> Folder:
        theirs = [one for one in self.kept.values() if one.citizen == citizen]
        names = {one.reference for one in theirs}
        contacts = [one for one in self.met.values() if one.request in names]
        return Folder(
            tuple(sorted(theirs, key=lambda one: one.changed_at, reverse=True)),
            tuple(sorted(contacts, key=lambda one: one.at, reverse=True)),
        )

    async def requests(self, citizen: str, which: Which, offset: int, limit: int) -> tuple[Request, ...]:
        theirs = [one for one in self.kept.values() if one.citizen == citizen]
        wanted = [one for one in theirs if counts_as(which, one.state)]
        newest = sorted(wanted, key=lambda one: (one.changed_at, one.reference), reverse=True)
        return tuple(newest[offset : offset + limit])

    async def contacts(self, citizen: str, offset: int, limit: int) -> tuple[Contact, ...]:
        names = {one.reference for one in self.kept.values() if one.citizen == citizen}
        met = [one for one in self.met.values() if one.request in names]
        newest = sorted(met, key=lambda one: (one.at, one.contact), reverse=True)
        return tuple(newest[offset : offset + limit])

    async def request(self, reference: str) -> Whole | None:
        found = self.kept.get(reference)
        if found is None:
            return None
        met = [one for one in self.met.values() if one.request == reference]
        things = [one for (request, *_), one in self.attachments.items() if request == reference]
        newest = sorted(met, key=lambda one: one.at, reverse=True)[:100]
        return Whole(found, tuple(newest), tuple(sorted(things, key=lambda one: one.at)))

    async def due(self, by: float, limit: int) -> tuple[Request, ...]:
        ours = [one for one in self.kept.values() if one.state in OURS_TO_DO and one.due_at <= by]
        return tuple(sorted(ours, key=lambda one: (one.due_at, one.reference))[:limit])

    async def write(self, key: str, write: Write) -> None:
        if key in self._taken:
            return
        self._apply(write)
        self._taken.add(key)

    def _apply(self, write: Write) -> None:
        if isinstance(write, Open):
            self._open(write)
            return
        request = self.kept.get(write.request)
        if request is None:
            raise WriteNotTaken("no such request")
        self.kept[write.request] = replace(self._changed(request, write), changed_at=write.at)

    def _changed(  # noqa: C901, PLR0911 (one way for each kind of write)
        self,
        request: Request,
        write: Continue | Note | Talked | Escalate | Close | Change | Contacted | Attach,
    ) -> Request:
        state = request.state
        match write:
            case Continue():
                place = (write.call, write.request)
                state = state if place in self.met else after_contact(state)
                contact = Contact(write.at, write.channel, write.subject, write.request, contact=write.call)
                self.met.setdefault(place, contact)
                self.met[place] = replace(self.met[place], subject=write.subject)
                subject = write.subject if says_more(request.subject, write.subject) else request.subject
                citizen = request.citizen or self._known(write.citizen)
                return replace(request, state=state, subject=subject, citizen=citizen)
            case Note():
                place = (write.call, write.request)
                new = Contact(write.at, request.channel, request.subject, write.request, contact=write.call)
                noted = replace(self.met.get(place, new), outcome=write.outcome, agent=write.agent)
                self.met[place] = replace(noted, notes=write.notes)
                assignee = request.assignee or write.agent
                return replace(request, state=after_outcome(state, write.outcome), assignee=assignee)
            case Talked():
                return self._talked(request, write)
            case Escalate():
                state = State.IN_PROGRESS if state is State.OPEN else state
                area = request.area if write.area is None else write.area
                passed = replace(request, level=write.level, subject=write.subject, assignee=None)
                return replace(passed, state=state, area=area, reason=write.reason)
            case Close():
                return replace(request, state=moved(state, State.CLOSED))
            case Change():
                return _said(request, write)
            case Contacted():
                return self._contacted(request, write)
            case Attach():
                thing = Attachment(write.kind, write.reference, write.at)
                self.attachments.setdefault((write.request, write.kind, write.reference), thing)
                return request
            case _:
                assert_never(write)

    def _contacted(self, request: Request, write: Contacted) -> Request:
        place = (write.contact, write.request)
        if place in self.met:
            return request
        self.met[place] = Contact(
            write.at,
            write.channel,
            write.subject,
            write.request,
            write.outcome,
            write.contact,
            write.direction,
            write.agent,
            write.notes,
        )
        state = after_contacted(request.state, write.direction, write.outcome)
        assignee = (request.assignee or write.agent) if write.outcome else request.assignee
        return replace(request, state=state, assignee=assignee)

    def _talked(self, request: Request, write: Talked) -> Request:
        place = (write.call, write.request)
        if self.met[place].agent == write.agent:
            return request
        self.met[place] = replace(self.met[place], outcome=NO_OUTCOME, agent=write.agent)
        state = after_outcome(request.state, NO_OUTCOME)
        return replace(request, state=state, assignee=request.assignee or write.agent)

    def _open(self, write: Open) -> None:
        if write.request not in self.kept:
            self.kept[write.request] = Request(
                write.request,
                self._known(write.citizen),
                write.subject,
                write.at,
                write.at,
                due(write.at, write.priority) if write.due_at is None else write.due_at,
                write.kind,
                channel=write.channel,
                priority=write.priority,
                level=write.level,
                area=write.area,
            )
        else:
            demand_the_same(write, self.kept[write.request], met=(write.call, write.request) in self.met)
        contact = Contact(write.at, write.channel, write.subject, write.request, contact=write.call)
        self.met.setdefault((write.call, write.request), contact)

    def _known(self, citizen: str | None) -> str | None:
        if citizen is not None and citizen not in self._people:
            raise WriteNotTaken("no such citizen")
        return citizen


def _said(request: Request, write: Change) -> Request:
    """Give the request with what the write names; an assignee of "" is nobody."""
    named: dict[str, Any] = {
        "subject": write.subject,
        "kind": write.kind,
        "area": write.area,
        "priority": write.priority,
        "due_at": write.due_at,
    }
    changed = replace(request, **{name: value for name, value in named.items() if value is not None})
    return changed if write.assignee is None else replace(changed, assignee=write.assignee or None)


class Peer:
    """The far end of a TCP line: a MemoryCrm with manners that a test changes."""

    def __init__(self) -> None:
        self.crm = MemoryCrm()
        self.manners: Manners = "answers"
        self.hangs_on = ""
        self.asked = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            words = json.loads(await reader.readline())
            self.asked += 1
            match "hangs" if words[0] == self.hangs_on else self.manners:
                case "answers":
                    writer.write(await self._answer(*words) + b"\n")
                    await writer.drain()
                case "garbles":
                    writer.write(b"<html>502 Bad Gateway</html>\n")
                    await writer.drain()
                case "takes and hangs":
                    await self._answer(*words)
                    await reader.read()
                case "hangs":
                    await reader.read()
                case "slams":
                    writer.transport.abort()
                case _:
                    assert_never(self.manners)
        finally:
            writer.close()

    async def _answer(self, question: str, *words: str) -> bytes:
        try:
            if question == "write":
                await self.crm.write(words[0], from_json(words[1]))
                return b"null"
            answer = await getattr(self.crm, question)(*words)
        except WriteNotTaken as refusal:
            return json.dumps({"refused": str(refusal)}).encode()
        return json.dumps(answer, default=_plain).encode()


def _plain(value: Any) -> Any:  # noqa: ANN401 (whatever json cannot write)
    match value:
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case _:
            return asdict(value)


class RemoteCrm:
    """A connector that asks over TCP, one line each way, as a foreign CRM's would."""

    name = "remote"

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def citizen(self, citizen: str) -> Citizen | None:
        return _citizen(await self._ask("citizen", citizen))

    async def citizens_by_telephone(self, telephone: str) -> tuple[Citizen, ...]:
        people = await self._ask("citizens_by_telephone", telephone)
        return tuple(found for one in people if (found := _citizen(one)))

    async def citizen_by_document(self, document: str) -> Citizen | None:
        return _citizen(await self._ask("citizen_by_document", document))

    async def person(self, document: str) -> Person | None:
        one = await self._ask("person", document)
        return Person(**{**one, "questions": frozenset(one["questions"])}) if one else None

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        return bool(await self._ask("answers_hold", document, dict(answers)))

    async def cases(self, citizen: str) -> tuple[Case, ...]:
        cases = await self._ask("cases", citizen)
        return tuple(Case(**{**case, "since": date.fromisoformat(case["since"])}) for case in cases)

    async def folder(self, citizen: str) -> Folder:
        folder = await self._ask("folder", citizen)
        return Folder(
            tuple(map(_request, folder["requests"])), tuple(Contact(**one) for one in folder["contacts"])
        )

    async def requests(self, citizen: str, which: Which, offset: int, limit: int) -> tuple[Request, ...]:
        return tuple(map(_request, await self._ask("requests", citizen, which, offset, limit)))

    async def contacts(self, citizen: str, offset: int, limit: int) -> tuple[Contact, ...]:
        return tuple(Contact(**one) for one in await self._ask("contacts", citizen, offset, limit))

    async def request(self, reference: str) -> Whole | None:
        whole = await self._ask("request", reference)
        if not whole:
            return None
        contacts = tuple(Contact(**one) for one in whole["contacts"])
        things = tuple(Attachment(**one) for one in whole["attachments"])
        return Whole(_request(whole["request"]), contacts, things)

    async def due(self, by: float, limit: int) -> tuple[Request, ...]:
        return tuple(map(_request, await self._ask("due", by, limit)))

    async def write(self, key: str, write: Write) -> None:
        answer = await self._ask("write", key, to_json(write))
        if answer:
            raise WriteNotTaken(answer["refused"])

    async def _ask(self, *words: object) -> Any:  # noqa: ANN401 (JSON)
        try:
            line = await self._exchange(json.dumps(words).encode() + b"\n")
        except OSError as fault:
            raise CrmDown("the line broke") from fault
        if not line:
            raise CrmDown("the line was closed")
        return json.loads(
            line
        )  # what is no JSON is a fault of this connector's: the bridge must live with it

    async def _exchange(self, question: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._peer.port)
        try:
            writer.write(question)
            return await reader.readline()
        finally:
            writer.close()


def _request(answer: Any) -> Request:  # noqa: ANN401 (JSON)
    return Request(**{**answer, "state": State(answer["state"])})


def _citizen(answer: Any) -> Citizen | None:  # noqa: ANN401 (JSON)
    return Citizen(**{**answer, "telephones": tuple(answer["telephones"])}) if answer else None


@asynccontextmanager
async def a_peer() -> AsyncIterator[Peer]:
    """A peer that listens; what still hangs on it at the end is cut."""
    peer = Peer()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    yield peer
    server.close()
    await asyncio.wait_for(server.wait_closed(), 5)
