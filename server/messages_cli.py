"""`ventanilla messages`: what each shipped message costs, what became of those left, who may have codes again."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.codes import SqlCodes
from messages import linter
from messages.adapters.links import SqlLinks
from messages.adapters.tables import outbox, sendings
from messages.alphabet import Alphabet
from messages.standard import LONGEST
from messages.states import State, shown
from messages.texts import Unwritten
from server.console import EXIT_FAULT, out, settings
from server.conversing import code_limits
from server.flows import load
from server.languages import written_in
from server.on_file import on_file
from server.runtime.credentials import load_secrets

cli = typer.Typer(help="Messages to citizens: SMS and e-mail.", no_args_is_help=True)

CHANNELS = {"sms": "SMS", "email": "e-mail"}


@cli.command("check")
def check() -> None:
    """Print every message of the institution at its longest: characters, alphabet, parts, what must be mended."""
    folder = settings().institution_folder
    try:
        lines = linter.report(written_in(folder, load(folder)))
    except Unwritten as fault:
        out.print(f"{fault}.", style="bold red", highlight=False)
        raise typer.Exit(EXIT_FAULT) from None
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("message", "language", "characters", "alphabet", "parts", "not in GSM", ""):
        table.add_column(head, justify="right" if head in {"characters", "parts"} else "left")
    for line in lines:
        how = "GSM 03.38" if line.alphabet is Alphabet.GSM else "UCS-2"
        table.add_row(
            line.message,
            line.language,
            f"{line.characters}",
            how + (", plainer letters" if line.plainer else ""),
            f"{line.parts}",
            " ".join(line.letters),
            Text("; ".join(line.faults), style="bold red"),
        )
    out.print(table)
    faults = sum(len(line.faults) for line in lines)
    out.print(f"{len(lines)} messages, {faults} faults; at most {LONGEST} characters.", highlight=False)
    raise typer.Exit(EXIT_FAULT if faults else 0)


@cli.command("list")
def listed(days: Annotated[float, typer.Option(help="Left within so many days.")] = 1.0) -> None:
    """Say what became of the messages that were left: waiting, sent, delivered, failed, by message and channel."""
    wanted = settings()
    rows = on_file(wanted.database, lambda engine: _counted(engine, time.time() - days * 86_400))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("message", "channel", "state", "why", "count"):
        table.add_column(head, justify="right" if head == "count" else "left")
    for row in rows:
        table.add_row(*row)
    out.print(table)


async def _counted(engine: AsyncEngine, since: float) -> tuple[tuple[str, ...], ...]:
    channel = func.coalesce(sendings.c.channel, "")
    state, why = func.coalesce(sendings.c.state, outbox.c.state), func.coalesce(sendings.c.why, "")
    about = (outbox.c.message, channel, state, why)
    joined = outbox.outerjoin(sendings, (sendings.c.letter == outbox.c.id) & (sendings.c.part == 0))
    query = select(*about, func.count()).select_from(joined).where(outbox.c.left_at > since)
    async with engine.connect() as connection:
        found = (await connection.execute(query.group_by(*about).order_by(*about))).all()
    return tuple(
        (message, CHANNELS.get(way, "no carrier"), shown(State(state)), why, str(count))
        for message, way, state, why, count in found
    )


@cli.command("links")
def links() -> None:
    """Say how often each link of ours was opened; by whom, nobody knows."""
    for target, opened in on_file(settings().database, _opened):
        out.print(f"{opened:>8}  {target}", highlight=False, soft_wrap=True)


async def _opened(engine: AsyncEngine) -> tuple[tuple[str, int], ...]:
    return await SqlLinks(engine, b"", "", time.time).figures()


@cli.command("unblock")
def unblock(person: Annotated[str, typer.Argument(help="The register's id of the person.")]) -> None:
    """Let somebody have one-time codes again who used up a day's with wrong tries; look at their calls before."""
    wanted = settings()
    key = load_secrets(wanted.runtime).register.encode()
    limits = code_limits(load(wanted.institution_folder))
    if not on_file(wanted.database, lambda engine: SqlCodes(engine, key, lambda: limits).unblock(person)):
        out.print("This person is not blocked.")
        raise typer.Exit(EXIT_FAULT)
    out.print("They may have codes again.")
