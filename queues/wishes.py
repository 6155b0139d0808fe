"""What a caller wants from a person, and what of it an agent's skills must cover."""

from dataclasses import dataclass
from typing import Final, NamedTuple

FIRST_LEVEL: Final = 1
SECOND_LEVEL: Final = 2

GENERAL: Final = "general"
"""The one subject that asks for no training: every specialist can answer it."""


def skill_of(subject: str) -> str | None:
    """Give the skill the second level must be trained in: the one that has the subject's name."""
    return None if subject == GENERAL else subject


@dataclass(frozen=True, slots=True)
class Wish:
    """One caller's wish for a person.

    `call` is Asterisk's UNIQUEID; `level` 1 (anybody in the language) or 2 (a trained specialist);
    `priority` 0 for everyone, more goes first; `since` is when the waiting began, unix seconds.
    """

    call: str
    subject: str
    language: str
    level: int
    priority: int
    since: float

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


def kind_of(wish: Wish) -> Kind:
    """Say which kind of wish this is."""
    return Kind(wish.priority, wish.level, wish.language, wish.subject)


@dataclass(frozen=True, slots=True)
class Rules:
    """How long callers wait before a wish asks for less. Seconds; the institution sets them.

    `least_skill` (1..5) is the floor a specialist must reach in the subject; no waiting lowers it.
    """

    least_skill: int = 3
    # A caller in a co-official language is served in the common one only after this long.
    relax_language_after_s: float = 90.0
    common_language: str = "es"
    # The second level helps the first, in its own specialties, with callers who waited this long.
    support_after_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a wish may be content with: a level, a language, a trained skill, from a waiting time on.

    `skill` ranks those who fit; only `least_skill` above 0 excludes those who are not trained.
    """

    after_s: float
    level: int
    language: str
    skill: str | None
    least_skill: int

    @property
    def sentence(self) -> str:
        """The step in words, for the explanation of a decision."""
        trained = f", trained in {self.skill} at {self.least_skill} or more" if self.least_skill else ""
        return f"from {self.after_s:.0f} s: level {self.level}, speaks {self.language}{trained}"


def steps_of(kind: Kind, rules: Rules) -> tuple[Step, ...]:
    """List what a wish of this kind is content with, strictest first; each step opens by waiting time."""
    languages = [(0.0, kind.language)]
    if kind.language != rules.common_language:
        languages.append((rules.relax_language_after_s, rules.common_language))
    skill = skill_of(kind.subject)
    floor = rules.least_skill if skill else 0
    steps: list[Step] = []
    for after, language in languages:
        if kind.level == FIRST_LEVEL:
            steps.append(Step(after, FIRST_LEVEL, language, skill, 0))
        wait = max(after, rules.support_after_s) if kind.level == FIRST_LEVEL else after
        steps.append(Step(wait, SECOND_LEVEL, language, skill, floor))
    return tuple(sorted(steps, key=lambda step: step.after_s))
