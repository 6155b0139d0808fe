"""From an institution's rules to the steps of one kind of wish.

A rule is written once for all subjects and languages; here "the caller's language" and "the subject's skill" become
the wish's own. Who writes no rules has two levels: the first takes everything in the caller's language, the second
helps in what it is trained in after `support_after_s`, and the common language does after `relax_language_after_s`.

Two things hold whatever rule serves a wish (`house_floor`), however long it waits: one for the second level goes to
nobody untrained, and an external provider gets nothing but calls of the first level about what it is there for. A
wish about a protected person is one for the second level, whoever asked for the first (`level_of`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple, assert_never

from queues.agents import Agent
from queues.conditions import (
    ANYBODY,
    AtLevel,
    AtSite,
    Condition,
    Either,
    Every,
    Not,
    OfTeam,
    Skilled,
    Speaks,
    every,
    holds,
    profile_of,
)
from queues.wishes import (
    FIRST_LEVEL,
    PROTECTED,
    SECOND_LEVEL,
    Kind,
    Rule,
    Rules,
    Step,
    StepRule,
    Wish,
    skill_of,
)

CALLERS: Final = "caller"
"""In a rule, the language of whoever calls."""
COMMON: Final = "common"
"""In a rule, the language that everybody is served in after a while."""
SUBJECTS: Final = "subject"
"""In a rule, the skill that has the name of the call's subject; `general` asks for none."""


def two_levels(rules: Rules) -> tuple[Rule, ...]:
    """Give the rules of a house that writes none."""
    support, relax = rules.support_after_s, rules.relax_language_after_s
    first, second = AtLevel(FIRST_LEVEL), AtLevel(SECOND_LEVEL)
    trained = Skilled(SUBJECTS, rules.least_skill)  # of the second level the house's floor asks it anyway
    own, common = Speaks(CALLERS), Speaks(COMMON)
    return (
        Rule(
            "first level",
            (
                StepRule(every(first, own), 0.0, language=CALLERS),
                StepRule(every(second, own, trained), support, language=CALLERS),
                StepRule(every(first, common), relax, language=COMMON),
                StepRule(every(second, common, trained), max(support, relax), language=COMMON),
            ),
            levels=frozenset({FIRST_LEVEL}),
        ),
        Rule(
            "second level",
            (StepRule(own, 0.0, language=CALLERS), StepRule(common, relax, language=COMMON)),
            levels=frozenset({SECOND_LEVEL}),
        ),
    )


def house_floor(kind: Kind, rules: Rules) -> Condition:
    """Give what every step of a kind of wish asks, whatever rule it stands in and however long is waited."""
    trained = every(AtLevel(SECOND_LEVEL), Skilled(SUBJECTS, rules.least_skill))
    teams = barred(kind, rules)
    return every(
        trained if level_of(kind) == SECOND_LEVEL else ANYBODY,
        Not(OfTeam(teams)) if teams else ANYBODY,
    )


def level_of(kind: Kind) -> int:
    """Give the level that serves a kind of wish: protected persons' is the second, whatever a flow or agent says."""
    return SECOND_LEVEL if kind.subject == PROTECTED else kind.level


def barred(kind: Kind, rules: Rules) -> tuple[str, ...]:
    """Name the external providers' teams that have nothing to do with a kind of wish, not even in consultation."""
    second = level_of(kind) == SECOND_LEVEL
    return tuple(
        sorted(team for team, about in rules.external.items() if second or kind.subject not in about)
    )


def rule_of(kind: Kind, rules: Rules) -> Rule:
    """Find the rule that serves a kind of wish: the institution's first that fits, else one of the two levels."""
    return next(rule for rule in (*rules.rules, *two_levels(rules)) if _serves(rule, kind))


def _serves(rule: Rule, kind: Kind) -> bool:
    return rule.serves and all(
        not wanted or has in wanted
        for wanted, has in (
            (rule.levels, level_of(kind)),
            (rule.subjects, kind.subject),
            (rule.languages, kind.language),
            (rule.channels, kind.channel),
        )
    )


def steps_of(kind: Kind, rules: Rules) -> tuple[Step, ...]:
    """List what a wish of this kind is content with, in the order in which its steps open; each once."""
    always = house_floor(kind, rules)
    steps = [
        _step(one, filled(every(always, one.floor), kind, rules), kind, rules)
        for one in _written(rule_of(kind, rules), rules)
    ]
    found: dict[Step, Step] = {}
    for step in sorted(steps, key=lambda step: step.after_s):
        found.setdefault(replace(step, after_s=0.0, rule=""), step)
    return tuple(found.values())


def prefers(steps: Iterable[Step]) -> bool:
    """Say whether one of these steps asks for agents whom the wish names."""
    return any(step.named is not None for step in steps)


def could_ever(people: Iterable[Agent], wish: Wish, steps: Iterable[Step]) -> bool:
    """Say whether one of these people fits one of the steps of a wish, free or not, signed in or not."""
    asked = [(step.condition, step.named is not None) for step in steps]
    own = {one.agent for one in wish.named}
    return any(
        holds(condition, profile_of(agent))
        for agent in people
        for condition, named in asked
        if not named or agent.name in own
    )


class _Written(NamedTuple):
    """A step with the rule it stands in, how much later than written it opens, and its floor.

    `own`: the rule is the one that serves the wish, not one that it overflows to.
    """

    step: StepRule
    rule: str
    later: float
    floor: Condition
    own: bool


def _written(rule: Rule, rules: Rules) -> Iterator[_Written]:
    """Walk a rule's steps and those it overflows to."""
    named = {one.name: one for one in rules.rules}
    later, floor, passed = 0.0, rule.floor or ANYBODY, set[str]()
    here: Rule | None = rule
    while here is not None and here.name not in passed:
        passed.add(here.name)
        for step in here.steps:
            yield _Written(step, here.name, later, floor, here is rule)
        later += here.overflow_after_s
        here = named.get(here.overflow)
        floor = every(floor, (here and here.floor) or ANYBODY)


def _step(one: _Written, floor: Condition, kind: Kind, rules: Rules) -> Step:
    written = one.step
    return Step(
        after_s=written.after_s + one.later,
        condition=every(floor, filled(written.condition, kind, rules)),
        language=_language(written.language or CALLERS, kind, rules),
        skill=skill_of(kind.subject),
        skip=written.skip,
        until_s=written.until_s + one.later,
        named=written.named,
        rule=one.rule,
        # Who comes by overflow has waited: there nobody is held for one person any more.
        holds_s=written.holds_s if one.own else 0.0,
    )


def _language(written: str, kind: Kind, rules: Rules) -> str:
    match written:
        case "caller":
            return kind.language
        case "common":
            return rules.common_language
        case _:
            return written


def filled(condition: Condition, kind: Kind, rules: Rules) -> Condition:
    """Put this wish's own language and skill in their places; a skill that is not asked for asks nothing."""
    match condition:
        case Speaks(language):
            return replace(condition, language=_language(language, kind, rules))
        case Skilled("subject"):
            skill = skill_of(kind.subject)
            return ANYBODY if skill is None else replace(condition, skill=skill)
        case Every(parts):
            return every(*(filled(part, kind, rules) for part in parts))
        case Either(parts):
            return Either(tuple(filled(part, kind, rules) for part in parts))
        case Not(part):
            return _denied(filled(part, kind, rules))
        case AtLevel() | Skilled() | OfTeam() | AtSite():
            return condition
        case _:
            assert_never(condition)


def _denied(condition: Condition) -> Condition:
    """Deny a condition; what was not asked for at all is not denied either."""
    return ANYBODY if condition == ANYBODY else Not(condition)
