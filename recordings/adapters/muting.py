"""A recording that is mute while a caller keys what must be on none: a one-time code, an account number.

Theory of operation. Asterisk writes silence instead of sound while a recording is muted (MixMonitorMute), so
every moment keeps its place and offsets stay true. The mark that a gap begins is a row before Asterisk is
asked, and the mark that it ended is written only when Asterisk said so. So a gap that nobody ended can be found
by whoever comes after us, and `run` ends it: the sound of a whole call is not lost for a lost word. A recording
that cannot be muted goes on: the keys themselves are no sound (RFC 4733), but it is told.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.shelf import Shelf
from recordings.facts import Fact, MuteFailed, MuteRepaired
from recordings.marks import Kind
from recordings.naming import is_in_writing
from recordings.recording import State

log = logging.getLogger("ventanilla.recordings")

# A gap that was not ended is tried again so often: what is said meanwhile is lost.
REPAIR_EVERY_S = 1.0


class Microphones(Protocol):
    """Who mutes what Asterisk writes of a call."""

    async def mute(self, call: str, leg: str, *, muted: bool) -> bool:
        """Write silence from now on, or sound again; False when Asterisk refused or did not answer in time.

        `leg`: the caller's channel, empty when it must be looked for.
        """
        ...


class Muting:
    """The gaps of one vault's recordings. `run` repairs and must run as a task."""

    def __init__(
        self,
        engine: AsyncEngine,
        microphones: Microphones,
        publish: Callable[[Fact], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shelf = Shelf(engine)
        self._microphones = microphones
        self._publish = publish
        self._clock = clock
        self._held = Counter[str]()
        self._owed: set[str] = set()

    @asynccontextmanager
    async def muted(self, call: str, leg: str = "") -> AsyncIterator[None]:
        """Keep what is heard within off the recording; nested, or of a call that is not recorded, it does nothing.

        `leg`: the name of the caller's channel, where it is known.
        """
        self._held[call] += 1
        try:
            began = self._held[call] == 1 and await self._begin(call, leg)
            try:
                yield
            finally:
                if began:
                    await self._end(call, leg)
        finally:
            self._held[call] -= 1
            if not self._held[call]:
                del self._held[call]

    async def _begin(self, call: str, leg: str) -> bool:
        """Open the gap; False when there is nothing to mute, or it cannot be."""
        if is_in_writing(call) or await self._shelf.state(call) is not State.RECORDING:
            return False
        await self._shelf.mark(call, Kind.MUTED, self._clock())
        if await self._microphones.mute(call, leg, muted=True):
            return True
        log.error("the recording of call %s could not be muted", call)
        self._publish(MuteFailed(call, self._clock()))
        await self._end(call, leg)  # Asterisk may have done it and been late to say so
        return False

    async def _end(self, call: str, leg: str) -> None:
        if await self._microphones.mute(call, leg, muted=False):
            self._owed.discard(call)
            await self._shelf.mark(call, Kind.UNMUTED, self._clock())
        else:
            self._owed.add(call)

    # --- repairs ---

    async def run(self) -> None:
        """End what gaps a lost server or a lost word left open, for ever."""
        taken_up = False
        while True:
            try:
                if not taken_up:
                    self._owed |= await self._shelf.muted() - self._held.keys()
                    taken_up = True
                await self.repair()
            except (SQLAlchemyError, OSError):
                log.warning("gaps in recordings cannot be looked for; trying again in %s s", REPAIR_EVERY_S)
            await asyncio.sleep(REPAIR_EVERY_S)

    async def repair(self) -> None:
        """Try once to end every gap that is owed; one of a call that is over ends with its recording."""
        for call in sorted(self._owed - self._held.keys()):
            over = await self._shelf.state(call) is not State.RECORDING
            if not over and not await self._microphones.mute(call, "", muted=False):
                continue
            self._owed.discard(call)
            await self._shelf.mark(call, Kind.UNMUTED, self._clock())
            if not over:
                log.error("the recording of call %s had stayed muted; it is heard again", call)
                self._publish(MuteRepaired(call, self._clock()))
