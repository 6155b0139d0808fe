"""What the queues room asks of others, and the shapes it takes and gives."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from queues.agents import Agent, AgentState
from queues.reconcile import Channel
from queues.wishes import Wish


class WishForm(Protocol):
    """What a session asks with. `level` 1 or 2; `priority` 0 for everyone."""

    @property
    def call(self) -> str:
        """Asterisk's UNIQUEID of the caller's channel."""

    @property
    def subject(self) -> str:
        """What it is about, such as "pension" or "general"."""

    @property
    def language(self) -> str:
        """What the caller speaks: "es", "ca"."""

    @property
    def level(self) -> int:
        """1: anybody, 2: a trained specialist."""

    @property
    def priority(self) -> int:
        """0 for everyone; more goes first."""

    @property
    def since(self) -> float:
        """When the session began to want a person, unix seconds."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """An agent set aside for a call until `lease_until` (unix seconds); dial PJSIP/`endpoint`.

    `awaits`: the agent has picked up already and hears music; nobody is dialled any more.
    """

    call: str
    agent: str
    endpoint: str
    lease_until: float
    awaits: bool = False


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A place in line as the store keeps it. `agent` and `talk_since` are set once somebody took the call.

    `began` is when this wait began if that is later than the turn (`wish.since`): a caller who is passed on keeps
    the turn, but the conversation in between was no waiting.
    """

    wish: Wish
    agent: str | None = None
    talk_since: float | None = None
    began: float | None = None

    def waited(self, at: float) -> float:
        """Seconds of waiting up to this time."""
        return at - (self.wish.since if self.began is None else self.began)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one wish ended: `kind` is "answered" or "abandoned". Times unix seconds, None: did not happen."""

    call: str
    subject: str
    language: str
    level: int
    kind: str
    agent: str | None
    since: float
    ended_at: float
    waited_s: float
    talked_s: float | None = None
    wrap_s: float | None = None


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The wrap-up of an answered call is over; it belongs to the outcome already written."""

    call: str
    agent: str
    wrap_s: float


@dataclass(frozen=True, slots=True)
class PlaceTaken:
    """A place to write: new, or changed."""

    place: KeptPlace


@dataclass(frozen=True, slots=True)
class PlaceGone:
    """A place to erase."""

    call: str


Change = AgentState | PlaceTaken | PlaceGone | Outcome | Wrapped


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store remembers at start."""

    states: Sequence[AgentState]
    places: Sequence[KeptPlace]
    outcomes: Sequence[Outcome]


class Store(Protocol):
    """Remembers over a restart. `save` is called on the loop and returns at once; await it to be sure."""

    async def load(self, outcomes_since: float) -> Kept:
        """Give all states and places, and the outcomes from this time on."""

    def save(self, changes: Iterable[Change]) -> asyncio.Future[None]:
        """Queue changes for the next group; the future is done when they are on disk."""

    async def agents(self) -> tuple[Agent, ...]:
        """List everybody who may sign in."""


class AsteriskPort(Protocol):
    """What the floor asks of Asterisk. Every method has its own time limit."""

    @property
    def connected(self) -> bool:
        """Whether the connection is there and signed in."""

    @property
    def latency_ms(self) -> float | None:
        """Round trip of the last ping, None when unknown."""

    @property
    def late_ms(self) -> float | None:
        """The most that an event came late in the last minute, None when none was heard."""

    async def channels(self) -> tuple[Channel, ...] | None:
        """List all channels; None when Asterisk does not answer."""

    async def reachable(self) -> dict[str, bool] | None:
        """Say by agent whether the telephone is there; None when Asterisk does not answer."""

    async def waits_again(self, channel: str) -> bool:
        """Tell the dialplan that this caller waits for a person again (`VT_WAITING`)."""

    async def hang_up(self, channel: str) -> bool:
        """Hang a channel up by name; False when Asterisk refused or did not answer."""


class AsteriskEvents(Protocol):
    """What the floor hears from Asterisk. None of it is believed without a reservation that it fits."""

    def agent_rings(self, agent: str, call: str) -> None:
        """Take note that the agent's telephone rings for this call."""

    def agent_answered(self, agent: str, call: str) -> None:
        """Take note that the agent answered this call."""

    def agent_hung_up(self, agent: str, call: str) -> None:
        """Take note that the agent's channel in this call is gone."""

    def agent_waits(self, agent: str, call: str, leg: str) -> None:
        """Take note that an agent picked up for a callback whose citizen is still to be rung."""

    def leg_gone(self, agent: str, call: str, leg: str) -> None:
        """Take note that the agent's own leg of a callback is gone."""

    def caller_hung_up(self, call: str, cause: int = 0) -> None:
        """Take note that the channel of this call is gone; `cause` by Q.850."""

    def telephone(self, agent: str, *, reachable: bool) -> None:
        """Take note that an agent's telephone came or went."""

    def connection(self, *, connected: bool) -> None:
        """Take note that the connection came (everything may have changed meanwhile) or went."""


Publish = Callable[[object], None]
Clock = Callable[[], float]
