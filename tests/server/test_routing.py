"""What `[routing]` says is what the router is given: every key of it, each to its value."""

from dataclasses import fields, replace
from itertools import product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialplans.check_fitting import always
from dialplans.fitting import Asked, anybody, could_fit
from dialplans.institution import Institution
from dialplans.routing_file import Routing, RuleShape, StepShape, When
from queues.agents import Agent
from queues.conditions import (
    AtLevel,
    AtSite,
    Condition,
    Either,
    Not,
    OfTeam,
    Profile,
    Skilled,
    Speaks,
    every,
    holds,
    profile_of,
)
from queues.rules import filled, house_floor, rule_of, steps_of
from queues.wishes import Kind, Rule, Rules, StepRule
from server.routing import condition, rules_of
from tests.dialplans.institutions import inss


def routed(**written: object) -> Rules:
    institution: Institution = replace(inss(), routing=Routing.model_validate(written))
    return rules_of(institution)


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ({"least_skill": 4}, Rules(common_language="es", least_skill=4)),
        ({"relax_language_after_s": 7}, Rules(common_language="es", relax_language_after_s=7)),
        ({"support_after_s": 8}, Rules(common_language="es", support_after_s=8)),
        ({"choice": "occupancy"}, Rules(common_language="es", choice="occupancy")),
        ({"half_life_days": 3}, Rules(common_language="es", half_life_days=3)),
        ({}, Rules(common_language="es")),
    ],
)
def test_a_key_of_routing_is_the_routers(written: dict[str, object], given: Rules) -> None:
    assert routed(**written) == given


def test_a_team_with_hours_has_a_shift_and_one_without_none() -> None:
    assert set(routed(teams={"morning": {"hours": "morning"}, "free": {}}).shifts) == {"morning"}


LEVEL_1 = {"level": 1}


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ({"levels": [1]}, {"levels": frozenset({1})}),
        ({"subjects": ["imv"]}, {"subjects": frozenset({"imv"})}),
        ({"languages": ["eu"]}, {"languages": frozenset({"eu"})}),
        ({"channels": ["text"]}, {"channels": frozenset({"text"})}),
        ({"floor": {"level": 2}}, {"floor": every(AtLevel(2))}),
        ({"overflow": {"to": "b", "after_s": 9}}, {"overflow": "b", "overflow_after_s": 9.0}),
        ({"only_overflow": True}, {"serves": False}),
        ({"steps": [{"when": LEVEL_1, "after_s": 5}]}, {"steps": ({"after_s": 5.0},)}),
        ({"steps": [{"when": LEVEL_1, "until_s": 5}]}, {"steps": ({"until_s": 5.0},)}),
        ({"steps": [{"when": LEVEL_1, "skip": False}]}, {"steps": ({"skip": False},)}),
        (
            {"steps": [{"when": LEVEL_1, "prefers": "last_agent", "for_s": 20, "least_score": 40}]},
            {"steps": ({"named": 40.0, "holds_s": 20.0},)},
        ),
        ({"steps": [{"when": LEVEL_1, "prefers": "last_agent"}]}, {"steps": ({"named": 25.0},)}),
        ({}, {}),
    ],
)
def test_a_key_of_a_rule_is_the_rules(written: dict[str, object], given: dict[str, object]) -> None:
    (rule,) = routed(rules={"a": {"steps": [{"when": LEVEL_1}], **written}}).rules
    steps = given.pop("steps", ({},))
    assert isinstance(steps, tuple)
    usual = StepRule(every(AtLevel(1)), after_s=0.0, until_s=inf, skip=True, language="caller")
    whole = Rule("a", tuple(replace(usual, **one) for one in steps))
    assert rule == replace(whole, **given)  # type: ignore[arg-type] # fields by name


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ({"level": 2}, AtLevel(2)),
        ({"language": "caller"}, Speaks("caller", 1, 5)),
        ({"language": {"in": "eu", "least": 2, "greatest": 4}}, Speaks("eu", 2, 4)),
        ({"skill": "subject"}, Skilled("subject", 1, 5)),
        ({"skill": {"in": "imv", "least": 0, "greatest": 2}}, Skilled("imv", 0, 2)),
        ({"team": ["morning", "provider"]}, OfTeam(("morning", "provider"))),
        ({"site": ["madrid"]}, AtSite(("madrid",))),
        ({"any": [{"level": 1}, {"level": 2}]}, Either((every(AtLevel(1)), every(AtLevel(2))))),
        ({"not": {"team": ["provider"]}}, Not(every(OfTeam(("provider",))))),
    ],
)
def test_a_key_of_a_condition_is_the_conditions(written: dict[str, object], given: Condition) -> None:
    assert condition(When.model_validate(written)) == every(given)


def test_what_is_written_together_must_hold_together() -> None:
    both = condition(When.model_validate({"level": 1, "all": [{"language": "eu"}]}))
    assert both == condition(When.model_validate({"level": 1, "language": "eu"}))


