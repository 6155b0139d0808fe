"""What the figures are counted from: contacts, calls and agents' spells, as the ledger reads them out of the facts.

Times are unix seconds, durations seconds; None: did not happen, or nobody knows. A ledger fills them in as facts
come, everybody else only reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from queues.callbacks import is_ours
from queues.legs import MUSIC

Row = Mapping[str, Any]
"""A fact as the table gives it: its fields, and `type`."""


class Ending(StrEnum):
    """How a contact stands, or ended."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TURNED_AWAY = "turned_away"  # the centre ended the wait: closing time, or the longest wait
    CALLED_BACK = "called_back"  # the caller gave up the line and kept the place, to be called


@dataclass(slots=True)
class Turn:
    """One agent has the caller; `began` of one who got them from a colleague: when that one let go."""

    agent: str | None
    began: float | None = None
    talk_s: float | None = None
    hold_s: float = 0.0
    wrap_s: float | None = None
    passed_on: bool = False


@dataclass(slots=True)
class Contact:
    """One stay in line: from when a caller stood there to the end of the wrap-up of the last agent who had them.

    A caller who is passed on to the line stands there again: that is another contact of the same call. One whom an
    agent gives to a colleague is another of the contact's `turns`. `turned`: the centre has ended the wait; that the
    caller left the line is said before or after it.
    """

    call: str
    subject: str
    language: str
    level: int
    began: float
    position: int = 1
    number: str | None = None
    campaign: str | None = None
    ending: Ending = Ending.WAITING
    turns: list[Turn] = field(default_factory=list)
    waited_s: float | None = None
    rang_out: int = 0
    handed_to: str | None = None
    handed_at: float = 0.0
    held_since: float | None = None
    over: bool = False
    turned: bool = False

    def stands(self, stage: str, at: float) -> None:
        """Take note of the stage of the call's legs (queues/legs.py): in some the caller is on hold."""
        if self.held_since is not None:
            self.turns[-1].hold_s += max(0.0, at - self.held_since)
        self.held_since = at if stage in MUSIC else None

    def talked(self, seconds: float, at: float) -> None:
        """End the last agent's talk; who came in its middle may be told with the whole of it."""
        turn = self.turns[-1]
        whole = seconds if turn.began is None else min(seconds, at - turn.began)
        turn.talk_s = max(0.0, whole)
        self.stands("over", at)

    def taken(self) -> None:
        """Begin the turn of the agent to whom the caller was given."""
        self.turns.append(Turn(self.handed_to, self.handed_at))
        self.handed_to, self.over = None, False

    @property
    def agent(self) -> str | None:
        """Who answered."""
        return self.turns[0].agent if self.turns else None

    @property
    def talk_s(self) -> float | None:
        """All agents' talk; None if the length of any is not known."""
        known = [turn.talk_s for turn in self.turns if turn.talk_s is not None]
        return sum(known) if known and len(known) == len(self.turns) else None

    @property
    def hold_s(self) -> float | None:
        """All agents' holds; None if nobody answered."""
        return sum(turn.hold_s for turn in self.turns) if self.turns else None

    @property
    def wrap_s(self) -> float | None:
        """All agents' wrap-ups, as far as they are known."""
        known = [turn.wrap_s for turn in self.turns if turn.wrap_s is not None]
        return sum(known) if known else None

    @property
    def passed_on(self) -> int:
        """How many times an agent passed the caller on."""
        return sum(turn.passed_on for turn in self.turns)

    @property
    def outbound(self) -> bool:
        """Whether we rang them: the promise was counted when it was given, the line was never stood in."""
        return is_ours(self.call)


class ServiceUse(NamedTuple):
    """A self-service and how it ended (dialplans/outcomes.py)."""

    service: str
    outcome: str


@dataclass(slots=True)
class Call:
    """One call. `mark` is the keyed hash of the caller's number, `person` the proven person's name in the register."""

    call: str
    number: str | None = None
    campaign: str | None = None
    language: str | None = None
    arrived: float | None = None
    ended: float | None = None
    reason: str | None = None
    mark: str | None = None
    person: str | None = None
    wanted: int = 0
    wish: tuple[str, str, int] = ("", "", 1)
    refused: str | None = None
    services: list[ServiceUse] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)

    @property
    def outbound(self) -> bool:
        """Whether it is a call of ours to a citizen."""
        return is_ours(self.call)


class Spell(NamedTuple):
    """An agent was in one state from `began` to `ended`."""

    agent: str
    state: str
    reason: str
    call: str | None
    began: float
    ended: float


class Promise(NamedTuple):
    """A place in line kept for somebody who is to be called; `at`: when it was promised."""

    call: str
    subject: str
    language: str
    level: int
    at: float
    kept: bool = False
