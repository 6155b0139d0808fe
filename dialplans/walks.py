"""What can happen to a call, what may be done next, and where it stands: the values of `dialplans.machine`."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias


class IllegalHappening(Exception):  # noqa: N818 - it is named for what it is: something that cannot have happened
    """This cannot happen to a walk that waits where it waits; the walk is unchanged."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The call is up and can hear us. `emergency`: the centre is closed by its switch."""

    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """What the caller pressed, one sign of 0123456789*#."""

    keys: str


@dataclass(frozen=True, slots=True)
class Digits:
    """What the caller keyed where digits were asked for: up to as many signs as were wanted, a lone sign too."""

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
    """Whether it is open now by the calendar that was looked at.

    emergency: closed by the switch; day_off: closed all day, though the weekday has hours.
    """

    open: bool
    emergency: bool = False
    day_off: bool = False


@dataclass(frozen=True, slots=True)
class SwitchIs:
    """How a switch of the institution stands."""

    on: bool


@dataclass(frozen=True, slots=True)
class CallerIs:
    """Whether the number that calls is on file. A hint and never a proof."""

    known: bool


@dataclass(frozen=True, slots=True)
class News:
    """The announcements that are to be said today, none or some."""

    prompts: tuple[str, ...]


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
class ClosingTime:
    """Nobody was found before closing time. `callback`: the caller is to be offered one."""

    callback: bool


@dataclass(frozen=True, slots=True)
class TalkOver:
    """The conversation with a person was held and is over."""


@dataclass(frozen=True, slots=True)
class ServedLater:
    """The caller waits no longer: they will be called at their turn, or have left a message."""


Happening: TypeAlias = (
    Answered
    | Keys
    | Digits
    | Silence
    | Recorded
    | HoursAre
    | SwitchIs
    | CallerIs
    | News
    | Outcome
    | Closed
    | ClosingTime
    | ServedLater
    | TalkOver
)


@dataclass(frozen=True, slots=True)
class Ask:
    """Say `prompts` and take one key. A prompt `ca:key` is said in that language whatever the walk's is."""

    prompts: tuple[str, ...]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class TakeDigits:
    """Say `prompts` and take up to `most` signs, `timeout_s` between two of them."""

    prompts: tuple[str, ...]
    most: int
    timeout_s: float


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Say `prompts`, then the notice to its end, then record."""

    prompts: tuple[str, ...]
    notice: str


@dataclass(frozen=True, slots=True)
class LookAtClock:
    """Tell whether this calendar is open now. Says nothing; words waiting to be said stay with the walk."""

    calendar: str = ""


@dataclass(frozen=True, slots=True)
class LookAtSwitch:
    """Tell how this switch stands. Says nothing."""

    switch: str


@dataclass(frozen=True, slots=True)
class LookAtCaller:
    """Tell whether the number that calls is on file. Says nothing."""


@dataclass(frozen=True, slots=True)
class LookForNews:
    """Tell what is announced today to the callers of this flow. Says nothing."""

    flow: str


@dataclass(frozen=True, slots=True)
class Run:
    """Say `prompts`, then run the service."""

    prompts: tuple[str, ...]
    service: str


@dataclass(frozen=True, slots=True)
class WantPerson:
    """Say `prompts`, then wait for a person of this level for this subject, while this calendar is open.

    `promise` is said after them if somebody works now; if not, nothing may be promised.
    """

    prompts: tuple[str, ...]
    promise: tuple[str, ...]
    subject: str
    level: int
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Say `prompts` and hang up."""

    prompts: tuple[str, ...]


Action: TypeAlias = (
    Ask
    | TakeDigits
    | StartRecording
    | LookAtClock
    | LookAtSwitch
    | LookAtCaller
    | LookForNews
    | Run
    | WantPerson
    | Leave
)


class Walk(NamedTuple):
    """Where one call stands. Personal are `person`, the register's own id of a proven caller, and what was keyed.

    `owed` are words of speaking steps not yet given to an action; `said` the words of the last question,
    for "again"; `trail` the menus to go back through; `tries` counts failures at this step, `turns` keys
    and silences in all; `failed` is True after keys or silence failed and until the caller chooses
    something. `returns`: for every sub-flow the walk is in, the step after it and how long the trail was
    before it. `menu`: where a caller who is changing the language came from. `keyed`: digits that were read
    back and not yet confirmed; `answers`: name to digits of what was asked. Neither is ever logged.
    `recorded`: the notice was said and the recording begun; a call that has just begun is not.
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
    returns: tuple[tuple[str, int], ...] = ()
    menu: str = ""
    keyed: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    recorded: bool = True

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
            for name in ("returns", "answers"):  # not in what earlier versions kept
                fields[name] = tuple((str(key), value) for key, value in fields.get(name, ()))
            return cls(**fields)
        except (KeyError, TypeError) as unreadable:
            raise ValueError("not the snapshot of a walk") from unreadable
