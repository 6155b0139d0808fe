"""Fakes of the floor's neighbours; each passes the same contract tests as the real part."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from queues.agents import Agent, AgentState
from queues.demonstration import demonstration_agents
from queues.ports import Change, Kept, KeptPlace, Outcome, PlaceGone, PlaceTaken, Wrapped
from queues.reconcile import Channel


@dataclass(frozen=True)
class Form:
    """What a session asks with."""

    call: str
    subject: str = "pension"
    language: str = "es"
    level: int = 1
    priority: int = 0
    since: float = float("inf")


class Clock:
    """Time that stands still until told."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += seconds


class MemoryStore:
    """Keeps in memory what the SQL store keeps on disk."""

    def __init__(self, people: Iterable[Agent] = demonstration_agents()) -> None:
        self.people = tuple(people)
        self.states: dict[str, AgentState] = {}
        self.places: dict[str, KeptPlace] = {}
        self.outcomes: list[Outcome] = []

    async def agents(self) -> tuple[Agent, ...]:
        return self.people

    async def load(self, outcomes_since: float) -> Kept:
        recent = [outcome for outcome in self.outcomes if outcome.ended_at >= outcomes_since]
        return Kept(list(self.states.values()), list(self.places.values()), recent)

    def save(self, changes: Iterable[Change]) -> asyncio.Future[None]:
        for change in changes:
            self._keep(change)
        return self._done()

    def _done(self) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def _keep(self, change: Change) -> None:
        match change:
            case AgentState():
                self.states[change.agent] = change
            case PlaceTaken():
                self.places[change.place.wish.call] = change.place
            case PlaceGone():
                self.places.pop(change.call, None)
            case Outcome():
                self.outcomes.append(change)
            case Wrapped():
                pass


class SlowStore(MemoryStore):
    """A memory whose disk is done when the test says so."""

    def __init__(self, people: Iterable[Agent] = demonstration_agents()) -> None:
        super().__init__(people)
        self.slow, self.pending = False, list[asyncio.Future[None]]()

    def _done(self) -> asyncio.Future[None]:
        if not self.slow:
            return super()._done()
        self.pending.append(asyncio.get_running_loop().create_future())
        return self.pending[-1]

    def written(self) -> None:
        """Let everything be on disk."""
        for one in self.pending:
            one.set_result(None)
        self.pending.clear()


class PaperAsterisk:
    """An Asterisk whose channels are written on paper; None when it does not answer."""

    def __init__(self) -> None:
        self.connected = True
        self.latency_ms: float | None = 1.0
        self.late_ms: float | None = 2.0
        self.listed: tuple[Channel, ...] | None = ()
        self.there: dict[str, bool] | None = {}
        self.hung_up: list[str] = []
        self.waiting_again: list[str] = []

    async def channels(self) -> tuple[Channel, ...] | None:
        return self.listed

    async def reachable(self) -> dict[str, bool] | None:
        return self.there

    async def waits_again(self, channel: str) -> bool:
        self.waiting_again.append(channel)
        return True

    async def hang_up(self, channel: str) -> bool:
        self.hung_up.append(channel)
        return True


def call(number: int) -> str:
    """The call id of the numbered call of a test."""
    return f"ventanilla-1800000000.{number}"
