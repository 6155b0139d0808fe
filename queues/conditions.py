"""What routing knows of an agent, and what a step may ask of it: a small language of conditions.

An agent who has no entry for a skill or language has proficiency 0 in it: every comparison is either true or
false, on both sides. `Skilled("imv", 0, 2)` therefore fits the untrained too, and `Not(Skilled("imv"))` fits exactly
those whom `Skilled("imv")` does not. (Wazo's rules call both sides false for an undefined skill; a third value of
truth is what its users ask about most.)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from queues.agents import Agent

BEST: Final = 5


@dataclass(frozen=True, slots=True)
class Profile:
    """All that routing knows of an agent: level, languages and skills with proficiency (sorted), team, site."""

    level: int
    languages: tuple[tuple[str, int], ...]
    skills: tuple[tuple[str, int], ...]
    team: str = ""
    site: str = ""


def profile_of(agent: Agent) -> Profile:
    """Say what routing knows of this agent."""
    languages, skills = sorted(agent.languages.items()), sorted(agent.skills.items())
    return Profile(agent.level, tuple(languages), tuple(skills), agent.team, agent.site)


@dataclass(frozen=True, slots=True)
class AtLevel:
    """Works at this level."""

    level: int


@dataclass(frozen=True, slots=True)
class Speaks:
    """Speaks a language with proficiency from `least` to `greatest`."""

    language: str
    least: int = 1
    greatest: int = BEST


@dataclass(frozen=True, slots=True)
class Skilled:
    """Is trained in a skill with proficiency from `least` to `greatest`; 0 is no training."""

    skill: str
    least: int = 1
    greatest: int = BEST


@dataclass(frozen=True, slots=True)
class OfTeam:
    """Belongs to one of these teams."""

    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtSite:
    """Works at one of these sites."""

    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold; of none: anybody."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these holds; of none: nobody."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    part: "Condition"


Condition = AtLevel | Speaks | Skilled | OfTeam | AtSite | Every | Either | Not
ANYBODY: Final = Every(())


def holds(condition: Condition, profile: Profile) -> bool:  # noqa: C901, PLR0911 - one line for each condition
    """Say whether an agent of this profile fulfils a condition."""
    match condition:
        case AtLevel(level):
            return profile.level == level
        case Speaks(language, least, greatest):
            return least <= proficiency(profile.languages, language) <= greatest
        case Skilled(skill, least, greatest):
            return least <= proficiency(profile.skills, skill) <= greatest
        case OfTeam(teams):
            return profile.team in teams
        case AtSite(sites):
            return profile.site in sites
        case Every(parts):
            return all(holds(part, profile) for part in parts)
        case Either(parts):
            return any(holds(part, profile) for part in parts)
        case Not(part):
            return not holds(part, profile)
        case _:
            assert_never(condition)


def proficiency(known: Sequence[tuple[str, int]], name: str) -> int:
    """Give the proficiency in a language or skill, 0 to 5; what is not listed is 0."""
    return next((well for listed, well in known if listed == name), 0)


def every(*conditions: Condition) -> Condition:
    """Join conditions that must all hold, as flat as can be and each once."""
    parts = tuple(dict.fromkeys(part for condition in conditions for part in _conjuncts(condition)))
    return parts[0] if len(parts) == 1 else Every(parts)


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, Every):
        for part in condition.parts:
            yield from _conjuncts(part)
    else:
        yield condition


def words(condition: Condition) -> str:  # noqa: C901, PLR0911 - one line for each condition
    """Say a condition in English words."""
    match condition:
        case AtLevel(level):
            return f"level {level}"
        case Speaks(language, least, greatest):
            return f"speaks {language}" + _between(least, greatest)
        case Skilled(skill, _, 0):
            return f"not trained in {skill}"
        case Skilled(skill, least, greatest):
            return f"trained in {skill}" + _between(least, greatest)
        case OfTeam(names):
            return "of team " + " or ".join(names)
        case AtSite(names):
            return "at " + " or ".join(names)
        case Every(parts):
            return ", ".join(map(_closed, parts)) or "anybody"
        case Either(parts):
            return " or ".join(map(_closed, parts)) or "nobody"
        case Not(part):
            return f"not {_closed(part)}"
        case _:
            assert_never(condition)


def _closed(condition: Condition) -> str:
    """Say a part so that it cannot be read together with its neighbours."""
    whole = words(condition)
    return f"({whole})" if isinstance(condition, Every | Either) else whole


def _between(least: int, greatest: int) -> str:
    if greatest < BEST:
        return f" at {least} to {greatest}"
    return f" at {least} or more" if least != 1 else ""