def test_the_table_above_has_every_key_there_is() -> None:
    assert set(Routing.model_fields) - {"teams", "sites", "rules"} <= {one.name for one in fields(Rules)}
    assert set(StepShape.model_fields) == {
        "when", "after_s", "until_s", "skip", "prefers", "for_s", "least_score",
    }  # fmt: skip
    assert set(RuleShape.model_fields) == {
        "levels", "subjects", "languages", "channels", "steps", "floor", "overflow", "only_overflow",
    }  # fmt: skip
    assert set(When.model_fields) == {"level", "language", "skill", "team", "site", "all", "any", "no"}


def _able(names: tuple[str, ...]) -> st.SearchStrategy[object]:
    bounds = st.fixed_dictionaries({"in": st.sampled_from(names), "least": LEAST, "greatest": LEAST})
    return st.sampled_from(names) | bounds


LEAST = st.sampled_from((0, 1, 2, 5))
_PLAIN: dict[str, st.SearchStrategy[object]] = {
    "level": st.sampled_from((1, 2)),
    "language": _able(("caller", "common", "ca")),
    "skill": _able(("subject", "imv")),
    "team": st.lists(st.sampled_from(("in", "out")), min_size=1, max_size=2),
}
WHENS = st.recursive(
    st.fixed_dictionaries({}, optional=_PLAIN),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            **_PLAIN,
            "not": inner,
            "any": st.lists(inner, max_size=3),
            "all": st.lists(inner, max_size=2),
        },
    ),
    max_leaves=6,
)
EVERYBODY = [
    Profile(level, (("ca", ca), ("es", es)), (("imv", imv), ("pension", pension), ("protected", imv)), team)
    for level in (1, 2)
    for ca, es, imv, pension in product((0, 1, 2, 3, 5), repeat=4)
    for team in ("", "in", "out")
]


@settings(max_examples=40, deadline=None)
@given(WHENS, st.sampled_from(("imv", "pension", "general")), st.sampled_from(("es", "ca")))
def test_what_the_check_takes_for_possible_somebody_can_fulfil_and_nothing_else(
    written: dict[str, object], subject: str, language: str
) -> None:
    when, kind = When.model_validate(written), Kind(0, 1, language, subject)
    asked = filled(condition(when), kind, Rules(common_language="es"))
    possible = could_fit((when,), Asked(1, subject, language, "es"), anybody(("in", "out"), ()))
    assert possible == any(holds(asked, profile) for profile in EVERYBODY)


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("subject", ["general", "pension", "protected"])
def test_what_the_check_takes_to_hold_always_is_what_the_router_holds(level: int, subject: str) -> None:
    routing = Routing.model_validate({"teams": {"out": {"external": True}, "in": {}}, "least_skill": 4})
    kind, rules = Kind(0, level, "eu", subject), rules_of(replace(inss(), routing=routing))
    written = every(*map(condition, always(Asked(level, subject, "eu", "es"), routing)))
    for profile in EVERYBODY:
        assert holds(filled(written, kind, rules), profile) == holds(
            filled(house_floor(kind, rules), kind, rules), profile
        )


def test_the_shipped_provider_is_asked_about_nothing_but_information() -> None:
    rules = rules_of(inss())
    best = dict.fromkeys(inss().subjects, 5)
    for level, subject, language in product((1, 2), inss().subjects, inss().languages):
        steps = steps_of(Kind(0, level, language, subject), rules)
        asked = any(
            holds(
                step.condition, profile_of(Agent("out", "Out", at, {"es": 5, language: 5}, best, "provider"))
            )
            for step in steps
            for at in (1, 2)
        )
        assert asked == ((level, subject) == (1, "general"))


SHIPPED = {
    (1, "general"): ("information", 6),
    (1, "pension"): ("procedures", 6),
    (1, "imv"): ("procedures", 6),
    (1, "case"): ("procedures", 6),
    (2, "pension"): ("specialists", 3),
    (2, "protected"): ("second level", 2),
    (2, "video"): ("second level", 2),
}


PREFERRING = {"procedures", "specialists"}


@pytest.mark.parametrize(("level", "subject"), SHIPPED)
def test_the_rules_that_are_shipped_prefer_who_spoke_last_for_a_moment_and_never_below_the_floor(
    level: int, subject: str
) -> None:
    kind, rules = Kind(0, level, "eu", subject), rules_of(inss())
    floor = filled(house_floor(kind, rules), kind, rules)
    preferring = [step for step in steps_of(kind, rules) if step.named is not None]
    assert [step.holds_s for step in preferring] == (
        [20.0] if SHIPPED[level, subject][0] in PREFERRING else []
    )
    for step in preferring:
        assert all(holds(floor, one) for one in EVERYBODY if holds(step.condition, one))


@pytest.mark.parametrize(("level", "subject"), SHIPPED)
def test_the_rules_that_are_shipped_serve_these_wishes_in_so_many_steps(level: int, subject: str) -> None:
    kind, rules = Kind(0, level, "eu", subject), rules_of(inss())
    assert (rule_of(kind, rules).name, len(steps_of(kind, rules))) == SHIPPED[level, subject]
