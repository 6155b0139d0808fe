"""`ventanilla figures`: what was offered, answered and how, for any day or span; queue-log; reconcile."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Annotated, TextIO, cast

import typer
from rich.progress import track
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from dialplans.institution import Institution
from server.console import EXIT_FAULT, err, out, settings
from server.demand_cli import requests
from server.figures import queue_log, reading, sheet, spans
from server.figures.agreed import thresholds_of
from server.figures.counts import Counts
from server.figures.kpis import KPIS, Kpi
from server.figures.reconciling import Records, compare
from server.figures.records import ServiceUse
from server.figures.repeats import DAY_S, Seen
from server.figures.report import DIMENSIONS, Key, Report, Terms
from server.figures.sheet import Sheet
from server.figures.spans import Span
from server.flows import load
from server.on_file import on_file
from server.runtime.site import Places

ARRIVALS = ("CallArrived", "IdentityProven")
SERVICE = "service"

cli = typer.Typer(help="Figures of truth, computed from the facts (docs/figures.md).")
cli.command("requests")(requests)

DAY = "A day: 2026-11-22, or today (the default)."
FIRST = "First day of several: 2026-11-01."
LAST = "Last day, included."
BY = f"Tell apart by {', '.join(DIMENSIONS)} or {SERVICE}; several with commas between: day,subject."
CSV = "Write here as CSV instead of showing a table; - for standard output."
REPEATED = "A call is repeated when its number or person called within so many days before."


@cli.callback(invoke_without_command=True)
def figures(
    context: typer.Context,
    day: Annotated[str, typer.Option(help=DAY)] = "",
    first: Annotated[str, typer.Option("--from", help=FIRST)] = "",
    last: Annotated[str, typer.Option("--to", help=LAST)] = "",
    by: Annotated[str, typer.Option(help=BY)] = "",
    csv: Annotated[Path | None, typer.Option(help=CSV)] = None,
    repeated: Annotated[int, typer.Option(min=1, max=90, help=REPEATED)] = 7,
) -> None:
    """Compute the key figures of a day or of several, from the facts."""
    if context.invoked_subcommand is not None:
        return
    wanted = settings()
    institution = load(wanted.institution_folder)
    days = the_days(day, first, last, institution.time_zone)
    parts = _dimensions(by)
    kept = tuple(part for part in parts if part != SERVICE)
    lines, services = on_file(
        wanted.database, lambda engine: _computed(engine, institution, days, kept, repeated)
    )
    made = sheet.services(services) if SERVICE in parts else sheet.sheet(kept, lines)
    _give(made, csv, upright=not parts)


@cli.command("queue-log")
def export_queue_log(
    day: Annotated[str, typer.Option(help=DAY)] = "",
    first: Annotated[str, typer.Option("--from", help=FIRST)] = "",
    last: Annotated[str, typer.Option("--to", help=LAST)] = "",
    file: Annotated[Path | None, typer.Option(help="Write here; else to standard output.")] = None,
) -> None:
    """Write the facts as Asterisk's queue_log, for the reporting tools that read it."""
    wanted = settings()
    zone = load(wanted.institution_folder).time_zone
    days = the_days(day, first, last, zone)
    span = Span(spans.begins(days[0], zone), spans.day_span(days[-1], zone).ends)
    facts = on_file(wanted.database, lambda engine: reading.around(engine, span, queue_log.TYPES))
    made = queue_log.QueueLog(queue_log.queues_in(facts)).lines(facts)
    text = "".join(f"{line}\n" for line in made if span.begins <= line.at < span.ends)
    if file is None:
        out.file.write(text)
    else:
        file.write_text(text, encoding="utf-8")


@cli.command()
def reconcile(day: Annotated[str, typer.Option(help=DAY)] = "") -> None:
    """Compare every call of a day with Asterisk's own records, and name each difference (exit code 1)."""
    wanted = settings()
    zone = load(wanted.institution_folder).time_zone
    (which,) = the_days(day, "", "", zone)
    records = Records(Places(wanted.runtime).logs)
    number, found = on_file(wanted.database, lambda engine: compare(engine, records, which, zone))
    for one in found:
        sides = f": we have {one.ours}, Asterisk {one.theirs}" if one.ours or one.theirs else ""
        out.print(f"{one.call}: {one.what}{sides}", highlight=False, soft_wrap=True)
    out.print(f"{which}: {number} calls, {len(found)} differences.", highlight=False)
    raise typer.Exit(EXIT_FAULT if found else 0)


