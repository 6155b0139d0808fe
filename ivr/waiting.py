"""Waiting for a person: music, the place in line and an honest range of time, the ring, and back in place.

The session waits for the router's word, never the other way round. `VT_WAITING` tells the dialplan, should
the server be lost, whether this caller still waits (`yes`) or has had their conversation (`no`). Keys are
heard while words are said and for a moment after them, not under the music: a session that listens cannot
be told at once that an agent is free.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Literal, Protocol, TypeAlias

from dialplans.institution_file import WaitingMessage
from ivr import waiting_words
from ivr.absent import Unsteered
from ivr.agi import command
from ivr.ports.floor import Outside, Persons, QueueClosed, Reservation, Steering, WishForm
from ivr.ports.line import Line
from ivr.steered import Proven, steered
from ivr.talk import Talk
from ivr.text import is_text
from ivr.waiting_words import Told, announcement, due_message, next_message_s

AT_ONCE_S = 1.0  # a free agent has the card within this; so long a caller is not told to wait
KEY_S = 3.0  # for a key, after the last word of what is offered

ACCEPTING = "agent.press_1"  # said to an agent outside, by the dialplan ([accept] in legs.conf)
SUMMONED = "agent.callback"  # said to an agent who is rung before the citizen ([summoned] there)

PROMPTS = waiting_words.PROMPTS | {
    "agent.connecting", "agent.wait", "agent.no_answer_back_in_place", "level2.passing", "wait.still",
    ACCEPTING, SUMMONED,
}  # fmt: skip

SET_UP_S = 10
"""Seconds longer than a telephone of the house a number outside is rung: until its network has found a mobile."""
WAITING_YES = command("SET VARIABLE", "VT_WAITING", "yes")
WAITING_NO = command("SET VARIABLE", "VT_WAITING", "no")
DIALSTATUS = command("GET VARIABLE", "DIALSTATUS")
_MUSIC_ON = command("SET MUSIC", "ON", "default")
_MUSIC_OFF = command("SET MUSIC", "OFF")


Ending: TypeAlias = Literal[
    "served", "closing", "shut", "shut_callback", "too_long", "called_back", "message_left"
]
"""How a wait ended: a conversation was held; it is closing time; a supervisor closed the queue, and lets those who
waited be called back, or not; the floor lets nobody wait longer; the caller will be called at their turn; the caller
left a message."""


class Choices(Protocol):
    """What a caller may choose instead of waiting on, as `ivr.later` has it."""

    def offers(self, waited_s: float) -> Mapping[str, str]:
        """Give the keys offered after so long, with the prompts that name them."""
        ...

    def next_offer_s(self, waited_s: float) -> float:
        """Say how many seconds it is until more is offered; infinity when nothing more will be."""
        ...

    async def take(self, key: str, wish: WishForm) -> Literal["called_back", "message_left"] | None:
        """Do what was chosen; None when the caller waits on."""
        ...


class NoChoices:
    """Nothing to choose."""

    def offers(self, waited_s: float) -> Mapping[str, str]:
        """Offer nothing."""
        del waited_s
        return {}

    def next_offer_s(self, waited_s: float) -> float:
        """Offer nothing more."""
        del waited_s
        return inf

    async def take(self, key: str, wish: WishForm) -> None:
        """Take nothing."""
        del key, wish


async def unproven(_: str) -> str:
    """Prove nobody."""
    return "down"


def nobody_outside(_: str) -> None:
    """Know of no agent on a number outside."""


class _Closing(Exception):  # noqa: N818 - it is the time of day
    """Nobody is served any more."""


@dataclass(slots=True)
class _Wait:
    """What one caller was told so far, since when (unix seconds) they wait here."""

    since: float
    told: Told = waiting_words.NOTHING
    messages: frozenset[str] = frozenset()
    opening: str = "agent.wait"
    promise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where one caller waits. `keep` is told the stage, `waiting` or `dialled`, before each begins.

    `shuts` gives the moment (unix seconds) from which nobody who waits is served. `messages` are said once,
    each at its time.
    """

    line: Line
    talk: Talk
    persons: Persons
    announce_every_s: float
    ring_s: int
    keep: Callable[[str], None]
    clock: Callable[[], float]
    shuts: Callable[[], float]
    messages: Sequence[WaitingMessage] = ()
    choices: Choices = field(default_factory=NoChoices)
    steering: Steering = field(default_factory=Unsteered)
    prove: Proven = unproven
    promise: tuple[str, ...] = ()
    """Prompts that say a person comes: said before anything else of the wait, but not in a queue that is closed."""
    outside: Callable[[str], Outside | None] = nobody_outside
    """How to ring an endpoint that is a number outside; None for every other, and when no good number is on file."""

    async def served(self, wish: WishForm) -> Ending:
        """Wait until a conversation with a person was held, or nobody is to be waited for any more."""
        wait = _Wait(self.clock(), promise=self.promise)
        while True:
            self.keep("waiting")
            await self.line.send(WAITING_YES)
            try:
                found = await self._reserved(wish, wait)
            except (TimeoutError, _Closing, QueueClosed) as over:
                self.persons.left(wish.call)
                return _ending(over)
            if isinstance(found, str):
                chosen = await self.choices.take(found, wish)
                if chosen is not None:
                    return chosen
                continue
            if found.lease_until <= self.clock():
                continue  # the agent is somebody else's by now; the caller's place is as it was
            self.keep("dialled")
            if await self._ring(found) and await self.goes_on():
                self.persons.ended(wish.call)
                return "served"
            self.persons.rang_out(wish.call)
            self.talk.owe("agent.no_answer_back_in_place")

    async def _ring(self, reservation: Reservation) -> bool:
        """Ring the agent; True when they answered and the conversation is over.

        One who awaits the caller is fetched: `goes_on` leads the caller to them.
        """
        if reservation.awaits:
            return await self.steering.fetch(reservation.call)
        return await self._dial(reservation.endpoint)

    async def _dial(self, endpoint: str) -> bool:
        await self.line.send(WAITING_NO)
        await self.line.send(command("EXEC", "Dial", self._way(endpoint)))
        return await dialled(self.line)

    def _way(self, endpoint: str) -> str:
        """Give Dial's argument. Whoever is rung outside presses a key first, and the caller hears music until then."""
        outside = None if is_text(self.line.greeting.call) else self.outside(endpoint)
        if outside is None:
            return f"PJSIP/{endpoint},{self.ring_s},g"
        return f"PJSIP/{outside.endpoint},{self.ring_s + SET_UP_S},g{outside.options}"

    async def goes_on(self) -> bool:
        """After a talk: do what the agents want with this caller; False when they are to wait in line again."""
        return await steered(self.line, self.steering, self._dial, self.prove)

    async def _reserved(self, wish: WishForm, wait: _Wait) -> Reservation | str:
        """Wait in line; give the agent, or the key of another choice.

        TimeoutError when the floor lets nobody wait longer. The place outlives a cancelled wait.
        """
        asking = asyncio.create_task(self.persons.wait(wish), name=f"{wish.call}: wants a person")
        leaving = asyncio.create_task(_hung_up(self.line), name=f"{wish.call}: may leave")
        try:
            await asyncio.wait({asking, leaving}, timeout=AT_ONCE_S, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done() or asking.exception() is None:
                self.talk.owe(*wait.promise)
                wait.promise = ()
            if asking.done() and asking.exception() is None:
                await self.talk.say("agent.connecting")
            elif not asking.done() and (key := await self._pass_the_time(wish, wait, asking, leaving)):
                return key
            return asking.result()
        finally:
            asking.cancel()
            leaving.cancel()

    async def _pass_the_time(
        self, wish: WishForm, wait: _Wait, asking: asyncio.Task[Reservation], leaving: asyncio.Task[None]
    ) -> str:
        """Speak and play music until an agent is found or a key is pressed; give the key, or none."""
        while not asking.done():
            await self._announce(wish, wait, asking)
            if not asking.done() and (key := await self._offer(wait)):
                return key
            await self.line.send(_MUSIC_ON)
            await asyncio.wait(
                {asking, leaving}, timeout=self._pause(wait), return_when=asyncio.FIRST_COMPLETED
            )
            await self.line.send(_MUSIC_OFF)  # raises HungUp for a caller who left
            if not asking.done() and self.shuts() <= self.clock():
                raise _Closing
        return ""

    def _pause(self, wait: _Wait) -> float:
        """Say how long the music plays: to the next words, at closing time not at all."""
        now = self.clock()
        waited_s = now - wait.since
        words_s = min(
            next_message_s(self.messages, waited_s, wait.messages), self.choices.next_offer_s(waited_s)
        )
        return min(self.announce_every_s, max(0.0, self.shuts() - now), max(0.0, words_s))

    async def _announce(self, wish: WishForm, wait: _Wait, asking: asyncio.Task[Reservation]) -> None:
        """Say how it stands, in pieces, so that an agent who is found waits for one of them at most."""
        opening, wait.opening = wait.opening, "wait.still"
        await self.talk.say(opening)
        pieces, wait.told = announcement(self.talk.language, self.persons.place(wish.call), wait.told)
        message = due_message(self.messages, self.clock() - wait.since, wait.messages)
        if message is not None:
            wait.messages |= {message.say}
            pieces.append((message.say,))
        for words in pieces:
            if not asking.done():
                await self.talk.say(*words)

    async def _offer(self, wait: _Wait) -> str:
        """Offer what may be chosen; give the key that was, if any."""
        offers = self.choices.offers(self.clock() - wait.since)
        if not offers:
            return ""
        key = await self.talk.ask(tuple(offers.values()), 1, KEY_S)
        return key if key in offers else ""


def _ending(over: TimeoutError | _Closing | QueueClosed) -> Ending:
    match over:
        case QueueClosed(callback=callback):
            return "shut_callback" if callback else "shut"
        case _Closing():
            return "closing"
        case _:
            return "too_long"


async def _hung_up(line: Line) -> None:
    await line.hung_up.wait()


async def dialled(line: Line) -> bool:
    """Tell whether the last Dial of this call was answered and its conversation is over."""
    return (await line.send(DIALSTATUS)).text == "ANSWER"
