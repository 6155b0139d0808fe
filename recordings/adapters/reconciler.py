"""Compares the vault with the rows, now and then and on demand, and acts on what it finds."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import assert_never

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.shelf import Shelf
from recordings.adapters.stereo import remove
from recordings.facts import Fact, RecordingMissing, RecordingOrphan
from recordings.naming import RUNNING, SEALED
from recordings.reconcile import FileSeen, Finding, Gone, Leftover, Orphan, Unfinished, Unreadable, compare

log = logging.getLogger("ventanilla.recordings")

# A lost end of a call is noticed a minute after it, which QUIET_AFTER_S asks for anyway.
LOOK_EVERY_S = 60.0
# The first round, and who asks for it, looks at everything; the others at what is being written and at two days.
ROUND_LOOKS_BACK_S = 2 * 86_400.0
# Asterisk answers in milliseconds; without its answer no call is taken for over.
ALIVE_LIMIT_S = 5.0

CallsAlive = Callable[[], Awaitable[frozenset[str] | None]]
Rests = Callable[[str], Awaitable[bool]]
"""Looks whether a call's recording lies whole where its row says (vault/whole.py)."""


class Reconciler:
    """The reconciler of one vault. `calls_alive` asks Asterisk which calls there are (None: no answer).

    Without `rests` nothing is believed to lie in an object store.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        vault: Path,
        publish: Callable[[Fact], None],
        calls_alive: CallsAlive,
        clock: Callable[[], float] = time.time,
        rests: Rests | None = None,
    ) -> None:
        self._shelf = Shelf(engine)
        self._vault = vault.resolve()
        self._publish = publish
        self._calls_alive = calls_alive
        self._clock, self._rests = clock, rests
        self._told: set[str] = set()

    async def run(self) -> None:
        """Look every LOOK_EVERY_S, for ever; the first round at everything, whatever a lost server left."""
        back_to = 0.0
        while True:
            try:
                await self.look(back_to)
                back_to = self._clock() - ROUND_LOOKS_BACK_S
            except (SQLAlchemyError, OSError):
                log.warning("recordings cannot be reconciled now; trying again in %s s", LOOK_EVERY_S)
            except Exception as fault:  # noqa: BLE001 - a door: whatever stands in a row, calls go on
                log.error("recordings cannot be reconciled: %s", type(fault).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, back_to: float = 0.0) -> tuple[Finding, ...]:
        """Compare files and rows since a moment (0: ever), act on what is found, and give it back."""
        return tuple([finding for finding in await self.compared(back_to) if await self._act(finding)])

    async def compared(self, back_to: float = 0.0) -> tuple[Finding, ...]:
        """Compare files and rows since a moment (0: ever), and do nothing about what is found."""
        files = await asyncio.to_thread(lambda: tuple(_files(self._vault, back_to)))
        # Rows after files: a call that begins in between has its row, and no file that could look unowned.
        rows = await self._shelf.rows(back_to)
        return compare(files, rows, await self._alive(), self._clock())

    async def _alive(self) -> frozenset[str] | None:
        try:
            async with asyncio.timeout(ALIVE_LIMIT_S):
                return await self._calls_alive()
        except (TimeoutError, OSError):
            return None

    async def _act(self, finding: Finding) -> bool:
        """Do what is to be done; False when there was nothing to it after all."""
        match finding:
            case Orphan():
                return await self._adopt(finding)
            case Gone():
                return await self._report(finding)
            case Unfinished():
                return await self._shelf.ended(finding.call, finding.quiet_since, orderly=False)
            case Leftover():
                return await self._remove(finding)
            case Unreadable(call=call):
                return self._name(call, "says what no row of ours can")
            case _:
                assert_never(finding)

    async def _adopt(self, orphan: Orphan) -> bool:
        """Put the file into quarantine, unless its row only lies further back than this round looked."""
        if orphan.call and await self._shelf.state(orphan.call):
            return False
        at = self._clock()
        if not await self._shelf.adopt(orphan, at):
            return False
        log.error("a recording without a row is kept in quarantine: %s", orphan.file.name)
        self._publish(RecordingOrphan(orphan.call, orphan.file.name, at))
        return True

    async def _remove(self, left: Leftover) -> bool:
        """Remove what a sealed file was made of; what a row calls destroyed is the night's run's, which proves."""
        if left.destroyed is not None:
            return self._name(left.destroyed, "says that it was destroyed, and there is a file")
        if left.stored is not None and not (self._rests is not None and await self._rests(left.stored)):
            return self._name(left.stored, "says that it lies in a store, and it was not found whole there")
        return await asyncio.to_thread(remove, self._vault / left.path)

    async def _report(self, gone: Gone) -> bool:
        """Tell that a sealed file is not there any more; once in the life of this server."""
        if gone.call in self._told or await asyncio.to_thread((self._vault / gone.path).exists):
            return False
        self._told.add(gone.call)
        log.error("the sealed recording of call %s is gone", gone.call)
        self._publish(RecordingMissing(gone.call, was_sealed=True, at=self._clock()))
        return True

    def _name(self, call: str, why: str) -> bool:
        """Say what is wrong with a row that is left alone; once in the life of this server."""
        if call in self._told:
            return False
        self._told.add(call)
        log.error("the row of the recording of call %s %s: it is left alone", call, why)
        return True


def _files(vault: Path, back_to: float) -> Iterator[FileSeen]:
    """Walk the vault: everything under `running`, and what was sealed since a moment."""
    for room, since in ((RUNNING, 0.0), (SEALED, back_to)):
        for folder, _, names in os.walk(vault / room):
            for name in names:
                seen = _seen(Path(folder, name), vault)
                if seen and seen.changed_at >= since:
                    yield seen


def _seen(path: Path, vault: Path) -> FileSeen | None:
    try:
        status = path.stat()
    except FileNotFoundError:  # sealed and gone since the folder was read
        return None
    return FileSeen(path.relative_to(vault), status.st_size, status.st_mtime)
