"""The callback that keeps the place (virtual hold): what may happen to it when, and what is due now. Pure.

    waiting ──released──▶ calling ──pressed──▶ reached ──talked──▶ kept
       ▲                     │  └──cancelled     │  └───left──▶ left
       │         not_reached, unplaced        lost (the server; nobody saw the talk)
       └───rested── resting ◀┴───────────────────┘
                       └── after the last attempt: given_up
    waiting, resting ──cancelled, expired──▶ cancelled, expired

Where the agent's telephone rings first (`Policy.agent_first`), a stage stands before `calling`:

    waiting ──summoned──▶ summoning ──released──▶ calling
       ▲                      └──unanswered, unplaced, cancelled──▶ waiting, resting, cancelled

A waiting callback stands in the router's line like any caller, with the turn of the caller who took it: the
router's word sets an agent aside for it, and that word is its release. So no more are ever released than
agents are free, and who waits on the line is served in the same order. Whatever is not in the table raises
`IllegalStep` and changes nothing.

Each attempt has the id of the call it will be, known before it is placed: Asterisk gives no two channels the
same, so nobody is rung twice at once whatever becomes of the server in between. So has each ring of an agent:
the `leg` that waits for the citizen is called as the citizen's call is to be, with a number of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from queues.wishes import Wish

NAME: Final = "ventanilla-back"
"""What the ids of our own calls begin with; Asterisk's begin with the system's name alone."""
MOST_ATTEMPTS: Final = 99
"""Attempts that fit the id of a call."""
UNPLACED_REST_S: Final = 30.0
"""Asterisk, or the manager interface, is back within this, or an operator is needed: it counts as no attempt."""
_LEG: Final = "ventanilla-leg"
_A_LEG: Final = re.compile(rf"{_LEG}\d{{1,6}}-(\d{{9,11}}\.\d{{1,9}})", re.ASCII)
_OURS: Final = re.compile(rf"{NAME}-\d{{9,11}}\.\d{{1,9}}", re.ASCII)


class Stage(StrEnum):
    """Where a callback stands."""

    WAITING = "waiting"  # in line, or outside the hours about to be
    SUMMONING = "summoning"  # an agent is set aside and their telephone rings; nobody else's
    CALLING = "calling"  # an agent is set aside and the citizen's telephone rings
    REACHED = "reached"  # the citizen pressed the key
    RESTING = "resting"  # not reached; tried again later
    KEPT = "kept"
    LEFT = "left"  # the citizen hung up before an agent was there
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Step(StrEnum):
    """What can happen to a callback."""

    SUMMONED = "summoned"
    UNANSWERED = "unanswered"  # by the agent: no attempt, the place is kept
    RELEASED = "released"
    PRESSED = "pressed"
    NOT_REACHED = "not_reached"
    UNPLACED = "unplaced"  # Asterisk did not take it on: nobody's telephone rang
    TALKED = "talked"
    LEFT = "left"
    LOST = "lost"
    RESTED = "rested"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_S, _H = Stage, Step
TABLE: Final[Mapping[Stage, Mapping[Step, Stage]]] = MappingProxyType({
    _S.WAITING: {
        _H.SUMMONED: _S.SUMMONING, _H.RELEASED: _S.CALLING, _H.CANCELLED: _S.CANCELLED,
        _H.EXPIRED: _S.EXPIRED,
    },
    _S.SUMMONING: {
        _H.RELEASED: _S.CALLING, _H.UNANSWERED: _S.WAITING, _H.UNPLACED: _S.RESTING,
        _H.CANCELLED: _S.CANCELLED,
    },
    _S.CALLING: {
        _H.PRESSED: _S.REACHED, _H.NOT_REACHED: _S.RESTING, _H.UNPLACED: _S.RESTING,
        _H.CANCELLED: _S.CANCELLED,
    },
    _S.REACHED: {_H.TALKED: _S.KEPT, _H.LEFT: _S.LEFT, _H.LOST: _S.RESTING},
    _S.RESTING: {_H.RESTED: _S.WAITING, _H.CANCELLED: _S.CANCELLED, _H.EXPIRED: _S.EXPIRED},
})  # fmt: skip
"""What leads where. NOT_REACHED and LOST lead to GIVEN_UP instead after the last attempt."""

OPEN: Final = frozenset(TABLE)
"""Where something is still to come."""
WITH_A_LEG: Final = frozenset({Stage.SUMMONING, Stage.CALLING, Stage.REACHED})
"""Where an agent's own leg may wait, agent first."""


