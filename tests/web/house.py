"""The rooms behind the pages, in memory: what an agent's place does, a board, a call's live text."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from web.ports import (
    Close,
    ConsentStep,
    Force,
    Message,
    Move,
    NotNow,
    NumberToCall,
    PretendedCaller,
    Spy,
    Stamp,
    Steer,
    Subject,
    Telephone,
)

CALL = "ventanilla-1795330000.12"
SUBJECTS = (
    Subject("pension", {"es": "Pensiones", "ca": "Pensions"}),
    Subject("imv", {"es": "Ingreso mínimo vital", "ca": "Ingrés mínim vital"}),
    Subject("health_card", {"es": "Tarjeta sanitaria", "ca": "Targeta sanitària"}),
    Subject("case", {"es": "Estado de un expediente", "ca": "Estat de l'expedient"}),
    Subject("general", {"es": "Información general", "ca": "Informació general"}),
)


EPISODE = "0f0e0d0c-0b0a-4908-8706-050403020100"
STATEMENT = "Vostè demana cobrar des d'ara en un altre compte bancari. El compte nou acaba en: 1332"


def shown_episode(*, read: bool) -> Message:
    """An open consent episode, as the desk is told it."""
    return {
        "type": "consent",
        "call": CALL,
        "episode": EPISODE,
        "outcome": None,
        "act": "bank_account",
        "language": "ca",
        "text": STATEMENT,
        "read": read,
        "asked_by": "jordi",
    }


def no_episode(outcome: str | None = None) -> Message:
    """None is open; the last one ended so."""
    return {"type": "consent", "call": CALL, "episode": None, "outcome": outcome}


class Feed:
    """Hands each message to everybody who listens at that moment."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Message]] = set()

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def say(self, message: Message) -> None:
        for listener in self._listeners:
            listener.put_nowait(message)

    async def listen(self) -> AsyncIterator[Message]:
        queue: asyncio.Queue[Message] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)


class FakeDesk:
    """An agent's place with the same moves as the router's, for any number of agents."""

    def __init__(self, clock: float, secret: str) -> None:
        self.clock, self.secret = clock, secret
        self.states: dict[str, dict[str, object]] = {}
        self.cards: dict[str, Message] = {}
        self.waiting = 0
        self.finished: list[tuple[str, str, str]] = []
        self.passed: list[tuple[str, str, int]] = []
        self.steered: list[tuple[str, Steer, str]] = []
        self.consents: list[tuple[str, str, str]] = []
        self.stamps: list[tuple[str, str, Stamp, float]] = []
        self.feeds: dict[str, Feed] = {}

    def feed(self, agent: str) -> Feed:
        return self.feeds.setdefault(agent, Feed())

    def state_of(self, agent: str) -> dict[str, object]:
        nobody = {"type": "state", "state": "signed_out", "since": self.clock, "reason": None, "call": None}
        return self.states.get(agent, nobody)

    def become(self, agent: str, state: str, **more: object) -> None:
        kept = {"address": self.state_of(agent).get("address")}
        news = {"type": "state", "state": state, "since": self.clock, "reason": None, "call": None}
        self.states[agent] = {**news, **kept, **more}
        if state in {"ready", "paused", "signed_out"}:
            self.cards.pop(agent, None)
        self.feed(agent).say(self.states[agent])

    def reserve(self, agent: str, card: Mapping[str, object]) -> None:
        self.become(agent, "reserved", call=card["call"])
        self.cards[agent] = {
            "type": "card",
            "call": card["call"],
            "reserved_at": self.clock,
            "card": dict(card),
        }
        self.feed(agent).say(self.cards[agent])

    def count_waiting(self, agent: str, count: int) -> None:
        self.waiting = count
        self.feed(agent).say({"type": "waiting", "count": count})

    async def sign_in(self, agent: str, address: str) -> None:
        self.become(agent, "ready", address=address)

    async def ready(self, agent: str) -> None:
        self._must_be(agent, "paused", "ready", "talking")
        self._at_once_or_then(agent, "ready", "")

    async def pause(self, agent: str, reason: str) -> None:
        self._must_be(agent, "paused", "ready", "talking")
        self._at_once_or_then(agent, "paused", reason)

    async def sign_out(self, agent: str) -> None:
        self.become(agent, "signed_out", address=None)

    async def wrap_up_done(self, agent: str, outcome: str, notes: str) -> None:
        self._must_be(agent, "wrap_up")
        self.finished.append((agent, outcome, notes))
        self.become(agent, "ready")

    async def pass_on(self, agent: str, subject: str, level: int) -> None:
        self._must_be(agent, "talking")
        self.passed.append((agent, subject, level))
        self.become(agent, "wrap_up", call=self.state_of(agent)["call"])

    async def steer(self, agent: str, move: Steer, to: str = "") -> None:
        self._must_be(agent, "talking")
        self.steered.append((agent, move, to))

    def acts(self) -> list[Message]:
        about = {"es": "Cambio de cuenta bancaria", "ca": "Canvi de compte bancari"}
        asked = {"es": "Desistimiento", "ca": "Desistiment"}
        return [
            {"name": "bank_account", "about": about, "level": 2, "detail": True},
            {"name": "withdrawal", "about": asked, "level": 1, "detail": False},
        ]

    async def consent_begin(self, agent: str, act: str, detail: str) -> None:
        self._must_be(agent, "talking")
        self.consents.append(("begin", act, detail))
        self.feed(agent).say(shown_episode(read=False))

    async def consent_step(self, agent: str, episode: str, step: ConsentStep) -> None:
        self._must_be(agent, "talking")
        self.consents.append((step, episode, ""))
        open_still = step == "read"
        self.feed(agent).say(shown_episode(read=True) if open_still else no_episode(step))

    def colleagues(self, agent: str) -> list[Message]:  # noqa: ARG002 - the port's
        return [
            {"name": "marta", "display": "Marta", "level": 2, "skills": [], "languages": ["es"], "free": True}
        ]

    def telephone(self, agent: str) -> Telephone:
        return Telephone(f"sip:agent-{agent}@127.0.0.1", f"agent-{agent}", self.secret)

    def stamp(self, agent: str, call: str, what: Stamp, at: float) -> None:
        self.stamps.append((agent, call, what, at))

    async def updates(self, agent: str) -> AsyncIterator[Message]:
        yield self.state_of(agent)
        if agent in self.cards:
            yield self.cards[agent]
        yield {"type": "waiting", "count": self.waiting}
        async for message in self.feed(agent).listen():
            yield message

    def _at_once_or_then(self, agent: str, state: str, reason: str) -> None:
        if self.state_of(agent)["state"] == "talking":
            call = self.state_of(agent)["call"]
            self.become(agent, "talking", call=call, then=None if state == "ready" else state)
        else:
            self.become(agent, state, reason=reason or None)

    def _must_be(self, agent: str, *states: str) -> None:
        if self.state_of(agent)["state"] not in states:
            raise NotNow("wrong_state")


