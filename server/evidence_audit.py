"""Calls, files, rows, evidence and log compared, nightly and on demand: what nobody has explained."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, tzinfo
from datetime import time as time_of_day
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.rereading import Rereading
from recordings.adapters.evidence.resting import Resting
from recordings.adapters.evidence.rounds import Looked, Rounds
from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import recordings
from recordings.adapters.vault import key_folder
from recordings.adapters.vault.audio import VaultAudio
from recordings.adapters.vault.erasing import orders_gone, orders_in
from recordings.adapters.vault.proving import Court
from recordings.evidence.happened import Difference
from recordings.facts import LogDoubted
from recordings.reconcile import Gone, Leftover, Orphan, Unreadable
from recordings.vault.envelope import Keyring
from server import database
from server.console import EXIT_FAULT
from server.evidence import ORDERS, folder_of, running_out
from server.evidence_retired import retired_keys
from server.facts_store import facts
from server.settings import Settings
from server.vault import keys_of, ring_of, stores_of, trust_of

log = logging.getLogger("ventanilla.evidence")

EVERY_S = 86_400.0
FROM, UNTIL = time_of_day(1), time_of_day(4)
"""When at night it begins, by the institution's clock: few call, and an hour at most later it is over."""
LONGEST_S = 1.5 * EVERY_S
"""So long after the last it is compared by day too: the server is off at night, or nothing could be compared then."""
LOOK_EVERY_S = 3_600.0
"""A server that is restarted now and then compares all the same: when it last did is in a file, looked at so often."""
MARK = "compared"
LIMIT_S = 3_600.0
"""Longest comparison: a log of a million entries takes half a minute."""
EARLY = "The comparison of calls, recordings and log was ended from outside: not all was compared."
OVER = "The comparison of calls, recordings and log took longer than an hour and was ended: not all was compared."
AT_MOST = 100
"""So many differences of a night are told one by one: what takes away a whole archive must not flood who reads them."""
PIECE = 65_536
READ_FOR_S = 1_800.0
"""So long every night audio is read again: 4,000 calls of ten minutes (rereading.RATE), others in the nights after."""
REST_FOR_S = 900.0
"""So long sizes, envelopes and signatures are compared: of a million recordings and more (benchmarks.md)."""
READ_ON_DEMAND_S = 60.0
"""So long it is read when somebody waits for it."""
LEFT_FOR_S = 2.0
"""A file that is removed right now, after sealing or encrypting, is gone by then."""
PATIENCE_S = 300.0
"""How old a conversation must be before its recording is missed."""


