"""Rules of routing that could never be kept are refused before anybody calls, with rule, field and remedy."""

from pathlib import Path

import pytest

from dialplans.check import check_institution
from tests.dialplans.institutions import GOOD_INSTITUTION, write

RULES = """
[routing.teams]
night = { hours = "agents" }

[routing.rules.first]
levels = [1]
subjects = ["general"]
overflow = { to = "more", after_s = 60 }
steps = [
    { when = { level = 1, language = "caller" } },
    { after_s = 30, until_s = 90, when = { level = 1, any = [{ team = ["night"] }, { language = "common" }] } },
]

[routing.rules.more]
only_overflow = true
steps = [{ when = { level = 2, not = { skill = { in = "subject", greatest = 2 } } } }]
"""


def faults(folder: Path, rules: str) -> list[tuple[str, str, str]]:
    found = check_institution(write(folder, institution=GOOD_INSTITUTION + rules), {})
    return [(one.field, one.what, one.remedy) for one in found if one.field.startswith("routing")]


def test_rules_with_everything_in_them_are_sound(tmp_path: Path) -> None:
    assert faults(tmp_path, RULES) == []


@pytest.mark.parametrize(
    ("was", "becomes", "field", "what"),
    [
        (
            'in = "subject"',
            'in = "dragons"',
            "rules.more.steps.1.when.not.skill",
            "dragons is nothing that anybody",
        ),
        ('in = "subject"', 'in = "general"', "rules.more.steps.1.when.not.skill", "can be trained in"),
        (
            "greatest = 2",
            "least = 4, greatest = 2",
            "rules.more.steps.1.when.not.skill",
            "at 4 or more and at 2",
        ),
        (
            'language = "common"',
            'language = "xx"',
            "rules.first.steps.2.when.any.language",
            "anybody can speak",
        ),
        ('team = ["night"]', 'team = ["day"]', "rules.first.steps.2.when.any.team", "there is no team day"),
        ('hours = "agents"', 'hours = "moon"', "teams.night.hours", "there is no calendar moon"),
        ('to = "more"', 'to = "less"', "rules.first.overflow.to", "there is no rule less"),
        (
            'subjects = ["general"]',
            'subjects = ["art"]',
            "rules.first.subjects",
            "art is not one of subjects",
        ),
        ("until_s = 90", "until_s = 30", "rules.first.steps.2.until_s", "the step can never open"),
        ('{ level = 1, language = "caller" }', "{}", "rules.first.steps.1.when", "the condition is empty"),
        (
            "not = { skill = ",
            "not = { level = 1 }, any = [{}], all = [{ level = 1 }] } }]\n#",
            "rules.more.steps.1.when.any",
            "empty",
        ),
        (
            "only_overflow = true\n",
            'only_overflow = true\noverflow = { to = "first", after_s = 1 }\n',
            "rules.first.overflow.to",
            "goes round: first → more → first",
        ),
        ('overflow = { to = "more", after_s = 60 }\n', "", "rules.more", "its steps can never open"),
        (
            "levels = [1]\n",
            "levels = [1]\nfloor = { level = 2 }\n",
            "rules.first.steps.1.when.level",
            "nobody is at both levels",
        ),
        (
            "[routing.rules.more]\nonly_overflow = true\n",
            '[routing.rules.more]\nlevels = [1]\nsubjects = ["general"]\n',
            "rules.more",
            "no wish ever comes here: first",
        ),
        ('language = "caller" } },', 'language = "caller" }, until_s = 20 },', "", ""),
    ],
)
def test_what_could_never_be_kept_is_refused(
    tmp_path: Path, was: str, becomes: str, field: str, what: str
) -> None:
    assert was in RULES
    found = faults(tmp_path, RULES.replace(was, becomes, 1))
    if not field:
        assert found == []  # what expires overflows to somebody
        return
    assert any(at == f"routing.{field}" and what in said and remedy for at, said, remedy in found), found


def test_a_rule_that_ends_with_nobody_is_refused(tmp_path: Path) -> None:
    rule = "\n[routing.rules.first]\nsteps = [{ when = { level = 1 }, until_s = 60 }]\n"
    ((field, what, _),) = faults(tmp_path, rule)
    assert (field, what) == (
        "routing.rules.first.steps",
        "after 60 s of waiting nobody would be asked any more",
    )
