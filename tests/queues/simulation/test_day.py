import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from queues.simulation.day import DayFault, day_of, plan_of, unanswerable
from queues.simulation.draws import callers_of
from tests.dialplans.institutions import INSS

DAYS = INSS / "days"


def small() -> dict[str, Any]:
    return {
        "name": "Small day",
        "opens": "09:00",
        "closes": "10:00",
        "callers": 400,
        "quarters": [1, 2, 1, 0],
        "languages": {"es": 3, "eu": 1},
        "subjects": {
            "pension": {"share": 3, "handling_s": 300, "patience_s": 200, "second_level": 0.5},
            "other": {"share": 1, "handling_s": 100, "patience_s": 200, "priority": 2},
        },
        "urgent": {"share": 0.25, "priority": 1},
        "agents": [
            {"name": "all", "count": 3, "shift": "09:00-10:00", "languages": {"es": 5, "eu": 5}},
            {
                "name": "special",
                "count": 1,
                "shift": "09:00-10:00",
                "level": 2,
                "languages": {"es": 5},
                "skills": {"pension": 4},
            },
        ],
    }


def fault(content: dict[str, Any]) -> str:
    with pytest.raises(DayFault) as told:
        day_of(content, "my.toml")
    return str(told.value)


def test_the_model_day_is_that_of_the_centre() -> None:
    day = day_of(tomllib.loads((DAYS / "model.toml").read_text()), "model.toml")
    plan = day.own_plan()
    assert plan is not None
    morning = sum(group.count for group in plan.agents if group.shift.startswith("09:00"))
    assert (plan.heads, morning) == (164, 129)
    assert (len(day.subjects), len(day.languages)) == (9, 6)
    assert day.callers == round(2_170_000 / 249)
    assert sum(subject.share for subject in day.subjects.values()) == pytest.approx(99.32)
    assert list(unanswerable(day, plan, 3)) == []


@pytest.mark.parametrize("path", sorted(DAYS.glob("mo*.toml")), ids=lambda path: path.stem)
def test_the_plans_of_the_model_day_have_the_same_people(path: Path) -> None:
    content = tomllib.loads(path.read_text())
    heads = day_of(content, "").own_plan() if "subjects" in content else plan_of(content, "")
    assert heads is not None
    assert heads.heads == 164


def test_callers_come_by_quarter_subject_language_and_level_as_the_file_says() -> None:
    day = day_of({**small(), "callers": 40_000}, "")
    callers = callers_of(day, np.random.default_rng(5))
    assert len(callers) == pytest.approx(40_000, rel=0.02)
    assert [caller.at for caller in callers] == sorted(caller.at for caller in callers)
    assert len({caller.call for caller in callers}) == len(callers)
    quarters = np.histogram([caller.at for caller in callers], bins=32_400 + 900 * np.arange(5))[0] / len(
        callers
    )
    assert quarters == pytest.approx([0.25, 0.5, 0.25, 0], abs=0.01)
    pension = [caller for caller in callers if caller.subject == "pension"]
    assert len(pension) / len(callers) == pytest.approx(0.75, abs=0.01)
    assert np.mean([caller.language == "eu" for caller in callers]) == pytest.approx(0.25, abs=0.01)
    assert np.mean([caller.level == 2 for caller in pension]) == pytest.approx(0.5, abs=0.02)
    talks = [caller.work_s for caller in pension]
    assert np.mean(talks) == pytest.approx(300, rel=0.02)
    assert np.std(talks) == pytest.approx(210, rel=0.05)
    assert np.mean([caller.patience_s for caller in callers]) == pytest.approx(200, rel=0.03)


def test_the_urgent_go_before_their_subject_never_behind_it() -> None:
    callers = callers_of(day_of(small(), ""), np.random.default_rng(5))
    assert {caller.priority for caller in callers if caller.subject == "pension"} == {0, 1}
    assert {caller.priority for caller in callers if caller.subject == "other"} == {2}


def test_the_same_chance_gives_the_same_day() -> None:
    day = day_of(small(), "")
    assert callers_of(day, np.random.default_rng(5)) == callers_of(day, np.random.default_rng(5))


def test_breaks_are_given_one_after_the_other() -> None:
    content = small()
    content["agents"][0] |= {"break_minutes": 10, "break_between": "09:15-09:45"}
    plan = day_of(content, "").own_plan()
    assert plan is not None
    away = [(shift.ends - 32_400) / 60 for shift in plan.shifts() if shift.agent.name.startswith("all")][::2]
    assert away == pytest.approx([15 + 20 / 6, 25, 45 - 10 - 20 / 6])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"calers": 3}, "my.toml: calers: there is no such field; docs/simulation.md lists them"),
        ({"callers": None}, "my.toml: callers: "),
        ({"callers": float("nan")}, "my.toml: callers: "),
        ({"opens": "9"}, "my.toml: opens: "),
        ({"closes": "09:10"}, "closes 09:10 must be at least a quarter of an hour after opens 09:00"),
        ({"quarters": [1, 2]}, "quarters has 2 numbers; 09:00 to 10:00 needs 4"),
        ({"quarters": [0, 0, 0, 0]}, "quarters: at least one must be above 0"),
        ({"quarters": [1, 1, 1, -1]}, "my.toml: quarters[3]: "),
        ({"languages": {}}, "my.toml: languages: "),
        (
            {"subjects": {"tax": {"share": 1, "patience_s": 3}}},
            "my.toml: subjects.tax.handling_s: is missing",
        ),
    ],
)
def test_a_fault_is_told_with_file_field_and_remedy(change: dict[str, Any], said: str) -> None:
    assert said in fault({**small(), **change})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"shift": "15:00-09:00"},
            "agents[0]: shift 15:00-09:00 ends before it begins; write it as earlier-later",
        ),
        ({"shift": "morning"}, "agents[0].shift: "),
        ({"languages": {"es": 9}}, "agents[0].languages.es: "),
        ({"languages": {}}, "agents[0].languages: "),
        ({"break_minutes": 20}, 'break_minutes needs break_between, such as "10:30-12:30"'),
        ({"break_minutes": 20, "break_between": "08:00-09:30"}, "must lie in the shift and hold the break"),
        ({"name": "special"}, "two groups are called special"),
        ({"count": -1}, "agents[0].count: "),
    ],
)
def test_a_fault_of_a_plan_is_told(change: dict[str, Any], said: str) -> None:
    agents = small()["agents"]
    with pytest.raises(DayFault, match=r"plan\.toml") as told:
        plan_of({"name": "mine", "agents": [{**agents[0], **change}, agents[1]]}, "plan.toml")
    assert said in str(told.value)


def test_a_plan_without_anybody_is_refused() -> None:
    group = {**small()["agents"][0], "count": 0}
    with pytest.raises(DayFault, match="nobody works in this plan"):
        plan_of({"name": "mine", "agents": [group]}, "plan.toml")


def test_agents_belong_to_their_groups_team_and_site() -> None:
    group = {**small()["agents"][0], "team": "provinces", "site": "lugo"}
    plan = plan_of({"name": "mine", "agents": [group]}, "")
    assert {(shift.agent.team, shift.agent.site) for shift in plan.shifts()} == {("provinces", "lugo")}


def test_what_nobody_could_ever_answer_is_said_before() -> None:
    day = day_of(small(), "")
    plan = plan_of({"name": "mine", "agents": [{**small()["agents"][0], "languages": {"es": 5}}]}, "")
    doubts = list(unanswerable(day, plan, 3))
    assert doubts[0].startswith("mine: nobody speaks eu")
    assert doubts[1].startswith("mine: no specialist has the skill pension at 3 or more")
