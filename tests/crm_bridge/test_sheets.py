"""Names in one field, and sheets as text: the pure part of what foreign CRMs keep for us."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.abilities import ALL, WORDS, Abilities, abilities_of, told
from crm_bridge.connectors.odoo.rows import by_key, moment
from crm_bridge.demonstration import INHABITANTS
from crm_bridge.names import split_name
from crm_bridge.ports import WriteNotTaken
from crm_bridge.requests import State, reference
from crm_bridge.sheets import Sheet, from_text, story, taken, to_text
from crm_bridge.writes import Attach, Close, Contacted, Note, Open
from tests.crm_bridge.crms import MemoryCrm

AT = 1_795_345_200.0
REQUEST, CALL = reference(2026, 77), "ventanilla-1795345200.1"
OPEN = Open(REQUEST, CALL, "demo-jose", "pension", "telephone", 3, 1, AT)


@pytest.mark.parametrize(
    ("written", "given_name", "family_name"),
    [
        ("García López, María", "María", "García López"),
        ("  Puig ,  Montserrat ", "Montserrat", "Puig"),
        ("María José García López", "María José", "García López"),
        ("Amina Benali", "Amina", "Benali"),
        ("Juan de la Fuente Pérez", "Juan", "de la Fuente Pérez"),
        ("Santiago Ramón y Cajal", "Santiago", "Ramón y Cajal"),
        ("Luis Ortega y Gasset Pérez", "Luis", "Ortega y Gasset Pérez"),
        ("y y", "y", "y"),
        ("Cher", "Cher", ""),
        ("", "", ""),
    ],
)
def test_a_name_of_one_field_is_greeted_and_kept_whole(
    written: str, given_name: str, family_name: str
) -> None:
    assert split_name(written) == (given_name, family_name)


def test_everybody_of_the_demonstration_keeps_both_names() -> None:
    for one in INHABITANTS:
        assert split_name(one.citizen.name) == (one.citizen.given_name, one.citizen.family_name)


@given(st.text(max_size=60))
def test_no_name_is_too_strange_to_be_split(written: str) -> None:
    given_name, family_name = split_name(written)
    assert len(given_name) + len(family_name) <= len(written)


def sheet() -> Sheet:
    kept = taken(None, "k1", OPEN)
    kept = taken(kept, "k2", Note(REQUEST, CALL, "ana", "resolved", "Línea 1\nLínea 2 · <b>", AT + 60))
    return taken(kept, "k3", Attach(REQUEST, "document", "DOC-1", AT + 61))


def test_a_sheet_comes_back_from_its_text_as_it_was() -> None:
    assert from_text(to_text(sheet())) == sheet()
    assert "\n" not in to_text(sheet())


def test_a_sheet_of_a_newer_version_is_read_without_what_is_not_known_here() -> None:
    newer = json.loads(to_text(sheet()))
    newer |= {"version": 9, "mood": "good"}
    newer["request"]["colour"] = newer["contacts"][0]["mood"] = "blue"
    assert from_text(json.dumps(newer)) == sheet()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "borrado", '{"request": {}}', '{"request": 3}', "[" * 10_000]
)
def test_what_is_no_sheet_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a sheet|Expecting|recursion"):
        from_text(text)


def test_a_state_that_is_none_of_ours_is_no_sheet() -> None:
    strange = json.loads(to_text(sheet()))
    strange["request"]["state"] = "dancing"
    with pytest.raises(ValueError, match="dancing"):
        from_text(json.dumps(strange))


def test_a_key_that_was_taken_gives_the_very_same_sheet() -> None:
    kept = sheet()
    assert taken(kept, "k2", Close(REQUEST, AT + 90)) is kept


def test_a_refused_move_is_never_taken_and_leaves_no_key() -> None:
    closed = taken(sheet(), "k4", Close(REQUEST, AT + 70))
    assert closed.request.state is State.CLOSED
    with pytest.raises(WriteNotTaken):
        taken(None, "k5", Close(REQUEST, AT + 80))


def test_the_story_tells_contacts_from_the_oldest_on_a_line_each_whatever_was_written() -> None:
    kept = taken(sheet(), "k4", Contacted(REQUEST, "sms-1", "sms", "out", "pension", AT - 60))
    assert story(kept) == (
        "2026-11-22 10:59 UTC · sms · pension",
        "2026-11-22 11:00 UTC · telephone · pension · ana · resolved · Línea 1 Línea 2 · <b>",
    )


def test_a_deadline_is_written_as_odoo_does_and_never_before_it_is_due() -> None:
    assert moment(AT) == "2026-11-22 11:00:00"
    assert moment(AT + 0.2) == "2026-11-22 11:00:01"


def test_a_number_that_postgresql_would_not_take_finds_nobody() -> None:
    for strange in ("#", "#x", "#-1", "#99999999999", "#²"):
        assert by_key(strange)[0] == ["id", "=", 0]


def test_who_declares_nothing_can_do_all_and_every_ability_is_told_in_words() -> None:
    assert abilities_of(MemoryCrm()) is ALL
    assert {name for name, _, _ in told(Abilities(cases=False))} == set(WORDS)
    assert ("cases", False, WORDS["cases"]) in told(Abilities(cases=False))
