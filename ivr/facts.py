"""What the conversation says happened. `call` is Asterisk's UNIQUEID, `at` unix seconds. Never any digits.

Those said at every step of a call are named tuples, which are made in half the time.
"""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A call was answered.

    number: what was dialled; caller: E.164, None when hidden or malformed; language: the one proposed;
    page: the 128-bit name (hex) of the call page that shows this call's live text, if the caller is a
    browser.
    """

    call: str
    number: str
    campaign: str
    caller: str | None
    language: str
    page: str | None
    at: float


@dataclass(frozen=True, slots=True)
class CallResumed:
    """A call came back after the server, or the line to it, was lost. `stage`: menus, waiting, called or dialled."""

    call: str
    stage: str
    page: str | None
    at: float


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """The caller speaks this language; `proposed` tells whether it was the one we began in."""

    call: str
    language: str
    proposed: bool
    at: float


class StepEntered(NamedTuple):
    """The call waits at this step of the flows, by its whole name (`general/main`)."""

    call: str
    step: str
    at: float


class Spoke(NamedTuple):
    """These prompt keys begin to be said in this language: the live text."""

    call: str
    keys: tuple[str, ...]
    language: str
    at: float


class KeysPressed(NamedTuple):
    """The caller pressed this many keys. Which, nobody is told."""

    call: str
    pressed: int
    at: float


@dataclass(frozen=True, slots=True)
class PromptMissing:
    """A prompt could not be played: its sound file is not there, or not readable."""

    call: str
    keys: tuple[str, ...]
    language: str
    at: float


@dataclass(frozen=True, slots=True)
class IdentityProven:
    """The caller is this person of the register, proven to this level (1-3).

    method: questions or code; questions: the names of those that were answered, never the answers.
    """

    call: str
    person: str
    level: int
    method: str
    questions: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class IdentityProtected:
    """The caller is somebody whose file has its own access process. Who, nobody is told."""

    call: str
    at: float


@dataclass(frozen=True, slots=True)
class IdentityAlarm:
    """So many persons have been tried from this call's number within the window.

    source: number.
    """

    call: str
    source: str
    persons: int
    at: float


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code was left for sending, for this procedure."""

    call: str
    procedure: str
    at: float


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """No code was sent, or none proved anything. why: no_mobile, new_contact, limit, wrong or expired."""

    call: str
    procedure: str
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class IdentityRefused:
    """The protocol failed, or was not allowed any more (`blocked`). Why, nobody is told."""

    call: str
    blocked: bool
    at: float


@dataclass(frozen=True, slots=True)
class ServiceEnded:
    """A self-service ended so."""

    call: str
    service: str
    outcome: str
    at: float


@dataclass(frozen=True, slots=True)
class OtherBodyWanted:
    """The caller wants to get to another public body, by its code, and its telephone as it is dialled."""

    call: str
    body: str
    telephone: str
    at: float


@dataclass(frozen=True, slots=True)
class PersonWanted:
    """The caller wants a person of level 1 or 2; `identity` is the level proven so far (0-3)."""

    call: str
    subject: str
    language: str
    level: int
    identity: int
    person: str | None
    caller: str | None
    at: float


@dataclass(frozen=True, slots=True)
class PersonRefused:
    """Nobody answers this wish. why: closed or promised (never in line); closing, shut or too_long (led out of it).

    closed and closing are the hours; shut: a supervisor closed the queue, before or while the caller waited.
    promised: the caller goes on waiting for the call they were promised before.
    """

    call: str
    subject: str
    language: str
    level: int
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call is over: `served` to the goodbye, `hung_up`, or `unheard` (it ended while we were away)."""

    call: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class CallInterrupted:
    """The conversation broke off on our side; the dialplan has the caller, and CallResumed follows if we can."""

    call: str
    at: float
