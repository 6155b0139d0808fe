"""The room where callers write: opens a line for a page, holds its conversation, and finds it again.

A page is known by its token (128 random bits that only it and this room know). When its socket is lost, the
line waits `RETURN_S` for it; when this server was lost, the page comes with its token to the next one, and
the kept snapshot says which call it was: the conversation goes on at the same step, the same place in line,
or in the same talk.
"""

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Final, Protocol

from dialplans.institution import Institution
from ivr.adapters.line import HungUp
from ivr.adapters.text_line import Desks, TextLine
from ivr.adapters.text_sheet import Sheet, read_back
from ivr.agi import Greeting
from ivr.ports.calls import Kept
from ivr.text import Change, Opening, call_id, channel, is_text

RETURN_S: Final = 60.0
"""A page that lost its line is back within seconds; a telephone in a tunnel within a minute."""
MOST_CALLS: Final = 1000
"""As many as one Asterisk is asked to hold; more writers at once are an attack."""
TRIES: Final = 3
"""A conversation that failed is begun anew so often, from its snapshot, as the dialplan does."""
PAUSE_S: Final = 1.0
CLOSE_S: Final = 2.0
"""What a cancelled conversation may still take to tidy up."""
_NO_TOKEN: Final = "0" * 40

log = logging.getLogger("ventanilla.ivr")


class Crowded(Exception):  # noqa: N818 - a state of the room
    """No more can write at once."""


class UnknownNumber(Exception):  # noqa: N818 - what the page said
    """No number of the institution's, or none given by a page that is new here."""


class InProgress(Protocol):
    """The snapshots of calls, as the room reads them."""

    def in_progress(self) -> tuple[Kept, ...]:
        """Give what goes on as far as is known."""


class TextRoom:
    """All conversations in writing of this server. `journal` says where a call's record is kept."""

    def __init__(
        self,
        institution: Callable[[], Institution],
        calls: InProgress,
        desks: Desks,
        journal: Callable[[str], Path],
        clock: Callable[[], float],
    ) -> None:
        self._institution, self._calls, self._desks = institution, calls, desks
        self._journal, self._clock = journal, clock
        self._lines: dict[str, TextLine] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._readers: dict[str, int] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._counts = count(1)
        self._opened_at = clock()
        self._answer: Callable[[TextLine], Awaitable[None]]

    def open(self, answer: Callable[[TextLine], Awaitable[None]]) -> None:
        """Take callers from now on; `answer` holds the conversation with one."""
        self._answer = answer

    async def close(self) -> None:
        """Stop every conversation where it stands; the next server takes them up."""
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)

    def line(self, token: str) -> TextLine | None:
        """Give a page's line, None when it has none (any more)."""
        return self._lines.get(token)

    def line_of(self, call: str) -> TextLine | None:
        """Give a call's line."""
        return next((line for line in self._lines.values() if line.call == call), None)

    def alive(self) -> frozenset[str]:
        """Give the calls in writing that go on, those included whose page may still come back to a new server."""
        there = {line.call for line in self._lines.values()}
        if self._clock() < self._opened_at + RETURN_S:
            there |= {kept.call for kept in self._calls.in_progress() if is_text(kept.call)}
        return frozenset(there)

    async def enter(self, opening: Opening) -> AsyncGenerator[Change, None]:
        """Open a page's line, or find it again; give what its sheet tells after the last line it has read.

        Raises UnknownNumber and Crowded before anything is given.
        """
        token = opening.token
        line = self._lines.get(token) or self._begin(opening)
        self._came(token)
        try:
            async with aclosing(line.sheet.changes(opening.seen)) as changes:
                async for change in changes:
                    yield change
        finally:
            self._went(token)

    def _begin(self, opening: Opening) -> TextLine:
        """Begin a call, or take up the one that a lost server kept for this page."""
        if len(self._lines) >= MOST_CALLS:
            raise Crowded
        token, kept = opening.token, self._kept(opening.token)
        institution = self._institution()
        number = kept.walk.number if kept else opening.number
        if number is None or number not in institution.numbers:
            raise UnknownNumber
        call = kept.call if kept else call_id(self._clock(), next(self._counts))
        language = opening.language if opening.language in institution.languages else ""
        greeting = Greeting(call, channel(opening.address, call), number, _NO_TOKEN, language, ())
        sheet = Sheet(self._clock, read_back(self._journal(call)) if kept else [], opening.seen)
        line = TextLine(greeting, sheet, self._desks, self._institution, (token, opening.pretended))
        if kept is not None and kept.recording:
            sheet.record(self._journal(call))
        self._lines[token] = line
        self._tasks[token] = asyncio.create_task(self._hold(token, line), name=call)
        return line

    def _kept(self, token: str) -> Kept | None:
        kept = (one for one in self._calls.in_progress() if one.page == token and is_text(one.call))
        return next(kept, None)

    async def _hold(self, token: str, line: TextLine) -> None:
        """Hold a conversation to its end, from its snapshot again if it fails."""
        over = False
        try:
            for _ in range(TRIES):
                if await self._held(line):
                    break
                await asyncio.sleep(PAUSE_S)
            else:
                line.sheet.write("machine", "text.note.failed", line.language, note=True)
            over = True
        finally:
            line.over(for_good=over)
            del self._lines[token], self._tasks[token]
            if (timer := self._leaving.pop(token, None)) is not None:
                timer.cancel()

    async def _held(self, line: TextLine) -> bool:
        try:
            await self._answer(line)
        except HungUp:
            return True
        except Exception as error:  # noqa: BLE001 - one call's failure is no other call's; it is begun anew
            last = traceback.extract_tb(error.__traceback__)[-1]
            # The exception's own words stay out of the log: they may quote what the caller wrote.
            where = f"{last.filename}:{last.lineno}"
            log.error("call %s: %s at %s", line.call, type(error).__name__, where)
            return False
        return True

    def _came(self, token: str) -> None:
        self._readers[token] = self._readers.get(token, 0) + 1
        if (timer := self._leaving.pop(token, None)) is not None:
            timer.cancel()

    def _went(self, token: str) -> None:
        """Give the last page that leaves a while to come back."""
        self._readers[token] -= 1
        if self._readers[token]:
            return
        del self._readers[token]
        line = self._lines.get(token)
        if line is not None:
            loop = asyncio.get_running_loop()
            self._leaving[token] = loop.call_later(RETURN_S, line.hang_up)
