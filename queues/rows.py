"""What the bench is made of: rows of agents who differ only in name, pools of rows, and how well they fit."""

from dataclasses import dataclass, field
from typing import NamedTuple

from queues.conditions import Condition, Profile, holds, proficiency
from queues.interest import Interest
from queues.wishes import Step

Idle = tuple[float, float, str]
"""How an idle agent stands in a row: what balances (0 when nothing does), idle since, name."""


class Fit(NamedTuple):
    """How well a profile fits a step; more is better: a named agent's score, then language, then skill."""

    score: float
    language: int
    skill: int


def fit(profile: Profile, step: Step) -> Fit | None:
    """Say how well a profile fits a step's condition, None when it does not."""
    return _measured(profile, step) if holds(step.condition, profile) else None


def _measured(profile: Profile, step: Step) -> Fit:
    skill = proficiency(profile.skills, step.skill) if step.skill else 0
    return Fit(0.0, proficiency(profile.languages, step.language), skill)


class Choice(NamedTuple):
    """The agent a step comes down to. `balanced`: their occupancy where that decides, else 0."""

    agent: str
    idle_since: float
    fit: Fit
    balanced: float = 0.0


@dataclass(slots=True, eq=False)
class Row:
    """The seats of one profile, and the pools they belong to."""

    profile: Profile
    on_duty: bool
    seated: int = 0
    idle: list[Idle] = field(default_factory=list)
    pools: list["Pool"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Pool:
    """The rows that fulfil one condition; `seated`: those with somebody signed in on duty.

    Steps of many kinds of wishes share a pool; `interest` are the lines that wait for somebody of it.
    """

    number: int
    condition: Condition
    rows: dict[Row, None] = field(default_factory=dict)
    seated: int = 0
    interest: Interest = field(default_factory=Interest)

    def take_in(self, row: Row) -> None:
        """Count a row that has just been made, if it fits."""
        if holds(self.condition, row.profile):
            self.rows[row] = None
            row.pools.append(self)
            self.seated += row.on_duty and row.seated > 0


@dataclass(slots=True, eq=False)
class Ranks:
    """How well the rows of a pool fit one step, worked out when first asked."""

    step: Step
    pool: Pool
    _keys: dict[Row, tuple[int, int]] = field(default_factory=dict)

    def key(self, row: Row) -> tuple[int, int]:
        """Give language and skill of a row of the pool, negative: the least fits best."""
        key = self._keys.get(row)
        if key is None:
            _, language, skill = _measured(row.profile, self.step)
            key = self._keys[row] = -language, -skill
        return key


class Taken:
    """Who is given away in one pass, so that nobody is given twice."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._passed: dict[Row, int] = {}

    def first(self, row: Row) -> Idle | None:
        """Find the first in a row who is not taken."""
        at = self._passed.get(row, 0)
        while at < len(row.idle) and row.idle[at][2] in self.names:
            at += 1
            self._passed[row] = at
        return row.idle[at] if at < len(row.idle) else None
