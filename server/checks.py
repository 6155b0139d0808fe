"""`ventanilla check`: what an operator must know before callers do, each with its remedy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from rich.console import Console
from rich.text import Text

from dialplans.check_acts import unasked
from dialplans.institution import Institution, read_institution
from dialplans.voice import check as voice
from ivr import services
from messages import alias, linter
from messages.adapters.smpp import LONGEST_PASSWORD
from messages.texts import Unwritten
from recordings.adapters.vault import key_folder
from server import accepted, keeping
from server.crm import broker_of, crm_of, hook_of, pop_of, told_keys_of
from server.database import TROUBLE, away, is_missing, newest, open_engine, present
from server.demonstration import furnish
from server.evidence import warnings
from server.flows import faults, load
from server.languages import MESSAGES, lacking, written_in
from server.runtime.asterisk import Asterisk
from server.runtime.credentials import load_secrets
from server.runtime.debian import TELEPHONY, prepare_set
from server.runtime.programs import age_warning, host_asterisk, private_asterisk
from server.runtime.site import Places
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from server.setup import site, strange_addresses
from server.vault import keys_of, this_year
from web.adapters.accounts import Accounts

PUBLIC = "are the demonstration's"
MOST_SHOWN = 20
"""Faults shown of one kind; the rest are counted, for a hundred lines hide the first."""

Check = Callable[[Settings], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the report."""

    name: str
    check: Check


def report(settings: Settings, out: Console) -> int:
    """Print the report; how many faults there are."""
    total = 0
    for part in PARTS:
        found = list(part.check(settings))
        total += len(found)
        out.print(Text.assemble(("✗ " if found else "✓ ", "bold red" if found else "bold green"), part.name))
        for fault in found[:MOST_SHOWN]:
            out.print(Text(f"    {fault}"))
        if len(found) > MOST_SHOWN:
            out.print(Text(f"    … and {len(found) - MOST_SHOWN} more"))
    # No fault: who edits is not done yet.
    if said := accepted.instead(settings.runtime, settings.institution_folder):
        out.print(Text(f"! {said}", style="bold yellow"))
    return total


def of_flows(settings: Settings) -> Iterator[str]:
    """Give the faults of the institution's folder."""
    found = faults(settings.institution_folder)
    for fault in found:
        yield str(fault)
    if not found:
        yield from unasked(load(settings.institution_folder), services.acts())


def of_languages(settings: Settings) -> Iterator[str]:
    """Give what the languages served lack beside texts and audio."""
    institution, _ = read_institution(settings.institution_folder)
    written = {file.stem for file in (settings.institution_folder / MESSAGES).glob("*.toml")}
    for fault in sorted(lacking(institution, written)) if institution else ():
        yield str(fault)


def of_prompts(settings: Settings) -> Iterator[str]:
    """Give the faults of texts and audio."""
    for fault in voice.check(settings.institution_folder):
        yield str(fault)


def of_folder(settings: Settings) -> Iterator[str]:
    """Say whether everything fetched, generated and recorded can be written where it shall be."""
    place = next(folder for folder in (settings.runtime, *settings.runtime.parents) if folder.exists())
    try:
        with TemporaryFile(dir=place):
            return
    except OSError as refused:
        yield (
            f"{settings.runtime} cannot be written ({refused.strerror}): "
            "give its owner write permission, or set VENTANILLA_RUNTIME to a folder of yours."
        )


def of_asterisk(settings: Settings) -> Iterator[str]:
    """Say whether Asterisk is there, answers, and is new enough."""
    program = host_asterisk()
    if program is None and (settings.runtime / TELEPHONY.name / "complete.json").exists():
        program = private_asterisk(prepare_set(settings.runtime, TELEPHONY))
    if program is None:
        yield "No Asterisk here yet: `make run` fetches one, or install Asterisk 20 or newer."
        return
    if warning := age_warning(program.version):
        yield warning
    if not Asterisk(program, Places(settings.runtime), site(settings, ("000",), ())).alive():
        yield "Asterisk does not answer on its control socket: start it with `ventanilla run`."


def of_database(settings: Settings) -> Iterator[str]:
    """Say whether the database answers and is at the newest revision."""
    try:
        at = asyncio.run(present(settings.database))
    except TROUBLE as fault:
        yield away(settings.database, fault)
        return
    if at is None:
        yield "The database has no tables yet: `make run` makes them, or run `ventanilla db upgrade`."
    elif at != newest():
        yield f"The database is at revision {at}, not {newest()}: run `ventanilla db upgrade`."


