"""Tryton: parties are the citizens, works of one project are the requests. docs/crm-tryton.md says how, step by step.

Theory of operation. Tryton has no fields of ours, and none can be added over its API. So a citizen is what the
module `party` knows of them; who is protected or locked is in a category; the answers of the identification protocol
are a note of keyed hashes. A request is a work of the project Ventanilla whose comment carries its sheet
(`crm_bridge.sheets`) below a mark. It is saved in one call with the timestamp that it was read with, so that of two
who change it at once one is told, and tries again.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.abilities import Abilities
from crm_bridge.adapters.exchange import Refused, client_for, in_clear, numbers, parsed
from crm_bridge.adapters.on_sheets import OnSheets, warmed
from crm_bridge.answers import all_keyed, hold
from crm_bridge.card import Whole
from crm_bridge.citizens import Citizen, Person
from crm_bridge.connectors.tryton import furnishing, rows
from crm_bridge.connectors.tryton import layout as places
from crm_bridge.connectors.tryton.line import Line
from crm_bridge.demonstration import Inhabitant
from crm_bridge.ports import WriteNotTaken
from crm_bridge.requests import OURS_TO_DO, Request
from crm_bridge.sheets import Sheet, due_of, read, taken, whole_of
from crm_bridge.writes import Write

OPTIONS = frozenset({"url", "database", "user", "password"})
ABILITIES = Abilities(
    cases=False,
    limits=(
        "a name is one field: without a comma (`García López, María`) its last two words are the surnames",
        "of a citizen the 200 requests opened last are known",
        "a request is found by the name of its work, which Tryton looks for in one after the other",
        "contacts and notes are lines in the comment of a work: Tryton's people read them, and search them as text",
        "a language is one of Tryton's list: Basque and Galician must be added to it; Valencian is read as Catalan",
    ),
)
MOST_SHEETS = 200
# A number that so many people have is an office's; more names are no help on a card.
MOST_PEOPLE = 20
# Works with the same reference, looked for at once: a server that was away may do late what was given up.
TWINS = 5
Row = Mapping[str, Any]


@asynccontextmanager
async def connect(engine: AsyncEngine, secret: bytes, options: Mapping[str, str]) -> AsyncIterator["Tryton"]:
    """Open the way to Tryton; session and layout are looked for at once, so that the first card need not wait."""
    del engine
    async with client_for(options["url"]) as client:
        line = Line(client, options["database"], options["user"], options["password"])
        crm = Tryton(line, secret, clear=in_clear(options["url"]))
        async with warmed(crm):
            yield crm


class Tryton(OnSheets[Line, rows.Layout]):
    """The connector to Tryton. Contract: crm_bridge.ports.Connector, crm_bridge.abilities.Prepared."""

    name, title, secret = "tryton", "Tryton", "password"
    abilities = ABILITIES

    def __init__(self, line: Line, key: bytes, *, clear: bool = False) -> None:
        super().__init__(line, places, key, clear=clear)

    async def citizen(self, citizen: str) -> Citizen | None:
        """Give the citizen with this id, which is the party's code."""
        people = await self._citizens([("code", "=", citizen)] if citizen.isprintable() else rows.NOTHING)
        return people[0] if people else None

    async def citizens_by_telephone(self, telephone: str) -> tuple[Citizen, ...]:
        """Give everybody with this telephone (E.164), ordered by id."""
        typed = [("value_compact", "=", telephone), ("type", "in", list(rows.TELEPHONES))]
        return await self._citizens([("contact_mechanisms", "where", typed)])

    async def citizen_by_document(self, document: str) -> Citizen | None:
        """Give the citizen with this document; nobody where Tryton has it twice."""
        people = await self._citizens(_with_document(document))
        return people[0] if len(people) == 1 else None

    async def person(self, document: str) -> Person | None:
        """Give what the identification protocol may know of somebody; nobody where Tryton has the document twice."""
        someone, kept = await self._on_file(document)
        if someone is None:
            return None
        return Person(someone.id, frozenset(kept), someone.protected, someone.locked)

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether every answer is right."""
        someone, kept = await self._on_file(document)
        return hold(self._key, someone.id if someone else "", kept, answers)

    async def _on_file(self, document: str) -> tuple[Citizen | None, Mapping[str, str]]:
        """Give who has the document, and the hashes of their answers: two questions for anybody and for nobody.

        Tryton lets a user look only at the notes of a record that is named, so nobody's are those of the company.
        """
        layout, people = await self._places(), await self._parties(_with_document(document))
        one = people[0] if len(people) == 1 else None
        owner = ("resource", "=", f"party.party,{one.id if one else layout.nobody}")
        words = ([owner, ("message", "like", f"{rows.IDENTITY}%")], 0, 1, [("id", "DESC")], ["message"])
        notes = parsed(rows.Note, await self._ask("model.ir.note.search_read", *words), "ir.note")
        if one is None:
            return None, {}
        return rows.citizen_of(one, layout), rows.answers_of(notes[0]) if notes else {}

    async def request(self, reference: str) -> Whole | None:
        """Give one request with its contacts and attachments."""
        layout = await self._places()
        sheets = _read(await self._works(rows.named(reference), 1), layout)
        return whole_of(sheets[0]) if sheets else None

    async def due(self, by: float, limit: int) -> tuple[Request, ...]:
        """Give the requests that are ours to do and due by then."""
        layout = await self._places()
        states = [layout.statuses[state] for state in OURS_TO_DO]
        domain = [("status", "in", states), ("sequence", "<=", rows.minute_of(by))]
        works = await self._works(domain, limit, [("sequence", "ASC"), ("id", "ASC")])
        return due_of(_read(works, layout), by, limit)

    async def write(self, key: str, write: Write) -> None:
        """Take a write, once for each key."""
        async with self._writing:
            layout = await self._places()
            works = await self._works(rows.named(write.request), TWINS)
            if twins := [work.id for work in works[1:]]:
                await self._ask("model.project.work.delete", twins)
            before = _sheet(works[0], layout) if works else None
            after = taken(before, key, write)
            if after is before:
                return
            fields = rows.work_of(
                after, layout, await self._party(after), (works[0].comment or "") if works else ""
            )
            if works:
                await self._save(works[0], fields)
            else:
                await self._make(write.request, fields, layout)

    async def _save(self, work: rows.Work, fields: Row) -> None:
        """Change the work; somebody who changed it since it was read makes this CrmDown, and it is tried again."""
        stamp = {f"project.work,{work.id}": work.timestamp}
        try:
            await self._ask("model.project.work.write", [work.id], fields, _timestamp=stamp)
        except Refused as refused:
            raise _final(refused) from refused

    async def _make(self, reference: str, fields: Row, layout: rows.Layout) -> None:
        """Make the work; of two servers that did so at once the first one's stays."""
        fixed = {"type": "task", "parent": layout.project, "company": layout.company}
        try:
            made = await self._ask("model.project.work.create", [{**fields, **fixed}])
        except Refused as refused:
            raise _final(refused) from refused
        works = await self._works(rows.named(reference), 1)
        if works and [works[0].id] != made:
            await self._ask("model.project.work.delete", numbers(made, "project.work"))

    async def _party(self, sheet: Sheet) -> int | None:
        if sheet.request.citizen is None:
            return None
        domain = [("code", "=", sheet.request.citizen)]
        found = numbers(await self._ask("model.party.party.search", domain, 0, 1, None), "party.party")
        if not found:
            raise WriteNotTaken("no such citizen")
        return found[0]

    async def _citizens(self, domain: list[Any]) -> tuple[Citizen, ...]:
        layout = await self._places()
        return tuple(rows.citizen_of(party, layout) for party in await self._parties(domain))

    async def _parties(self, domain: list[Any]) -> list[rows.Party]:
        words = (domain, 0, MOST_PEOPLE, [("code", "ASC")], list(rows.PARTY))
        return parsed(rows.Party, await self._ask("model.party.party.search_read", *words), "party.party")

    async def _sheets(self, citizen: str) -> tuple[Sheet, ...]:
        layout = await self._places()
        newest = [("id", "DESC")]
        return _read(await self._works([("party.code", "=", citizen)], MOST_SHEETS, newest), layout)

    async def _works(self, domain: list[Any], most: int, order: list[Any] | None = None) -> list[rows.Work]:
        layout = await self._places()
        ours = [("parent", "=", layout.project), ("type", "=", "task"), *domain]
        words = (ours, 0, most, order or [("id", "ASC")], list(rows.WORK))
        return parsed(rows.Work, await self._ask("model.project.work.search_read", *words), "project.work")

    async def _ask(self, method: str, *words: object, **context: object) -> Any:  # noqa: ANN401 (JSON)
        return await self._answered(self._line.call(method, *words, **context))

    async def keep_answers(self, document: str, answers: Mapping[str, str]) -> bool:
        """Keep somebody's answers, as keyed hashes, in place of those there were."""
        people = await self._parties(_with_document(document))
        if len(people) != 1:
            return False
        kept = all_keyed(self._key, people[0].code, answers)
        await furnishing.keep(self._line, people[0].id, kept)
        return True

    async def furnish(self, people: tuple[Inhabitant, ...]) -> None:
        """Put made-up citizens into a Tryton for trying out; again and again without harm."""
        await furnishing.furnish(self._line, await self._places(), self._key, people)


def _final(refused: Refused) -> Exception:
    """Tell a write that is never taken (Tryton's own rules speak against it) from one that may be later."""
    return WriteNotTaken(str(refused)) if refused.kind in {"UserError", "UserWarning"} else refused


def _with_document(document: str) -> list[Any]:
    return [("identifiers.code", "in", rows.codes_of(document))]


def _read(works: list[rows.Work], layout: rows.Layout) -> tuple[Sheet, ...]:
    return read(works, lambda work: rows.sheet_of(work, layout))


def _sheet(work: rows.Work, layout: rows.Layout) -> Sheet:
    try:
        return rows.sheet_of(work, layout)
    except ValueError as edited:
        raise WriteNotTaken("somebody edited our lines in the work's comment: put them back") from edited