async def differences(
    engine: AsyncEngine,
    settings: Settings,
    read_for_s: float = 0.0,
    read: Callable[[Looked], None] = lambda _: None,
) -> AsyncIterator[Difference]:
    """Give everything that does not agree, part by part; what cannot be compared is one too, and ends no other.

    Audio is read again for some seconds; `read` is told how much.
    """
    published = settings.evidence_heads or folder_of(settings) / "heads.jsonl"
    orders = folder_of(settings) / ORDERS
    stamped = Court(engine, date.fromtimestamp, *trust_of(settings)).heads()
    parts: tuple[tuple[str, Callable[[], Awaitable[Sequence[Difference]]]], ...] = (
        ("Calls", lambda: _calls(engine)),
        ("Files", lambda: _files(engine, settings)),
        ("Audio and signatures", lambda: _resting(engine, settings)),
        ("Audio read again", lambda: _reread(engine, settings, read_for_s, read)),
        ("Rows and log", lambda: Audit(engine, published, ordered=orders_in(orders), stamped=stamped).look()),
        ("Orders", lambda: orders_gone(engine, orders)),
        ("Retired keys", lambda: retired_keys(engine, folder_of(settings) / "trust" / "retired.json")),
    )
    for name, part in parts:
        for one in await _compared(name, part):
            yield one
    for sentence in running_out(settings, time.time()):
        yield Difference("runs out", sentence)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Compare in no other process meanwhile: two would write the same files. Raises BlockingIOError, OSError."""
    folder = folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(folder, os.O_RDONLY)  # no file in it: one that another account made might not open
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # freed with the process, however it ends
        yield
    finally:
        os.close(lock)


async def _compared(name: str, part: Callable[[], Awaitable[Sequence[Difference]]]) -> Sequence[Difference]:
    try:
        return await part()
    except database.TROUBLE:
        raise
    except Exception as fault:  # noqa: BLE001 - a door: one row of no sense must not hide all the others
        why = f"{name} could not be compared ({type(fault).__name__}): a row is not what it should be."
        return [Difference("not compared", why)]


class Nightly:
    """Compares once a night; what does not agree is said as facts, and in the log of the server.

    `folder`: where it keeps when it last did. `zone`: the institution's. `ask` compares, and gives a sentence for each
    difference.
    """

    def __init__(
        self,
        folder: Path,
        publish: Callable[[object], None],
        clock: Callable[[], float] = time.time,
        ask: Callable[[], Awaitable[list[str]]] | None = None,
        zone: Callable[[], tzinfo] = lambda: UTC,
    ) -> None:
        self._mark, self._publish, self._clock = folder / MARK, publish, clock
        self._ask, self._zone = ask or asked, zone
        self._failed_on: date | None = None

    async def run(self) -> None:
        """Look every hour whether it is time, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> bool:
        """Compare if it is night and was not compared in this one; whether it did. A new installation waits for one."""
        now, last = self._clock(), await asyncio.to_thread(self._last)
        if last is None and await self._noted(now):
            return False
        if last is not None and not self._due(now, last):
            return False
        try:
            found = await self._ask()
        except OSError as fault:
            log.error("calls, recordings and log could not be compared: %s", type(fault).__name__)
            self._failed(now)
            return False
        for sentence in _at_most(found):
            log.error("%s", sentence)
            self._publish(LogDoubted(sentence, self._clock()))
        await self._noted(now)
        return True

    def _due(self, now: float, last: float) -> bool:
        """Whether it is time: in the night, once; by day when it was not for long, or the clock was set back."""
        if not 0 <= now - last < LONGEST_S:
            return True
        here, before = (datetime.fromtimestamp(at, self._zone()) for at in (now, last))
        return FROM <= here.time() < UNTIL and (before.date() < here.date() or before.time() < FROM)

    def _failed(self, now: float) -> None:
        """Say that nothing was compared: once, and again when it fails in another night."""
        today = datetime.fromtimestamp(now, self._zone()).date()
        if today != self._failed_on:
            self._failed_on = today
            why = "Calls, recordings and log could not be compared; it is tried again every hour."
            self._publish(LogDoubted(why, now))

    def _last(self) -> float | None:
        try:
            return float(self._mark.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    async def _noted(self, at: float) -> bool:
        """Keep when it was compared; False when that cannot be kept, and it is compared every hour."""
        try:
            await asyncio.to_thread(_written, self._mark, f"{at:.0f}\n")
        except OSError as fault:
            log.error("when calls and log were compared could not be noted: %s", fault.strerror)
            return False
        return True


def _at_most(found: Sequence[str]) -> list[str]:
    """Give the first, and how many others there are."""
    others = len(found) - AT_MOST
    more = [f"{others} more differences were found: `ventanilla evidence reconcile` names them."]
    return [*found[:AT_MOST], *(more if others > 0 else [])]


def _written(file: Path, content: str) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(content, encoding="ascii")
    fresh.replace(file)


async def asked(command: Sequence[str] = (), limit_s: float = LIMIT_S) -> list[str]:
    """Run `ventanilla evidence reconcile`; what it found, a sentence each, OVER if it was ended. Raises OSError."""
    process = await asyncio.create_subprocess_exec(*(command or _reconcile()), stdout=asyncio.subprocess.PIPE)
    said, heard = bytearray(), process.stdout or asyncio.StreamReader()  # it is there: a pipe was asked for
    try:
        async with asyncio.timeout(limit_s):
            while piece := await heard.read(PIECE):
                said += piece
            code = await process.wait()
    except TimeoutError:
        return [*said.decode(errors="replace").splitlines(), OVER]
    finally:
        if process.returncode is None:  # also when the server stops: nobody else would end it
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    found = said.decode(errors="replace").splitlines()
    if code and not found:
        raise OSError("the comparison itself failed")
    return [*found, *([EARLY] if code not in (0, EXIT_FAULT) else [])] if code else []


def _reconcile() -> tuple[str, ...]:
    """Give the command, which waits for everybody else's processor, and disk where `ionice` is there and may (-t)."""
    idle = ("ionice", "-t", "-c", "3") if shutil.which("ionice") else ()
    reading = ("--read-for", f"{READ_FOR_S:.0f}")
    return (*idle, "nice", sys.executable, "-m", "server.cli", "evidence", "reconcile", *reading)


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
        *(
            Difference(
                "unrecorded", f"In call {one} somebody talked with an agent, and there is no recording."
            )
            for one in calls
        ),
        *await _never_was(engine),
    ]


async def _never_was(engine: AsyncEngine) -> list[Difference]:
    """Name the recordings of calls of which no fact tells: whoever writes the vault and the rows of it made them."""
    told = select(facts.c.id).where(facts.c.call == recordings.c.call)
    query = select(recordings.c.call).where(
        recordings.c.begun_at < time.time() - PATIENCE_S, ~told.correlate(recordings).exists()
    )
    async with engine.connect() as connection:
        calls = sorted((await connection.execute(query)).scalars())
    return [
        Difference("no such call", f"There is a recording of call {call}, and no fact tells of such a call.")
        for call in calls
    ]


async def _resting(engine: AsyncEngine, settings: Settings) -> Sequence[Difference]:
    """Name what lies in the vault and cannot be heard, and rows that deny what was signed."""

    def ring() -> Keyring:
        return key_folder.load(keys_of(settings))

    rounds = Rounds(engine, folder_of(settings) / "rested")
    return (await Resting(engine, stores_of(settings), ring).look(rounds, REST_FOR_S)).found


async def _reread(
    engine: AsyncEngine, settings: Settings, for_s: float, read: Callable[[Looked], None]
) -> tuple[Difference, ...]:
    """Name recordings that decrypt no more, or to another thing than was sealed."""
    if for_s <= 0:
        return ()
    audio = VaultAudio(engine, stores_of(settings), ring_of(settings))
    done = await Rereading(engine, audio, Rounds(engine, folder_of(settings) / "reread")).look(for_s)
    read(done)
    return done.found


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
        case Leftover(destroyed=str(call)):
            return Difference(
                "file left", f"The recording of call {call} is called destroyed, and has a file."
            )
        case Leftover(path=path):
            return Difference("file left", f"The file {path} should have been removed, and is in clear.")
        case Unreadable(call=call):
            return Difference(
                "row unreadable", f"The row of the recording of call {call} says what no row of ours can."
            )
        case _:
            return None
