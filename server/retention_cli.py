"""`ventanilla evidence retention`, `hold`, `lift`, `subject`: how long, until when not, and all that is somebody's."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from dialplans.institution import Institution
from recordings.adapters.vault.audio import VaultAudio
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.listenings import Listenings
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.searching import Searching
from recordings.facts import RecordingStuck
from recordings.listening import Person, Role, reason_of
from recordings.ports import Audio
from recordings.retention import ClockDoubted, Next, Plan
from server.calls_of import CallsOf
from server.console import out, settings
from server.crm import crm_of
from server.facts_store import facts
from server.flows import load
from server.keeping import read_terms
from server.listening import Listening, PersonOf
from server.on_file import on_file
from server.runtime.credentials import load_secrets
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.subject_access import Copied, copy_all
from server.topics import written
from server.vault import orders_of, register_of, ring_of, stores_of, trust_of
from web.adapters.accounts import Accounts

MOST_LISTED = 200
ON = "As if today were this day: 2031-11-23; only with --dry-run."
CLOCK = "You have looked: today is the day the server says, though no call was recorded for months."
WORDS = {Next.BLOCK: "block", Next.DESTROY: "destroy", Next.HELD: "held"}


def retention(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    on: Annotated[str, typer.Option(help=ON)] = "",
    clock_is_right: Annotated[bool, typer.Option("--clock-is-right", help=CLOCK)] = False,
) -> None:
    """Block the recordings whose term is over, and destroy those whose time for claims is over too.

    The server does this by itself every night. Keys that were destroyed are gone for ever.
    """
    if on and not dry_run:
        raise typer.BadParameter("another day than today only with --dry-run")
    wanted = settings()
    institution = load(wanted.institution_folder)
    terms = read_terms(wanted.institution_folder)
    if terms is None:
        raise RuntimeTrouble("This institution has no retention.toml: recordings are kept for ever.")
    day = _day(on) if on else datetime.now(institution.time_zone).date()
    evening = datetime.combine(day, time_of_day.max, institution.time_zone).timestamp()

    told: list[object] = []

    async def work(engine: AsyncEngine) -> Plan:
        keeper = keeper_of(engine, wanted, institution, told)
        plan = await keeper.plan(terms, day)
        if dry_run:
            now = time.time() if clock_is_right else await keeper.moment(time.time())
            return await keeper.proven(plan, evening if on else now)
        try:
            return await keeper.carry_out(plan, time.time(), believe_clock=clock_is_right)
        except ClockDoubted as doubt:
            remedy = "If the clock is right, say --clock-is-right."
            raise RuntimeTrouble(f"Nothing was done: {doubt}. {remedy}") from doubt
        finally:
            await keep(engine, told)

    _report(on_file(wanted.database, work), dry_run=dry_run)
    for one in told:
        if isinstance(one, RecordingStuck):
            out.print(Text(f"{one.call or one.file or 'And'}: {one.why}.", style="bold red"))


def hold(
    call: Annotated[str, typer.Argument(help="The call's id.")],
    reason: Annotated[str, typer.Option(help="Why: a court's reference, for example.")],
    by: Annotated[str, typer.Option(help="Who places it: an account's name.")],
) -> None:
    """Keep a recording whatever its term says, until the hold is lifted (RD 203/2021, article 54)."""
    _change_hold(call, reason, by, place=True)


def lift(
    call: Annotated[str, typer.Argument(help="The call's id.")],
    reason: Annotated[str, typer.Option(help="Why it is over.")],
    by: Annotated[str, typer.Option(help="Who lifts it: an account's name.")],
) -> None:
    """Lift a legal hold; the recording's term counts again."""
    _change_hold(call, reason, by, place=False)


def subject(
    person: Annotated[str, typer.Argument(help="DNI, NIE, Social Security number, or the citizen's id.")],
    reason: Annotated[str, typer.Option(help="Why: the reference of the person's own request.")],
    by: Annotated[str, typer.Option(help="Who makes the copy: the name of an account that may listen.")],
    second: Annotated[
        str, typer.Option(help="Who agrees, for a protected person: another such account.")
    ] = "",
    to: Annotated[Path, typer.Option(help="The file to write.")] = Path("recordings.zip"),
) -> None:
    """Write all recordings of a person into a zip, for the person themselves (GDPR, article 15); on record."""
    if to.exists():
        raise RuntimeTrouble(f"{to} exists: name another file with --to.")
    wanted = settings()
    why = typed_reason(reason)

    async def work(engine: AsyncEngine) -> Copied:
        told: list[object] = []
        who = await ears(engine, by)
        agreeing = (await ears(engine, second)).name if second else None
        audio = VaultAudio(engine, stores_of(wanted), ring_of(wanted))
        async with room_of(engine, wanted, audio, told) as (listening, calls, person_of):
            mine = await calls.person(await person_of(person) or person)
            try:
                searching = Searching(engine)
                return await copy_all(listening, searching, audio, (who, why, agreeing), mine, to)
            finally:
                await keep(engine, told)

    copied = on_file(wanted.database, work)
    for call, word in copied.left_out:
        out.print(Text(f"{call} is not in it: {word.replace('_', ' ')}."))
    if not copied.calls:
        to.unlink(missing_ok=True)
        raise RuntimeTrouble("There is no recording of this person that may be copied.")
    out.print(f"{to}: {len(copied.calls)} recordings. It is not encrypted: give it to the person only.")


