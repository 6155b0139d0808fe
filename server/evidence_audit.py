"""Calls, files, rows, evidence and log compared, nightly and on demand: what nobody has explained."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.auditing import Audit, Difference
from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import recordings
from recordings.facts import LogDoubted
from recordings.reconcile import Gone, Leftover, Orphan
from server.evidence import folder_of
from server.facts_store import facts
from server.settings import Settings

log = logging.getLogger("ventanilla.evidence")

EVERY_S = 86_400.0
LIMIT_S = 3_600.0
"""Longest comparison: a log of a million entries takes half a minute."""
LEFT_FOR_S = 2.0
"""A file that is removed right now, after sealing or encrypting, is gone by then."""
PATIENCE_S = 300.0
"""How old a conversation must be before its recording is missed."""


async def differences(engine: AsyncEngine, settings: Settings) -> tuple[Difference, ...]:
    """Give everything that does not agree."""
    published = settings.evidence_heads or folder_of(settings) / "heads.jsonl"
    found = await Audit(engine, published).look()
    return (*await _calls(engine), *await _files(engine, settings), *found)


async def nightly(publish: Callable[[object], None]) -> None:
    """Compare once a day, for ever; what does not agree is said as facts, and in the log of the server.

    By the command, in a process of its own: it reads the whole log, and the calls' loop shall not wait for that.
    """
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            found = await _asked()
        except OSError as fault:
            log.error("calls, recordings and log could not be compared: %s", type(fault).__name__)
            continue
        for sentence in found:
            log.error("%s", sentence)
            publish(LogDoubted(sentence, time.time()))


async def _asked() -> list[str]:
    """Run `ventanilla evidence reconcile`; what it found, a sentence each. Raises OSError, TimeoutError among them."""
    command = ("nice", sys.executable, "-m", "server.cli", "evidence", "reconcile")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(LIMIT_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        raise
    found = said.decode(errors="replace").splitlines()
    if process.returncode and not found:
        raise OSError("the comparison itself failed")
    return found if process.returncode else []


async def _calls(engine: AsyncEngine) -> list[Difference]:
    """Name the conversations without a recording that nobody has given a reason for."""
    talked = select(facts.c.call).where(
        facts.c.type == "TalkStarted", facts.c.at < time.time() - PATIENCE_S, facts.c.call.is_not(None)
    )
    excused = select(facts.c.call).where(facts.c.type == "RecordingNotStarted", facts.c.call.is_not(None))
    query = talked.distinct().where(
        facts.c.call.not_in(select(recordings.c.call)), facts.c.call.not_in(excused)
    )
    async with engine.connect() as connection:
        calls = sorted((await connection.execute(query)).scalars())
    return [
        Difference("unrecorded", f"In call {call} somebody talked with an agent, and there is no recording.")
        for call in calls
    ]


async def _files(engine: AsyncEngine, settings: Settings) -> list[Difference]:
    """Name files without a row, and rows whose file is gone; nothing is done about them here."""

    async def nobody_knows() -> None:
        return None

    reconciler = Reconciler(engine, settings.recordings, lambda _fact: None, nobody_knows)
    found = await reconciler.compared()
    if left := {one for one in found if isinstance(one, Leftover)}:
        await asyncio.sleep(LEFT_FOR_S)
        left &= set(await reconciler.compared())
    there = (one for one in found if not isinstance(one, Leftover) or one in left)
    return [one for finding in there if (one := _said(finding)) is not None]


def _said(finding: object) -> Difference | None:
    match finding:
        case Orphan(file=file):
            return Difference("file without row", f"The file {file.name} belongs to no recording.")
        case Gone(call=call):
            return Difference("file gone", f"The sealed recording of call {call} has no file any more.")
        case Leftover(path=path):
            return Difference("file left", f"The file {path} should have been removed, and is in clear.")
        case _:
            return None
