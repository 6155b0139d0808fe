"""Tryton and Odoo as the contract tests want them: really running, with the demonstration's citizens and no request.

An administrator prepares and cleans them; the connector under test is a user with no more rights than its work takes.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from crm_bridge.connectors import odoo, tryton
from crm_bridge.connectors.odoo import Odoo
from crm_bridge.connectors.tryton import Tryton
from crm_bridge.demonstration import INHABITANTS
from tests.crm_bridge.conftest import KEY
from tests.crm_bridge.real.process import Served

NO_ENGINE: Any = None
"""Neither keeps anything in our own database."""
_INHABITED = set[str]()
_SESSIONS = dict[tuple[str, str], str]()


@asynccontextmanager
async def tryton_opened(options: Mapping[str, str]) -> AsyncIterator[Tryton]:
    """Open a connector in the session of the one before: a password takes Tryton a tenth of a second."""
    who = (options["url"], options["user"])
    async with tryton.connect(NO_ENGINE, KEY, options) as crm:
        crm._line._session = _SESSIONS.get(who, "")
        yield crm
        _SESSIONS[who] = crm._line._session


@asynccontextmanager
async def odoo_opened(options: Mapping[str, str]) -> AsyncIterator[Odoo]:
    """Open a connector."""
    async with odoo.connect(NO_ENGINE, KEY, options) as crm:
        yield crm


@asynccontextmanager
async def tryton_connector(served: Served) -> AsyncIterator[Tryton]:
    """Give the connector to a Tryton that is prepared, furnished and without requests."""
    async with tryton_opened(served.options) as administrator:
        await _inhabited(administrator, served)
        line = administrator._line
        works = await line.call("model.project.work.search", [("parent", "!=", None)], 0, None, None)
        if works:
            await line.call("model.project.work.delete", works)
    async with tryton_opened(served.lesser) as crm:
        yield crm


@asynccontextmanager
async def odoo_connector(served: Served) -> AsyncIterator[Odoo]:
    """Give the connector to an Odoo that is prepared, furnished and without requests."""
    async with odoo_opened(served.options) as administrator:
        await _inhabited(administrator, served)
        line = administrator._line
        tasks = await line.rows("project.task", [["x_ventanilla_reference", "!=", False]], ("name",))
        if tasks:
            await line.call("project.task", "unlink", tuple(int(task["id"]) for task in tasks))
    async with odoo_opened(served.lesser) as crm:
        yield crm


async def _inhabited(crm: Tryton | Odoo, served: Served) -> None:
    """Prepare and furnish each server once."""
    if served.options["url"] not in _INHABITED:
        await crm.prepare()
        await crm.furnish(INHABITANTS)
        for one in INHABITANTS:  # a server of another test may have put them in, with a key of its own
            await crm.keep_answers(one.citizen.document, one.answers)
        _INHABITED.add(served.options["url"])
