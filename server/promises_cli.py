"""`ventanilla promises`: whom to ring back, which messages nobody has heard, and that it was done."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from server.console import EXIT_FAULT, out, settings
from server.flows import load
from server.on_file import on_file
from server.owed import GOOD_FOR_S, Owing

cli = typer.Typer(
    help="What callers were promised: calls back, and messages to be heard.", no_args_is_help=True
)

WHAT = {"callback": "call back", "number": "call back (left while no server answered)", "message": "listen"}


@cli.command("list")
def listed() -> None:
    """List what is still to be done, the oldest first: the number to ring, when, in which language, or the file."""
    wanted = settings()
    zone = load(wanted.institution_folder).time_zone
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("request", "since", "to do", "number", "hours", "language", "subject", "file"):
        table.add_column(head, no_wrap=head in {"request", "since", "number"})
    owed = on_file(wanted.database, lambda engine: Owing(engine, _nobody, time.time).listed())
    for one in owed:
        since = f"{datetime.fromtimestamp(one.since, zone):%Y-%m-%d %H:%M}"
        late = " (expires soon)" if one.what == "callback" and _soon(one.since) else ""
        file = str(wanted.messages / one.file) if one.file else ""
        table.add_row(
            one.request,
            since,
            WHAT[one.what] + late,
            one.number or "-",
            one.hours,
            one.language,
            one.subject,
            file,
        )
    out.print(table if owed else "Nothing is owed to anybody.", soft_wrap=True)


@cli.command("done")
def done(
    request: Annotated[str, typer.Argument(help="The request's reference, as `list` shows it.")],
) -> None:
    """Say that the citizen was reached, or the message heard: number and person may ask again."""
    many = on_file(settings().database, lambda engine: Owing(engine, _nobody, time.time).done(request))
    if not many:
        out.print("Nothing is owed by that request.", highlight=False)
        raise typer.Exit(EXIT_FAULT)
    out.print("It is done.")


def _soon(since: float) -> bool:
    return time.time() - since > GOOD_FOR_S - 86_400


def _nobody(_: object) -> None:
    """Tell nobody: the running server's facts are its own, and the row says how the promise ended."""
