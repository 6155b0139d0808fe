"""Facts the web states, for the record: who came in, who was refused, who looked at whose card."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account opened a session."""

    account: str
    at: float


@dataclass(frozen=True, slots=True)
class SignedOut:
    """An account closed its session itself."""

    account: str
    at: float


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """A sign-in failed; `throttled` when it was not even looked at.

    The name that was tried is not kept: people type passwords there.
    """

    throttled: bool
    at: float


@dataclass(frozen=True, slots=True)
class CardViewed:
    """Personal data of the caller of `call` were sent to an agent's screen."""

    call: str
    agent: str
    at: float
