"""The shape of `[routing]` in `institution.toml`: who is asked for whom, and after how long (docs/routing.md)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=40)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Able(_Part):
    """A language or skill (`in`) with the least and the greatest proficiency; 0 is none, 5 the best."""

    name: Annotated[str, Field(alias="in")]
    least: Annotated[int, Field(ge=0, le=5)] = 1
    greatest: Annotated[int, Field(ge=0, le=5)] = 5


class When(_Part):
    """What an agent must fulfil: all that is written here together.

    `language` may be "caller" (the caller's own) or "common" (the institution's first), `skill` may be "subject" (the
    one that has the name of the call's subject; a general call asks for none).
    """

    level: Literal[1, 2] | None = None
    language: str | Able | None = None
    skill: str | Able | None = None
    team: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    all: tuple["When", ...] = ()
    any: tuple["When", ...] = ()
    no: Annotated["When | None", Field(alias="not")] = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked at all."""
        return self == When()


class StepShape(_Part):
    """A step: who (`when`), from and until which waiting time.

    It opens at once when nobody signed in fits an earlier step, unless one of those has `skip = false`.

    `prefers = "last_agent"`: of those only agents who spoke with this citizen before, while that is worth `least_score`
    (100 after a conversation about the same subject that left something open, 50 after one of which only either is
    true; it halves every `half_life_days`). `for_s`: so long no step after it opens while one of them is here, and not
    on a break.
    """

    when: When
    after_s: Seconds = 0.0
    until_s: Seconds | None = None
    skip: bool = True
    prefers: Literal["last_agent"] | None = None
    for_s: Seconds = 0.0
    least_score: Annotated[int, Field(ge=1, le=100)] = 25


class Overflow(_Part):
    """Another rule whose steps are asked as well, `after_s` later."""

    to: str
    after_s: Seconds


class RuleShape(_Part):
    """Which wishes it serves (empty: any) and what they are content with; `floor` is part of every step.

    In the file a rule may say `like = "<another>"`: what it does not say itself is the other's.
    """

    levels: tuple[Literal[1, 2], ...] = ()
    subjects: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    channels: tuple[Literal["voice", "text"], ...] = ()
    steps: Annotated[tuple[StepShape, ...], Field(min_length=1)]
    floor: When | None = None
    overflow: Overflow | None = None
    only_overflow: bool = False


class Team(_Part):
    """A team of agents; `hours` is the calendar of its shift: outside it nothing new is offered to its agents.

    Those of an `external` provider see nothing of anybody's file (crm_bridge/access.py), and are given nothing but
    calls of the first level about its `subjects`, whatever a rule asks.
    """

    about: dict[str, str] = {}
    hours: str = ""
    external: bool = False
    subjects: tuple[str, ...] = ("general",)


class Site(_Part):
    """A place where agents work."""

    about: dict[str, str] = {}


class Routing(_Part):
    """What a caller who waits for a person is content with, and after how long; seconds.

    `support_after_s`: specialists help the first level, in their own subjects. `relax_language_after_s`: a
    person who only speaks the institution's first language may answer. `least_skill`: the least a specialist
    must be trained in the subject, 1 to 5. These three shape the two levels that serve every wish for which none of
    `rules` is written. `choice`: of those who fit equally well, the longest idle or the least occupied is asked.
    `half_life_days`: after so long an agent who spoke with a citizen is half as much theirs (`StepShape.prefers`).
    """

    support_after_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
    relax_language_after_s: Annotated[float, Field(ge=0, le=3600)] = 90.0
    least_skill: Annotated[int, Field(ge=1, le=5)] = 3
    choice: Literal["longest_idle", "occupancy"] = "longest_idle"
    half_life_days: Annotated[float, Field(gt=0, le=365)] = 14.0
    teams: dict[Name, Team] = {}
    sites: dict[Name, Site] = {}
    rules: dict[Name, RuleShape] = {}

    @field_validator("rules", mode="before")
    @classmethod
    def _written_out(cls, rules: object) -> object:
        """Write out the rules that are `like` another: what they do not say themselves is the other's."""
        if not isinstance(rules, dict):
            return rules
        return {name: _like(name, rule, rules) for name, rule in rules.items()}


def _like(name: str, rule: object, rules: dict[str, object]) -> object:
    if not isinstance(rule, dict) or "like" not in rule:
        return rule
    other = rules.get(rule["like"])
    if not isinstance(other, dict) or rule["like"] == name:
        raise ValueError(f"{name} is like {rule['like']}, and there is no such other rule")
    if "like" in other:
        raise ValueError(f"{name} is like {rule['like']}, which is like another itself; name that one")
    return {**other, **{field: said for field, said in rule.items() if field != "like"}}
