"""Facts that no room can say alone, for they join two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CardPushed:
    """The citizen's card went to the reserved agent's screen, before the telephone rings.

    `milliseconds`: from the reservation to the push. `card`: crm_bridge's `Card.to_dict()`.
    """

    call: str
    agent: str
    card: Mapping[str, Any]
    milliseconds: float
    at: float


@dataclass(frozen=True, slots=True)
class CallPlaced:
    """The caller's number is of this territory, by the institution's list of area codes. The number is not told."""

    call: str
    territory: str
    at: float


@dataclass(frozen=True, slots=True)
class CallerProved:
    """How the proof ended that an agent wanted of their caller: proven, or why not; never what was keyed."""

    call: str
    agent: str
    outcome: str
    at: float


@dataclass(frozen=True, slots=True)
class BoardChanged:
    """The live board as it is now; said at most a few times a second, whatever happens on the floor."""

    board: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class CallDiffers:
    """Asterisk's records and our facts differ about a call that began at `began`.

    `what` is named in server/figures/differences.py; `ours` and `theirs` say both sides in words: a length, agents'
    names; never who called.
    """

    call: str
    what: str
    ours: str
    theirs: str
    began: float
    at: float


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A day's calls were compared with Asterisk's records: how many, and how many of them differ."""

    day: str
    calls: int
    differences: int
    at: float


@dataclass(frozen=True, slots=True)
class VoiceMessageLeft:
    """A caller has left a spoken message of so many seconds; it belongs to a request."""

    call: str
    request: str
    seconds: float
    at: float


@dataclass(frozen=True, slots=True)
class LegsChanged:
    """Who is with whom in a call with several legs: `stage` of queues/legs.py, `agent` has the caller."""

    call: str
    stage: str
    agent: str
    second: str
    at: float


@dataclass(frozen=True, slots=True)
class CallSupervised:
    """A supervisor takes part in an agent's conversation: listen, whisper, join, take_over, stop; and why."""

    call: str
    agent: str
    by: str
    how: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class CallSteered:
    """A supervisor moved a waiting caller: what they want from now on, and why."""

    call: str
    subject: str
    level: int
    priority: int
    by: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class QueueShut:
    """A supervisor closed a queue ("all": every one), or opened it; `waiting`: what those get who wait."""

    subject: str
    waiting: str
    by: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class PromiseEnded:
    """What was promised in a call, or left to be heard, is owed no more: kept, or expired because nobody rang."""

    call: str
    request: str
    ending: str
    at: float


@dataclass(frozen=True, slots=True)
class CallbackImported:
    """A number that was taken while no server answered is now a request of the citizen's."""

    call: str
    request: str
    at: float


@dataclass(frozen=True, slots=True)
class ConsentShown:
    """An agent's consent episode stands otherwise: the desks that show this call look again."""

    call: str
    at: float
