"""Steps that prefer the agents who know a caller: what could not be kept is refused, with field and remedy."""

from pathlib import Path

import pytest

from tests.dialplans.test_check_routing import faults

OWN = 'prefers = "last_agent", for_s = 20'
RULE = f"""
[routing.rules.known]
levels = [1]
overflow = {{ to = "help", after_s = 60 }}
steps = [
    {{ {OWN}, when = {{ level = 1 }} }},
    {{ when = {{ level = 1, language = "caller" }} }},
]
[routing.rules.help]
only_overflow = true
steps = [{{ prefers = "last_agent", when = {{ level = 2 }} }}, {{ when = {{ level = 2 }} }}]
"""


def test_a_step_that_prefers_who_spoke_last_and_holds_the_others_for_a_moment_is_sound(
    tmp_path: Path,
) -> None:
    assert faults(tmp_path, RULE) == []


@pytest.mark.parametrize(
    ("was", "becomes", "field", "what", "remedy"),
    [
        (
            OWN,
            "for_s = 20",
            "known.steps.1.for_s",
            "a step that prefers nobody",
            "Leave it out, or write prefers",
        ),
        (
            OWN,
            "least_score = 9",
            "known.steps.1.least_score",
            "prefers nobody",
            "Leave it out, or write prefers",
        ),
        (
            OWN,
            f"{OWN}, after_s = 5",
            "known.steps.1.after_s",
            "asked only after 5 s",
            "Leave it out: for_s says",
        ),
        (
            OWN,
            f"{OWN}, skip = false",
            "known.steps.1.skip",
            "would wait for nobody",
            "Leave it out: for_s says",
        ),
        ("for_s = 20", "for_s = 61", "known.steps.1.for_s", "for 61 s nobody else", "At most 60"),
        (
            OWN,
            f"{OWN}, until_s = 9",
            "known.steps.1.until_s",
            "expires at 9 s, before its 20 s",
            "Let it expire later",
        ),
        (
            '"last_agent", when',
            '"last_agent", for_s = 1, when',
            "help.steps.1.for_s",
            "who comes by overflow",
            "Leave it out",
        ),
        (
            "{ when = { level = 1, l",
            f"{{ {OWN}, when = {{ level = 1, l",
            "known.steps.1.for_s",
            "no other step",
            "Put",
        ),
    ],
)
def test_what_could_not_be_kept_is_refused(
    tmp_path: Path, was: str, becomes: str, field: str, what: str, remedy: str
) -> None:
    assert RULE.count(was) == 1
    found = faults(tmp_path, RULE.replace(was, becomes))
    (said,) = [one for one in found if one[0] == f"routing.rules.{field}"]
    assert what in said[1]
    assert said[2].startswith(remedy)


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        (
            '{ prefers = "last_agent", when = { level = 1 } }',
            "nobody would be asked for a caller with whom no agent",
        ),
        (
            '{ prefers = "last_agent", when = { level = 1 } }, { until_s = 9, when = { level = 1 } }',
            "after 9 s of waiting nobody would be asked",
        ),
    ],
)
def test_a_rule_that_leaves_strangers_to_nobody_is_refused(tmp_path: Path, steps: str, what: str) -> None:
    ((field, said, _),) = faults(tmp_path, f"[routing.rules.x]\nlevels = [1]\nsteps = [{steps}]")
    assert field == "routing.rules.x.steps"
    assert said.startswith(what)


def test_a_rule_whose_overflow_prefers_only_who_spoke_last_leaves_strangers_to_nobody(tmp_path: Path) -> None:
    rules = """
    [routing.rules.x]
    levels = [1]
    overflow = { to = "y", after_s = 9 }
    steps = [{ until_s = 9, when = { level = 1 } }]
    [routing.rules.y]
    only_overflow = true
    steps = [{ prefers = "last_agent", when = { level = 1 } }]
    """
    assert [field for field, _, _ in faults(tmp_path, rules)] == ["routing.rules.y.steps"]


def test_a_wish_that_only_who_spoke_last_could_be_asked_for_is_refused(tmp_path: Path) -> None:
    rules = """
    imv = {}
    [routing.teams]
    out = { external = true }
    [routing.rules.x]
    levels = [1]
    overflow = { to = "y", after_s = 9 }
    steps = [{ prefers = "last_agent", when = { level = 1 } }]
    [routing.rules.y]
    only_overflow = true
    steps = [{ when = { team = ["out"] } }]
    """
    ((field, what, _),) = faults(tmp_path, rules)
    assert field == "routing.rules.x"
    assert "nobody could ever be asked" in what
