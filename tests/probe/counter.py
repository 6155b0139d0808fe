"""The other end of the line for the probe's own tests: a telephone that speaks prompts and listens to keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import numpy as np

from server.probe.catalogue import Catalogue
from server.probe.sounds import pcm_of
from server.probe.telephone import Line, SipStack, sip_stack

Answers = Mapping[str, Sequence[str]]  # keys pressed until now -> prompts to speak


@dataclass(slots=True)
class Counter:
    """Answers `number`; speaks `answers[""]`, and after each key what stands for the keys pressed until then."""

    number: str
    stack: SipStack
    catalogue: Catalogue
    answers: Answers
    lines: list[Line] = field(default_factory=list)

    @property
    def server(self) -> str:
        return f"127.0.0.1:{self.stack.port}"

    async def serve(self) -> None:
        telephone = await self.stack.telephone(self.number, self.server)
        async with asyncio.TaskGroup() as talks:
            while True:
                line = await telephone.rings.get()
                self.lines.append(line)
                talks.create_task(self._talk(line))

    async def _talk(self, line: Line) -> None:
        await line.answer()
        said = None
        while not line.ended.is_set():
            pressed = "".join(line.digits)
            if pressed != said and pressed in self.answers:
                said = pressed
                await self._speak(line, self.answers[pressed])
            await asyncio.sleep(0.02)

    async def _speak(self, line: Line, keys: Sequence[str]) -> None:
        """Speak until a key cuts in; `-` hangs up."""
        already = len(line.digits)
        for key in keys:
            if key == "-":
                await line.hang_up()
                return
            if not await line.speak(self._sound(key), lambda: len(line.digits) > already):
                return

    def _sound(self, key: str) -> bytes:
        prompt = next(prompt for prompt in self.catalogue.prompts if prompt.key == key)
        sound = np.concatenate((prompt.samples, np.zeros(800, dtype=np.float32)))
        return pcm_of(sound)


@asynccontextmanager
async def counter(
    catalogue: Catalogue, answers: Answers, number: str = "901166565"
) -> AsyncIterator[Counter]:
    async with sip_stack() as stack:
        at_work = Counter(number, stack, catalogue, answers)
        serving = asyncio.create_task(at_work.serve(), name=f"counter {number}")
        await asyncio.sleep(0)
        try:
            yield at_work
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving
