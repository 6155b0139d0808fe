"""`ventanilla check` names what a language lacks before a caller is answered in Spanish instead."""

from collections.abc import Collection
from dataclasses import replace
from datetime import time

import pytest

from dialplans.grammar import GRAMMARS
from dialplans.hours import Opening
from dialplans.institution import Institution
from dialplans.institution_file import Subject
from server.languages import TELL_HOURS, lacking
from tests.dialplans.institutions import inss


def faults(institution: Institution, written: Collection[str] = GRAMMARS.keys()) -> list[str]:
    return [str(fault) for fault in lacking(institution, written)]


def with_text(key: str, text: str) -> Institution:
    return replace(inss(), texts={**inss().texts, "gl": {**inss().texts["gl"], key: text}})


def test_the_institution_lacks_nothing() -> None:
    assert faults(inss()) == []


def test_a_language_without_messages_is_named() -> None:
    (said,) = faults(inss(), ("es", "ca", "va", "gl", "en"))
    assert said.startswith("languages/eu: its text messages, the one-time code too, are in es.")
    assert "messages/eu.toml" in said


def test_a_subject_that_agents_would_read_as_a_code_is_named() -> None:
    subjects = {**inss().subjects, "video": Subject(about={"es": "Vídeo", "ca": "Vídeo"})}
    assert faults(replace(inss(), subjects=subjects)) == [
        "institution.toml, field subjects.video: about says nothing in va, gl, eu, en. Add it."
    ]


@pytest.mark.parametrize("key", TELL_HOURS)
def test_hours_that_are_told_otherwise_than_they_are_are_named(key: str) -> None:
    (said,) = faults(with_text(key, "Aténdeno das 9 da mañá ás 7 da tarde."))
    assert f"field {key}: it tells other hours than the calendar" in said


def test_when_the_calendar_changes_every_language_that_tells_it_is_named() -> None:
    until_seven = ((Opening(time(9), time(19)),),) * 5 + ((), ())
    shorter = replace(inss(), hours=replace(inss().hours, week=until_seven))
    assert len(faults(shorter)) == len(TELL_HOURS) * len(inss().languages)


@pytest.mark.parametrize(
    ("days", "told", "wrong"),
    [
        (7, "24 horas ao día, 7 días á semana.", 0),
        (7, "24 horas ao día.", 0),
        (7, "De 9 a 20.", 1),
        (5, "24 horas ao día, de luns a venres.", 0),
        (5, "24 horas ao día, 7 días á semana.", 1),
    ],
)
def test_a_house_that_is_open_around_the_clock_may_say_so(days: int, told: str, wrong: int) -> None:
    open_all_day = (Opening(time(0), time(0)),)
    week = (open_all_day,) * days + ((),) * (7 - days)
    texts = {**inss().texts["gl"], **dict.fromkeys(TELL_HOURS, told)}
    house = replace(inss(), hours=replace(inss().hours, week=week), texts={**inss().texts, "gl": texts})
    said = [fault for fault in faults(house) if fault.startswith("languages/gl")]
    assert len(said) == wrong * len(TELL_HOURS)


def test_hours_that_are_not_told_in_figures_are_not_wrong() -> None:
    assert faults(with_text("hours.closed", "Neste momento non hai axentes.")) == []
