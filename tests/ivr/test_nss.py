"""The number of affiliation: its check digits find every slip that they can find, and the rest is known."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import nss

NUMBERS = st.builds(
    lambda province, number: f"{province:02d}{number:08d}{nss.check_digits(province, number):02d}",
    st.sampled_from(sorted(nss.PROVINCES)),
    st.integers(1, 99_999_999),
)


def drawn(count: int, most: int) -> list[str]:
    chance = random.Random(20261122)  # noqa: S311 - the same sample in every run
    places = sorted(nss.PROVINCES)
    picked = [(chance.choice(places), chance.randrange(1, most)) for _ in range(count)]
    return [f"{place:02d}{number:08d}{nss.check_digits(place, number):02d}" for place, number in picked]


@pytest.mark.parametrize("number", ["281234567840", "150234567800", "084123456730", "481515151526"])
def test_a_right_number_is_valid(number: str) -> None:
    assert nss.is_valid(number)


@pytest.mark.parametrize(
    "digits",
    ["", "28123456784", "2812345678400", "28123456784x", "٢٨١٢٣٤٥٦٧٨٤٠", "991234567800", "001234567897",
     "280000000010"],
)  # fmt: skip
def test_what_is_no_number_is_not(digits: str) -> None:
    assert not nss.is_valid(digits)


@pytest.mark.parametrize("most", [100_000_000, 10_000_000])
def test_every_slip_of_a_digit_and_every_swap_of_neighbours_is_noticed_or_keyed_twice(most: int) -> None:
    for number in drawn(1000, most):
        slipped = [slip for slip in nss.slips(number) if nss.is_valid(slip)]
        assert all(nss.doubtful(slip) for slip in slipped)


def test_of_three_thousand_numbers_of_eight_digits_no_slip_goes_unnoticed_but_to_a_leading_nought() -> None:
    for number in drawn(3000, 100_000_000):
        if number[2] != "0":
            missed = [slip for slip in nss.slips(number) if slip[2] != "0" and nss.is_valid(slip)]
            assert missed == []


def test_the_numbers_that_are_keyed_twice_are_few() -> None:
    assert sum(map(nss.doubtful, drawn(2000, 100_000_000))) < 60


@given(NUMBERS)
def test_a_number_with_its_own_check_digits_is_valid(number: str) -> None:
    assert nss.is_valid(number)


@given(NUMBERS, st.integers(1, 96))
def test_other_check_digits_never_are(number: str, more: int) -> None:
    other = (int(number[10:]) + more) % 97
    assert not nss.is_valid(f"{number[:10]}{other:02d}")


@given(st.text(max_size=14))
def test_nothing_that_is_typed_breaks_the_check(typed: str) -> None:
    assert nss.is_valid(typed) in (True, False)
