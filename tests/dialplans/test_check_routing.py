"""Rules of routing that could never be kept are refused before anybody calls, with rule, field and remedy."""

import re
from pathlib import Path

import pytest

from dialplans.check import check_institution
from dialplans.routing_file import Routing
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


NIGHT = """
[hours.night]
monday = ["00:00-06:00", "22:00-24:00"]
[routing.teams]
night = { hours = "night" }
"""


def test_a_team_whose_shift_is_never_while_calls_come_is_refused(tmp_path: Path) -> None:
    ((field, what, remedy),) = faults(tmp_path, NIGHT)
    assert field == "routing.teams.night.hours"
    assert what == "night never meets agents, in which calls are put through: the team is offered no call"
    assert remedy == "Let the two calendars overlap, or name another"
    rules = '[routing.rules.help]\nsubjects = ["general"]\nsteps = [{ when = { team = ["night"] } }]\n'
    ((_, what, _),) = faults(tmp_path, NIGHT + rules)
    assert "in which rule help is asked" in what
    assert faults(tmp_path, NIGHT.replace("22:00-24:00", "13:59-24:00") + rules) == []


def test_a_shift_over_midnight_is_told_how_to_be_written(tmp_path: Path) -> None:
    text = GOOD_INSTITUTION + '[hours.night]\nmonday = ["22:00-06:00"]\n'
    (fault,) = check_institution(write(tmp_path, institution=text), {})
    assert "split it: 00:00-06:00 (of the day after) and 22:00-24:00" in fault.what


def test_a_site_that_is_not_written_down_is_refused(tmp_path: Path) -> None:
    rule = '[routing.rules.here]\nsteps = [{ when = { site = ["madrit"] } }]\n'
    ((field, what, _),) = faults(tmp_path, "[routing.sites]\nmadrid = {}\n" + rule)
    assert (field, what) == ("routing.rules.here.steps.1.when.site", "there is no site madrit")
    assert faults(tmp_path, "[routing.sites]\nmadrit = {}\n" + rule) == []


@pytest.mark.parametrize(
    ("rule", "field", "remedy"),
    [
        ("steps = [{ when = { level = 3 } }]", "steps.0.when.level", "Write 1 or 2"),
        (
            'steps = [{ when = { skill = { in = "subject", least = 9 } } }]',
            "steps.0.when.skill.Able.least",
            "Correct the value",
        ),
        (
            "steps = [{ named = 70, when = { level = 2 } }]",
            "steps.0.named",
            "Remove it, or correct its spelling",
        ),
        ('channels = ["fax"]\nsteps = [{ when = { level = 2 } }]', "channels.0", "Write 'voice' or 'text'"),
    ],
)
def test_what_is_misshapen_is_one_fault_and_no_other_follows_from_it(
    tmp_path: Path, rule: str, field: str, remedy: str
) -> None:
    ((at, _, mends),) = faults(tmp_path, f"[routing.rules.first]\n{rule}\n")
    assert (at, mends) == (f"routing.rules.first.{field}", remedy)


