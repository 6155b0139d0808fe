"""The people who answer, and what agents and supervisors want with a caller."""

# ruff: noqa: D102 - a class says what its properties are; its methods say themselves what they do

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WishForm:
    """What a caller wants of a person, and who they are as far as it is known.

    `level` 1 or 2; `priority` 0 for everyone; `since` unix seconds; `identity` the level proven (0-3);
    `person` the register's id once proven; `caller` E.164 or None.
    """

    call: str
    subject: str
    language: str
    level: int
    priority: int
    since: float
    identity: int = 0
    person: str | None = None
    caller: str | None = None


class Reservation(Protocol):
    """An agent set aside for a call until `lease_until` (unix seconds); dial PJSIP/`endpoint`.

    `awaits`: they have picked up already and hear music; fetch them (`Steering.fetch`) and dial nobody.
    """

    @property
    def call(self) -> str: ...
    @property
    def agent(self) -> str: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def lease_until(self) -> float: ...
    @property
    def awaits(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Outside:
    """How an agent on a number outside is rung: dial PJSIP/`endpoint`, which has the number in it, with the options."""

    endpoint: str = field(repr=False)
    options: str


class Expected(Protocol):
    """A range of waiting still to come, in seconds."""

    @property
    def least_s(self) -> int: ...
    @property
    def most_s(self) -> int: ...


class Place(Protocol):
    """A caller's place: `position` from 1; `expected` None while nothing honest can be said.

    What `expected` comes from: `agents` who could serve, `handle_s` a conversation takes (None: unmeasured).
    `preferred`: somebody of a higher priority is before them.
    """

    @property
    def position(self) -> int: ...
    @property
    def expected(self) -> Expected | None: ...
    @property
    def agents(self) -> int: ...
    @property
    def handle_s(self) -> float | None: ...
    @property
    def preferred(self) -> bool: ...


class QueueClosed(Exception):  # noqa: N818 - a decision of the house, not an error of ours
    """A supervisor closed the queue; `callback`: whoever waited may be called back."""

    def __init__(self, *, callback: bool) -> None:
        super().__init__(callback)
        self.callback = callback


class Persons(Protocol):
    """The people who answer. None of the plain methods waits or raises."""

    async def wait(self, wish: WishForm) -> Reservation:
        """Wait in line until an agent is set aside; TimeoutError when nobody may wait longer, QueueClosed.

        May be cancelled; the same call keeps its place.
        """
        ...

    def place(self, call: str) -> Place | None:
        """Give the call's place in line; None when it stands in none."""
        ...

    def rang_out(self, call: str) -> None:
        """Take note that the reserved agent did not answer."""
        ...

    def ended(self, call: str) -> None:
        """Take note that the conversation with the agent is over."""
        ...

    def left(self, call: str) -> None:
        """Take note that the call no longer waits for anybody."""
        ...


@dataclass(frozen=True, slots=True)
class Passing:
    """An agent passes the caller on: to whom, by level and subject."""

    level: int
    subject: str


class Passings(Protocol):
    """The agents' marks on calls they pass on."""

    def take(self, call: str) -> Passing | None:
        """Take the mark off a call, if it bears one."""
        ...


@dataclass(frozen=True, slots=True)
class Hold:
    """The agent is busy with this caller's matter: the caller hears music until there is word."""


@dataclass(frozen=True, slots=True)
class Meet:
    """Somebody waits for the caller in this room, or comes there at once."""

    room: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A colleague was set aside for this caller: dial PJSIP/`endpoint`."""

    endpoint: str


@dataclass(frozen=True, slots=True)
class InLine:
    """Nobody is left who has this caller: they wait for a person again."""


@dataclass(frozen=True, slots=True)
class Prove:
    """The agent wants this caller proven with a one-time code for a procedure, alone with the machine."""

    procedure: str


Onward = Hold | Meet | Ring | InLine | Prove


class Steering(Protocol):
    """What agents and supervisors want with callers who have an agent."""

    def onward(self, call: str) -> Onward | None:
        """Say what comes now that a talk is over, once; None when nothing more is wanted."""
        ...

    async def fetch(self, call: str) -> bool:
        """Send the agent who waits for this caller into the call's room, where `onward` leads; False: gone."""
        ...

    async def word(self, call: str) -> None:
        """Wait, while the caller is held, until something comes; may be cancelled."""
        ...

    async def proved(self, call: str, outcome: str) -> None:
        """Take note how the proof ended that the agent wanted: proven, or the outcome that a service would have."""
        ...
