"""The callers of the benchmark of words: what each does, and what it found."""

import asyncio
import itertools
import random
import time
from dataclasses import dataclass, field

from benchmarks.words_media import CallLost
from benchmarks.words_sounds import Word
from benchmarks.words_telephone import Call, Exchange

GREETING, NOTICE, MENU, INFORMATION = "greeting.general", "recording.notice", "menu.main", "menu.info"
PROMPTS = (GREETING, NOTICE, MENU, INFORMATION)
SEED = 8
"""So that ours and pure meet the same pauses."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a window's callers behave: `calls` at a time, `think_s` before each key, figures taken for `seconds`.

    The first ones come spread over `ramp_s`. On each line follow one another, each way in turn, `whole` calls through
    the menus with `pairs` of keys there, then `short` ones that hang up at the notice.
    """

    calls: int
    seconds: float
    think_s: tuple[float, float]
    ramp_s: float = 0.0
    whole: int = 0
    pairs: int = 0
    short: int = 0


@dataclass(frozen=True, slots=True)
class Size:
    """How much is run: rounds, and in each a window of one call at a time and two of many."""

    rounds: int
    one: Plan
    many: Plan


@dataclass(slots=True)
class Figures:
    """What was found, in seconds; `lost`: why calls did not go as they should."""

    answer: list[float] = field(default_factory=list)
    after_answer: list[float] = field(default_factory=list)
    first_word: list[float] = field(default_factory=list)
    language_key: list[float] = field(default_factory=list)
    after_notice: list[float] = field(default_factory=list)
    menu_key: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


async def call_for(port: int, plan: Plan, figures: dict[str, Figures], words: dict[str, Word]) -> list[float]:
    """Keep the plan's calls going, and find figures by number dialled, from when all callers are there.

    Gives how late each word was read, in seconds.
    """
    async with Exchange(port) as exchange:
        window = _Window(exchange, plan, words, itertools.cycle(figures.items()), len(figures))
        lines = [asyncio.create_task(window.line(place), name="words: line") for place in range(plan.calls)]
        await asyncio.sleep(plan.ramp_s)
        window.counting = True
        await asyncio.sleep(plan.seconds)
        window.counting = False
        for line in lines:
            line.cancel()
        ends = await asyncio.gather(*lines, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end
        return exchange.late


@dataclass(slots=True)
class _Window:
    exchange: Exchange
    plan: Plan
    words: dict[str, Word]
    turns: "itertools.cycle[tuple[str, Figures]]"
    ways: int
    counting: bool = False

    async def line(self, place: int) -> None:
        """Be one caller after another on one line, until cancelled."""
        plan = self.plan
        chance = random.Random(SEED + place)  # noqa: S311 - pauses, no secrets
        await asyncio.sleep(plan.ramp_s * place / plan.calls)
        many = plan.calls > 1
        pairs = chance.randint(0, plan.pairs) if many else plan.pairs  # so that many do not end together
        while True:
            for _ in range(self.ways * plan.whole):
                await self._one(place, chance, pairs)
            for _ in range(self.ways * plan.short):
                await self._one(place, chance, None)
            pairs = plan.pairs

    async def _one(self, place: int, chance: random.Random, pairs: int | None) -> None:
        """Make one call; `pairs` None: a short one."""
        number, figures = next(self.turns)
        name = f"words-{place}-{chance.getrandbits(64):x}-{time.monotonic_ns():x}"
        call = Call(self.exchange, number, f"+34911{place:06}", name)
        try:
            await self._greeted(call, figures)
            notice = await self._key(call, "1", NOTICE, figures.language_key, chance)
            if pairs is not None:
                await self._through_menus(call, figures, chance, pairs, notice)
            await self._think(chance)
        except CallLost as lost:
            figures.lost.append(str(lost))
        finally:
            await call.hang_up()

    async def _greeted(self, call: Call, figures: Figures) -> None:
        await call.dial(self.words[GREETING])
        heard = await call.sound.hear()
        self._found(figures.answer, call.answered_at - call.dialled_at)
        self._found(figures.after_answer, heard - call.answered_at)
        self._found(figures.first_word, heard - call.dialled_at)

    async def _through_menus(
        self, call: Call, figures: Figures, chance: random.Random, pairs: int, notice: float
    ) -> None:
        call.sound.expect(self.words[MENU])
        left = self.words[NOTICE].rest_s
        self._found(figures.after_notice, await call.sound.hear(left) - notice - left)
        for _ in range(pairs):
            await self._key(call, "1", INFORMATION, figures.menu_key, chance)
            await self._key(call, "#", MENU, figures.menu_key, chance)

    async def _key(
        self, call: Call, key: str, then: str, seconds: list[float], chance: random.Random
    ) -> float:
        await self._think(chance)
        call.sound.expect(self.words[then])
        pressed = await call.sound.press(key)
        heard = await call.sound.hear()
        self._found(seconds, heard - pressed)
        return heard

    async def _think(self, chance: random.Random) -> None:
        await asyncio.sleep(chance.uniform(*self.plan.think_s))

    def _found(self, seconds: list[float], figure: float) -> None:
        if self.counting:
            seconds.append(figure)
