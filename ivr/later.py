"""What a caller may choose instead of waiting on: to be called at their turn, or to leave a spoken message.

A callback keeps the place: the number is read back or keyed, one for each person and number. A message is
recorded by Asterisk and belongs to a request, whose reference the caller hears.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Final, Literal, TypeAlias

from dialplans.grammar import grammar
from dialplans.institution import Institution
from dialplans.institution_file import Waiting as Customs
from dialplans.walks import Walk
from ivr import looking, numbers
from ivr.adapters.line import HungUp
from ivr.agi import command
from ivr.house import House
from ivr.ports.floor import WishForm
from ivr.ports.line import Line
from ivr.ports.register import RegistryDown
from ivr.ports.requests import PlaceKept
from ivr.services import Leaves, Visit
from ivr.talk import Talk
from ivr.text import CHANNEL
from ivr.waiting import Waiting

PROMPTS = numbers.PROMPTS | {
    "wait.offer_callback", "wait.offer_message", "hold.intro", "hold.accepted", "hold.already", "hold.cancelled",
    "hold.pending", "hold.unavailable", "message.ask", "message.accepted", "message.empty", "message.unavailable",
    "service.reference",
}  # fmt: skip

CALLBACK: Final = "1"
MESSAGE: Final = "2"
LONGEST_MESSAGE_S: Final = 120  # who needs longer needs a conversation
SILENCE_S: Final = 5  # who has said nothing for so long has said all
TONE_MS: Final = 400
PENDING_S: Final = 6.0
TIMES_ASKED: Final = 2

Chosen: TypeAlias = Literal["called_back", "message_left"]

_TONE = command("EXEC", "Playtones", f"!1000/{TONE_MS}")
_TONE_SOUNDS = command("EXEC", "Wait", f"{TONE_MS / 1000:g}")
_TONE_OFF = command("EXEC", "StopPlaytones")


@dataclass(frozen=True, slots=True)
class Later:
    """The choices of one caller who waits; `visit` gives what asking for a number needs."""

    house: House
    line: Line
    talk: Talk
    customs: Customs
    walk: Walk
    recording: bool
    visit: Callable[[], Visit]
    refused: set[str] = field(default_factory=set)
    """Keys that came to nothing in this wait: not offered again, so that nobody tries number after number."""

    def offers(self, waited_s: float) -> dict[str, str]:
        """Give the keys that are offered after so long, with the prompts that name them."""
        if self.line.greeting.channel.startswith(CHANNEL):
            return {}  # who writes sees their turn come and may close the page
        offers = {}
        if _since(self.customs.callback_after_s, waited_s) and self.house.callbacks.offered():
            offers[CALLBACK] = "wait.offer_callback"
        if _since(self.customs.message_after_s, waited_s) and self.house.voice_messages.offered():
            offers[MESSAGE] = "wait.offer_message"
        return {key: words for key, words in offers.items() if key not in self.refused}

    def next_offer_s(self, waited_s: float) -> float:
        """Say how many seconds it is until more is offered; infinity when nothing more will be."""
        times = (self.customs.callback_after_s, self.customs.message_after_s)
        return min((one - waited_s for one in times if one is not None and one > waited_s), default=inf)

    async def take(self, key: str, wish: WishForm) -> Chosen | None:
        """Do what the caller chose; None when they wait on after all."""
        try:
            return await (self._call_back(wish) if key == CALLBACK else self._message(wish))
        except Leaves:
            return None
        except RegistryDown:
            self.talk.owe("hold.unavailable" if key == CALLBACK else "message.unavailable")
            return None

    async def _call_back(self, wish: WishForm) -> Chosen | None:
        """Promise; a number that may have no promise now ends nobody's wait, and why it may not is nobody's to hear."""
        number = await numbers.ask(self.visit(), "hold.intro", mobile=False)
        kept = await self.house.callbacks.keep_place(wish, number, self.walk, recording=self.recording)
        if kept is None or not kept.new:
            self.refused.add(CALLBACK)
            self.talk.owe("hold.unavailable")
            return None
        await self.talk.say("hold.accepted")
        return "called_back"

    async def _message(self, wish: WishForm) -> Chosen | None:
        file = await self.house.voice_messages.begin(wish)
        for words in (("message.ask",), ("message.empty", "message.ask")):
            await self.talk.say(*words)
            reference = await self._recorded(wish.call, str(file))
            if reference is not None:
                spoken = grammar(self.talk.language).digits(reference)
                await self.talk.say("message.accepted", "service.reference", *spoken)
                return "message_left"
        self.talk.owe("message.empty")
        return None

    async def _recorded(self, call: str, file: str) -> str | None:
        """Record; what was said before the caller hung up is a message as well."""
        try:
            await self._record(file)
        except HungUp:
            await self.house.voice_messages.left(call)
            raise
        return await self.house.voice_messages.left(call)

    async def _record(self, file: str) -> None:
        for sounding in (_TONE, _TONE_SOUNDS, _TONE_OFF):
            await self.line.send(sounding)
        limit_ms = str(LONGEST_MESSAGE_S * 1000)
        await self.line.send(command("RECORD FILE", file, "wav", "#", limit_ms, f"s={SILENCE_S}"))


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who will wait for a person: their line and voice, where their walk stands, `keep` for the stages."""

    line: Line
    talk: Talk
    walk: Walk
    caller: str | None
    recording: bool
    keep: Callable[[str], None]

    def place(self, house: House, institution: Institution, calendar: str) -> Waiting:
        """Give the place where they wait, while this calendar is open."""
        customs = institution.waiting
        return Waiting(
            self.line,
            self.talk,
            house.persons,
            customs.announce_every_s,
            customs.ring_s,
            self.keep,
            house.clock,
            lambda: looking.shuts(house, institution, calendar),
            customs.messages,
            self._choices(house, institution),
            house.steering,
            outside=house.outside,
        )

    def _choices(self, house: House, institution: Institution) -> Later:
        """Give what they may choose instead of waiting; who is called already is offered no other call."""
        call, customs = self.line.greeting.call, institution.waiting
        if house.callbacks.is_ours(call):
            customs = customs.model_copy(update={"callback_after_s": None})
        return Later(
            house,
            self.line,
            self.talk,
            customs,
            self.walk,
            self.recording,
            lambda: house.visit(call, "callback", self.walk, self.caller, self.talk, institution),
        )


def _since(from_s: float | None, waited_s: float) -> bool:
    return from_s is not None and waited_s >= from_s


async def again(
    house: House, talk: Talk, caller: str | None, person: str | None
) -> PlaceKept | Chosen | None:
    """Ask a caller who is to be called anyway: they go on waiting for that, or take the place on this line.

    Gives the promise that was dropped, with its turn; `called_back` when they choose to wait for the call; None
    when there is none, it is being kept just now, or no key is pressed: several people may share a telephone, and
    who says nothing wants what they called for. The promise then stays as it is.
    """
    try:
        promise = await house.callbacks.pending(caller, person)
        if promise is None:
            return None
        for _ in range(TIMES_ASKED):
            match await talk.ask(("hold.pending",), 1, PENDING_S):
                case "1":
                    talk.owe("hold.already")
                    return "called_back"
                case "2" | "0":
                    if not await house.callbacks.cancel(promise):
                        return None
                    talk.owe("hold.cancelled")
                    return promise
    except RegistryDown:
        pass
    return None
