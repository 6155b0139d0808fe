"""Pages that write, and the desks that read them, for tests without a browser."""

# ruff: noqa: ARG002 (the port names what these need not look at)

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ivr.adapters.text_line import TextLine
from ivr.adapters.text_room import TextRoom
from ivr.conversation import converse
from ivr.text import Change, Opening, Said, Standing
from tests.ivr.rooms import Rooms

TOKEN = "0123456789abcdef0123456789abcdef"


class Desk:
    """The agents' desks as a line sees them."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.talks_with: str | None = None

    def ring(self, line: TextLine, agent: str) -> None:
        self.told.append(f"ring {agent}")

    def talk(self, line: TextLine, agent: str) -> None:
        self.told.append(f"talk {agent}")

    def over(self, line: TextLine) -> None:
        self.told.append("over")

    def agent_of(self, call: str) -> str | None:
        return self.talks_with


class Writer:
    """A page: reads along and writes."""

    def __init__(self, room: TextRoom, number: str | None = "901166565", seen: int = 0) -> None:
        self.read: list[Change] = []
        self._room = room
        self._reading = asyncio.create_task(self._read(number, seen))

    async def _read(self, number: str | None, seen: int) -> None:
        async for change in self._room.enter(Opening(TOKEN, number, "es", seen=seen)):
            self.read.append(change)

    @property
    def line(self) -> TextLine:
        line = self._room.line(TOKEN)
        assert line is not None
        return line

    def texts(self, by: str = "machine") -> list[str]:
        return [one.text for one in self.read if isinstance(one, Said) and one.by == by]

    @property
    def stands(self) -> Standing:
        return next(one for one in reversed(self.read) if isinstance(one, Standing))

    async def reads(self, words: str) -> None:
        await until(lambda: any(words in text for text in self.texts()), words)

    async def writes(self, text: str) -> None:
        await until(lambda: self.stands.most > 0, "a question")
        before = len(self.read)
        self.line.entered(text)
        await until(lambda: len(self.read) > before, "an echo")

    async def ended(self) -> None:
        await asyncio.wait_for(self._reading, 5)

    def goes(self) -> None:
        self._reading.cancel()


async def until(so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 5
    while True:
        with suppress(StopIteration):
            if so():
                return
        assert time.monotonic() < deadline, f"{what} did not come"
        await asyncio.sleep(0.005)


def opened(around: Rooms, desk: Desk, folder: Path) -> TextRoom:
    around.tape.vault = folder
    room = TextRoom(
        around.house.institution, around.calls, desk, lambda call: folder / f"{call}.raw", lambda: around.now
    )
    room.open(lambda line: converse(around.house, line))
    return room


async def at_the_menu(writer: Writer) -> None:
    await writer.reads("En castellano, pulse 1.")
    await writer.writes("1")
    await writer.reads("Para hablar con un agente, pulse 0.")
