"""`ventanilla evidence distrust`: a key was in other hands since a moment; what it signed after that does not hold."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, tzinfo
from hashlib import sha256
from typing import Annotated

import typer
from rich.text import Text

from recordings.adapters.evidence.keys import Keys, NoKey, Role
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.rotating import signed_after
from recordings.evidence.entries import Kind, happened
from recordings.evidence.fingerprints import printed, thumbprint_of
from recordings.evidence.packaged import moment_of
from server.console import out, settings
from server.evidence import keys_of
from server.flows import load
from server.on_file import on_file
from server.runtime.trouble import RuntimeTrouble

MOST_LISTED = 200
KEY = (
    "Which key: seal, authority or log, the one in use; or the name of a retired one, as trust/retired.json has it; "
    "or the SHA-256 of a root in trust/authority-root.pem, which was replaced."
)
SINCE = "Since when: 2026-11-01T10:00, by the institution's clock if no zone is said."
YES = "Do it; it cannot be taken back."
STAMPS = (
    "Who has an authority's key dates stamps as they like: only what the log's heads, or another authority, "
    "show to be older is still proven."
)


def join(cli: typer.Typer) -> None:
    """Add the command to `ventanilla evidence`."""
    cli.command("distrust")(distrust)


def distrust(
    key: Annotated[str, typer.Argument(help=KEY)],
    since: Annotated[str, typer.Argument(help=SINCE)],
    yes: Annotated[bool, typer.Option("--yes", help=YES)] = False,  # noqa: FBT002 - an option
) -> None:
    """Say that a key was stolen at a moment in the past: what was stamped before it holds, what came after does not.

    A key in use is retired, and the next one made. Of a retired one the moment can only be moved back. None of it can
    be taken back: without `--yes` it is only said whose packages would not hold any more.
    """
    wanted = settings()
    institution = load(wanted.institution_folder)
    at = _moment(since, institution.time_zone)
    keys = keys_of(wanted, institution.name)
    try:
        name, made = keys.made(key)
    except NoKey as why:
        raise RuntimeTrouble(str(why)) from why
    if made is not None and at < made:
        raise RuntimeTrouble(
            f"That key was made on {moment_of(made)}: nobody had it before. Look at the year."
        )
    _told(key, on_file(wanted.database, lambda engine: signed_after(engine, name, at)))
    if not yes:
        raise RuntimeTrouble(f"Nothing was changed. If {moment_of(at)} is right, say it again with --yes.")
    try:
        name = _retired(keys, key, at)
    except NoKey as why:
        raise RuntimeTrouble(str(why)) from why
    entry = happened(Kind.RETIRED, sha256(name.encode()).hexdigest(), at)
    on_file(wanted.database, lambda engine: Log(engine).append([entry]))
    out.print(f"{printed(name)} is not believed since {moment_of(at)}.", highlight=False, soft_wrap=True)
    out.print("Publish the folder `trust` again: outsiders check with it.")


def _told(key: str, calls: Sequence[str]) -> None:
    """Say whose packages do not hold after that."""
    for call in calls[:MOST_LISTED]:
        out.print(Text(f"{call} was stamped after that: its package does not hold."))
    if len(calls) > MOST_LISTED:
        out.print(f"… and {len(calls) - MOST_LISTED} more.")
    out.print(f"The packages of {len(calls)} calls are affected.", highlight=False)
    if key == Role.AUTHORITY:
        out.print(STAMPS)


def _retired(keys: Keys, key: str, at: float) -> str:
    if key in (Role.SEAL, Role.AUTHORITY, Role.LOG):
        return keys.retire(Role(key), at)
    keys.move_back(key, at)
    return thumbprint_of(key)


def _moment(typed: str, zone: tzinfo) -> float:
    try:
        said = datetime.fromisoformat(typed)
    except ValueError as wrong:
        raise typer.BadParameter("a moment is written 2026-11-01T10:00") from wrong
    at = (said if said.tzinfo else said.replace(tzinfo=zone)).timestamp()
    if at > time.time():
        raise typer.BadParameter("that moment is still to come; `rotate` retires a key from now on")
    return at
