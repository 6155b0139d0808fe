"""What can happen to a call, what may be done next, and where it stands: the values of `dialplans.machine`."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias


class IllegalHappening(Exception):  # noqa: N818 - it is named for what it is: something that cannot have happened
    """This cannot happen to a walk that waits where it waits; the walk is unchanged."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The call is up and can hear us."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the caller pressed, one sign of 0123456789*#."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was pressed in time."""


@lru_cache(maxsize=64)
def heard(keys: str) -> Keys | Silence:
    """Say what happened at a question: these keys, or none in time. The same value for the same keys."""
    return Keys(keys) if keys else Silence()


@dataclass(frozen=True, slots=True)
class Recorded:
    """The notice was said; the recording runs, or could not be started (the call goes on either way)."""


@dataclass(frozen=True, slots=True)
class HoursAre:
    """Whether people answer now."""

    open: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a service ended, and what it learnt: identity level, person and subject (None: as before)."""

    name: str
    level: int | None = None
    person: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody works now, so nobody was waited for."""


@dataclass(frozen=True, slots=True)
class TalkOver:
    """The conversation with a person was held and is over."""


Happening: TypeAlias = Answered | Keys | Silence | Recorded | HoursAre | Outcome | Closed | TalkOver


@dataclass(frozen=True, slots=True)
class Ask:
    """Say `prompts` and take one key. A prompt `ca:key` is said in that language whatever the walk's is."""

    prompts: tuple[str, ...]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Say `prompts`, then the notice to its end, then record."""

    prompts: tuple[str, ...]
    notice: str


@dataclass(frozen=True, slots=True)
class LookAtClock:
    """Tell whether people answer now. Says nothing; words waiting to be said stay with the walk."""


@dataclass(frozen=True, slots=True)
class Run:
    """Say `prompts`, then run the service."""

    prompts: tuple[str, ...]
    service: str


@dataclass(frozen=True, slots=True)
class WantPerson:
    """Say `prompts`, then wait for a person of this level for this subject.

    `promise` is said after them if somebody works now; if not, nothing may be promised.
    """

    prompts: tuple[str, ...]
    promise: tuple[str, ...]
    subject: str
    level: int


@dataclass(frozen=True, slots=True)
class Leave:
    """Say `prompts` and hang up."""

    prompts: tuple[str, ...]


Action: TypeAlias = Ask | StartRecording | LookAtClock | Run | WantPerson | Leave


class Walk(NamedTuple):
    """Where one call stands. Holds nothing personal but `person`, the register's own id of a proven caller.

    `owed` are words of speaking steps not yet given to an action; `said` the words of the last question,
    for "again"; `trail` the menus to go back through; `tries` counts failures at this step, `turns` keys
    and silences in all; `failed` is True after keys or silence failed and until the caller chooses
    something.
    """

    number: str
    step: str
    language: str
    answered: bool = False
    owed: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    trail: tuple[str, ...] = ()
    tries: int = 0
    turns: int = 0
    failed: bool = False
    subject: str = "general"
    level: int = 0
    person: str | None = None

    def to_json(self) -> str:
        """Give the snapshot that `from_json` reads again, in this version of the server or a later one."""
        return json.dumps(self._asdict(), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Walk":
        """Read a snapshot. ValueError when it is none (KeyError and TypeError are turned into it)."""
        try:
            fields = json.loads(text)
            for name in ("owed", "said", "trail"):
                fields[name] = tuple(fields[name])
            return cls(**fields)
        except (KeyError, TypeError) as unreadable:
            raise ValueError("not the snapshot of a walk") from unreadable
