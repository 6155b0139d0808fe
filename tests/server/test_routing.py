"""What `[routing]` says is what the router is given: every key of it, each to its value."""

from dataclasses import fields, replace
from math import inf

import pytest

from dialplans.institution import Institution
from dialplans.routing_file import Routing, RuleShape, StepShape, When
from queues.conditions import AtLevel, AtSite, Condition, Either, Not, OfTeam, Skilled, Speaks, every
from queues.rules import rule_of, steps_of
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
    assert set(StepShape.model_fields) == {"when", "after_s", "until_s", "skip"}
    assert set(RuleShape.model_fields) == {
        "levels", "subjects", "languages", "channels", "steps", "floor", "overflow", "only_overflow",
    }  # fmt: skip
    assert set(When.model_fields) == {"level", "language", "skill", "team", "site", "all", "any", "no"}


SHIPPED = {
    (1, "general"): ("information", 6),
    (1, "pension"): ("procedures", 5),
    (1, "imv"): ("procedures", 5),
    (1, "case"): ("procedures", 5),
    (2, "pension"): ("second level", 2),
    (2, "protected"): ("second level", 2),
    (2, "video"): ("second level", 2),
}


@pytest.mark.parametrize(("level", "subject"), SHIPPED)
def test_the_rules_that_are_shipped_serve_these_wishes_in_so_many_steps(level: int, subject: str) -> None:
    kind, rules = Kind(0, level, "eu", subject), rules_of(inss())
    assert (rule_of(kind, rules).name, len(steps_of(kind, rules))) == SHIPPED[level, subject]
