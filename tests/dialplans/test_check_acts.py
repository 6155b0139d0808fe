"""What is agreed to on record: the catalogue of acts as shipped, and what is refused about it."""

import re
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from dialplans.check import check_institution, load_institution
from dialplans.check_acts import unasked
from ivr import services
from tests.dialplans.institutions import INSS, inss

ASKING = services.acts()


def test_the_shipped_acts_are_those_the_services_ask_for_and_some_that_only_people_do() -> None:
    acts = inss().acts
    by_machine = {name: act.service for name, act in acts.items() if act.service}
    assert by_machine == {name: service for name, (service, _) in ASKING.items()}
    assert set(acts) > set(by_machine)
    for name, (_, least) in ASKING.items():
        assert acts[name].level >= least


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy that may be edited."""
    copy = tmp_path / "inss"
    copytree(INSS, copy, ignore=ignore_patterns("audio"))
    return copy


def faults(folder: Path) -> list[str]:
    found = check_institution(folder, services.outcomes(), {}, services.least_levels(), None, ASKING)
    return [f"{one.file} {one.field}: {one.what}" for one in found]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ('statement = "consent.address"', 'statement = "consent.adress"', "consent.adress has no text in es"),
        (
            'service = "address"',
            'service = "benefit"',
            "the service that asks for it is address, not benefit",
        ),
        ('service = "address"\n', "", "the service that asks for it is address, not none"),
        ('eu = "Helbidea aldatzea", ', "", "about says nothing in eu"),
        ('notice = "recording.notice"', "", "a call that is not recorded yet could not agree to"),
        (
            "[acts.withdrawal]\n",
            '[acts.withdrawal]\nservice = "benefit"\n',
            "asks for it is none, not benefit",
        ),
        ("[acts.withdrawal]\n", "[acts.withdrawal]\nlevels = 1\n", "levels"),
    ],
)
def test_what_is_wrong_with_an_act_is_named(folder: Path, before: str, after: str, what: str) -> None:
    file = folder / "acts.toml"
    said = file.read_text()
    assert before in said
    file.write_text(said.replace(before, after))
    found = faults(folder)
    assert any("acts.toml" in one and what in one for one in found), found


def test_an_act_may_not_let_in_who_is_proven_less_than_its_service_takes(folder: Path) -> None:
    file = folder / "acts.toml"
    file.write_text(file.read_text().replace("level = 2", "level = 1"))
    assert any("bank_account takes level 2 at least for it" in one for one in faults(folder))


def test_an_institution_without_acts_needs_no_file(folder: Path) -> None:
    (folder / "acts.toml").unlink()
    assert faults(folder) == []
    bare = load_institution(folder)
    assert bare.acts == {}
    told = [*unasked(bare, ASKING)]
    assert len(told) == len(ASKING), "whoever runs it is told what is done without a consent on record"
    assert any("bank_account" in one and "no consent on record" in one for one in told)
    assert [*unasked(inss(), ASKING)] == []


def test_a_statement_ends_alike_in_every_language(folder: Path) -> None:
    file = folder / "languages" / "ca" / "consent.toml"
    said = file.read_text(encoding="utf-8")
    changed = re.sub(r'("consent.address" = ".*):"', r'\1."', said)
    assert changed != said
    file.write_text(changed, encoding="utf-8")
    (fault,) = faults(folder)
    assert "acts.address.statement" in fault
    assert "not in ca" in fault
