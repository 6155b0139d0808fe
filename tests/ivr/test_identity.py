"""The identification protocol without anybody on the telephone."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import identity

ALL = dict.fromkeys(identity.QUESTIONS, "1")


def first(known: Sequence[str], count: int) -> list[str]:
    return list(known[:count])


@pytest.mark.parametrize(
    ("keys", "document"),
    [("12345678", "12345678"), ("*12482300", "X2482300"), ("*30000000", "Z0000000")],
)
def test_a_document_is_read_from_its_keys(keys: str, document: str) -> None:
    assert identity.unlettered(keys) == document


@pytest.mark.parametrize(
    "keys", ["", "*", "1234567", "*42482300", "*2482300", "1234*678", "123456789", "٣٣٣٣٣٣٣٣"]
)
def test_what_is_no_document_is_none(keys: str) -> None:
    assert identity.unlettered(keys) is None


@pytest.mark.parametrize(
    ("document", "key", "complete"),
    [("12345678", "9", "12345678Z"), ("X2482300", "9", "X2482300W"), ("00000000", "8", "00000000T")],
)
def test_the_check_letter_is_taken_from_its_telephone_key(document: str, key: str, complete: str) -> None:
    assert identity.lettered(document, key) == complete


@pytest.mark.parametrize("key", ["", "1", "8", "0", "*", "#", "99"])
def test_a_wrong_check_letter_is_refused(key: str) -> None:
    assert identity.lettered("12345678", key) is None


@given(st.text(max_size=12), st.text(max_size=2))
def test_no_keys_break_the_protocol(keys: str, key: str) -> None:
    document = identity.unlettered(keys)
    if document is not None:
        assert identity.lettered(document, key) is None or key in "23456789"


def test_questions_are_drawn_from_what_is_on_file() -> None:
    drawn = identity.draw(
        {"account_last4": "0042", "children_count": "0", "last_payment_euros": ""}, 2, first
    )
    assert set(drawn) == {"account_last4", "children_count"}


@pytest.mark.parametrize("facts", [None, {}, {"account_last4": "0042"}])
def test_nobody_and_somebody_unknown_are_asked_out_of_all_questions(facts: dict[str, str] | None) -> None:
    assert identity.draw(facts, 2, first) == identity.QUESTIONS[:2]


def test_all_answers_must_be_right() -> None:
    facts = {"account_last4": "0042", "children_count": "2"}
    assert identity.holds(facts, {"account_last4": "0042", "children_count": "2"})
    assert identity.holds(facts, {"account_last4": "42", "children_count": "02"})
    assert not identity.holds(facts, {"account_last4": "0042", "children_count": "3"})
    assert not identity.holds(facts, {"account_last4": "0042", "first_benefit_month": "1"})
    assert not identity.holds(facts, {})


@given(st.dictionaries(st.sampled_from(identity.QUESTIONS), st.text(max_size=6), min_size=1))
def test_nobody_is_never_proven(answers: dict[str, str]) -> None:
    assert not identity.holds(None, answers)
    assert not identity.holds({}, answers)
