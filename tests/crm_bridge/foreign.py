"""Tryton and Odoo as the contract tests want them: really running, with the demonstration's citizens and no request."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from crm_bridge.connectors import odoo, tryton
from crm_bridge.connectors.odoo import Odoo
from crm_bridge.connectors.tryton import Tryton
from crm_bridge.demonstration import INHABITANTS
from tests.crm_bridge.conftest import KEY

NO_ENGINE: Any = None
"""Neither keeps anything in our own database."""


_INHABITED = set[str]()
_SESSIONS = dict[str, str]()


async def _inhabited(crm: Tryton | Odoo, options: Mapping[str, str]) -> None:
    """Prepare and furnish each server once."""
    if options["url"] not in _INHABITED:
        await crm.prepare()
        await crm.furnish(INHABITANTS)
        _INHABITED.add(options["url"])


@asynccontextmanager
async def tryton_connector(options: Mapping[str, str]) -> AsyncIterator[Tryton]:
    """Give the connector to a Tryton that is prepared, furnished and without requests."""
    async with tryton.connect(NO_ENGINE, KEY, options) as crm:
        crm._line._session = _SESSIONS.get(options["url"], "")  # a password takes Tryton a tenth of a second
        await _inhabited(crm, options)
        await crm._places()
        _SESSIONS[options["url"]] = crm._line._session
        works = await crm._line.call("model.project.work.search", [("parent", "!=", None)], 0, None, None)
        if works:
            await crm._line.call("model.project.work.delete", works)
        yield crm


@asynccontextmanager
async def odoo_connector(options: Mapping[str, str]) -> AsyncIterator[Odoo]:
    """Give the connector to an Odoo that is prepared, furnished and without requests."""
    async with odoo.connect(NO_ENGINE, KEY, options) as crm:
        await _inhabited(crm, options)
        tasks = await crm._line.rows("project.task", [["x_ventanilla_reference", "!=", False]], ("name",))
        if tasks:
            await crm._line.call("project.task", "unlink", tuple(int(task["id"]) for task in tasks))
        yield crm
