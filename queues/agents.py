"""Who answers, and what state they are in: one table of what may happen when.

    signed_out ──sign_in──▶ ready ──reserve──▶ reserved ──ring──▶ ringing ──answer──▶ talking
                              ▲ ▲                 │                  │                   │
                              │ └──release, lease─┴──────────────────┤               talk_end
                              │                                  ring_out                ▼
                              └────ready──── paused(reason) ◀────────┘                wrap_up
                              └───────────────────wrap_up_done, wrap_up_limit────────────┘

Between ringing and talking an agent may be `awaiting`: picked up a callback's own ring, and the citizen is rung
meanwhile (queues/awaiting.py). Answer leads on to talking; release, or the end of the lease, back to ready.

A pause or a sign-out asked for while a call is at hand is kept (`then`) and done when the call and its
wrap-up are over: nobody is torn out of a conversation, and no wish of the agent is lost. Whatever is not in
the table raises `IllegalHappening` and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """What an agent is doing."""

    SIGNED_OUT = "signed_out"
    READY = "ready"
    RESERVED = "reserved"
    RINGING = "ringing"
    AWAITING = "awaiting"  # picked up, and whoever is called back is not there yet
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class Happening(StrEnum):
    """What can happen to an agent."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    READY = "ready"
    PAUSE = "pause"
    RESERVE = "reserve"
    RING = "ring"
    AWAIT = "await"  # the agent's telephone was answered before the citizen's
    ANSWER = "answer"
    RING_OUT = "ring_out"  # the telephone was not answered in time
    RELEASE = "release"  # the caller left, or the reservation was withdrawn
    LEASE_END = "lease_end"  # nobody said what became of the reservation
    TALK_END = "talk_end"
    WRAP_UP_DONE = "wrap_up_done"
    WRAP_UP_LIMIT = "wrap_up_limit"
    FOUND_TALKING = "found_talking"  # Asterisk says so; an event was lost


_S, _H = State, Happening
# REMEMBER in the target's place: stay, and keep the agent's wish (`then`) for when the call is over.
REMEMBER: Final = None
TABLE: Final[Mapping[State, Mapping[Happening, State | None]]] = MappingProxyType({
    _S.SIGNED_OUT: {_H.SIGN_IN: _S.READY},
    _S.READY: {
        _H.SIGN_IN: _S.READY, _H.READY: _S.READY, _H.PAUSE: _S.PAUSED, _H.SIGN_OUT: _S.SIGNED_OUT,
        _H.RESERVE: _S.RESERVED, _H.FOUND_TALKING: _S.TALKING,
    },
    _S.RESERVED: {
        _H.RING: _S.RINGING, _H.AWAIT: _S.AWAITING, _H.ANSWER: _S.TALKING, _H.RING_OUT: _S.PAUSED, _H.RELEASE: _S.READY,
        _H.LEASE_END: _S.READY, _H.TALK_END: _S.WRAP_UP, _H.FOUND_TALKING: _S.TALKING,
        _H.PAUSE: REMEMBER, _H.SIGN_OUT: REMEMBER, _H.READY: REMEMBER, _H.SIGN_IN: REMEMBER,
    },
    _S.RINGING: {
        _H.RING: _S.RINGING, _H.AWAIT: _S.AWAITING, _H.ANSWER: _S.TALKING, _H.RING_OUT: _S.PAUSED,
        _H.RELEASE: _S.READY, _H.LEASE_END: _S.READY, _H.TALK_END: _S.WRAP_UP, _H.FOUND_TALKING: _S.TALKING,
        _H.PAUSE: REMEMBER, _H.SIGN_OUT: REMEMBER, _H.READY: REMEMBER, _H.SIGN_IN: REMEMBER,
    },
    _S.AWAITING: {
        _H.AWAIT: _S.AWAITING, _H.ANSWER: _S.TALKING, _H.RELEASE: _S.READY, _H.LEASE_END: _S.READY,
        _H.TALK_END: _S.WRAP_UP, _H.FOUND_TALKING: _S.TALKING,
        _H.PAUSE: REMEMBER, _H.SIGN_OUT: REMEMBER, _H.READY: REMEMBER, _H.SIGN_IN: REMEMBER,
    },
    _S.TALKING: {
        _H.ANSWER: _S.TALKING, _H.TALK_END: _S.WRAP_UP, _H.FOUND_TALKING: _S.TALKING,
        _H.PAUSE: REMEMBER, _H.SIGN_OUT: REMEMBER, _H.READY: REMEMBER, _H.SIGN_IN: REMEMBER,
    },
    _S.WRAP_UP: {
        _H.WRAP_UP_DONE: _S.READY, _H.WRAP_UP_LIMIT: _S.READY, _H.READY: _S.READY, _H.PAUSE: _S.PAUSED,
        _H.SIGN_OUT: _S.SIGNED_OUT, _H.SIGN_IN: _S.WRAP_UP, _H.FOUND_TALKING: _S.TALKING,
    },
    _S.PAUSED: {
        _H.READY: _S.READY, _H.PAUSE: _S.PAUSED, _H.SIGN_OUT: _S.SIGNED_OUT, _H.SIGN_IN: _S.PAUSED,
        _H.WRAP_UP_DONE: _S.PAUSED, _H.FOUND_TALKING: _S.TALKING,
    },
})  # fmt: skip

