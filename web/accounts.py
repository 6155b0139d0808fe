"""Who may come in, for how long, and how often they may try. Pure."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")  # what Asterisk may call the telephone `agent-<name>`
TRIES_WINDOW_SECONDS = 15 * 60.0  # makes guessing useless, yet can be waited out over a coffee
TRIES_TOGETHER = 5  # one person at one desk who mistypes
TRIES_ADDRESS = 40  # an office behind one address at eight in the morning
TRIES_ACCOUNT = (
    60  # guessing one account from many addresses; high, so that strangers cannot easily lock an agent out
)


class Role(StrEnum):
    """What an account may look at: an agent the desk, a supervisor the wall and recordings, the others recordings.

    An auditor looks after how recordings are used; the authority's are those that are kept for courts only.
    """

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Account:
    """A person who signs in; for an agent, `name` is also the agent's name in the router."""

    name: str
    display: str
    role: Role
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser, in unix seconds."""

    account: str
    started_at: float
    seen_at: float


@dataclass(frozen=True, slots=True)
class Tries:
    """How many tries the window holds, this one included: name with address, and each alone."""

    together: int
    address: int
    account: int


def stands(session: Session, at: float, session_seconds: float, idle_seconds: float) -> bool:
    """Say whether a session is still good at `at`."""
    return at - session.started_at < session_seconds and at - session.seen_at < idle_seconds


def may_try(tries: Tries) -> bool:
    """Say whether a password is looked at; names nobody has count alike, so this tells nothing."""
    return (
        tries.together <= TRIES_TOGETHER and tries.address <= TRIES_ADDRESS and tries.account <= TRIES_ACCOUNT
    )


def fingerprint(secret: str) -> str:
    """Return the form in which a session id, a tried name or an address is stored: SHA-256, hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
