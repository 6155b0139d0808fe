"""One recording for each call: the row first, then the file; sealed once the call is over.

Theory of operation. Asterisk writes, so the server may die at any moment and the audio goes on. What must be
done is therefore never only in memory: `recording` rows whose call is over become `ended` (told by the
conversation, or found by the reconciler), and the sealer takes `ended` rows from the table until they are
`sealed`. Sealing again after a crash gives the same file. The original is deleted only when the row says
sealed and is on the disk: a power cut may take the last commits along, but none that a file was deleted for.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.chain import Chain
from recordings.adapters.consents import Consents
from recordings.adapters.growth import Growth
from recordings.adapters.journal import Journal
from recordings.adapters.sealed_files import sealed_file
from recordings.adapters.shelf import Queued, Shelf
from recordings.adapters.stereo import SealingFailed, remove
from recordings.facts import (
    Fact,
    RecordingAltered,
    RecordingMissing,
    RecordingNotStarted,
    RecordingSealed,
    RecordingStarted,
    RecordingUnsealed,
)
from recordings.facts import SealFailed as SealFailedFact
from recordings.marks import Kind, Notice
from recordings.naming import RAW, RUNNING, is_of_call, mixmonitor_arguments, raw_path, wav_path
from recordings.ports import Aside
from recordings.recording import (
    MISSING_AFTER_S,
    SETTLED_AFTER_S,
    UNSEALED_AT_MOST_S,
    Flaw,
    Sealed,
    State,
    end_of,
    flaw_of,
    seal_again_after,
)

log = logging.getLogger("ventanilla.recordings")

# A file that was still settling is ready by then.
SEAL_AGAIN_S = 2.0
# MixMonitor creates its file when it starts; a row so old without a file means that it never did.
STARTED_WITHIN_S = 2.0


class Recorder:
    """The recorder of one vault (a folder Asterisk can write into). `run` seals and must run as a task.

    `journal`: a folder for the chunk chains' second record, which who writes the vault cannot write; None for none.
    Raises ValueError for a folder that MixMonitor would read as something else.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        vault: Path,
        publish: Callable[[Fact], None],
        clock: Callable[[], float] = time.time,
        aside: Aside = asyncio.to_thread,
        journal: Path | None = None,
    ) -> None:
        self._shelf = Shelf(engine)
        self._vault = vault.resolve()
        mixmonitor_arguments(self._vault / RUNNING / f"any{RAW}")  # a folder it cannot take is refused now
        self._publish = publish
        self._clock = clock
        self._aside = aside
        self._woken = asyncio.Event()
        self._told_late: set[str] = set()
        self._told_failed: set[str] = set()
        self._owed: dict[str, tuple[float, bool]] = {}  # ends that the database did not take
        self.chain = Chain(engine, self._vault, clock, Journal(journal) if journal else None)
        self.consents = Consents(engine, Growth(engine, self._vault), publish, clock)

    # --- what the conversation asks (the Recorder of ivr.ports) ---

    async def begin(
        self, call: str, language: str, notice_key: str, notice_offset_ms: int, at: float
    ) -> Path | None:
        """Give a call its row and say where Asterisk shall write; None when nothing is to be started.

        None means that it is recorded already (the caller was taken up after a restart), or that it cannot
        be: then the call goes on and RecordingNotStarted is told. Raises ValueError for what is no call id.
        """
        path = self._vault / raw_path(call)
        try:
            await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
            fresh = await self._shelf.begin(call, Notice(notice_key, language, notice_offset_ms), at)
            if not fresh and await self._is_running(call, path):
                return None
        except (SQLAlchemyError, OSError) as fault:
            log.error("call %s goes on without being recorded: %s", call, type(fault).__name__)
            self._publish(RecordingNotStarted(call, type(fault).__name__, at))
            return None
        if fresh:
            self._publish(RecordingStarted(call, at))
        return path

    async def _is_running(self, call: str, path: Path) -> bool:
        """Whether MixMonitor runs: not if the server died between the row and MixMonitor."""
        if await self._shelf.state(call) is not State.RECORDING:
            return True
        limit = time.monotonic() + STARTED_WITHIN_S
        while not await asyncio.to_thread(path.exists):
            if time.monotonic() > limit:
                return False
            await asyncio.sleep(0.1)
        return True

    async def mark(self, call: str, kind: Kind, at: float) -> None:
        """Note a moment inside a call's recording, to be found again."""
        await self._shelf.mark(call, kind, at)

    async def ended(self, call: str, at: float, *, heard: bool = True) -> None:
        """Queue the recording of a call that is over; telling it twice changes nothing.

        `heard`: False when `at` is only when somebody noticed; then the file says when the call ended.
        A database that cannot be written (its disk is full) is told it later; the call ends all the same.
        """
        self._owed[call] = (at, heard)
        await self._write_owed()
        self._woken.set()

    async def _write_owed(self) -> None:
        """Write the ends that are not written yet."""
        for call, (at, heard) in tuple(self._owed.items()):
            try:
                await self._shelf.ended(call, at, orderly=heard)
            except (SQLAlchemyError, OSError) as fault:
                log.error("the end of call %s is not written yet: %s", call, type(fault).__name__)
            else:
                self._owed.pop(call, None)

    # --- sealing ---

    async def run(self) -> None:
        """Seal what waits, for ever."""
        while True:
            self._woken.clear()
            try:
                await self.seal_waiting()
            except (SQLAlchemyError, OSError):
                log.warning("the recordings' rows cannot be read; trying again in %s s", SEAL_AGAIN_S)
            except Exception as fault:  # noqa: BLE001 - a door: whatever stands in a row, calls go on
                log.error("recordings wait for their seal: %s", type(fault).__name__)
            try:
                async with asyncio.timeout(SEAL_AGAIN_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def seal_waiting(self) -> int:
        """Seal every recording that waits and whose file has settled; how many were finished."""
        await self._write_owed()
        for call, (ended_at, _) in self._owed.items():
            self._look_how_late(call, ended_at, "end not written")
        finished, after = 0, ""
        while batch := await self._shelf.queued(after):
            for queued in batch:
                if await self._finished(queued):
                    finished += 1
                    self._told_late.discard(queued.taken.call)
                    self._told_failed.discard(queued.taken.call)
                else:
                    self._look_how_late(queued.taken.call, queued.taken.ended_at, queued.trouble)
            after = batch[-1].taken.call
        return finished

    async def _finished(self, queued: Queued) -> bool:
        """Seal one; False when it has to wait, for a database too that cannot be written."""
        try:
            return await self._finish(queued)
        except (SQLAlchemyError, OSError, ValueError, TypeError, OverflowError) as fault:
            # Of the last three: a row that somebody else wrote; no other call may wait for it.
            log.warning("call %s is not sealed yet: %s", queued.taken.call, type(fault).__name__)
            return False

    def _look_how_late(self, call: str, ended_at: float, trouble: str) -> None:
        """Tell, once, what waits for its seal for longer than anybody may overlook."""
        waits_s = self._clock() - ended_at
        if waits_s > UNSEALED_AT_MOST_S and call not in self._told_late:
            self._told_late.add(call)
            log.error("call %s is not sealed %.0f s after its end (%s)", call, waits_s, trouble)
            self._publish(RecordingUnsealed(call, waits_s, trouble, self._clock()))

    async def _finish(self, queued: Queued) -> bool:
        """Seal one; False when it has to wait."""
        raw, now = self._vault / queued.path, self._clock()
        if now < queued.tried_at + seal_again_after(queued.tries):
            return False
        if not is_of_call(
            queued.path, queued.taken.call
        ):  # its row chose another file: that is not ours to delete
            await self._failed(queued, "unreadable row")
            return False
        changed_at = await asyncio.to_thread(_changed_at, raw)
        if changed_at is None:
            return await self._finish_without(queued, now)
        if now - max(changed_at, queued.taken.ended_at) < SETTLED_AFTER_S:
            return False
        return await self._seal(queued, raw, changed_at)

    async def _finish_without(self, queued: Queued, now: float) -> bool:
        """Finish one whose original is gone: its row was lost after it had been sealed, or it never was."""
        taken = queued.taken
        sealed = self._vault / wav_path(taken.call, taken.begun_at)
        if await asyncio.to_thread(sealed.exists):
            return await self._seal(queued, sealed, None)
        if now - taken.ended_at < MISSING_AFTER_S:
            return False
        await self.consents.call_over(taken.call)
        if not await self._shelf.missing(taken.call):
            return _erased_meanwhile(taken.call)
        log.error("the recording of call %s is missing", taken.call)
        self._publish(RecordingMissing(taken.call, was_sealed=False, at=now))
        return True

    async def _seal(self, queued: Queued, source: Path, changed_at: float | None) -> bool:
        """Seal what Asterisk wrote, or know again what was sealed (then nobody knows when its original changed)."""
        call = queued.taken.call
        place = wav_path(call, queued.taken.begun_at)
        newest = self.chain.newest(call)
        chain = await self.chain.chunks_of(call)
        try:
            sealed, broken_at = await self._aside(sealed_file, source, self._vault / place, call, chain)
        except SealingFailed as fault:
            await self._failed(queued, fault.reason)
            return False
        spoken = queued.path.suffix == RAW
        if spoken and self.chain.lacks(chain, newest, queued.taken, sealed.duration_ms):
            broken_at = 0  # nobody knows any more what it was while it was written
        if changed_at is None:
            changed_at = queued.taken.begun_at + sealed.duration_ms / 1000
        taken = replace(queued.taken, ended_at=end_of(queued.taken, changed_at))
        flaw = flaw_of(taken, sealed, altered=broken_at is not None)
        kept = queued.path if flaw is Flaw.EMPTY else place

        async def with_its_chain(connection: AsyncConnection) -> None:
            await self.chain.close(connection, call, chain, broken_at)

        await self.consents.call_over(call)
        if not await self._shelf.sealed(taken, sealed, flaw, kept, self._clock(), with_its_chain):
            return _erased_meanwhile(call)
        if broken_at is not None:
            log.error("the recording of call %s was altered before it was sealed", call)
            self._publish(RecordingAltered(call, broken_at, self._clock()))
        # The row is on the disk: now, and not before, one of the two files may go.
        await asyncio.to_thread(remove, self._vault / (place if flaw is Flaw.EMPTY else queued.path))
        self._tell(call, flaw, sealed)
        if broken_at is None:
            await self.chain.forget(call)
        return True

    def _tell(self, call: str, flaw: Flaw, sealed: Sealed) -> None:
        at = self._clock()
        self._publish(RecordingSealed(call, flaw, sealed.bytes, sealed.duration_ms, sealed.sha512, at))

    async def _failed(self, queued: Queued, reason: str) -> None:
        """Keep the original and try again; said once, not every two seconds, and before it is written down."""
        call = queued.taken.call
        if queued.tries == 0 and call not in self._told_failed:
            self._told_failed.add(call)
            log.error("call %s cannot be sealed (%s); its original is kept", call, reason)
            self._publish(SealFailedFact(call, reason, self._clock()))
        await self._shelf.trouble(call, reason, self._clock())


def _erased_meanwhile(call: str) -> bool:
    """Say that nothing is left to finish. A row alone removes no file: who erases does, or the next night's run."""
    log.error("call %s was destroyed while it was being sealed", call)
    return True


def _changed_at(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None
