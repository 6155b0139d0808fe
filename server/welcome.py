"""What `make run` shows: how far it is, and then one short screen with everything needed to try it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from crm_bridge.demonstration import MARIA
from dialplans.institution import Institution
from ivr.identity import LONGEST_ANSWER, key_of
from server.evidence import warnings
from server.runtime import progress as steps
from server.settings import Settings
from web.demonstration import demonstration_accounts

MOST_SAID = 5
"""Faults said at a start that serves all the same; `ventanilla check` says all."""


@contextmanager
def showing_progress(out: Console) -> Iterator[steps.Progress]:
    """Show one bar; on a screen that is none (a log), one line for each new step."""
    if not out.is_terminal:
        yield _lines(out)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task("Looking", total=1.0)
        yield lambda step, part: bar.update(task, description=step, completed=part)


def _lines(out: Console) -> steps.Progress:
    last = ""

    def show(step: str, part: float) -> None:
        nonlocal last
        word = step.partition(":")[0]
        if word != last:
            last = word
            out.print(f"{part:4.0%}  {word}", highlight=False)

    return show


def say_ready(out: Console, settings: Settings, institution: Institution, warning: str) -> None:
    """Show addresses, numbers and, in the demonstration, the sign-ins."""
    page = settings.public_url or f"http://{settings.address}:{settings.ports.web}"
    open_these = Table.grid(padding=(0, 2))
    open_these.add_row("Call page", f"{page}/")
    open_these.add_row("In writing", f"{page}/text")
    open_these.add_row("Agent desk", f"{page}/desk")
    open_these.add_row("Supervisor wall", f"{page}/wall")
    open_these.add_row("Recordings", f"{page}/recordings")
    numbers = Table.grid(padding=(0, 2))
    for number in institution.numbers:
        numbers.add_row(number, f"sip:{number}@{settings.sip_host}:{settings.ports.sip}")
    parts: list[object] = ["[bold]Open[/]", open_these, "", "[bold]Call[/]", numbers]
    if settings.demonstration:
        parts += ["", "[bold]Sign in[/] (demonstration)", _sign_ins()]
        parts += ["", "[bold]Be a citizen[/] (demonstration)", _citizen()]
    for said in (warning, *warnings(settings)):
        parts += ["", f"[yellow]{said}[/]"] if said else []
    parts += ["", "[dim]Ctrl-C stops everything this started.[/]"]
    out.print(Panel(Group(*parts), title="Ventanilla", expand=False))  # type: ignore[arg-type] # all are renderable


def say_refused(err: Console, folder: Path, faults: Sequence[str]) -> None:
    """Say that the institution's folder is not served as it stands, why, and what mends it; nothing without faults."""
    if not faults:
        return
    more = len(faults) - MOST_SAID
    lines = (
        f"{folder} IS NOT SERVED AS IT STANDS. Callers hear what was accepted last, for this is refused:",
        *(f"  {fault}" for fault in faults[:MOST_SAID]),
        *([f"  … and {more} more: `ventanilla check` says all."] if more > 0 else []),
        "Correct it, then run: ventanilla reload",
    )
    err.print(Text("\n".join(lines), style="bold red"))


def _sign_ins() -> Table:
    table = Table.grid(padding=(0, 2))
    for account, password in demonstration_accounts():
        table.add_row(account.name, password, f"{account.display}, {account.role.value}")
    return table


def _citizen() -> Table:
    """Say how to hear the state of a case: the document, the key of its letter, and the answers to what is asked."""
    document, letter = MARIA.citizen.document[:-1], MARIA.citizen.document[-1]
    table = Table.grid(padding=(0, 2))
    table.add_row("To your case", "1 (language), 2 (the state of a case)")
    who = f"{MARIA.citizen.given_name} {MARIA.citizen.family_name}"
    table.add_row(f"DNI of {who}", f"{document}, then {key_of(letter)} for its letter {letter}, then 1")
    table.add_row("Answers to what is asked", "")
    for question, digits in MARIA.answers.items():
        end = "" if len(digits) == LONGEST_ANSWER[question] else " #"
        table.add_row(f"  {question.replace('_', ' ')}", f"{digits}{end}")
    return table