class IllegalStep(Exception):  # noqa: N818 - named as queues.agents names its own
    """This cannot happen to a callback that stands there; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How an institution calls back.

    `rest_s`: from the first attempt that reached nobody to the second; each later one twice as long.
    `expires_s`: from the promise on, counted while its people answer. `agent_first`: the agent's telephone rings, and
    is picked up, before the citizen's.
    """

    most_attempts: int = 3
    rest_s: float = 300.0
    expires_s: float = 79_200.0
    agent_first: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller who waits asks for: a call to `number` (E.164) about this, at this turn.

    `call` is the call it is asked in; `since` its turn; `person` the register's id, only if proven. `way` is
    what the conversation needs to go on with, as it wrote it.
    """

    call: str
    number: str = field(repr=False)
    person: str | None = field(repr=False)
    language: str
    subject: str
    level: int
    priority: int
    since: float
    way: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Callback:
    """A promise to call back. `serial` numbers them; `not_before` ends a rest; `why` tells of the last attempt.

    `summons` counts how often an agent's telephone was rung for it before the citizen's.
    """

    serial: int
    asked: Asked
    taken_at: float
    expires_at: float
    stage: Stage = Stage.WAITING
    attempts: int = 0
    not_before: float = 0.0
    changed_at: float = 0.0
    why: str = ""
    summons: int = 0

    @property
    def open(self) -> bool:
        """Whether something is still to come."""
        return self.stage in OPEN

    @property
    def call(self) -> str:
        """The id of the call that is under way, or else of the one that comes next."""
        under_way = self.stage not in {Stage.WAITING, Stage.SUMMONING, Stage.RESTING}
        return attempt_call(self, self.attempts if under_way else self.attempts + 1)

    @property
    def leg(self) -> str:
        """The id of the agent's own leg: the one that was rung last for the call under way."""
        return f"{_LEG}{self.summons}-{self.call.removeprefix(f'{NAME}-')}"


def attempt_call(callback: Callback, attempt: int) -> str:
    """Give the id of an attempt's call; attempts count from 1."""
    return f"{NAME}-{int(callback.taken_at)}.{callback.serial * (MOST_ATTEMPTS + 1) + attempt}"


def serial_of(placed: str) -> int:
    """Give the serial number of the promise that one of our calls keeps."""
    return int(placed.rpartition(".")[2]) // (MOST_ATTEMPTS + 1)


def is_ours(call: str) -> bool:
    """Say whether a call is one that we place, or will."""
    return _OURS.fullmatch(call) is not None


def is_leg(channel: str) -> bool:
    """Say whether a channel's id is that of an agent's own leg."""
    return _A_LEG.fullmatch(channel) is not None


def call_of_leg(channel: str) -> str:
    """Give the call that an agent's own leg is for; any other id as it is."""
    leg = _A_LEG.fullmatch(channel)
    return channel if leg is None else f"{NAME}-{leg[1]}"


def after(now: Callback, step: Step, at: float, policy: Policy, why: str = "") -> Callback:
    """Say what follows. Raises IllegalStep, having changed nothing."""
    stage = TABLE.get(now.stage, {}).get(step)
    if stage is None:
        raise IllegalStep(f"{step} cannot happen to a callback that is {now.stage}")
    moved = replace(now, stage=stage, changed_at=at, why=why or now.why)
    match stage:
        case Stage.SUMMONING:
            return replace(moved, summons=now.summons + 1)
        case Stage.CALLING:
            return replace(moved, attempts=now.attempts + 1, why="")
        case Stage.RESTING if step is Step.UNPLACED:
            tried = now.attempts - (now.stage is Stage.CALLING)
            return replace(moved, attempts=tried, not_before=at + UNPLACED_REST_S)
        case Stage.RESTING if now.attempts >= policy.most_attempts:
            return replace(moved, stage=Stage.GIVEN_UP)
        case Stage.RESTING:
            return replace(moved, not_before=at + policy.rest_s * 2 ** (now.attempts - 1))
        case _:
            return moved


def wish_of(promise: Callback) -> Wish:
    """Give what its call to come stands in line with."""
    asked = promise.asked
    return Wish(promise.call, asked.subject, asked.language, asked.level, asked.priority, asked.since)


def as_moved(promise: Callback, wish: Wish | None) -> Callback:
    """Give a promise as a supervisor has moved it in line; as it is when it stands in none."""
    if wish is None:
        return promise
    asked = replace(promise.asked, subject=wish.subject, level=wish.level, priority=wish.priority)
    return promise if asked == promise.asked else replace(promise, asked=asked)


class Due(StrEnum):
    """What a callback asks of us now."""

    IN_LINE = "in_line"  # it stands in line
    ASIDE = "aside"  # it stands in none: nobody is served, or it rests
    REST_OVER = "rest_over"
    EXPIRE = "expire"
    WATCH = "watch"  # its call is under way
    NOTHING = "nothing"


def due(callback: Callback, at: float, *, open_now: bool) -> Due:
    """Say what is due; `open_now`: its people answer at this hour. A call under way never expires."""
    match callback.stage:
        case Stage.WAITING | Stage.RESTING if at >= callback.expires_at:
            return Due.EXPIRE
        case Stage.WAITING:
            return Due.IN_LINE if open_now else Due.ASIDE
        case Stage.RESTING:
            return Due.REST_OVER if at >= callback.not_before else Due.ASIDE
        case Stage.SUMMONING | Stage.CALLING | Stage.REACHED:
            return Due.WATCH
        case Stage.KEPT | Stage.LEFT | Stage.GIVEN_UP | Stage.CANCELLED | Stage.EXPIRED:
            return Due.NOTHING
        case _:
            assert_never(callback.stage)
