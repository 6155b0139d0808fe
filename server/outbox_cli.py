"""`ventanilla crm refused` and `again`: what the CRM would not take, and handing it over once more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.ledger import Ledger, Refused
from server.console import out, settings
from server.flows import load
from server.on_file import on_file

MOST_SHOWN = 200


def refused() -> None:
    """List the writes that the CRM would not take, with its reason; what they say is personal and not shown."""
    wanted = settings()

    async def asked(engine: AsyncEngine) -> tuple[Refused, ...]:
        return await Ledger(engine).refusals(MOST_SHOWN)

    rows = on_file(wanted.database, asked)
    zone = load(wanted.institution_folder).time_zone
    table = Table("when", "request", "write", "reason")
    for row in rows:
        when = datetime.fromtimestamp(row.at, zone)
        table.add_row(f"{when:%Y-%m-%d %H:%M}", row.request, row.kind, row.reason)
    out.print(table if rows else "The CRM has refused nothing.")


def again(
    request: Annotated[str, typer.Argument(help="a request's reference; nothing: of every request")] = "",
) -> None:
    """Hand refused writes over once more, in their order, after the CRM or its mapping was put right."""

    async def asked(engine: AsyncEngine) -> int:
        return await Ledger(engine).again(request or None)

    count = on_file(settings().database, asked)
    out.print(f"{count} writes are handed over again; the running server begins within seconds.")