def of_crm(settings: Settings) -> Iterator[str]:
    """Say whether the CRM that was chosen can be had, and the ways by which it hears."""
    for part in (crm_of, pop_of, hook_of, told_keys_of, broker_of):
        try:
            part(settings)
        except RuntimeTrouble as wrong:
            yield str(wrong)


def of_messages(settings: Settings) -> Iterator[str]:
    """Say which messages may not go out as they are written, and what an SMS centre would refuse."""
    institution, _ = read_institution(settings.institution_folder)
    yield from _of_texts(settings.institution_folder, institution) if institution else ()
    name = institution.messages.alias if institution else ""
    wrong = list(alias.faults(name)) if name or settings.sms.host else []
    for fault in wrong:
        yield f"The alias {name!r} in institution.toml, [messages]: {fault}."
    yield from _of_carriers(settings)


def _of_texts(folder: Path, institution: Institution) -> Iterator[str]:
    try:
        lines = linter.report(written_in(folder, institution))
    except Unwritten as lacks:
        yield f"The messages of {institution.name}: {lacks}."
        return
    for one in lines:
        for fault in one.faults:
            yield f"The message {one.message} in {one.language}: {fault}."


def _of_carriers(settings: Settings) -> Iterator[str]:
    sms, mail = settings.sms, settings.mail
    if sms.host and not sms.system_id:
        yield "An SMS centre without a system_id: set VENTANILLA_SMS__SYSTEM_ID to what the provider gave you."
    if len(sms.password.get_secret_value()) > LONGEST_PASSWORD:
        yield f"The SMS centre's password has more than the {LONGEST_PASSWORD} characters that SMPP 3.4 knows: no line."
    if mail.host and "@" not in mail.sender:
        yield "A mail server without a sender: set VENTANILLA_MAIL__SENDER to the address mail comes from."
    if mail.host and mail.security == "none" and mail.host not in {"127.0.0.1", "localhost", "::1"}:
        yield "Mail goes out unencrypted: set VENTANILLA_MAIL__SECURITY to starttls or tls."


def of_recordings(settings: Settings) -> Iterator[str]:
    """Say what is wrong with the keys that recordings are encrypted with, their store, and how long they are kept."""
    folder = keys_of(settings)
    if folder.exists() or settings.vault_keys is not None:
        found = key_folder.faults(folder, this_year())
        # What everybody knows of a demonstration is no fault of it.
        yield from found if not settings.demonstration else [one for one in found if PUBLIC not in one]
    if fault := settings.object_store.fault:
        yield fault
    institution, _ = read_institution(settings.institution_folder)
    yield from keeping.faults(settings.institution_folder, institution)


def of_secrets(settings: Settings) -> Iterator[str]:
    """Outside the demonstration, say which accounts have a password that everybody can read in the source."""
    secrets_file = settings.runtime / "secrets.json"
    if secrets_file.exists():
        load_secrets(settings.runtime)
        if secrets_file.stat().st_mode & 0o077:
            yield f"{secrets_file} can be read by others: chmod 600 it."
    if settings.runtime.exists() and settings.runtime.stat().st_mode & 0o077:
        yield f"{settings.runtime} can be entered by others on this machine: chmod 700 it."
    if not settings.demonstration:
        yield from asyncio.run(_public_passwords(settings))


def of_evidence(settings: Settings) -> Iterator[str]:
    """Outside the demonstration, say what keeps the evidence from convincing a stranger."""
    if not settings.demonstration:
        yield from warnings(settings)


async def _public_passwords(settings: Settings) -> list[str]:
    try:
        names = await _demonstration_names(settings.database)
    except TROUBLE:
        return []  # of_database says it
    return [
        f"Account {name} has the demonstration's password: "
        f"`ventanilla people close {name}`, or `ventanilla people password {name}`."
        for name in names
    ]


async def _demonstration_names(url: str) -> list[str]:
    if is_missing(url):
        return []
    engine = open_engine(url)
    try:
        return list(await Accounts(engine).demonstration_names())
    finally:
        await engine.dispose()


async def furnished(settings: Settings) -> None:
    """Put the demonstration in place."""
    engine = open_engine(settings.database)
    try:
        await furnish(engine, load_secrets(settings.runtime).register.encode())
    finally:
        await engine.dispose()


PARTS = (
    Part("Flows", of_flows),
    Part("Prompts", of_prompts),
    Part("Languages", of_languages),
    Part("Folder", of_folder),
    Part("Addresses", strange_addresses),
    Part("Asterisk", of_asterisk),
    Part("Database", of_database),
    Part("CRM", of_crm),
    Part("Messages", of_messages),
    Part("Secrets", of_secrets),
    Part("Evidence", of_evidence),
    Part("Recordings", of_recordings),
)