ON_A_CALL: Final = frozenset({State.RESERVED, State.RINGING, State.AWAITING, State.TALKING})
# What a supervisor may do to an agent; the others only happen.
FORCIBLE: Final = frozenset({
    Happening.READY, Happening.PAUSE, Happening.SIGN_OUT, Happening.WRAP_UP_DONE,
})  # fmt: skip
_HAS_A_CALL: Final = ON_A_CALL | {State.WRAP_UP}


class IllegalHappening(Exception):  # noqa: N818 - named as the trade would say it, like HungUp
    """This cannot happen to an agent in this state; nothing was changed."""

    def __init__(self, agent: str, state: State, happening: Happening, why: str = "") -> None:
        super().__init__(f"{happening} cannot happen to agent {agent} who is {state}{why}")
        self.agent, self.state, self.happening = agent, state, happening


class UnknownAgent(LookupError):  # noqa: N818 - as above
    """Nobody of this name may sign in."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who answers. `languages` and `skills` map to proficiency, 1 (some) to 5 (best).

    `team` and `site` are names of the institution's, "" none. `outside` is the number (E.164) on file on which they may
    be rung through the carrier, "" none: theirs, and shown to nobody.
    """

    name: str
    display: str
    level: int
    languages: Mapping[str, int] = field(hash=False)
    skills: Mapping[str, int] = field(default_factory=dict, hash=False)
    team: str = ""
    site: str = ""
    outside: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AgentState:
    """What one agent is doing since when (unix seconds).

    `until` is the end of the lease while reserved, ringing or awaiting, the limit of the wrap-up in wrap-up, else
    None. `call` is the call at hand, in wrap-up the one just ended. `then` is what was asked for meanwhile:
    "" nothing, "signed_out", or "paused" with `then_reason`.
    """

    agent: str
    state: State = State.SIGNED_OUT
    since: float = 0.0
    reason: str = ""
    call: str | None = None
    until: float | None = None
    then: str = ""
    then_reason: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One happening with what it brings: the call, a reason for a pause, the end of a lease or wrap-up."""

    happening: Happening
    at: float
    call: str | None = None
    reason: str = ""
    until: float | None = None
    address: str = ""


# What an agent may pause for; the desk has a word for each.
PAUSE_REASONS: Final = frozenset({"rest", "paperwork", "training", "meeting", "technical"})
# What an agent is paused for by others: nobody picked up, a supervisor wanted it.
NO_ANSWER: Final = "no_answer"
FORCED: Final = "forced"


def after(now: AgentState, event: Event) -> AgentState:
    """Say what state follows. Raises IllegalHappening, having changed nothing."""
    happening = event.happening
    if happening not in TABLE[now.state]:
        raise IllegalHappening(now.agent, now.state, happening)
    if event.call is not None and now.state in ON_A_CALL and event.call != now.call:
        raise IllegalHappening(now.agent, now.state, happening, " with another call")
    target = TABLE[now.state][happening]
    if target is REMEMBER:
        return _remembered(now, event)
    if target is now.state and target is not State.PAUSED:
        return replace(now, address=event.address or now.address)
    return _moved(now, target, event)


def _remembered(now: AgentState, event: Event) -> AgentState:
    """Keep what the agent asked for while a call is at hand; asking for ready takes it back."""
    match event.happening:
        case Happening.PAUSE:
            return replace(now, then=State.PAUSED.value, then_reason=event.reason)
        case Happening.SIGN_OUT:
            return replace(now, then=State.SIGNED_OUT.value, then_reason="")
        case _:
            return replace(now, then="", then_reason="", address=event.address or now.address)


def _moved(now: AgentState, target: State, event: Event) -> AgentState:
    if target is State.PAUSED and event.happening in {Happening.SIGN_IN, Happening.WRAP_UP_DONE}:
        return replace(now, address=event.address or now.address)
    reason = NO_ANSWER if event.happening is Happening.RING_OUT else event.reason
    if target is State.READY and now.then:
        target, reason = State(now.then), now.then_reason
    if target is State.PAUSED and now.then == State.SIGNED_OUT:
        target = State.SIGNED_OUT  # rang out on somebody who had asked to go
    then, then_reason = now.then, now.then_reason
    if now.state is State.PAUSED and target is State.TALKING:
        then, then_reason = State.PAUSED.value, now.reason  # a call that was found does not end the pause
    if target not in _HAS_A_CALL:
        then, then_reason = "", ""
    return AgentState(
        agent=now.agent,
        state=target,
        since=event.at,
        reason=reason if target is State.PAUSED else "",
        call=(event.call or now.call) if target in _HAS_A_CALL else None,
        until=_until(now, target, event),
        then=then,
        then_reason=then_reason,
        address="" if target is State.SIGNED_OUT else event.address or now.address,
    )


def _until(now: AgentState, target: State, event: Event) -> float | None:
    """Say when the state ends by itself: a lease (it outlives ringing) and a wrap-up do, nothing else."""
    match target:
        case State.RESERVED | State.AWAITING | State.WRAP_UP:
            return event.until
        case State.RINGING:
            return event.until or now.until
        case _:
            return None
