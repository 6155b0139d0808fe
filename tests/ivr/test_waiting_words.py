"""What a caller who waits is told: never a longer time without its reason, nothing that is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans.institution_file import WaitingMessage
from ivr.waiting_words import NOTHING, Told, announcement, due_message, next_message_s
from tests.ivr.rooms import Place, Range

REASONS = {"wait.longer_ahead", "wait.longer_slower", "wait.longer_busier"}
LONGER = Range(240, 540)


def spoken(place: Place | None, before: Told = NOTHING) -> tuple[list[str], Told]:
    pieces, told = announcement("es", place, before)
    return [piece[0] for piece in pieces], told


def test_place_and_range_are_said_where_both_are_known() -> None:
    said, told = spoken(Place(3, Range(120, 300)))
    assert said == ["wait.position", "wait.range"]
    assert told == Told(3, 300, 3, 180.0)


def test_what_is_not_known_is_not_said() -> None:
    assert spoken(None) == ([], NOTHING)
    assert spoken(Place(1, None))[0] == ["wait.position"]


def test_a_wait_that_grows_has_its_reason_first() -> None:
    _, told = spoken(Place(3, Range(120, 300)))
    first = Place(5, LONGER, preferred=True)
    assert spoken(first, told)[0] == ["wait.longer_ahead", "wait.position", "wait.range"]
    slower = Place(3, LONGER, handle_s=320.0)
    assert spoken(slower, told)[0] == ["wait.longer_slower", "wait.position", "wait.range"]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place(5, LONGER), "wait.longer_busier"),  # further back, but nobody goes first
        (Place(3, LONGER, agents=1), "wait.longer_busier"),
        (Place(3, LONGER, agents=1, preferred=True), "wait.longer_busier"),  # who goes first was there before
        (Place(4, LONGER, agents=1, preferred=True), "wait.longer_busier"),
        (Place(5, LONGER, handle_s=190.0, preferred=True), "wait.longer_ahead"),
        (Place(3, LONGER, agents=2, handle_s=600.0), "wait.longer_slower"),
        (Place(3, LONGER, handle_s=None), "wait.longer_busier"),
    ],
)
def test_the_reason_that_is_told_is_the_one_that_made_it_longer(place: Place, reason: str) -> None:
    _, told = spoken(Place(3, Range(120, 300)))
    assert spoken(place, told)[0][0] == reason


def test_who_is_further_back_and_waits_no_longer_hears_neither_reason_nor_place() -> None:
    _, told = spoken(Place(3, Range(120, 300)))
    said, then = spoken(Place(5, Range(60, 240), preferred=True), told)
    assert said == ["wait.range"]
    assert then == Told(3, 240, 3, 180.0)
    assert spoken(Place(5, None, preferred=True), told) == ([], told)


def test_a_slightly_longer_wait_is_the_one_that_was_told() -> None:
    _, told = spoken(Place(3, Range(120, 300)))
    pieces, again = announcement("es", Place(3, Range(180, 360)), told)
    assert pieces[-1] == announcement("es", Place(3, Range(180, 300)), NOTHING)[0][-1]
    assert again.most_s == 300


PLACES = st.builds(
    lambda position, least, longer, known, agents, preferred: Place(
        position, Range(least * 60, (least + longer) * 60) if known else None, agents, preferred=preferred
    ),
    st.integers(1, 40),
    st.integers(0, 30),
    st.integers(1, 30),
    st.booleans(),
    st.integers(0, 9),
    st.booleans(),
)


@given(st.lists(PLACES, min_size=1, max_size=20))
def test_whatever_the_figures_do_nothing_grows_without_a_reason(places: list[Place]) -> None:
    told, longest, furthest = NOTHING, float("inf"), float("inf")
    for place in places:
        said, told = spoken(place, told)
        longer = "wait.range" in said and told.most_s is not None and told.most_s > longest
        assert bool(REASONS & set(said)) == longer
        assert longer or "wait.position" not in said or place.position <= furthest
        furthest = told.position or furthest
        longest = told.most_s if told.most_s is not None else longest


def test_messages_are_said_once_each_at_its_time() -> None:
    messages = (WaitingMessage(after_s=60, say="a"), WaitingMessage(after_s=240, say="b"))
    assert due_message(messages, 59, frozenset()) is None
    assert next_message_s(messages, 59, frozenset()) == 1
    assert due_message(messages, 61, frozenset()) == messages[0]
    assert due_message(messages, 61, frozenset("a")) is None
    assert next_message_s(messages, 61, frozenset("a")) == 179
    assert next_message_s(messages, 300, frozenset("ab")) == float("inf")
