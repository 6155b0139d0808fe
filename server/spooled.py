"""Numbers that callers left while no server answered: each becomes a request, once, and a row to ring back from."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Column, Double, MetaData, String, Table, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.ports import CrmDown
from ivr.adapters.spool import Spooled, read_spool
from server.facts import CallbackImported
from server.promises import write_number

log = logging.getLogger("ventanilla.callbacks")

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})
callbacks = Table(
    "server_callbacks",
    metadata,
    Column("file", String(80), primary_key=True),
    Column("call", String(64)),
    Column("number", String(20), nullable=False),
    Column("language", String(8), nullable=False),
    Column("left_at", Double, nullable=False),
    Column("request", String(40), nullable=False),
    Column("imported_at", Double, nullable=False),
    Column("kept_at", Double),
    Column("ending", String(10)),
)

LOOK_EVERY_S = 10.0
"""How often the spool is looked at: a caller who left a number waits for hours, not for seconds."""


class LeftNumbers:
    """Imports the spool of the last resort. The file goes only when the row is written, so none is lost or doubled."""

    def __init__(
        self, engine: AsyncEngine, spool: Path, bridge: Bridge, publish: Callable[[object], None]
    ) -> None:
        self._engine, self._spool, self._bridge, self._publish = engine, spool, bridge, publish

    async def run(self) -> None:
        """Import now and again, until cancelled."""
        while True:
            try:
                await self.take_in()
            except (SQLAlchemyError, OSError, CrmDown) as fault:
                log.error("callback numbers stay in the spool: %s", type(fault).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def take_in(self) -> int:
        """Import what lies in the spool; how many numbers there were."""
        left = await asyncio.to_thread(read_spool, self._spool)
        for one in left:
            await self._import(one)
        return len(left)

    async def _import(self, spooled: Spooled) -> None:
        left = spooled.callback
        name = spooled.file.name
        # A call id that Asterisk did not give us (never seen) still needs a request of its own.
        call = left.call or f"callback-{int(left.at)}.{int(name[:6], 16)}"
        if not await self._known(name):
            request = await self._bridge.open_or_continue(call, None, "callback")
            await self._keep(spooled, request)
            how = ("any", left.language)
            await write_number(self._bridge, request, call, left.number, how, left.at)
            self._publish(CallbackImported(call, request, time.time()))
        await asyncio.to_thread(spooled.forget)

    async def _known(self, name: str) -> bool:
        async with self._engine.connect() as connection:
            found = await connection.execute(select(callbacks.c.file).where(callbacks.c.file == name))
            return found.first() is not None

    async def _keep(self, spooled: Spooled, request: str) -> None:
        left = spooled.callback
        row = {
            "file": spooled.file.name,
            "call": left.call,
            "number": left.number,
            "language": left.language,
            "left_at": left.at,
            "request": request,
            "imported_at": time.time(),
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(callbacks).values(row))