def test_the_examples_of_the_page_on_routing_are_sound(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "routing.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    around = 'protected = {}\ncomplaints = {}\n[hours.morning]\nmonday = ["09:00-12:00"]\n'
    assert len(examples) == 5
    examples.sort(key=lambda one: "like =" not in one)  # it goes above the one that it is like, as it says
    examples = [
        one.replace('["eu"]', '["es"]') for one in examples
    ]  # the one language of the small institution
    assert faults(tmp_path, around + "\n".join(examples)) == []


def test_a_third_level_is_a_skill_with_a_floor(tmp_path: Path) -> None:
    rule = """
    [routing.rules.third]
    levels = [2]
    subjects = ["complaints"]
    floor = { level = 2, skill = { in = "complaints", least = 5 } }
    steps = [{ when = { language = "caller" } }, { after_s = 60, when = { language = "common" } }]
    """
    assert faults(tmp_path, "complaints = {}\n" + rule) == []


def test_a_rule_that_is_like_another_says_only_what_is_its_own() -> None:
    first = {"levels": [1], "steps": [{"when": {"level": 1}}], "overflow": {"to": "help", "after_s": 120}}
    sooner = {"to": "help", "after_s": 60}
    written = {"basque": {"like": "first", "languages": ["eu"], "overflow": sooner}, "first": first}
    basque, like = (Routing.model_validate({"rules": written}).rules[name] for name in ("basque", "first"))
    assert (basque.levels, basque.steps, basque.languages) == (like.levels, like.steps, ("eu",))
    assert basque.overflow is not None
    assert (basque.overflow.to, basque.overflow.after_s) == ("help", 60)


@pytest.mark.parametrize(
    ("like", "what"),
    [
        ("none", "there is no such other rule"),
        ("second", "no such other"),
        ("third", "which is like another"),
    ],
)
def test_a_rule_that_is_like_nothing_is_refused_in_a_sentence(tmp_path: Path, like: str, what: str) -> None:
    rules = f"""
    [routing.rules.first]
    steps = [{{ when = {{ level = 1 }} }}]
    [routing.rules.second]
    like = "{like}"
    [routing.rules.third]
    like = "first"
    """
    ((field, said, _),) = faults(tmp_path, rules)
    assert field == "routing.rules"
    assert what in said


def test_a_figure_that_shapes_nothing_is_refused(tmp_path: Path) -> None:
    everything = """
    [routing]
    support_after_s = 60
    [routing.rules.all]
    levels = [1]
    steps = [{ when = { level = 1 } }]
    """
    ((field, what, remedy),) = faults(tmp_path, everything)
    assert (field, what) == (
        "routing.support_after_s",
        "it shapes nothing: rule all serves every wish of the first level",
    )
    assert remedy == "Leave it out; write after_s in the steps of all"
    assert faults(tmp_path, everything.replace("levels = [1]", 'levels = [1]\nlanguages = ["es"]')) == []
    assert faults(tmp_path, everything.replace("support_after_s = 60", "least_skill = 3")) == []


SPOKEN = 'steps = [{ when = { language = "caller" } }]'


@pytest.mark.parametrize(
    ("rule", "field", "what"),
    [
        ("steps = [{ when = { level = 1 } }]", "rules.x", "a wish of level 2 about general in es comes here"),
        (
            "levels = [2]\nsteps = [{ when = { not = { level = 2 } } }]",
            "rules.x",
            "nobody could ever be asked",
        ),
        ('levels = [1]\nsteps = [{ when = { team = ["out"] } }]', "rules.x", "level 1 about imv in es"),
        (
            'steps = [{ when = { team = ["out"] } }]\nsubjects = ["general"]',
            "rules.x",
            "of level 2 about general",
        ),
        (
            f"levels = [1]\n{SPOKEN[:-1]}, {{ when = {{ level = 1, not = {{ level = 1 }} }} }}]",
            "rules.x.steps.2.when",
            "nobody could ever fit",
        ),
        (
            f'levels = [1]\n{SPOKEN[:-1]}, {{ when = {{ team = ["in"], not = {{ team = ["in", "out"] }} }} }}]',
            "rules.x.steps.2.when",
            "nobody could ever fit",
        ),
        (
            (
                f'levels = [1]\nsubjects = ["imv"]\nfloor = {{ skill = {{ in = "imv", least = 4 }} }}\n{SPOKEN[:-1]}, '
                '{ when = { skill = { in = "subject", greatest = 3 } } }]'
            ),
            "rules.x.steps.2.when",
            "nobody could ever fit",
        ),
        (
            (
                f'levels = [1]\n{SPOKEN[:-1]}, {{ when = {{ language = {{ in = "es", least = 4 }}, '
                'all = [{ language = { in = "caller", greatest = 3 } }] } }]'
            ),
            "rules.x.steps.2.when",
            "nobody could ever fit",
        ),
        (
            f'levels = [1]\n{SPOKEN[:-1]}, {{ when = {{ level = 1, any = [{{ level = 2 }}, {{ team = ["in"] }}] }} }}]',
            "rules.x.steps.2.when.any",
            "nobody could ever fulfil alternative 1",
        ),
        (
            (
                f'levels = [2]\n{SPOKEN}\noverflow = {{ to = "y", after_s = 9 }}\n'
                "[routing.rules.y]\nonly_overflow = true\nsteps = [{ when = { level = 1 } }]"
            ),
            "rules.y.steps.1.when",
            "nobody could ever fit",
        ),
    ],
)
def test_what_nobody_could_ever_fulfil_is_refused(tmp_path: Path, rule: str, field: str, what: str) -> None:
    teams = "imv = {}\n[routing.teams]\nin = {}\nout = { external = true }\n[routing.rules.x]\n"
    ((at, said, remedy),) = faults(tmp_path, teams + rule + "\n")
    assert at == f"routing.{field}"
    assert what in said
    assert remedy


@pytest.mark.parametrize(
    "rule",
    [
        SPOKEN,  # no floor: the house's holds
        'levels = [1]\nsteps = [{ when = { team = ["in", "out"] } }]',
        'levels = [1]\nsubjects = ["general"]\nsteps = [{ when = { team = ["out"] } }]',
        'levels = [1]\nsteps = [{ when = { not = { skill = { in = "subject", greatest = 2 } } } }]',
        "steps = [{ when = { level = 1 } }, { when = { level = 2 } }]",
    ],
)
def test_what_somebody_can_fulfil_is_sound(tmp_path: Path, rule: str) -> None:
    teams = "imv = {}\n[routing.teams]\nin = {}\nout = { external = true }\n[routing.rules.x]\n"
    assert faults(tmp_path, teams + rule + "\n") == []


@pytest.mark.parametrize(
    ("team", "what"),
    [
        ('{ external = true, subjects = ["art"] }', "there is no subject art"),
        ("{ external = true, subjects = [] }", "would be asked about nothing"),
        ('{ subjects = ["general"] }', "only an external provider is bound to subjects"),
    ],
)
def test_a_provider_s_subjects_are_those_that_there_are(tmp_path: Path, team: str, what: str) -> None:
    ((field, said, _),) = faults(tmp_path, f"[routing.teams]\nout = {team}\n")
    assert field == "routing.teams.out.subjects"
    assert what in said


def test_a_rule_that_ends_with_nobody_is_refused(tmp_path: Path) -> None:
    rule = "\n[routing.rules.first]\nsteps = [{ when = { level = 1 }, until_s = 60 }]\n"
    ((field, what, _),) = faults(tmp_path, rule)
    assert (field, what) == (
        "routing.rules.first.steps",
        "after 60 s of waiting nobody would be asked any more",
    )
