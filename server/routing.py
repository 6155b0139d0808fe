"""The institution's rules of routing as the router takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf

from dialplans.hours import OpeningHours, is_open
from dialplans.institution import Institution
from dialplans.routing_file import Able, RuleShape, StepShape, When
from queues.conditions import (
    ANYBODY,
    AtLevel,
    AtSite,
    Condition,
    Either,
    Not,
    OfTeam,
    Skilled,
    Speaks,
    every,
)
from queues.rules import CALLERS
from queues.wishes import Rule, Rules, StepRule

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class TeamHours:
    """A team's shift: its calendar, as the flows that are served now have it."""

    calendar: Callable[[], OpeningHours]

    def is_open(self, at: float) -> bool:
        """Tell whether the team takes calls at this moment."""
        return is_open(self.calendar(), at)

    def changes_at(self, at: float) -> float:
        """Give the next full minute: calendars change at no other moment."""
        return at - at % MINUTE + MINUTE


def rules_of(institution: Institution, current: Callable[[], Institution] | None = None) -> Rules:
    """Give the floor's rules as the institution sets them; its first language is the one everybody speaks.

    `current` gives the institution as it is served at any later moment: a reload changes the hours of teams.
    """
    routing, now = institution.routing, current or (lambda: institution)
    return Rules(
        least_skill=routing.least_skill,
        relax_language_after_s=routing.relax_language_after_s,
        common_language=institution.languages[0],
        support_after_s=routing.support_after_s,
        rules=tuple(_rule(name, shape) for name, shape in routing.rules.items()),
        choice=routing.choice,
        half_life_days=routing.half_life_days,
        shifts={
            name: TeamHours(partial(_calendar, now, team.hours))
            for name, team in routing.teams.items()
            if team.hours
        },
        external={name: frozenset(team.subjects) for name, team in routing.teams.items() if team.external},
    )


def _calendar(now: Callable[[], Institution], name: str) -> OpeningHours:
    return now().calendar(name)


def _rule(name: str, shape: RuleShape) -> Rule:
    return Rule(
        name=name,
        steps=tuple(map(_step, shape.steps)),
        levels=frozenset(shape.levels),
        subjects=frozenset(shape.subjects),
        languages=frozenset(shape.languages),
        channels=frozenset(shape.channels),
        floor=None if shape.floor is None else condition(shape.floor),
        overflow=shape.overflow.to if shape.overflow else "",
        overflow_after_s=shape.overflow.after_s if shape.overflow else 0.0,
        serves=not shape.only_overflow,
    )


def _step(shape: StepShape) -> StepRule:
    spoken = shape.when.language
    return StepRule(
        condition=condition(shape.when),
        after_s=shape.after_s,
        until_s=inf if shape.until_s is None else shape.until_s,
        skip=shape.skip,
        named=None if shape.prefers is None else float(shape.least_score),
        holds_s=shape.for_s,
        language=CALLERS if spoken is None else _able(spoken).name,
    )


def condition(when: When) -> Condition:
    """Give what is written as one condition."""
    return every(ANYBODY, *_conditions(when))


def _conditions(when: When) -> Iterator[Condition]:
    if when.level is not None:
        yield AtLevel(when.level)
    if when.language is not None:
        spoken = _able(when.language)
        yield Speaks(spoken.name, spoken.least, spoken.greatest)
    if when.skill is not None:
        trained = _able(when.skill)
        yield Skilled(trained.name, trained.least, trained.greatest)
    if when.team:
        yield OfTeam(when.team)
    if when.site:
        yield AtSite(when.site)
    yield from map(condition, when.all)
    if when.any:
        yield Either(tuple(map(condition, when.any)))
    if when.no is not None:
        yield Not(condition(when.no))


def _able(written: str | Able) -> Able:
    return Able(name=written) if isinstance(written, str) else written