def the_days(day: str, first: str, last: str, zone: tzinfo) -> list[date]:
    """Read which days are meant."""
    today = spans.day_of(datetime.now(UTC).timestamp(), zone)
    if day and (first or last):
        raise typer.BadParameter("give --day, or --from and --to")
    begin, end = (first or day, last or (first and today.isoformat()) or day)
    days = [*spans.days(_day(begin, today), _day(end, today))]
    if not days:
        raise typer.BadParameter("--to is before --from")
    return days


def _day(written: str, today: date) -> date:
    if written in {"", "today"}:
        return today
    try:
        return date.fromisoformat(written)
    except ValueError as wrong:
        raise typer.BadParameter(f"{written} is no day: write 2026-11-22") from wrong


def _dimensions(by: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in by.split(",") if part.strip())
    for part in parts:
        if part not in {*DIMENSIONS, SERVICE}:
            raise typer.BadParameter(
                f"{part}: figures are told apart by {', '.join(DIMENSIONS)} or {SERVICE}"
            )
    if SERVICE in parts and len(parts) > 1:
        raise typer.BadParameter(f"{SERVICE} stands alone: its figures are how often each ended how")
    return tuple(dict.fromkeys(parts))


async def _computed(
    engine: AsyncEngine, institution: Institution, days: list[date], by: tuple[str, ...], repeated: int
) -> tuple[dict[Key, Counts], Counter[ServiceUse]]:
    """Compute day by day, so that a year needs no more memory than its busiest day."""
    zone = institution.time_zone
    begins = spans.begins(days[0], zone)
    before = await reading.of_type(engine, Span(begins - repeated * DAY_S, begins), ARRIVALS)
    seen = Seen(repeated, before)
    terms = Terms(zone, thresholds_of(institution), by, await reading.levels(engine))
    lines: dict[Key, Counts] = {} if by else {(): Counts()}
    services = Counter[ServiceUse]()
    now = datetime.now(UTC).timestamp()
    for day in track(days, "Reading the facts …", console=err, transient=True, disable=len(days) == 1):
        span = spans.day_span(day, zone)
        report = Report(span, terms, seen).read(await reading.around(engine, span), min(now, span.ends))
        services.update(report.total.services)
        for key, counts in report.lines.items():
            lines.setdefault(key, Counts()).add(counts)
    return lines, services


def _give(made: Sheet, csv: Path | None, *, upright: bool) -> None:
    if csv is None:
        out.print(_upright(made) if upright else _table(made))
    elif str(csv) == "-":
        sheet.write(made, cast("TextIO", out.file))
    else:
        with csv.open("w", encoding="utf-8", newline="") as file:
            sheet.write(made, file)
        out.print(f"{len(made.rows)} rows are in {csv}", highlight=False)


def _upright(made: Sheet) -> Table:
    """Show one line of figures from top to bottom, each with its formula."""
    table = Table("figure", "value", "how it is computed", box=None)
    for kpi, value in zip(KPIS, made.rows[0], strict=True):
        table.add_row(kpi.name, _shown(kpi, value), kpi.formula)
    return table


SHOWN = (
    "offered", "answered", "abandoned", "service_level", "asa_s", "longest_wait_s", "aht_s", "occupancy", "calls",
    "blocked", "served_by_machine", "transferred", "repeat_share",
)  # fmt: skip
"""What fits on a screen side by side; CSV has all."""


def _table(made: Sheet) -> Table:
    units = {kpi.name: kpi for kpi in KPIS}
    columns = [n for n, head in enumerate(made.heads) if head not in units or head in SHOWN]
    table = Table(*(made.heads[n] for n in columns), box=None)
    for row in made.rows:
        table.add_row(*(_shown(units.get(made.heads[n]), row[n]) for n in columns))
    return table


def _shown(kpi: Kpi | None, value: sheet.Cell) -> str:
    if value is None or value == "":
        return "-"
    if kpi is None or kpi.unit == "number":
        return str(value)
    return f"{float(value):.1%}" if kpi.unit == "share" else f"{float(value):.1f} s"
