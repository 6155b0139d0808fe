"""The people who work in a foreign CRM and know nothing of us: they change, rename, edit and delete, by its own API."""

from typing import Any, Protocol

from crm_bridge.connectors.odoo import Odoo
from crm_bridge.connectors.odoo import rows as odoo_rows
from crm_bridge.connectors.tryton import Tryton
from crm_bridge.connectors.tryton import rows as tryton_rows
from crm_bridge.requests import State

PROJECT, OTHERWISE = "Ventanilla", "Otra cosa"


class People(Protocol):
    """What a test lets them do."""

    create: str  # what stands in a call that makes a request, and in no other
    protection: str  # the field of an answer that says who is protected

    async def add(self, document: str) -> None: ...

    async def remove(self) -> None: ...

    async def resolve(self, words: str) -> None: ...

    async def words(self) -> str: ...

    async def spoil(self, reference: str) -> None: ...

    async def rename(self, name: str) -> None: ...

    async def copy(self) -> None: ...

    async def counted(self) -> int: ...

    async def settled(self) -> None: ...


class TrytonPeople:
    """Those of Tryton."""

    create, protection = "project.work.create", "categories"

    def __init__(self, crm: Tryton) -> None:
        self._crm, self._line = crm, crm._line
        self._added: Any = []

    async def add(self, document: str) -> None:
        twin = {"name": "Otra Persona", "identifiers": [["create", [{"code": document}]]]}
        self._added = await self._line.call("model.party.party.create", [twin])

    async def remove(self) -> None:
        await self._line.call("model.party.party.delete", self._added)

    async def resolve(self, words: str) -> None:
        layout, work = await self._crm._places(), await self._work("")
        changed = {"status": layout.statuses[State.RESOLVED], "comment": f"{words}\n\n{work.comment}"}
        await self._line.call("model.project.work.write", [work.id], changed)

    async def words(self) -> str:
        return ((await self._work("")).comment or "").partition(tryton_rows.MARK)[0].strip()

    async def spoil(self, reference: str) -> None:
        work = await self._work(reference)
        await self._line.call("model.project.work.write", [work.id], {"comment": "borrado"})

    async def rename(self, name: str) -> None:
        old = OTHERWISE if name == PROJECT else PROJECT
        domain = [("name", "=", old), ("type", "=", "project")]
        found = await self._line.call("model.project.work.search", domain, 0, 1, None)
        await self._line.call("model.project.work.write", found, {"name": name})

    async def copy(self) -> None:
        work = await self._work("")
        layout, party = (
            await self._crm._places(),
            await self._line.call("model.project.work.read", [work.id], ["party"]),
        )
        twin = {"name": work.name, "comment": work.comment, "status": work.status, "party": party[0]["party"]}
        place = {"type": "task", "parent": layout.project, "company": layout.company}
        await self._line.call("model.project.work.create", [{**twin, **place}])

    async def counted(self) -> int:
        return len(await self._crm._works([], 50))

    async def settled(self) -> None:
        """Tryton works on one after the other here: an answer now means that what was given up is done too."""
        await self.counted()

    async def _work(self, reference: str) -> tryton_rows.Work:
        return (await self._crm._works([("name", "like", f"{reference}%")], 1))[0]


class OdooPeople:
    """Those of Odoo."""

    create, protection = '"vals_list"', "x_ventanilla_protected"

    def __init__(self, crm: Odoo) -> None:
        self._crm, self._line = crm, crm._line
        self._added: Any = []

    async def add(self, document: str) -> None:
        twin = {"name": "Otra Persona", "vat": document}
        self._added = await self._line.call("res.partner", "create", vals_list=[twin])

    async def remove(self) -> None:
        await self._line.call("res.partner", "unlink", tuple(self._added))

    async def resolve(self, words: str) -> None:
        layout, task = await self._crm._places(), await self._task([])
        await self._line.call(
            "project.task", "write", (task.id,), vals={"stage_id": layout.stages[State.RESOLVED]}
        )
        await self._line.call("project.task", "message_post", (task.id,), body=words)

    async def words(self) -> str:
        task = await self._task([])
        domain = [["model", "=", "project.task"], ["res_id", "=", task.id], ["message_type", "=", "comment"]]
        found = await self._line.rows("mail.message", [*domain], ("preview",), limit=1)
        said = found or await self._line.rows("mail.message", domain[:2], ("preview",), limit=1)
        return str(said[0]["preview"]) if said else ""

    async def spoil(self, reference: str) -> None:
        task = await self._task([["x_ventanilla_reference", "=", reference]])
        await self._line.call("project.task", "write", (task.id,), vals={"x_ventanilla_sheet": "{}"})

    async def rename(self, name: str) -> None:
        old = OTHERWISE if name == PROJECT else PROJECT
        found = await self._line.call("project.project", "search", domain=[["name", "=", old]], limit=1)
        await self._line.call("project.project", "write", tuple(found), vals={"name": name})

    async def copy(self) -> None:
        task = await self._task([])
        await self._line.call("project.task", "copy", (task.id,), default={"stage_id": task.stage_id})
        twin = (await self._crm._tasks([], 50))[-1]
        kept = {"x_ventanilla_reference": "", "x_ventanilla_sheet": task.x_ventanilla_sheet}
        said = await self._line.rows("project.task", [["id", "=", task.id]], ("x_ventanilla_reference",))
        kept["x_ventanilla_reference"] = said[0]["x_ventanilla_reference"]
        await self._line.call("project.task", "write", (twin.id,), vals=kept)

    async def counted(self) -> int:
        return len(await self._crm._tasks([], 50))

    async def settled(self) -> None:
        """An answer now means that what was given up is done too, or waits for a row that this one has."""
        await self.counted()

    async def _task(self, domain: list[Any]) -> odoo_rows.Task:
        return (await self._crm._tasks(domain, 1))[0]
