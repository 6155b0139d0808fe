"""Who calls and who answers in a simulation, and how a call ended. Times in seconds of the simulated clock."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from queues.agents import Agent
from queues.wishes import Wish


class Caller(NamedTuple):
    """One caller, drawn beforehand, so that every plan and every router meets the same people.

    `work_s` is the talk with an agent of speed 1, `wrap_s` what is written afterwards; `patience_s` is how
    long they wait for a person before they hang up.
    """

    call: str
    at: float
    subject: str
    language: str
    level: int
    priority: int
    work_s: float
    wrap_s: float = 0.0
    patience_s: float = math.inf

    @property
    def wish(self) -> Wish:
        """What the router is asked for."""
        return Wish(self.call, self.subject, self.language, self.level, self.priority, self.at)


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent at a desk from `begins` to `ends`; a call begun before the end is finished.

    An agent with a break has two. `speed` divides the talk: a newcomer has less than 1.
    """

    agent: Agent
    begins: float = 0.0
    ends: float = math.inf
    speed: float = 1.0


class How(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"  # no line was free: they heard the busy tone
    UNSERVED = "unserved"  # still waiting when the last agent had gone


class Ended(NamedTuple):
    """One call that ended: `waited_s` from the wish to the agent's answer, or to giving up."""

    caller: Caller
    how: How
    waited_s: float
    agent: str | None = None


class Decision(Protocol):
    """This caller to this agent."""

    @property
    def call(self) -> str:
        """The caller's call."""

    @property
    def agent(self) -> str:
        """The agent's name."""


class Dispatcher(Protocol):
    """Whoever decides who answers whom: our router, or a model of somebody else's."""

    def seat(self, agent: Agent) -> None:
        """Count this agent among those signed in."""

    def unseat(self, name: str) -> None:
        """Forget an agent who signed out."""

    def free(self, name: str, idle_since: float) -> None:
        """Offer calls to a seated agent."""

    def busy(self, name: str) -> None:
        """Offer this agent no call."""

    def join(self, wish: Wish) -> None:
        """Put a caller in line."""

    def leave(self, call: str) -> None:
        """Take a caller out of line."""

    def route(self, now: float) -> Iterable[Decision]:
        """Decide every pair to be made now; the simulation then takes both out."""

    def look_again(self, now: float) -> float | None:
        """Say when to ask again even if nothing happens until then; None when never."""


class Witness(Protocol):
    """Whoever measures a simulation while it runs."""

    def taken(self, caller: Caller, agent: Agent, now: float, waiting: Iterable[Caller]) -> None:
        """See an agent set aside for a caller; `waiting` are all others who wait at this moment."""

    def ended(self, call: Ended) -> None:
        """See a call's outcome: the answer, or the loss."""

    def worked(self, agent: str, begins: float, ends: float) -> None:
        """See an agent occupied with a call, from the ring to the end of the wrap-up."""
