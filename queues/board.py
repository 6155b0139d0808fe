"""What the supervisor's wall shows: one frozen picture of the floor."""

from dataclasses import dataclass

from queues.waiting_time import Expected


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A caller in line since then (unix seconds); `here` is False while the call's session is away.

    `called_back`: nobody is on the line; they will be called when it is their turn.
    """

    call: str
    subject: str
    language: str
    level: int
    priority: int
    since: float
    position: int
    expected: Expected | None
    here: bool
    called_back: bool = False


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent. `state` is one of the seven, or "unreachable": ready, but the telephone is not there.

    `then` is what happens after the call at hand ("", "paused", "signed_out").
    """

    name: str
    display: str
    level: int
    state: str
    since: float
    reason: str
    call: str | None
    until: float | None
    then: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Board:
    """The floor at one moment.

    `asterisk_late_ms` is the most that a word of Asterisk's came late in the last minute, None when none came.
    """

    at: float
    waiting: tuple[WaitingRow, ...]
    agents: tuple[AgentRow, ...]
    asterisk_connected: bool
    asterisk_latency_ms: float | None
    asterisk_late_ms: float | None = None
