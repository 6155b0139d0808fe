"""What a caller wants from a person: the wish, its kind, and the steps by which it becomes content with less."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, isinf, log2
from typing import Final, Literal, NamedTuple, Protocol

from queues.conditions import Condition, words

FIRST_LEVEL: Final = 1
SECOND_LEVEL: Final = 2

GENERAL: Final = "general"
"""The one subject that asks for no training: every specialist can answer it."""

PROTECTED: Final = "protected"
"""The subject of protected persons' calls: their team, which is of the second level, answers and nobody else."""

VOICE: Final = "voice"
"""The channel of a call that is spoken."""
TEXT: Final = "text"
"""The channel of a call in writing."""
_IN_WRITING: Final = "-text-"


def channel_of(call: str) -> str:
    """Tell by a call's id whether it is spoken or in writing: `ventanilla-text-1763791200.12` is one in writing.

    So a place that is taken up after a restart has its channel without anybody having stored it.
    """
    return TEXT if _IN_WRITING in call else VOICE


def skill_of(subject: str) -> str | None:
    """Give the skill the second level must be trained in: the one that has the subject's name."""
    return None if subject == GENERAL else subject


class Named(NamedTuple):
    """An agent whom this caller should get if it can be: who had the case, who spoke with them last.

    `score` (above 0, best 100) held at `at` (unix seconds) and halves every `half_life_s`.
    """

    agent: str
    score: float
    at: float
    half_life_s: float

    def holds_until(self, least: float) -> float:
        """Give the moment at which the score falls below `least`; -inf if it never reached it."""
        if self.score < least:
            return -inf
        if least <= 0 or isinf(self.half_life_s):
            return inf
        return self.at + self.half_life_s * log2(self.score / least)

    def score_at(self, now: float) -> float:
        """Give the score as it is now."""
        return float(self.score * 0.5 ** max(0.0, (now - self.at) / self.half_life_s))


@dataclass(frozen=True, slots=True)
class Wish:
    """One caller's wish for a person.

    `call` is Asterisk's UNIQUEID; `level` 1 (anybody in the language) or 2 (a trained specialist);
    `priority` 0 for everyone, more goes first; `since` is the routing age, unix seconds: it decides the turn and
    opens the steps, and may be adjusted; the wait that is reported is counted elsewhere (`ports.KeptPlace.began`).
    """

    call: str
    subject: str
    language: str
    level: int
    priority: int
    since: float
    channel: str = VOICE
    named: tuple[Named, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a level that nobody works at. Raises ValueError."""
        if self.level not in {FIRST_LEVEL, SECOND_LEVEL}:
            raise ValueError(f"there is no level {self.level}: a wish is for level 1 or 2")

    @property
    def skill(self) -> str | None:
        """The skill a specialist needs for this subject, None when no training is asked for."""
        return skill_of(self.subject)

    @property
    def order(self) -> tuple[int, float, str]:
        """The caller's turn: priority first, then age, the call's id to settle ties the same way always."""
        return (-self.priority, self.since, self.call)


class Kind(NamedTuple):
    """Wishes that only differ in age: whoever fits the oldest of them fits them all the same way."""

    priority: int
    level: int
    language: str
    subject: str
    channel: str = VOICE
    named: tuple[Named, ...] = ()


def kind_of(wish: Wish) -> Kind:
    """Say which kind of wish this is."""
    return Kind(wish.priority, wish.level, wish.language, wish.subject, wish.channel, wish.named)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a wish may be content with: who fulfils `condition`, from a waiting time on.

    It opens `after_s` of routing age, or at once when nobody signed in fits any step before it, unless one of
    those insists (`skip` False); steps for named agents do not count there, only what they hold. It is not asked any
    more from `until_s` on. `named`: only agents whom the wish names, with at least this score. Those who fit are ranked
    by score, proficiency in `language`, in `skill`. `rule`: the name of the rule it is written in. `holds_s`: up to
    this routing age no step after it is open while one of those agents is signed in, on duty and not on a break.
    """

    after_s: float
    condition: Condition
    language: str
    skill: str | None = None
    skip: bool = True
    until_s: float = inf
    named: float | None = None
    rule: str = ""
    holds_s: float = 0.0

    @property
    def sentence(self) -> str:
        """The step in words, for the explanation of a decision."""
        until = "" if self.until_s == inf else f" to {self.until_s:.0f} s"
        return f"from {self.after_s:.0f} s{until}: {self._who_is_named}{words(self.condition)}"

    @property
    def _who_is_named(self) -> str:
        if self.named is None:
            return ""
        alone = f" (alone up to {self.holds_s:.0f} s, while one is here)" if self.holds_s else ""
        return f"named with a score of {self.named:.0f} or more{alone}, "


class Shift(Protocol):
    """When the agents of a team take calls."""

    def is_open(self, at: float) -> bool:
        """Tell whether they do at this moment (unix seconds)."""

    def changes_at(self, at: float) -> float:
        """Give the next moment after `at` at which that may change; infinity when it never does."""


@dataclass(frozen=True, slots=True)
class StepRule:
    """A step as the institution writes it: `condition` may name the language CALLERS or COMMON, the skill SUBJECTS.

    `language` is whose proficiency ranks those who fit, and may be CALLERS or COMMON too.
    """

    condition: Condition
    after_s: float = 0.0
    until_s: float = inf
    skip: bool = True
    named: float | None = None
    language: str = ""
    holds_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What wishes are content with: those of these levels, subjects, languages and channels (empty: of any).

    `floor` is part of every step, and of every step of what it overflows to: `overflow` names another rule whose
    steps are asked as well, `overflow_after_s` later.
    """

    name: str
    steps: tuple[StepRule, ...]
    levels: frozenset[int] = frozenset()
    subjects: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    floor: Condition | None = None
    overflow: str = ""
    overflow_after_s: float = 0.0
    serves: bool = True  # False: only reached by overflow


@dataclass(frozen=True, slots=True)
class Rules:
    """How an institution routes. Seconds; the institution sets them.

    `least_skill` (1..5) is the floor a specialist must reach in the subject; no waiting lowers it. `rules` are tried
    in order, the first that fits a wish serves it; a wish that none fits is served by the two levels (rules.py), which
    the first four figures shape. `choice`: who of those who fit equally well is asked. `external`: the teams of
    providers, with the subjects about which they are asked; never by the second level. `half_life_days`: how long it
    takes until an agent who spoke with a citizen is half as much theirs.
    """

    least_skill: int = 3
    # A caller in a co-official language is served in the common one only after this long.
    relax_language_after_s: float = 90.0
    common_language: str = "es"
    # The second level helps the first, in its own specialties, with callers who waited this long.
    support_after_s: float = 60.0
    rules: tuple[Rule, ...] = ()
    choice: Literal["longest_idle", "occupancy"] = "longest_idle"
    shifts: Mapping[str, Shift] = field(default_factory=dict, hash=False)
    external: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    half_life_days: float = 14.0
