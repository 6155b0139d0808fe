"""Who is with whom in one call that is more than a caller and an agent: one table of what may happen when. Pure.

The caller's leg never moves: it stays in its own session, where it is safe whatever dies. Agents' legs come to it
and leave it. So every end leads back to somebody or into line:

                 ┌────────────── resume, back ───────────────┐
                 ▼                                           │
    talk ──hold──▶ held ──ask──▶ asking ──second_answers──▶ consulting ──meet──▶ meeting
      │                ▲            │                         │     │
      └──ask──▶ asking └second_goes─┴─────────second_goes─────┘  complete, agent_goes ──▶ talk with the second
      └──hand──▶ handing ──taken──▶ talk with the second, or ──second_goes──▶ in_line
      └──prove─▶ proving ──proven─▶ talk: the caller alone with the machine, to key what nobody else shall hear

`over` is the caller's end, and in `talk` the agent's too: then the caller's own session goes on without legs.
Whatever is not in the table raises `IllegalMove` and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Stage(StrEnum):
    """Where a call with several legs stands."""

    TALK = "talk"  # the caller with the agent
    HELD = "held"  # the caller hears music, the agent waits
    PROVING = "proving"  # the caller keys a code to the machine, the agent hears music
    ASKING = "asking"  # the caller hears music, the second's telephone rings
    CONSULTING = "consulting"  # the caller hears music, agent and second talk
    MEETING = "meeting"  # all three
    HANDING = "handing"  # the agent has gone, the second's telephone rings for the caller
    IN_LINE = "in_line"  # nobody is left: the caller waits for a person again
    OVER = "over"  # the caller left


class Move(StrEnum):
    """What may happen to the legs of a call: asked for by the agent, or told by Asterisk."""

    HOLD = "hold"
    RESUME = "resume"
    PROVE = "prove"
    PROVEN = "proven"  # or not: the caller has nothing more to key
    ASK = "ask"
    SECOND_ANSWERS = "second_answers"
    SECOND_GOES = "second_goes"  # did not answer, hung up, was let go
    COMPLETE = "complete"
    BACK = "back"
    MEET = "meet"
    HAND = "hand"  # blind: to a colleague who is not asked before
    TAKEN = "taken"
    AGENT_GOES = "agent_goes"
    CALLER_GOES = "caller_goes"


_S, _M = Stage, Move
TABLE: Final[Mapping[Stage, Mapping[Move, Stage]]] = MappingProxyType({
    _S.TALK: {
        _M.HOLD: _S.HELD, _M.PROVE: _S.PROVING, _M.ASK: _S.ASKING, _M.HAND: _S.HANDING, _M.AGENT_GOES: _S.OVER,
        _M.CALLER_GOES: _S.OVER,
    },
    _S.HELD: {
        _M.RESUME: _S.TALK, _M.PROVE: _S.PROVING, _M.ASK: _S.ASKING, _M.HAND: _S.HANDING,
        _M.AGENT_GOES: _S.IN_LINE, _M.CALLER_GOES: _S.OVER,
    },
    _S.PROVING: {_M.PROVEN: _S.TALK, _M.AGENT_GOES: _S.IN_LINE, _M.CALLER_GOES: _S.OVER},
    _S.ASKING: {
        _M.SECOND_ANSWERS: _S.CONSULTING, _M.SECOND_GOES: _S.HELD, _M.BACK: _S.TALK, _M.AGENT_GOES: _S.IN_LINE,
        _M.CALLER_GOES: _S.OVER,
    },
    _S.CONSULTING: {
        _M.COMPLETE: _S.TALK, _M.BACK: _S.TALK, _M.MEET: _S.MEETING, _M.SECOND_GOES: _S.HELD,
        _M.AGENT_GOES: _S.TALK, _M.CALLER_GOES: _S.OVER,
    },
    _S.MEETING: {
        _M.COMPLETE: _S.TALK, _M.BACK: _S.TALK, _M.SECOND_GOES: _S.TALK, _M.AGENT_GOES: _S.TALK,
        _M.CALLER_GOES: _S.OVER,
    },
    _S.HANDING: {_M.TAKEN: _S.TALK, _M.SECOND_GOES: _S.IN_LINE, _M.CALLER_GOES: _S.OVER},
    _S.IN_LINE: {_M.CALLER_GOES: _S.OVER},
    _S.OVER: {},
})  # fmt: skip
MUSIC: Final = frozenset({Stage.HELD, Stage.PROVING, Stage.ASKING, Stage.CONSULTING})
"""Stages in which the caller is without the agents: hears music, or the machine."""
_SECOND_STAYS: Final = frozenset({Move.COMPLETE, Move.AGENT_GOES, Move.TAKEN})
"""Moves after which the second has the caller."""
_WITH_SECOND: Final = frozenset({Stage.ASKING, Stage.CONSULTING, Stage.MEETING, Stage.HANDING})


class IllegalMove(Exception):  # noqa: N818 - named as the trade would say it
    """This cannot happen to a call at this stage; nothing was changed."""

    def __init__(self, call: str, stage: Stage, move: Move) -> None:
        super().__init__(f"{move} cannot happen to call {call} at stage {stage}")
        self.call, self.stage, self.move = call, stage, move


@dataclass(frozen=True, slots=True)
class Legs:
    """The legs of one call since then (unix seconds): `agent` has the caller, `second` is asked or listens in."""

    call: str
    agent: str
    stage: Stage = Stage.TALK
    second: str = ""
    since: float = 0.0

    @property
    def plain(self) -> bool:
        """Whether nothing but caller and agent is left: nothing that must be remembered."""
        return self.stage in {Stage.TALK, Stage.IN_LINE, Stage.OVER}


def after(legs: Legs, move: Move, at: float, second: str = "") -> Legs:
    """Say what follows; `second` with ASK and HAND. Raises IllegalMove, having changed nothing."""
    stage = TABLE[legs.stage].get(move)
    asked = move in {Move.ASK, Move.HAND}
    if stage is None or (asked and second in {"", legs.agent}):
        raise IllegalMove(legs.call, legs.stage, move)
    if move in _SECOND_STAYS and stage is Stage.TALK:
        return replace(legs, stage=stage, agent=legs.second, second="", since=at)
    kept = second if asked else legs.second
    return replace(legs, stage=stage, second=kept if stage in _WITH_SECOND else "", since=at)
