"""`ventanilla vault`: the keys that recordings are encrypted with."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer
from rich.text import Text
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.vault import key_folder
from recordings.adapters.vault.rotating import Rotated, rotate
from recordings.adapters.vault.rows import KeyRows
from recordings.facts import KeysRotated
from server.console import EXIT_FAULT, out, settings
from server.facts_store import facts
from server.on_file import on_file
from server.runtime.trouble import RuntimeTrouble
from server.topics import written
from server.vault import keys_of, ring_of, this_year

T = TypeVar("T")

cli = typer.Typer(help="The keys that recordings are encrypted with (docs/vault.md).", no_args_is_help=True)


@cli.command()
def status() -> None:
    """Say which keys there are, how many recordings are under each, and how many are not encrypted yet."""
    wanted = settings()
    ring = ring_of(wanted)

    async def work(engine: AsyncEngine) -> tuple[dict[str, int], int]:
        rows = KeyRows(engine)
        return await rows.count(), await rows.count_waiting()

    under, waiting = on_file(wanted.database, work)
    for name in sorted({*ring.keks, *under}):
        there = "current" if name == ring.current else "opens" if name in ring.keks else "not here: locked"
        out.print(f"{name}  {under.get(name, 0):>9} recordings  {there}", highlight=False)
    out.print(f"{waiting} recordings wait to be encrypted.", highlight=False)
    for fault in key_folder.faults(keys_of(wanted), this_year()):
        out.print(Text(fault, style="bold red"))


@cli.command("new-key")
def new_key(
    year: Annotated[
        int | None, typer.Option(min=2000, max=9999, help="Its year; this one if not said.")
    ] = None,
) -> None:
    """Make a year's key-encryption key; recordings sealed from the server's next start on are under the newest."""
    wanted = settings()
    name = _done(lambda: key_folder.new_kek(keys_of(wanted), year or this_year()))
    out.print(
        f"{name} is made: keep a copy of it where recordings are not. Then `ventanilla restart` and `vault rotate`."
    )


@cli.command()
def retire(name: Annotated[str, typer.Argument(help="kek-2025")]) -> None:
    """Lay a key apart: what is still under it opens for nobody until `vault rotate` has been there."""
    _done(lambda: key_folder.retire(keys_of(settings()), name))
    out.print(f"{name} is retired. The server lets go of it with `ventanilla restart`.", highlight=False)


@cli.command("rotate")
def rotate_keys() -> None:
    """Put every recording's key into a new envelope, under the newest key. No audio is touched."""
    wanted = settings()
    ring = ring_of(wanted, with_retired=True)

    async def work(engine: AsyncEngine) -> Rotated:
        done = await rotate(KeyRows(engine), ring, time.time)
        await _keep(engine, KeysRotated(ring.current, done.rewrapped, len(done.locked), time.time()))
        return done

    done = on_file(wanted.database, work)
    out.print(f"{done.rewrapped} recordings are under {ring.current} now.", highlight=False)
    for call in done.locked:
        out.print(Text(f"{call}: none of the keys here opens its envelope.", style="bold red"))
    raise typer.Exit(EXIT_FAULT if done.locked else 0)


async def _keep(engine: AsyncEngine, fact: object) -> None:
    row = written(fact)
    if row is not None:
        async with engine.begin() as connection:
            await connection.execute(insert(facts), [row])


def _done(work: Callable[[], T]) -> T:
    try:
        return work()
    except (key_folder.KeysUnusable, OSError) as unusable:
        raise RuntimeTrouble(str(unusable)) from unusable
