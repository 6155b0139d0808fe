"""What becomes of a message: of each of its sendings, and of the whole. Pure.

A message goes by one channel or two (SMS, e-mail), an SMS in one part or several; each part is a *sending*:

    waiting ──▶ sending ──▶ sent ──▶ delivered
       ▲           │          └────▶ failed      (the network's report)
       └── again ──┴──────────────▶ failed, expired

`sending` is written down before anything leaves this machine. A server that dies then does not know whether the other
side took it; such a sending is *doubtful* and goes out once more: a lost warning is worse than one that comes twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

FIRST_REST_S, LONGEST_REST_S = 2.0, 600.0
DOUBLED = 12  # rests after which a rest is the longest anyway
THROTTLED_REST_S = 1.0
MOST_DOUBTS = 2  # twice without an answer: a third copy helps nobody


class State(StrEnum):
    """Where a sending, or a whole message, stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"


OPEN = frozenset({State.WAITING, State.SENDING})
GONE = frozenset({State.SENT, State.DELIVERED})
OVER = frozenset({State.DELIVERED, State.FAILED, State.EXPIRED})

REPORTS: Mapping[str, State] = MappingProxyType(
    {"DELIVRD": State.DELIVERED}
    | dict.fromkeys(("UNDELIV", "REJECTD", "DELETED"), State.FAILED)
    | {"EXPIRED": State.EXPIRED}
)
"""The final words of a delivery report (SMPP 3.4, appendix B); others (ENROUTE, ACCEPTD, UNKNOWN) are no end."""


class Refused(Exception):  # noqa: N818 - it is the other side's word
    """A sending was not taken. `why` is a word for the record, never a value.

    again: trying later may help. doubtful: it may have been taken all the same. throttled: we were too fast.
    """

    def __init__(
        self, why: str, *, again: bool = True, doubtful: bool = False, throttled: bool = False
    ) -> None:
        super().__init__(why)
        self.why, self.again, self.doubtful, self.throttled = why, again, doubtful, throttled


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a sending that was not taken: its state, when it is tried again (unix seconds)."""

    state: State
    at: float


def after(refused: Refused, attempts: int, doubts: int, now: float, good_until: float) -> Next:
    """Say what comes after a refusal. `attempts` and `doubts` have it in them; being throttled is no attempt.

    What may pass is tried until the message is too old: a mail server that is away for a morning costs no warning.
    """
    if not refused.again or doubts >= MOST_DOUBTS:
        return Next(State.FAILED, now)
    doubled = FIRST_REST_S * 2 ** (min(attempts, DOUBLED) - 1)
    rest = THROTTLED_REST_S if refused.throttled else min(LONGEST_REST_S, doubled)
    if now + rest >= good_until:
        return Next(State.EXPIRED, now)
    return Next(State.WAITING, now + rest)


def of_channel(parts: Iterable[State]) -> State:
    """Give where a message stands on one channel, by its parts: it is there when all of it is."""
    states = frozenset(parts)
    for worst in (State.FAILED, State.EXPIRED):
        if worst in states:
            return worst
    if states & OPEN:
        return State.WAITING
    return State.SENT if State.SENT in states else State.DELIVERED


def of_message(channels: Iterable[State]) -> State:
    """Give where a message stands, by its channels: it has come when it came by one of them."""
    best = (State.DELIVERED, State.SENT, State.WAITING, State.FAILED, State.EXPIRED)
    states = frozenset(channels)
    return next((state for state in best if state in states), State.WAITING)


def shown(state: State) -> str:
    """Give the word that people read: waiting, sent, delivered, failed."""
    match state:
        case State.WAITING | State.SENDING:
            return "waiting"
        case State.SENT | State.DELIVERED:
            return state.value
        case State.FAILED | State.EXPIRED:
            return "failed"
        case _:
            assert_never(state)
