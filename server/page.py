"""The citizens' call page: which numbers there are, and each page's own call as live text."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from dialplans.grammar import grammar
from dialplans.institution import Institution
from ivr.facts import CallArrived, CallEnded, CallResumed, Spoke, StepEntered
from messages.adapters.outbox import Letter, Outbox
from messages.facts import MessageLeft
from queues.adapters.floor import Floor
from queues.facts import CallerWaiting, TalkEnded, TalkStarted
from recordings.facts import RecordingStarted
from server.bus import Bus
from server.sip_accounts import SipAccounts
from web.ports import Message, NumberToCall, PretendedCaller, Telephone


class Page:
    """Live text by the page's token, which only that page and its call know."""

    def __init__(
        self,
        institution: Callable[[], Institution],
        floor: Floor,
        bus: Bus,
        line: SipAccounts,
        callers: tuple[PretendedCaller, ...],
        post: Outbox | None = None,
    ) -> None:
        """Read along; with `post` (the demonstration only) the page also shows what its call had sent."""
        self._institution, self._floor, self._bus = institution, floor, bus
        self._line, self._callers, self._post = line, callers, post
        self._calls: dict[str, str] = {}
        bus.hear(self._hear)

    def _hear(self, fact: object) -> None:
        match fact:
            case CallArrived(call=call, page=str(page)) | CallResumed(call=call, page=str(page)):
                self._calls[page] = call
            case CallEnded(call=call):
                self._calls = {page: other for page, other in self._calls.items() if other != call}

    def numbers(self) -> tuple[NumberToCall, ...]:
        """List the institution's numbers, written in groups as people write them."""
        institution = self._institution()
        return tuple(
            NumberToCall(number, entry.shown or number, entry.about)
            for number, entry in institution.numbers.items()
        )

    def callers(self) -> tuple[PretendedCaller, ...]:
        """List the demonstration's numbers."""
        return self._callers

    def telephone(self) -> Telephone:
        """Say how a citizen's browser calls."""
        return self._line.of_citizen()

    async def updates(self, token: str) -> AsyncGenerator[Message, None]:
        """Yield what is said to the call with this token, from whenever it begins."""
        with self._bus.subscription() as facts:
            async for fact in facts:
                call = self._calls.get(token)
                if call is not None and getattr(fact, "call", None) == call:
                    message = await self._letter(fact) if isinstance(fact, MessageLeft) else self._news(fact)
                    if message is not None:
                        yield message

    async def letters(self, token: str) -> AsyncGenerator[Message, None]:
        """Yield the messages sent for the call with this token, as its made-up citizen would read them."""
        async with aclosing(self.updates(token)) as updates:
            async for message in updates:
                if message["type"] == "letter":
                    yield message

    async def _letter(self, fact: MessageLeft) -> Message | None:
        """Give a message as the telephone of the made-up citizen would show it; None outside the demonstration."""
        letter = await self._post.letter(fact.letter) if self._post else None
        if letter is None:
            return None
        return {
            "type": "letter",
            "text": letter.text,
            "language": letter.language,
            "to": _shortened(letter),
            "at": letter.left_at,
        }

    def _news(self, fact: object) -> Message | None:
        match fact:
            case Spoke(keys=keys, language=language):
                return {
                    "type": "said",
                    "text": text_of(self._institution(), language, keys),
                    "language": language,
                }
            case CallerWaiting(call=call):
                return self._waiting(call)
            case TalkStarted():
                return {"type": "person"}
            case TalkEnded() | StepEntered():
                return {"type": "menu"}
            case RecordingStarted():
                return {"type": "recording", "on": True}
        return None

    def _waiting(self, call: str) -> Message | None:
        place = self._floor.place(call)
        if place is None:
            return None
        wait = [place.expected.least_s, place.expected.most_s] if place.expected else None
        return {"type": "waiting", "position": place.position, "wait_s": wait}


def _shortened(letter: Letter) -> str:
    """Say where it goes without saying it all: the number's last three digits, or the mail's first letter."""
    if letter.number:
        return f"… {letter.number[-3:]}"
    return f"{(letter.email or '')[:1]}…@…"


def text_of(institution: Institution, language: str, keys: tuple[str, ...]) -> str:
    """Write what prompt keys say; a key that nothing is known of stands there as itself."""
    texts, fragments = institution.texts.get(language, {}), grammar(language).FRAGMENTS
    return " ".join(texts.get(key) or fragments.get(key, key) for key in keys).replace(" ,", ",")
