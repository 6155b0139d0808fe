"""What calls are about comes from the institution's file and from nowhere else."""

from pathlib import Path

from dialplans.institution import read_institution
from server.routing import rules_of
from server.subjects import subject_of, subjects
from tests.dialplans.institutions import GOOD_INSTITUTION, inss, write


def test_a_number_says_what_its_calls_are_about() -> None:
    assert subject_of(inss(), "900202222") == "imv"
    assert subject_of(inss(), "901166565") == "general"
    assert subject_of(inss(), "112") is None


def test_every_subject_of_the_institution_has_a_label_in_every_language_of_the_pages() -> None:
    assert [one.name for one in subjects(inss()) if not {"es", "ca"} <= one.about.keys()] == []


def test_a_subject_is_added_in_one_place(tmp_path: Path) -> None:
    text = GOOD_INSTITUTION + '\ntax = { about = { es = "Impuestos" } }\n'
    institution, faults = read_institution(write(tmp_path, institution=text))
    assert faults == []
    assert institution is not None
    assert [(one.name, dict(one.about)) for one in subjects(institution)] == [
        ("general", {}),
        ("tax", {"es": "Impuestos"}),
    ]


def test_the_floor_follows_the_rules_of_the_institution(tmp_path: Path) -> None:
    text = (
        GOOD_INSTITUTION + "\n[routing]\nsupport_after_s = 5\nrelax_language_after_s = 7\nleast_skill = 1\n"
    )
    institution, _ = read_institution(write(tmp_path, institution=text))
    assert institution is not None
    rules = rules_of(institution)
    assert (rules.support_after_s, rules.relax_language_after_s, rules.least_skill) == (5, 7, 1)
    assert rules.common_language == "es"
