"""The identification protocol without anybody on the telephone."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import identity


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


def test_an_nss_is_keyed_with_star_and_four_and_checked() -> None:
    assert identity.affiliation("*4281234567840") == "281234567840"
    for keys in ("*4281234567841", "281234567840", "*428123456784", "*42812345678400", "*4"):
        assert identity.affiliation(keys) is None


@pytest.mark.parametrize(
    ("first", "missing"), [("12345678", 0), ("1234567", 0), ("*1234567", 1), ("*4281234", 6), ("*4", 0)]
)
def test_the_first_eight_keys_tell_how_many_are_to_come(first: str, missing: int) -> None:
    assert identity.keys_missing(first) == missing


def test_questions_are_drawn_from_what_is_on_file() -> None:
    on_file = {"account_last4", "children_count", "last_payment_euros"}
    assert set(identity.draw(on_file, (), 3, first)) == on_file


@pytest.mark.parametrize("on_file", [(), ("account_last4",)])
def test_nobody_and_somebody_of_whom_too_little_is_on_file_are_asked_out_of_all(
    on_file: tuple[str, ...],
) -> None:
    assert identity.draw(on_file, (), 3, first) == identity.QUESTIONS[:3]


@given(
    st.sets(st.sampled_from(identity.QUESTIONS)), st.sets(st.sampled_from(identity.QUESTIONS)), st.randoms()
)
def test_a_draw_has_no_question_twice_none_put_lately_and_one_weak_at_most(
    on_file: set[str], asked: set[str], chance: random.Random
) -> None:
    drawn = identity.draw(on_file, asked, 3, chance.sample)
    assert len(set(drawn)) == len(drawn)
    assert not set(drawn) & asked
    assert len(set(drawn) & identity.WEAK) <= 1
    assert len(drawn) in (0, 3)


@settings(deadline=None)
@given(st.sets(st.sampled_from(identity.QUESTIONS)), st.sets(st.sampled_from(identity.QUESTIONS)))
def test_whether_questions_are_left_tells_nothing_about_who_exists(
    on_file: set[str], asked: set[str]
) -> None:
    assert bool(identity.draw(on_file, asked, 3, first)) == bool(identity.draw((), asked, 3, first))


@settings(deadline=None)
@given(st.randoms())
def test_whichever_are_drawn_first_there_are_three_protocols_in_a_month(chance: random.Random) -> None:
    asked: set[str] = set()
    for _ in range(3):
        drawn = identity.draw(identity.QUESTIONS, asked, 3, chance.sample)
        assert len(drawn) == 3
        asked.update(drawn)
    assert not identity.draw(identity.QUESTIONS, asked, 3, chance.sample)


def test_every_question_is_drawn_as_often_as_its_kind_allows() -> None:
    chance, counted = random.Random(20261122), Counter[str]()  # noqa: S311 - the same sample in every run
    for _ in range(4000):
        counted.update(identity.draw(identity.QUESTIONS, (), 3, chance.sample))
    strong = [counted[question] for question in identity.QUESTIONS if question not in identity.WEAK]
    assert max(strong) < 1.2 * min(strong)
    assert min(counted[weak] for weak in identity.WEAK) > 500


BEST_GUESS = {
    "first_benefit_month": 1 / 120, "last_payment_euros": 1 / 50, "account_last4": 1 / 10_000,
    "birth_municipality_postcode": 1 / 30, "children_count": 0.4, "first_affiliation_year": 1 / 30,
    "contributed_years": 1 / 25, "last_request_month": 1 / 12, "withholding_percent": 0.4,
    "last_employer_postcode": 1 / 30,
}  # fmt: skip
"""How often a stranger who guesses the likeliest answer is right; on the careful side."""


def test_a_stranger_who_guesses_the_likeliest_answers_is_right_once_in_750_at_most() -> None:
    draws = [drawn for drawn in combinations(identity.QUESTIONS, 3) if len(set(drawn) & identity.WEAK) <= 1]
    assert max(prod(BEST_GUESS[question] for question in drawn) for drawn in draws) <= 1 / 750


@pytest.mark.parametrize("question", ["children_count", "contributed_years", "withholding_percent"])
def test_a_question_that_ends_with_hash_waits_for_it_after_the_most_digits_anybody_has(question: str) -> None:
    assert identity.LONGEST_ANSWER[question] > len("99")