class FakeWall:
    """A board that changes when the test says so."""

    def __init__(self, board: Mapping[str, object]) -> None:
        self._board = dict(board)
        self.feed = Feed()

    def board(self) -> Message:
        return self._board

    def change(self, **parts: object) -> None:
        self._board = {**self._board, **parts}
        self.feed.say(self._board)

    async def updates(self) -> AsyncIterator[Message]:
        async for board in self.feed.listen():
            yield board


class FakeSupervision:
    """Remembers what a supervisor did."""

    def __init__(self) -> None:
        self.did: list[tuple[str, object]] = []

    def telephone(self, supervisor: str) -> Telephone:
        return Telephone(f"sip:supervisor-{supervisor}@127.0.0.1", f"supervisor-{supervisor}", "")

    async def spy(self, supervisor: str, spying: Spy) -> None:
        self.did.append((supervisor, spying))

    async def take_over(self, supervisor: str, agent: str, reason: str) -> None:
        self.did.append((supervisor, (agent, reason)))

    async def force(self, supervisor: str, agent: str, force: Force) -> None:
        self.did.append((supervisor, (agent, force)))

    def move(self, supervisor: str, call: str, move: Move) -> None:
        self.did.append((supervisor, (call, move)))

    def why(self, call: str) -> Message:
        del call
        hindered = {"busy": 2, "paused": 1}
        return {
            "nobody_ever": False,
            "nobody_here": False,
            "away": False,
            "next_opens_in_s": 42.0,
            "hindered": hindered,
        }

    async def close(self, supervisor: str, close: Close) -> None:
        self.did.append((supervisor, close))


class FakePage:
    """The institution's numbers, and the live text of calls by token."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.feeds: dict[str, Feed] = {}

    def feed(self, token: str) -> Feed:
        return self.feeds.setdefault(token, Feed())

    def numbers(self) -> tuple[NumberToCall, ...]:
        general = {"es": "Información general", "ca": "Informació general"}
        imv = {"es": "Ingreso mínimo vital", "ca": "Ingrés mínim vital"}
        return (
            NumberToCall("901166565", "901 16 65 65", general),
            NumberToCall("915421176", "91 542 11 76", general),
            NumberToCall("900202222", "900 20 22 22", imv),
        )

    def callers(self) -> tuple[PretendedCaller, ...]:
        return (
            PretendedCaller("+34931234567", {"es": "Barcelona: Mercè Vila", "ca": "Barcelona: Mercè Vila"}),
            PretendedCaller("+34915551234", {"es": "Madrid: Antonio Rey", "ca": "Madrid: Antonio Rey"}),
        )

    def telephone(self) -> Telephone:
        return Telephone("sip:browser@127.0.0.1", "browser", self.secret)

    async def updates(self, token: str) -> AsyncIterator[Message]:
        async for message in self.feed(token).listen():
            yield message
