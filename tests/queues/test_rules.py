"""Rules of routing: conditions, steps, floors, overflow, shifts, named agents, and what the house has without any."""

from dataclasses import replace
from itertools import product
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.agents import Agent
from queues.conditions import (
    AtLevel,
    Either,
    Every,
    Not,
    OfTeam,
    Skilled,
    Speaks,
    every,
    holds,
    profile_of,
    words,
)
from queues.router import Router, explain
from queues.rules import rule_of, steps_of
from queues.wishes import Kind, Named, Rule, Rules, StepRule, Wish
from tests.queues import centres
from tests.queues.plain import floor_of

EVA = Agent("eva", "Eva", 2, {"es": 5, "ca": 2}, {"pension": 3}, "morning", "madrid")


@pytest.mark.parametrize(
    ("condition", "fulfilled"),
    [
        (Skilled("pension", 3), True),
        (Skilled("pension", 1, 2), False),
        (Skilled("imv"), False),
        (Not(Skilled("imv")), True),
        (Skilled("imv", 0, 2), True),
        (every(AtLevel(2), Speaks("ca")), True),
        (every(AtLevel(1), Speaks("ca")), False),
        (Either((AtLevel(1), OfTeam(("morning",)))), True),
        (Either(()), False),
        (Every(()), True),
    ],
)
def test_a_condition_is_true_or_false_also_for_what_an_agent_has_not(
    condition: object,
    fulfilled: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert holds(condition, profile_of(EVA)) is fulfilled  # type: ignore[arg-type]  # from a table


def test_a_condition_is_said_so_that_its_parts_cannot_be_read_otherwise() -> None:
    condition = every(AtLevel(2), Either((Speaks("ca", 3), Not(Skilled("imv", 2, 4)))))
    assert words(condition) == "level 2, (speaks ca at 3 or more or not trained in imv at 2 to 4)"


def test_a_house_without_rules_has_two_levels() -> None:
    rules = Rules()
    first = [(step.after_s, step.condition) for step in steps_of(Kind(0, 1, "ca", "imv"), rules)]
    assert first == [
        (0.0, every(AtLevel(1), Speaks("ca"))),
        (60.0, every(AtLevel(2), Speaks("ca"), Skilled("imv", 3))),
        (90.0, every(AtLevel(1), Speaks("es"))),
        (90.0, every(AtLevel(2), Speaks("es"), Skilled("imv", 3))),
    ]
    second = [step.after_s for step in steps_of(Kind(0, 2, "ca", "imv"), rules)]
    assert second == [0.0, 90.0]
    assert floor_of(Kind(0, 2, "ca", "imv"), rules) == every(AtLevel(2), Skilled("imv", 3))
    assert len(steps_of(Kind(0, 1, "es", "general"), rules)) == 2


def test_overflow_asks_another_rule_later_and_keeps_the_floor() -> None:
    kind = Kind(0, 1, "es", "general")
    steps = [(step.after_s, words(step.condition)) for step in steps_of(kind, centres.EVERYTHING)]
    assert steps == [
        (0.0, "level 1, speaks es, not of team provinces"),
        (30.0, "level 1, speaks es"),
        (50.0, "of team provinces"),
        (90.0, "level 2"),
    ]
    assert [step.rule for step in steps_of(kind, centres.EVERYTHING)] == [
        "information", "information", "reinforcement", "reinforcement",
    ]  # fmt: skip


@given(
    st.sampled_from((1, 2)),
    st.sampled_from(centres.SUBJECTS),
    st.sampled_from(centres.LANGUAGES),
    centres.agents(),
)
def test_whoever_fits_a_step_stands_above_the_floor(
    level: int, subject: str, language: str, agent: Agent
) -> None:
    kind = Kind(0, level, language, subject)
    for rules in (Rules(), centres.EVERYTHING, centres.PROVIDED):
        for step in steps_of(kind, rules):
            if holds(step.condition, profile_of(agent)):
                assert holds(floor_of(kind, rules), profile_of(agent))


UNTRAINED = Agent("new", "New", 1, {"es": 5, "eu": 5})
PROVIDED = Agent("out", "Out", 1, {"es": 5}, {}, "provider")
PROVIDED_SPECIALIST = Agent("out2", "Out", 2, {"es": 5}, {"pension": 5}, "provider")
WITH_PROVIDER = Rules(external={"provider": frozenset({"general"})})


def test_a_rule_without_a_floor_gives_no_call_of_the_second_level_to_the_untrained() -> None:
    bare = Rule(
        "basque", (StepRule(Speaks("caller")), StepRule(AtLevel(1), 60.0)), languages=frozenset({"eu"})
    )
    rules = Rules(rules=(bare,))
    for subject in ("protected", "pension", "general"):
        steps = steps_of(Kind(0, 2, "eu", subject), rules)
        assert not any(holds(step.condition, profile_of(UNTRAINED)) for step in steps)
    (first, _) = steps_of(Kind(0, 1, "eu", "pension"), rules)
    assert holds(first.condition, profile_of(UNTRAINED))


def test_a_protected_person_s_call_is_one_for_the_second_level_whoever_asked_for_the_first() -> None:
    first = Rule("first", (StepRule(AtLevel(1)),), levels=frozenset({1}))
    told = Rules(rules=(first,), external={"provider": frozenset({"general", "protected"})})
    trained = Agent("iria", "Iria", 2, {"es": 5}, {"protected": 4})
    people = (UNTRAINED, PROVIDED, PROVIDED_SPECIALIST, trained, Agent("ben", "Ben", 2, {"es": 5}))
    for rules in (Rules(), told):
        steps = steps_of(Kind(0, 1, "es", "protected"), rules)
        fit = {who.name for who in people for step in steps if holds(step.condition, profile_of(who))}
        assert fit == {"iria"}
    assert rule_of(Kind(0, 1, "es", "protected"), told).name == "second level"


@pytest.mark.parametrize("overflow", [False, True])
def test_a_provider_gets_only_information_of_the_first_level_whatever_a_rule_asks(*, overflow: bool) -> None:
    anybody = Rule("anybody", (StepRule(OfTeam(("provider",))),), serves=not overflow)
    first = Rule("first", (StepRule(AtLevel(1)),), overflow="anybody")
    for rules in (WITH_PROVIDER, replace(WITH_PROVIDER, rules=(first, anybody) if overflow else (anybody,))):
        for level, subject in product((1, 2), ("general", "pension", "protected")):
            steps = steps_of(Kind(0, level, "es", subject), rules)
            given = {
                who.name
                for who in (PROVIDED, PROVIDED_SPECIALIST)
                if any(holds(step.condition, profile_of(who)) for step in steps)
            }
            assert bool(given) == ((level, subject) == (1, "general"))


def test_a_named_agent_is_waited_for_and_the_score_falls_with_time() -> None:
    named = Named("eva", 100.0, 0.0, 60.0)
    assert named.holds_until(50.0) == 60.0
    assert named.holds_until(101.0) == -inf
    rule = Rule("own", (StepRule(every(), named=50.0, holds_s=120.0), StepRule(AtLevel(2))))
    router = Router(Rules(rules=(rule,)))
    for agent in (EVA, Agent("ben", "Ben", 2, {"es": 5}, {"pension": 3})):
        router.seat(agent)
    router.free("ben", 0.0)
    router.join(Wish("c1", "pension", "es", 2, 0, 0.0, named=(named,)))
    assert router.route(59.0) == []
    router.free("eva", 59.0)
    (pair,) = router.route(59.0)
    assert pair.agent == "eva"
    assert "the caller's own with a score of 51" in explain(pair)[3]
    router.busy("eva")
    assert [pair.agent for pair in router.route(60.0)] == ["ben"]  # nobody who is named counts any more


@pytest.mark.parametrize(("skip", "served_at_s"), [(True, 0.0), (False, 60.0)])
def test_a_step_that_insists_is_waited_for_though_nobody_is_there_who_fits_it(
    *, skip: bool, served_at_s: float
) -> None:
    rule = Rule("insists", (StepRule(Speaks("caller"), skip=skip), StepRule(AtLevel(1), 60.0)))
    router = Router(Rules(rules=(rule,)))
    router.seat(Agent("ben", "Ben", 1, {"es": 5}))
    router.free("ben", 0.0)
    router.join(Wish("c1", "general", "ca", 1, 0, 0.0))
    served = {at: [pair.agent for pair in router.route(at)] for at in (0.0, 59.0, 60.0)}
    assert served == {at: ["ben"] if at >= served_at_s else [] for at in served}


def test_the_least_occupied_goes_first_where_occupancy_is_balanced() -> None:
    router = Router(Rules(choice="occupancy"))
    for name, idle, occupancy in (("x", 0.0, 0.9), ("y", 50.0, 0.2)):
        router.seat(Agent(name, name, 1, {"es": 5}))
        router.free(name, idle, occupancy)
    router.join(Wish("c1", "general", "es", 1, 0, 0.0))
    (pair,) = router.route(60.0)
    assert explain(pair)[1:] == (
        "routing age 60.0 s; nobody who fits was due before in this pass",
        "rule first level, step from 0 s: level 1, speaks es (its time has come)",
        "y fits best: language 5, skill 0",
        "y is the least occupied of those: 20% of the signed-in time; idle for 10.0 s",
    )


def test_a_team_is_offered_nothing_outside_its_shift() -> None:
    router = Router(Rules(shifts={"morning": centres.Hours(0.0, 100.0)}))
    router.seat(Agent("x", "x", 1, {"es": 5}, team="morning"))
    router.free("x", 0.0)
    router.join(Wish("c1", "general", "es", 1, 0, 0.0))
    assert router.route(150.0) == []
    assert [pair.agent for pair in router.route(400.0)] == ["x"]


def test_a_step_opens_for_who_has_become_the_first_of_a_line() -> None:
    router = Router(Rules())
    for name, level, skills in (("ana", 1, {}), ("marta", 2, {"pension": 5})):
        router.seat(Agent(name, name, level, {"es": 5}, skills))
    router.join(Wish("old", "pension", "es", 1, 0, -500.0))
    router.join(Wish("young", "pension", "es", 1, 0, 0.0))
    assert router.route(1.0) == []
    router.leave("old")
    router.free("marta", 2.0)
    assert router.route(59.0) == []
    assert [pair.agent for pair in router.route(60.0)] == ["marta"]


def test_who_stands_behind_is_served_when_the_next_one_is_free() -> None:
    router = Router(Rules())
    router.seat(Agent("ana", "ana", 1, {"es": 5}))
    for number in range(3):
        router.join(Wish(f"c{number}", "pension", "es", 1, 0, float(number)))
    assert router.route(5.0) == []
    for number in range(3):
        router.free("ana", 10.0 + number)
        (pair,) = router.route(10.0 + number)
        assert pair.call == f"c{number}"
        router.leave(pair.call)
        router.busy("ana")
        assert router.route(10.0 + number) == []
