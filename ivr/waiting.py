"""Waiting for a person: music, the place in line and an honest range of time, the ring, and back in place.

The session waits for the router's word, never the other way round. `VT_WAITING` tells the dialplan, should
the server be lost, whether this caller still waits (`yes`) or has had their conversation (`no`).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dialplans.grammar import Grammar, grammar
from ivr.agi import command
from ivr.ports import Expected, Line, Persons, Place, Reservation, WishForm
from ivr.talk import Talk

AT_ONCE_S = 1.0  # a free agent has the card within this; so long a caller is not told to wait
_MINUTE = 60

PROMPTS = frozenset(
    {
        "agent.connecting", "agent.wait", "agent.no_answer_back_in_place", "level2.passing", "wait.position",
        "wait.range", "wait.unknown", "wait.still",
    }
)  # fmt: skip

WAITING_YES = command("SET VARIABLE", "VT_WAITING", "yes")
WAITING_NO = command("SET VARIABLE", "VT_WAITING", "no")
DIALSTATUS = command("GET VARIABLE", "DIALSTATUS")
_MUSIC_ON = command("SET MUSIC", "ON", "default")
_MUSIC_OFF = command("SET MUSIC", "OFF")


Ending: TypeAlias = Literal["served", "closing", "too_long"]
"""How a wait ended: a conversation was held; it is closing time; the floor lets nobody wait longer."""


class _Closing(Exception):  # noqa: N818 - it is the time of day
    """Nobody is served any more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where one caller waits. `keep` is told the stage, `waiting` or `dialled`, before each begins.

    `shuts` gives the moment (unix seconds) from which nobody who waits is served.
    """

    line: Line
    talk: Talk
    persons: Persons
    announce_every_s: float
    ring_s: int
    keep: Callable[[str], None]
    clock: Callable[[], float]
    shuts: Callable[[], float]

    async def served(self, wish: WishForm) -> Ending:
        """Wait until a conversation with a person was held, or nobody is to be waited for any more."""
        while True:
            self.keep("waiting")
            await self.line.send(WAITING_YES)
            try:
                reservation = await self._reserved(wish)
            except (TimeoutError, _Closing) as over:
                self.persons.left(wish.call)
                return "closing" if isinstance(over, _Closing) else "too_long"
            if reservation.lease_until <= self.clock():
                continue  # the agent is somebody else's by now; the caller's place is as it was
            self.keep("dialled")
            if await self._ring(reservation):
                self.persons.ended(wish.call)
                return "served"
            self.persons.rang_out(wish.call)
            self.talk.owe("agent.no_answer_back_in_place")

    async def _ring(self, reservation: Reservation) -> bool:
        """Ring the agent; True when they answered and the conversation is over."""
        await self.line.send(WAITING_NO)
        await self.line.send(command("EXEC", "Dial", f"PJSIP/{reservation.endpoint},{self.ring_s},g"))
        return await dialled(self.line)

    async def _reserved(self, wish: WishForm) -> Reservation:
        """Wait in line; TimeoutError when the floor lets nobody wait longer. The place outlives a cancelled wait."""
        asking = asyncio.create_task(self.persons.wait(wish), name=f"{wish.call}: wants a person")
        leaving = asyncio.create_task(_hung_up(self.line), name=f"{wish.call}: may leave")
        try:
            await asyncio.wait({asking, leaving}, timeout=AT_ONCE_S, return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                await self.talk.say("agent.connecting")
            else:
                await self._pass_the_time(wish, asking, leaving)
            return asking.result()
        finally:
            asking.cancel()
            leaving.cancel()

    async def _pass_the_time(
        self, wish: WishForm, asking: asyncio.Task[Reservation], leaving: asyncio.Task[None]
    ) -> None:
        opening = "agent.wait"
        while not asking.done():
            await self._announce(wish, opening, asking)
            opening = "wait.still"
            await self.line.send(_MUSIC_ON)
            pause = min(self.announce_every_s, max(0.0, self.shuts() - self.clock()))
            await asyncio.wait({asking, leaving}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            await self.line.send(_MUSIC_OFF)  # raises HungUp for a caller who left
            if not asking.done() and self.shuts() <= self.clock():
                raise _Closing

    async def _announce(self, wish: WishForm, opening: str, asking: asyncio.Task[Reservation]) -> None:
        """Say how it stands, in pieces, so that an agent who is found waits for one of them at most."""
        await self.talk.say(opening)
        for words in announcement(self.talk.language, self.persons.place(wish.call)):
            if not asking.done():
                await self.talk.say(*words)


async def _hung_up(line: Line) -> None:
    await line.hung_up.wait()


async def dialled(line: Line) -> bool:
    """Tell whether the last Dial of this call was answered and its conversation is over."""
    return (await line.send(DIALSTATUS)).text == "ANSWER"


def announcement(language: str, place: Place | None) -> list[tuple[str, ...]]:
    """Say the place in line and the time to expect, piece by piece, and only what is known of both."""
    if place is None:
        return []
    say = grammar(language)
    pieces: list[tuple[str, ...]] = []
    with suppress(ValueError):  # a position beyond what is recorded
        pieces.append(("wait.position", *say.position(place.position)))
    return [*pieces, _time_to_expect(say, place.expected)]


def _time_to_expect(say: Grammar, expected: Expected | None) -> tuple[str, ...]:
    if expected is None:
        return ("wait.unknown",)
    least, most = max(1, expected.least_s // _MINUTE), max(1, -(-expected.most_s // _MINUTE))
    return ("wait.range", *say.minutes_range(least, most))
