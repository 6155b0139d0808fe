"""A service request (solicitud de servicio): its reference, its states, and the moves between them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from stdnum import damm

# A matter that nobody touched for this long is a new one when the citizen calls again.
CONTINUED_WITHIN_S = 90 * 86_400.0
# What the institution promises for a request it takes by telephone, by priority (0 lowest to 9 highest).
DUE_AFTER_S = 5 * 86_400.0
DUE_AFTER_URGENT_S = 1 * 86_400.0
URGENT = 7
LONGEST_NOTES = 4_000
LONGEST_REASON = 400
_OUTCOME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class State(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING_CITIZEN = "waiting_citizen"
    RESOLVED = "resolved"
    CLOSED = "closed"


MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.OPEN: frozenset({State.IN_PROGRESS, State.WAITING_CITIZEN, State.RESOLVED, State.CLOSED}),
        State.IN_PROGRESS: frozenset({State.WAITING_CITIZEN, State.RESOLVED, State.CLOSED}),
        State.WAITING_CITIZEN: frozenset({State.IN_PROGRESS, State.RESOLVED, State.CLOSED}),
        # One contact, one solution: who calls again about a resolved matter opens it again.
        State.RESOLVED: frozenset({State.IN_PROGRESS, State.CLOSED}),
        State.CLOSED: frozenset(),
    }
)
STILL_OPEN = frozenset({State.OPEN, State.IN_PROGRESS, State.WAITING_CITIZEN})
# What is somebody's turn of ours: it becomes back-office work when it is due.
OURS_TO_DO = frozenset({State.OPEN, State.IN_PROGRESS})

# A call is opened as `general` when it arrives and says more as it goes on; what is not named here says most.
_VAGUE: Mapping[str, int] = MappingProxyType({"general": 0, "case": 1})

# The outcome of a conversation whose agent wrote none: the wrap-up ran out, or the desk was lost.
NO_OUTCOME = "none"

# Where each outcome an agent can finish with leaves the request. An outcome not named here leaves work to do.
OUTCOMES: Mapping[str, State] = MappingProxyType(
    {
        "resolved": State.RESOLVED,
        "informed": State.RESOLVED,
        "waiting_citizen": State.WAITING_CITIZEN,
        "documents_requested": State.WAITING_CITIZEN,
        "callback": State.IN_PROGRESS,
        "pending": State.IN_PROGRESS,
        "passed_on": State.IN_PROGRESS,
        "wrong_service": State.CLOSED,
        "caller_left": State.IN_PROGRESS,
    }
)


# A call in writing says so before the time in its id, as ivr gives it: <system>-text-<unix seconds>.<count>.
_IN_WRITING = re.compile(r"[A-Za-z0-9_]{1,30}-text-\d{9,11}\.\d{1,9}", re.ASCII)


def channel_of(call: str) -> str:
    """Say by which channel a call came: telephone or text."""
    return "text" if _IN_WRITING.fullmatch(call) else "telephone"


Which = Literal["open", "closed", "all"]
"""Which requests of a folder: those still to be answered, the others, or both."""


def counts_as(which: Which, state: State) -> bool:
    """Say whether a request in this state is one of those."""
    return which == "all" or (state in STILL_OPEN) == (which == "open")


def after_contacted(state: State, direction: str, outcome: str | None) -> State:
    """Give the state after a contact that was no call of ours (writes.Contacted)."""
    taken_up = after_contact(state) if direction == "in" else state
    return after_outcome(taken_up, outcome) if outcome else taken_up


class RefusedMove(ValueError):  # noqa: N818 (named for what happened)
    """A request cannot go from this state to that one."""


@dataclass(frozen=True, slots=True)
class Request:
    """A service request. `citizen` is None while nobody proved who they are; times are unix seconds UTC.

    Responsible are `area` ("" for nobody in particular), `level` and `assignee`; `reason` is why it was escalated last.
    """

    reference: str
    citizen: str | None
    subject: str
    opened_at: float
    changed_at: float
    due_at: float
    kind: str = "enquiry"
    state: State = State.OPEN
    channel: str = "telephone"
    priority: int = 3
    level: int = 1
    assignee: str | None = None
    area: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """Who is responsible for a request of a type, and until when it is to be answered (unix seconds)."""

    kind: str
    area: str
    level: int
    due_at: float


ENQUIRY = "enquiry"
"""The type of a request until somebody says another."""


def usual_terms(subject: str, kind: str, priority: int, at: float) -> Terms:
    """Give the terms where no institution has any: the first level, of no area, in some days."""
    del subject
    return Terms(kind, "", 1, due(at, priority))


def reference(year: int, serial: int) -> str:
    """Write the reference a citizen is told: year, serial and one check digit, as in `2026-0000123-8`.

    The check digit is Damm's (2004): it is one decimal digit, so it can be keyed, and unlike Luhn's it
    catches every swap of two neighbours besides every single wrong digit: that is how people get a spoken
    number wrong. Seven digits of serial, for a centre of two million calls a year.
    """
    digits = f"{year:04d}{serial:07d}"
    if len(digits) != 11:  # noqa: PLR2004 (four digits of the year and seven of the serial)
        raise ValueError(
            f"serial {serial} of {year} does not fit a reference: a year has at most 999,999 requests"
        )
    return f"{digits[:4]}-{digits[4:]}-{damm.calc_check_digit(digits)}"


def spoken(written: str) -> tuple[str, ...]:
    """Give a reference in the groups of digits in which it is best said: `2026`, `000`, `0123`, `8`."""
    year, serial, check = written.split("-")
    return year, serial[:3], serial[3:], check


def moved(state: State, to: State) -> State:
    """Give the state after the move; the same state again is no move. Raises RefusedMove."""
    if to is not state and to not in MOVES[state]:
        raise RefusedMove(f"a {state} request cannot become {to}")
    return to


def after_contact(state: State) -> State:
    """Give the state of a request whose citizen calls again: taken up; a closed one stays closed."""
    return moved(state, State.IN_PROGRESS) if state is not State.CLOSED else state


def after_outcome(state: State, outcome: str) -> State:
    """Give the state after an agent finished with `outcome`; a move that is not allowed leaves the state."""
    wanted = OUTCOMES.get(outcome, State.IN_PROGRESS)
    return wanted if wanted in MOVES[state] else state


def outcome_word(typed: str) -> str:
    """Bring an outcome from a form to a word we store. Raises ValueError for anything that is not one."""
    if not _OUTCOME.fullmatch(typed):
        raise ValueError("an outcome is a lower-case word of at most 40 letters, digits and underscores")
    return typed


def plain_notes(typed: str) -> str:
    """Keep what an agent wrote: printable text and line ends, at most LONGEST_NOTES characters."""
    kept = "".join(letter for letter in typed if letter == "\n" or letter.isprintable())
    return kept[:LONGEST_NOTES].strip()


def due(opened_at: float, priority: int) -> float:
    """Say until when a request is to be answered, in unix seconds."""
    return opened_at + (DUE_AFTER_URGENT_S if priority >= URGENT else DUE_AFTER_S)


def says_more(before: str, after: str) -> bool:
    """Whether a subject says more than another: `general` < `case` < every other."""
    most = len(_VAGUE)
    return _VAGUE.get(after, most) > _VAGUE.get(before, most)


def to_continue(requests: tuple[Request, ...], subject: str, at: float) -> Request | None:
    """Choose the request that a new call about `subject` continues: the open one that was touched last."""
    same = [
        one
        for one in requests
        if one.subject == subject and one.state in STILL_OPEN and at - one.changed_at <= CONTINUED_WITHIN_S
    ]
    return max(same, key=lambda one: (one.changed_at, one.reference), default=None)
