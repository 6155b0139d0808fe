"""`ventanilla figures requests`: what was asked, by subject, type, state, channel, territory and agents' actions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TextIO, cast

import typer
from rich.table import Table

from server import demand
from server.console import out, settings
from server.figures import sheet
from server.figures.demand import ACTION, DIMENSIONS, LINE
from server.flows import load
from server.on_file import on_file

BY = f"Tell apart by {', '.join(DIMENSIONS)}; several with commas between, {ACTION} alone."
PICTURE = "Draw the lines of demand into this file (svg, png, pdf), beside what was published."
_SHARES = frozenset({"share", demand.PUBLISHED})


def requests(
    day: Annotated[str, typer.Option(help="A day: 2026-11-22, or today (the default).")] = "",
    first: Annotated[str, typer.Option("--from", help="First day of several.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, included.")] = "",
    by: Annotated[str, typer.Option(help=BY)] = LINE,
    csv: Annotated[Path | None, typer.Option(help="Write here as CSV; - for standard output.")] = None,
    picture: Annotated[Path | None, typer.Option(help=PICTURE)] = None,
) -> None:
    """Report what citizens asked for: contacts, the requests they opened, and shares (docs/requests.md)."""
    from server.figures_cli import the_days  # noqa: PLC0415 - it mounts this command

    wanted = settings()
    institution = load(wanted.institution_folder)
    days = the_days(day, first, last, institution.time_zone)
    parts = _dimensions(by)
    found = on_file(wanted.database, lambda engine: demand.read(engine, institution, days))
    made = demand.sheet(found, parts, institution)
    if picture is not None:
        lines = demand.sheet(found, (LINE,), institution)
        title = f"{institution.name}: {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "")
        from server.demand_picture import draw  # noqa: PLC0415 - half a second that no other command shall pay

        draw(lines, institution, institution.languages[0], title, picture)
        out.print(f"The picture is in {picture}", highlight=False)
    _give(made, csv)


def _dimensions(by: str) -> tuple[str, ...]:
    parts = tuple(dict.fromkeys(part.strip() for part in by.split(",") if part.strip()))
    for part in parts:
        if part not in DIMENSIONS:
            raise typer.BadParameter(f"{part}: requests are told apart by {', '.join(DIMENSIONS)}")
    if ACTION in parts and len(parts) > 1:
        raise typer.BadParameter(f"{ACTION} stands alone: one contact may have none or many")
    return parts or (LINE,)


def _give(made: sheet.Sheet, csv: Path | None) -> None:
    if csv is None:
        table = Table(*made.heads, box=None)
        for row in made.rows:
            cells = zip(made.heads, row, strict=True)
            table.add_row(*(_shown(head, value) for head, value in cells))
        out.print(table)
    elif str(csv) == "-":
        sheet.write(made, cast("TextIO", out.file))
    else:
        with csv.open("w", encoding="utf-8", newline="") as file:
            sheet.write(made, file)
        out.print(f"{len(made.rows)} rows are in {csv}", highlight=False)


def _shown(head: str, value: sheet.Cell) -> str:
    if value is None:
        return "-"
    return f"{float(value):.2%}" if head in _SHARES else str(value)
