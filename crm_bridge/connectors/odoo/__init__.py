"""Odoo 19: contacts are the citizens, tasks of one project are the requests. docs/crm-odoo.md says how, step by step.

Theory of operation. Odoo lets its API add fields, so what we need and it has not stands in fields of ours
(`x_ventanilla_…`), made once by `ventanilla crm prepare`. A request is a task whose sheet (`crm_bridge.sheets`) is
one of them; citizen, stage and deadline are the task's own, so that people work with them. One call is one
transaction: the sheet, with the key of the write on it, is saved in one call.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.abilities import Abilities
from crm_bridge.adapters.exchange import Refused, WrongShape, client_for, in_clear, numbers, parsed
from crm_bridge.adapters.on_sheets import OnSheets, warmed
from crm_bridge.answers import all_keyed, hold
from crm_bridge.card import Whole
from crm_bridge.citizens import Citizen, Person
from crm_bridge.connectors.odoo import furnishing, rows
from crm_bridge.connectors.odoo import layout as places
from crm_bridge.connectors.odoo.line import Line
from crm_bridge.demonstration import Inhabitant
from crm_bridge.ports import WriteNotTaken
from crm_bridge.requests import OURS_TO_DO, Request
from crm_bridge.sheets import Sheet, due_of, read, taken, whole_of
from crm_bridge.writes import Write

OPTIONS = frozenset({"url", "database", "key"})
ABILITIES = Abilities(
    cases=False,
    limits=(
        "a name is one field: without a comma (`García López, María`) its last two words are the surnames",
        "of a citizen the 200 requests opened last are known",
        "Odoo has no Valencian: such a citizen is read as speaking Catalan",
        "Odoo writes without asking whether a record changed: two servers must not hand over the same outbox at once",
    ),
)
MOST_SHEETS = 200
# A number that so many people have is an office's; more names are no help on a card.
MOST_PEOPLE = 20
# Tasks with the same reference, looked for at once: a server that was away may do late what was given up.
TWINS = 5
PEOPLE = [["is_company", "=", False], ["type", "=", "contact"]]
FINAL = frozenset({"UserError", "ValidationError", "MissingError", "RedirectWarning"})
"""What Odoo says of a write that its own rules speak against; every other refusal may be over later."""


@asynccontextmanager
async def connect(engine: AsyncEngine, secret: bytes, options: Mapping[str, str]) -> AsyncIterator["Odoo"]:
    """Open the way to Odoo; the layout is looked for at once, so that the first card need not wait."""
    del engine
    async with client_for(options["url"]) as client:
        crm = Odoo(Line(client, options["database"], options["key"]), secret, clear=in_clear(options["url"]))
        async with warmed(crm):
            yield crm


class Odoo(OnSheets[Line, rows.Layout]):
    """The connector to Odoo 19. Contract: crm_bridge.ports.Connector, crm_bridge.abilities.Prepared."""

    name, title, secret = "odoo", "Odoo", "key"
    abilities = ABILITIES

    def __init__(self, line: Line, key: bytes, *, clear: bool = False) -> None:
        super().__init__(line, places, key, clear=clear)

    async def citizen(self, citizen: str) -> Citizen | None:
        """Give the citizen with this id: the internal reference of the contact."""
        people = await self._partners(rows.by_key(citizen))
        return rows.citizen_of(people[0]) if people else None

    async def citizens_by_telephone(self, telephone: str) -> tuple[Citizen, ...]:
        """Give everybody with this telephone (E.164), ordered by id."""
        people = await self._partners(rows.by_telephone(telephone))
        return tuple(sorted(map(rows.citizen_of, people), key=lambda one: one.id))

    async def citizen_by_document(self, document: str) -> Citizen | None:
        """Give the citizen with this document; nobody where Odoo has it twice."""
        people = await self._partners(rows.by_document(document))
        return rows.citizen_of(people[0]) if len(people) == 1 else None

    async def person(self, document: str) -> Person | None:
        """Give what the identification protocol may know of somebody; nobody where Odoo has the document twice."""
        people = await self._partners(rows.by_document(document))
        if len(people) != 1:
            return None
        (one,) = people
        questions = frozenset(rows.answers_of(one))
        return Person(one.key, questions, one.x_ventanilla_protected, one.x_ventanilla_locked)

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether every answer is right."""
        people = await self._partners(rows.by_document(document))
        one = people[0] if len(people) == 1 else None
        return hold(self._key, one.key if one else "", rows.answers_of(one) if one else {}, answers)

    async def request(self, reference: str) -> Whole | None:
        """Give one request with its contacts and attachments."""
        layout = await self._places()
        sheets = _read(await self._tasks(rows.named(reference), 1), layout)
        return whole_of(sheets[0]) if sheets else None

    async def due(self, by: float, limit: int) -> tuple[Request, ...]:
        """Give the requests that are ours to do and due by then."""
        layout = await self._places()
        stages = [layout.stages[state] for state in OURS_TO_DO]
        domain = [["stage_id", "in", stages], ["date_deadline", "<=", rows.moment(by)]]
        return due_of(_read(await self._tasks(domain, limit, "date_deadline, id"), layout), by, limit)

    async def write(self, key: str, write: Write) -> None:
        """Take a write, once for each key."""
        async with self._writing:
            layout = await self._places()
            tasks = await self._tasks(rows.named(write.request), TWINS)
            if twins := tuple(task.id for task in tasks[1:]):
                await self._ask("project.task", "unlink", twins)
            before = _sheet(tasks[0], layout) if tasks else None
            after = taken(before, key, write)
            if after is before:
                return
            fields = rows.task_of(after, layout, await self._partner(after))
            try:
                if tasks:
                    await self._ask("project.task", "write", (tasks[0].id,), vals=fields)
                else:
                    await self._make(after, fields, layout)
            except Refused as refused:
                raise (WriteNotTaken(str(refused)) if refused.kind in FINAL else refused) from refused

    async def _make(self, sheet: Sheet, fields: Mapping[str, Any], layout: rows.Layout) -> None:
        """Make the task; of two servers that did so at once the first one's stays."""
        fresh = {**fields, "project_id": layout.project}
        made = numbers(await self._ask("project.task", "create", vals_list=[fresh]), "project.task")
        tasks = await self._tasks(rows.named(sheet.request.reference), 1)
        if tasks and [tasks[0].id] != made:
            await self._ask("project.task", "unlink", tuple(made))

    async def _partner(self, sheet: Sheet) -> int | None:
        if sheet.request.citizen is None:
            return None
        domain = rows.by_key(sheet.request.citizen)
        found = numbers(await self._ask("res.partner", "search", domain=domain, limit=1), "res.partner")
        if not found:
            raise WriteNotTaken("no such citizen")
        return found[0]

    async def _partners(self, domain: list[Any]) -> list[rows.Partner]:
        found = await self._records("res.partner", [*PEOPLE, *domain], rows.PARTNER, "id", MOST_PEOPLE)
        return parsed(rows.Partner, found, "res.partner")

    async def _sheets(self, citizen: str) -> tuple[Sheet, ...]:
        layout = await self._places()
        theirs = [["partner_id", "any", rows.by_key(citizen)]]
        return _read(await self._tasks(theirs, MOST_SHEETS, "id desc"), layout)

    async def _tasks(self, domain: list[Any], most: int, order: str = "id") -> list[rows.Task]:
        layout = await self._places()
        ours = [["project_id", "=", layout.project], *domain]
        return parsed(
            rows.Task, await self._records("project.task", ours, rows.TASK, order, most), "project.task"
        )

    async def _records(
        self, model: str, domain: list[Any], fields: Mapping[str, Any], order: str, most: int
    ) -> Any:  # noqa: ANN401 (JSON)
        """Read records and what is below them in one question."""
        found = await self._ask(
            model, "web_search_read", domain=domain, specification=dict(fields), order=order, limit=most
        )
        if not isinstance(found, dict) or "records" not in found:
            raise WrongShape(f"{model} has no records")
        return found["records"]

    async def _ask(
        self,
        model: str,
        method: str,
        ids: tuple[int, ...] = (),
        **words: Any,  # noqa: ANN401 (JSON)
    ) -> Any:  # noqa: ANN401 (JSON)
        return await self._answered(self._line.call(model, method, ids, **words))

    async def keep_answers(self, document: str, answers: Mapping[str, str]) -> bool:
        """Keep somebody's answers, as keyed hashes, in place of those there were."""
        people = await self._partners(rows.by_document(document))
        if len(people) != 1:
            return False
        kept = {"x_ventanilla_answers": json.dumps(all_keyed(self._key, people[0].key, answers))}
        await self._ask("res.partner", "write", (people[0].id,), vals=kept)
        return True

    async def furnish(self, people: tuple[Inhabitant, ...]) -> None:
        """Put made-up citizens into an Odoo for trying out; again and again without harm."""
        await furnishing.furnish(self._line, self._key, people)


def _read(tasks: list[rows.Task], layout: rows.Layout) -> tuple[Sheet, ...]:
    return read(tasks, lambda task: rows.sheet_of(task, layout))


def _sheet(task: rows.Task, layout: rows.Layout) -> Sheet:
    try:
        return rows.sheet_of(task, layout)
    except ValueError as edited:
        raise WriteNotTaken("somebody edited the sheet in x_ventanilla_sheet: put it back") from edited
