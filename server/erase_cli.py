"""`ventanilla evidence erase`: a recording destroyed by an order, by two people; what the terms cannot decide."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Annotated

import typer
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine

from dialplans.institution import Institution
from recordings.adapters.evidence.log import Crowded
from recordings.adapters.vault.erasing import Erasing, Order, Refused, There
from recordings.adapters.vault.proving import Court
from recordings.facts import RecordingErased
from recordings.listening import Person, Role
from server.console import out, settings
from server.evidence import ORDERS, folder_of
from server.flows import load
from server.on_file import on_file
from server.retention_cli import ears, keep, typed_reason
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.vault import stores_of, trust_of

READ = (
    "Somebody reads the database: in its log of changes (-wal) the destroyed key may still stand. "
    "The night's run empties it."
)


def join(cli: typer.Typer) -> None:
    """Add the command to `ventanilla evidence`."""
    cli.command("erase")(erase)


def erase(
    call: Annotated[str, typer.Argument(help="The call's id.")],
    by: Annotated[str, typer.Option(help="Who carries out the order: an account's name.")],
    reason: Annotated[str, typer.Option(help="The order: the court's or the authority's reference.")],
    second: Annotated[
        str, typer.Option(help="Who answers for it too: another account; one of the two is the authority's.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; it cannot be taken back.")] = False,  # noqa: FBT002 - an option
    looked: Annotated[  # noqa: FBT002 - an option
        bool,
        typer.Option("--no-hold", help="The log cannot say whether it is held; you know that it is not."),
    ] = False,
) -> None:
    """Destroy a recording by an order, whatever its term says: key, files, signed vCon, what is in quarantine.

    For what the terms cannot decide: an order to erase, a recording whose evidence or row is broken, a file that the
    night's run leaves. Without `--yes` it is only said what there is. Refused while a legal hold stands, and where the
    log cannot say whether one does (a hold lifted less than four weeks ago, no time stamp that is believed) unless
    `--no-hold` says that you looked. The order is written down, and its fingerprint entered into the log, before
    anything is destroyed.
    """
    wanted, order = settings(), Order(call, by, second, typed_reason(reason), time.time())
    institution = load(wanted.institution_folder)

    async def work(engine: AsyncEngine) -> tuple[There, tuple[str, ...], bool]:
        _answerable(await ears(engine, by), await ears(engine, second))
        erasing = _erasing(engine, wanted, institution)
        try:
            there = await erasing.refused(order)
            if not yes:
                return there, (), True
            await erasing.enter(order, looked=looked)
            left = await erasing.destroy(order)
        except (Refused, Crowded) as why:
            said = why if isinstance(why, Refused) else "the log is written to by others: try again"
            raise RuntimeTrouble(f"The recording of {call} is not erased: {said}.") from why
        await keep(engine, [RecordingErased(call, by, second, order.reason, order.fingerprint, order.at)])
        return there, left, await erasing.forgotten()

    there, left, forgotten = on_file(wanted.database, work)
    _told(call, there, done=yes)
    if not forgotten:
        out.print(Text(READ, style="bold red"))
    for one in left:
        out.print(Text(f"{one} stays: mend what keeps it, and say the same again.", style="bold red"))
    if left:
        raise RuntimeTrouble("Its key is destroyed; not all of its files are.")


def _answerable(one: Person, other: Person) -> None:
    """Raise RuntimeTrouble unless two people answer, one of whom answers courts and authorities."""
    if one.name == other.name:
        raise RuntimeTrouble("Two people answer for an erasure: --by and --second are the same.")
    if Role.AUTHORITY not in (one.role, other.role):
        raise RuntimeTrouble("One of the two must be the account that answers courts and authorities.")


def _erasing(engine: AsyncEngine, wanted: Settings, institution: Institution) -> Erasing:
    def day_of(at: float) -> date:
        return datetime.fromtimestamp(at, institution.time_zone).date()

    court = Court(engine, day_of, *trust_of(wanted))
    return Erasing(court, wanted.recordings.resolve(), stores_of(wanted), folder_of(wanted) / ORDERS)


def _told(call: str, there: There, *, done: bool) -> None:
    """Print what there is, or was."""
    state = there.state or "there is no row of it"
    key, vcon = ("there is one" if one else "none" for one in (there.key, there.vcon))
    out.print(Text(f"{call}: {state}; its key: {key}; its signed vCon: {vcon}."))
    for path in there.files:
        out.print(Text(f"  {path}"))
    if there.unsure is not None:
        out.print(
            Text(
                f"Whether it is held the log cannot say: {there.unsure}. Look for yourself (--no-hold).",
                style="bold red",
            )
        )
    word = (
        "It is erased, and the order is on record"
        if done
        else "Nothing was done: if that is right, add --yes"
    )
    out.print(f"{word}.", highlight=False)
