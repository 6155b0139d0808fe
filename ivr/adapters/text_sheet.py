"""The sheet of paper that a conversation in writing stands on: who reads along, and what is kept of it.

What is said before the notice of recording stands only on the sheet. From `record` on everything that
anybody could see is also written to a file, one JSON object a line: whole lines, and every change of an
unfinished line, so that the record shows what stood there when, as a recording of speech does. Keys that a
caller wrote to the machine are counted, never kept. Lines go to the file at once; what a killed server
wrote is there.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TextIO

from ivr.text import Change, Said, Standing, Typing, Writer

MOST_LINES: Final = 1000
"""Lines that a page which comes back is given: hours of writing."""
BEHIND: Final = 2000
"""Changes a reader may be behind; who takes none of them is asleep, and reads the sheet anew on waking."""
MOST_BYTES: Final = 32_000_000
"""Hours of fast writing by two people, every letter kept; what is longer fills disks on purpose."""

log = logging.getLogger("ventanilla.ivr")


class Sheet:
    """One conversation in writing. `number` is the last line's; a sheet taken up again goes on from there."""

    def __init__(self, clock: Callable[[], float], lines: list[Said], number: int) -> None:
        self._clock = clock
        self._lines: deque[Said] = deque(lines, MOST_LINES)
        self._number = max([number, *(line.number for line in lines)])
        self._listeners: list[Callable[[Change | None], None]] = []
        self._file: TextIO | None = None
        self._bytes = 0
        self.standing = Standing()
        self.typing: dict[Writer, str] = {}

    def write(
        self,
        by: Writer,
        text: str,
        language: str,
        *,
        shared: bool = False,
        note: bool = False,
        kept: str = "",
    ) -> None:
        """Write a whole line; `kept` stands on the record and for later readers in its place, if given."""
        self._number += 1
        said = Said(self._number, by, text, language, self._clock(), shared, note)
        lasting = replace(said, text=kept) if kept else said
        self._lines.append(lasting)
        self._keep({"line": lasting.number, "by": by, "text": lasting.text, "language": language,
                    "shared": shared, "note": note})  # fmt: skip
        self.typing.pop(by, None)
        self._tell(said)

    def type(self, by: Writer, text: str) -> None:
        """Change somebody's unfinished line."""
        if self.typing.get(by, "") == text:
            return
        self.typing[by] = text
        self._keep({"by": by, "typing": text})
        self._tell(Typing(by, text))

    def stand(self, standing: Standing) -> None:
        """Say where the conversation stands now."""
        if standing != self.standing:
            self.standing = standing
            self._tell(standing)

    def record(self, path: Path) -> None:
        """Keep everything from here on; a file that is there is continued."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")  # closed by `close`
            self._bytes = path.stat().st_size
            self._file.write("\n" if self._bytes else "")  # parts a killed server's last line from ours
        except OSError as fault:
            log.error("a conversation in writing is not kept: %s", type(fault).__name__)
            return
        self.stand(replace(self.standing, recording=True))
        self._keep({"by": "machine", "begins": True})

    def close(self) -> None:
        """Let every reader go and close the file; the sheet can still be read."""
        for listener in [*self._listeners]:
            listener(None)
        if self._file is not None:
            self._file.close()
            self._file = None

    def listen(self, listener: Callable[[Change | None], None]) -> Callable[[], None]:
        """Tell somebody every change from now on, None at the end; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def changes(self, seen: int = 0) -> AsyncGenerator[Change, None]:
        """Give the lines after number `seen` and how it stands, then every change; ends when the sheet does."""
        behind: asyncio.Queue[Change | None] = asyncio.Queue(BEHIND)

        def hear(change: Change | None) -> None:
            if behind.full():  # asleep: woken with an end, it reads the sheet anew
                behind.get_nowait()
                change = None
            behind.put_nowait(change)

        forget = self.listen(hear)
        try:
            for change in self._so_far(seen):
                yield change
            while (news := await behind.get()) is not None:
                yield news
        finally:
            forget()

    @property
    def full(self) -> bool:
        """Whether more has been written than any conversation needs."""
        return self._bytes > MOST_BYTES

    @property
    def lines(self) -> tuple[Said, ...]:
        """What stands there, oldest first."""
        return tuple(self._lines)

    def _so_far(self, seen: int) -> list[Change]:
        lines: list[Change] = [line for line in self._lines if line.number > seen]
        return [*lines, *(Typing(by, text) for by, text in self.typing.items()), self.standing]

    def _tell(self, change: Change) -> None:
        for listener in [*self._listeners]:
            listener(change)

    def _keep(self, what: dict[str, object]) -> None:
        if self._file is None:
            return
        try:
            row = json.dumps({"at": round(self._clock(), 3), **what}, ensure_ascii=False) + "\n"
            self._bytes += len(row)
            self._file.write(row)
            self._file.flush()
        except OSError as fault:
            log.error("a conversation in writing is no longer kept: %s", type(fault).__name__)
            self._file = None


def read_back(path: Path) -> list[Said]:
    """Read the whole lines of a conversation that a server before us kept; a half-written last one is passed over."""
    try:
        raw = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = [_said(row) for row in raw.splitlines() if '"line":' in row]  # most rows are single letters
    return [said for said in found if said is not None]


def _said(row: str) -> Said | None:
    try:
        kept = json.loads(row)
        return Said(kept["line"], kept["by"], kept["text"], kept["language"], kept["at"],
                    kept["shared"], kept["note"])  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None
