"""What can be asked of an institution: who answers, until when, and what is wrong with a file that says it."""

from datetime import datetime
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

import pytest

from dialplans.catalogue import OTHER, Catalogue, line_of, terms
from dialplans.check import check_institution
from dialplans.hours import working_day_ends
from ivr import services
from server import flows
from tests.dialplans.institutions import INSS, inss

MADRID = ZoneInfo("Europe/Madrid")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID).timestamp()


@pytest.mark.parametrize(
    ("opened", "days", "until"),
    [
        ("2026-11-23 10:00", 1, "2026-11-24 20:00"),
        ("2026-11-27 19:59", 1, "2026-11-30 20:00"),  # a Friday
        ("2026-11-28 12:00", 1, "2026-11-30 20:00"),  # a Saturday
        ("2026-11-23 10:00", 0, "2026-11-23 20:00"),
        ("2026-11-23 22:00", 0, "2026-11-24 20:00"),
        ("2026-12-04 10:00", 2, "2026-12-09 20:00"),  # the 8th is a holiday
        ("2026-10-23 10:00", 1, "2026-10-26 20:00"),  # the night an hour is found
    ],
)
def test_working_days_are_those_of_the_calendar(opened: str, days: int, until: str) -> None:
    ends = working_day_ends(inss().hours, at(opened), days)
    assert datetime.fromtimestamp(ends, MADRID) == datetime.fromisoformat(until).replace(tzinfo=MADRID)


def test_a_calendar_that_is_never_open_gives_a_time_all_the_same() -> None:
    shut = inss().calendars["agents"]
    closed = type(shut)(shut.zone, shut.territory, ((),) * 7)
    assert working_day_ends(closed, at("2026-11-23 10:00"), 3) == at("2026-11-26 10:00")


@pytest.mark.parametrize(
    ("subject", "kind", "priority", "area", "level", "until"),
    [
        ("pension", "enquiry", 3, "pensions", 1, "2026-11-24 20:00"),
        ("pension", "procedure", 3, "pensions", 2, "2026-12-07 20:00"),
        ("pension", "procedure", 8, "pensions", 2, "2026-11-24 20:00"),
        ("subsidy", "complaint", 3, "information", 2, "2026-12-15 20:00"),
        ("protected", "enquiry", 3, "protected", 2, "2026-11-24 20:00"),
        ("general", "enquiry", 3, "information", 1, "2026-11-24 20:00"),
        ("general", "astrology", 3, "information", 1, "2026-11-30 20:00"),
    ],
)
def test_the_first_rule_that_fits_says_who_answers_and_until_when(
    subject: str, kind: str, priority: int, area: str, level: int, until: str
) -> None:
    here = inss()
    agreed = terms(here.catalogue, here.hours, subject, kind, priority, at("2026-11-23 10:00"))
    due = datetime.fromtimestamp(agreed.due_at, MADRID).strftime("%Y-%m-%d %H:%M")
    assert (agreed.area, agreed.level, due) == (area, level, until)


def test_without_a_file_everything_is_a_question_for_the_first_level() -> None:
    agreed = terms(Catalogue(), inss().hours, "pension", "enquiry", 3, at("2026-11-23 10:00"))
    assert (agreed.area, agreed.level) == ("", 1)
    assert line_of(Catalogue(), "pension", "enquiry") == OTHER


@pytest.mark.parametrize(
    ("subject", "kind", "line"),
    [
        ("pension", "enquiry", "pension_information"),
        ("pension", "procedure", "pension_procedure"),
        ("imv", "procedure", "subsidy_procedure"),
        ("subsidy", "enquiry", "subsidy_information"),
        ("pension", "certificate", "certificates"),
        ("pension", "amounts", "amounts"),
        ("general", "change", "changes"),
        ("health_card", "procedure", "health_care"),
        ("general", "appointment", "other"),
    ],
)
def test_every_request_is_counted_in_one_line_of_demand(subject: str, kind: str, line: str) -> None:
    assert line_of(inss().catalogue, subject, kind) == line


def test_the_lines_of_demand_are_those_that_were_published() -> None:
    published = [one.share for one in inss().catalogue.demand]
    assert sorted(one or 0 for one in published) == sorted(
        [0.2761, 0.1764, 0.0577, 0.0763, 0.0366, 0.0842, 0.0786, 0.0198, 0.1875]
    )


@pytest.mark.parametrize(
    ("was", "becomes", "field", "what"),
    [
        ('hours = "agents"', 'hours = "nights"', "hours", "there is no calendar nights"),
        ('area = "pensions"', 'area = "astrology"', "rules.3.area", "there is no area astrology"),
        ('subjects = ["pension"]', 'subjects = ["tax"]', "rules.3.subjects", "there is no subject tax"),
        ('kinds = ["complaint"]', 'kinds = ["praise"]', "rules.2.kinds", "there is no type praise"),
        ("benefit = {", "fortune = {", "services.fortune", "there is no service fortune"),
        (
            '"information/after_pension"',
            '"information/later"',
            "steps.information/later",
            "no flow has this step",
        ),
        (
            'eu = "Kontsulta", ',
            "",
            "kinds.enquiry.about",
            "there is no name in eu",
        ),
        ("urgent_days = 1", "urgent_days = -1", "urgent_days", "greater than or equal to 0"),
        ("urgent_days = 1", "colour = 1", "colour", "Extra inputs are not permitted"),
        (
            'name = "certificates"\nkinds = ["certificate"]',
            'name = "certificates"',
            "demand.certificates",
            "it counts everything",
        ),
        ('name = "amounts"', 'name = "certificates"', "demand.2", "is there twice"),
        ("[kinds]", "[kinds", "", "not readable as TOML"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_its_place_and_remedy(
    tmp_path: Path, was: str, becomes: str, field: str, what: str
) -> None:
    folder = copytree(INSS, tmp_path / "inss", ignore=lambda *_: {"audio"})
    file = folder / "requests.toml"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    found = check_institution(folder, services.outcomes(), flows.spoken())
    mine = [one for one in found if one.file == "requests.toml"]
    assert any(one.field == field and what in one.what and one.remedy for one in mine), found