def join(cli: typer.Typer) -> None:
    """Put these commands into `ventanilla evidence`."""
    for command in (retention, hold, lift, subject):
        cli.command()(command)


def _report(plan: Plan, *, dry_run: bool) -> None:
    """Print what is done, or would be."""
    table = Table("recording", "what", "by the term of", "listened to until", "kept until", box=None)
    for step in plan.steps[:MOST_LISTED]:
        ends = step.ends
        table.add_row(
            step.call,
            WORDS[step.next],
            step.act or "(no act)",
            ends.active.isoformat(),
            ends.blocked.isoformat(),
        )
    if plan.steps:
        out.print(table)
    if len(plan.steps) > MOST_LISTED:
        out.print(f"… and {len(plan.steps) - MOST_LISTED} more.")
    counted = ", ".join(f"{len(plan.of(one))} to {WORDS[one]}" for one in (Next.BLOCK, Next.DESTROY))
    held = len(plan.of(Next.HELD))
    word = "Nothing was done (dry run)" if dry_run else "Done"
    out.print(f"{plan.day}: {counted}; {held} kept by a hold; {plan.stay} stay. {word}.", highlight=False)
    for path in plan.strays[:MOST_LISTED]:
        out.print(
            Text(f"{path}: to destroy, a file of no recording that was in quarantine for all that time.")
        )
    for call in plan.unreadable:
        out.print(Text(f"The row of call {call} says what no row of ours can: it is kept.", style="bold red"))
    for one in plan.unproven[:MOST_LISTED]:
        out.print(Text(f"{one.call} is kept, though its row is due: {one.why}.", style="bold red"))
    for act in sorted(plan.strange):
        out.print(
            Text(f"The act {act} has no term in retention.toml: its recordings are kept.", style="bold red")
        )


def _change_hold(call: str, reason: str, by: str, *, place: bool) -> None:
    wanted, why = settings(), typed_reason(reason)
    institution = load(wanted.institution_folder)

    async def work(engine: AsyncEngine) -> bool:
        told: list[object] = []
        keeper = keeper_of(engine, wanted, institution, told)
        who = (await ears(engine, by)).name
        change = keeper.hold if place else keeper.lift
        done = await change(call, why, who, time.time())
        await keep(engine, told)
        return done

    if not on_file(wanted.database, work):
        word = "it is held already, or" if place else "it is not held, or"
        raise RuntimeTrouble(f"Nothing was changed: {word} there is no recording of {call}.")
    out.print(f"The recording of {call} is {'held' if place else 'no longer held'}.", highlight=False)


def keeper_of(engine: AsyncEngine, wanted: Settings, institution: Institution, told: list[object]) -> Keeper:
    """Put together who blocks and destroys, in the institution's own days."""

    def day_of(at: float) -> date:
        return datetime.fromtimestamp(at, institution.time_zone).date()

    court = Court(engine, day_of, *trust_of(wanted))
    return Keeper(court, stores_of(wanted), told.append, orders_of(wanted))


@asynccontextmanager
async def room_of(
    engine: AsyncEngine, wanted: Settings, audio: Audio, told: list[object]
) -> AsyncIterator[tuple[Listening, CallsOf, PersonOf]]:
    """Open the room of listening for a command: its rules, the calls, who is who; facts go into `told`."""
    keeper = keeper_of(engine, wanted, load(wanted.institution_folder), told)
    rows = (Searching(engine), KeyRows(engine), keeper.rows, Listenings(engine))
    async with crm_of(wanted)(engine, load_secrets(wanted.runtime).register.encode()) as crm:
        register, calls = register_of(Bridge(engine, crm, told.append), crm), CallsOf(engine)
        yield Listening(rows, audio, calls, register, told.append, dict), calls, register[0]


async def ears(engine: AsyncEngine, name: str) -> Person:
    """Give somebody with an account that may listen. Raises RuntimeTrouble."""
    accounts = {one.name: one for one, closed in await Accounts(engine).listed() if not closed}
    found = accounts.get(name)
    if found is None or found.role.value == Role.AGENT:
        raise RuntimeTrouble(
            f"{name} is no account that may listen: a supervisor, an auditor, the authority's."
        )
    return Person(found.name, Role(found.role.value))


async def keep(engine: AsyncEngine, told: list[object]) -> None:
    """Write facts down; the server that would do it may not be running."""
    rows = [row for fact in told if (row := written(fact)) is not None]
    if rows:
        async with engine.begin() as connection:
            await connection.execute(insert(facts), rows)


def typed_reason(typed: str) -> str:
    """Give a reason as it is kept. Raises RuntimeTrouble."""
    try:
        return reason_of(typed)
    except ValueError as wrong:
        raise RuntimeTrouble(f"Say why: {wrong}.") from wrong


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as wrong:
        raise typer.BadParameter("a day is written 2031-11-23") from wrong
