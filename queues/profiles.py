"""The bench: who is signed in and who is free, by skill profile, longest idle first.

A centre with ten thousand agents has some two hundred profiles; a decision looks at profiles only, so its
cost does not grow with the number of agents.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from queues.agents import Agent
from queues.wishes import Step


@dataclass(frozen=True, slots=True)
class Profile:
    """All that routing knows of an agent: level, languages and skills with proficiency, sorted."""

    level: int
    languages: tuple[tuple[str, int], ...]
    skills: tuple[tuple[str, int], ...]


def profile_of(agent: Agent) -> Profile:
    """Say what routing knows of this agent."""
    return Profile(agent.level, tuple(sorted(agent.languages.items())), tuple(sorted(agent.skills.items())))


class Fit(NamedTuple):
    """How well a profile fits a step; more is better, language before skill."""

    language: int
    skill: int


def fit(profile: Profile, step: Step) -> Fit | None:
    """Say how well a profile fits a step, None when it does not."""
    if profile.level != step.level:
        return None
    language = dict(profile.languages).get(step.language, 0)
    skill = dict(profile.skills).get(step.skill, 0) if step.skill else 0
    if language < 1 or skill < step.least_skill:
        return None
    return Fit(language, skill)


class Choice(NamedTuple):
    """The agent a step comes down to."""

    agent: str
    idle_since: float
    fit: Fit


@dataclass(slots=True, eq=False)
class Row:
    """The seats of one profile: how many are signed in, and who is free as (idle since, name)."""

    profile: Profile
    seated: int = 0
    idle: list[tuple[float, str]] = field(default_factory=list)


class Bench:
    """Signed-in agents by profile. No clock, no I/O."""

    def __init__(self) -> None:
        self.version = 0  # grows whenever the answer to "who could ever fit" may have changed
        self._rows: dict[Profile, Row] = {}
        self._row_of: dict[str, Row] = {}
        self._idle_since: dict[str, float] = {}
        self._ranked: dict[Step, tuple[tuple[Fit, tuple[Row, ...]], ...]] = {}

    @property
    def anybody_free(self) -> bool:
        """Whether there is anyone at all to offer a call to."""
        return bool(self._idle_since)

    @property
    def free_agents(self) -> AbstractSet[str]:
        """The names of those free."""
        return self._idle_since.keys()

    def profile(self, name: str) -> Profile:
        """Give the profile of a seated agent. Raises KeyError for anybody else."""
        return self._row_of[name].profile

    def is_seated(self, name: str) -> bool:
        """Whether this agent is counted as signed in."""
        return name in self._row_of

    def seat(self, name: str, profile: Profile) -> None:
        """Count an agent as signed in; seating again with another profile moves the agent."""
        self.unseat(name)
        row = self._rows.get(profile)
        if row is None:
            row = self._rows[profile] = Row(profile)
            self._ranked.clear()
        row.seated += 1
        self._row_of[name] = row
        self.version += 1

    def unseat(self, name: str) -> None:
        """Forget an agent; one who is not there is no fault."""
        self.busy(name)
        row = self._row_of.pop(name, None)
        if row is not None:
            row.seated -= 1
            self.version += 1

    def free(self, name: str, idle_since: float) -> None:
        """Mark a seated agent as free since then. One who is not seated is ignored."""
        row = self._row_of.get(name)
        if row is None:
            return
        self.busy(name)
        insort(row.idle, (idle_since, name))
        self._idle_since[name] = idle_since

    def busy(self, name: str) -> None:
        """Mark an agent as not free; one who was not free is no fault."""
        since = self._idle_since.pop(name, None)
        if since is not None:
            idle = self._row_of[name].idle
            del idle[bisect_left(idle, (since, name))]

    def pick(self, step: Step, taken: AbstractSet[str]) -> Choice | None:
        """Choose who takes a call at this step: best fit, then longest idle, leaving out those taken."""
        for how_well, rows in self._ranks(step):
            best = min(_first_free(rows, taken), default=None)
            if best is not None:
                return Choice(best[1], best[0], how_well)
        return None

    def rows_for(self, step: Step) -> frozenset[Profile]:
        """Say which profiles with somebody signed in fit a step."""
        return frozenset(row.profile for _, rows in self._ranks(step) for row in rows if row.seated)

    def anybody_seated(self, step: Step) -> bool:
        """Whether anybody signed in, free or not, fits a step."""
        return any(row.seated for _, rows in self._ranks(step) for row in rows)

    def seated_for(self, steps: Iterable[Step]) -> list[str]:
        """Name everybody signed in who fits one of these steps."""
        profiles = frozenset[Profile]().union(*(self.rows_for(step) for step in steps))
        return [name for name, row in self._row_of.items() if row.profile in profiles]

    def _ranks(self, step: Step) -> tuple[tuple[Fit, tuple[Row, ...]], ...]:
        """Rank the rows that fit a step, equal ones together; kept until a new profile comes."""
        ranks = self._ranked.get(step)
        if ranks is None:
            groups: dict[Fit, list[Row]] = {}
            for row in self._rows.values():
                how_well = fit(row.profile, step)
                if how_well is not None:
                    groups.setdefault(how_well, []).append(row)
            ranks = tuple((key, tuple(groups[key])) for key in sorted(groups, reverse=True))
            self._ranked[step] = ranks
        return ranks


def _first_free(rows: tuple[Row, ...], taken: AbstractSet[str]) -> list[tuple[float, str]]:
    """Find the longest idle of each row who is not taken."""
    firsts = []
    for row in rows:
        for since_and_name in row.idle:
            if since_and_name[1] not in taken:
                firsts.append(since_and_name)
                break
    return firsts
