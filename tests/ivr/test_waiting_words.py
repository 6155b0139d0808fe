"""What a caller who waits is told: never a longer time without its reason, nothing that is not known."""

from hypothesis import given
from hypothesis import strategies as st

from dialplans.institution_file import WaitingMessage
from ivr.waiting_words import NOTHING, Told, announcement, due_message, next_message_s
from tests.ivr.rooms import Place, Range

REASONS = {"wait.longer_ahead", "wait.longer_slower"}


def spoken(place: Place | None, before: Told = NOTHING) -> tuple[list[str], Told]:
    pieces, told = announcement("es", place, before)
    return [piece[0] for piece in pieces], told


def test_place_and_range_are_said_where_both_are_known() -> None:
    said, told = spoken(Place(3, Range(120, 300)))
    assert said == ["wait.position", "wait.range"]
    assert told == Told(3, 300)


def test_what_is_not_known_is_not_said() -> None:
    assert spoken(None) == ([], NOTHING)
    assert spoken(Place(1, None))[0] == ["wait.position"]


def test_a_wait_that_grows_has_its_reason_first() -> None:
    _, told = spoken(Place(3, Range(120, 300)))
    assert spoken(Place(5, Range(240, 540)), told)[0] == ["wait.longer_ahead", "wait.position", "wait.range"]
    assert spoken(Place(3, Range(240, 540)), told)[0] == ["wait.longer_slower", "wait.position", "wait.range"]


def test_a_slightly_longer_wait_is_the_one_that_was_told() -> None:
    _, told = spoken(Place(3, Range(120, 300)))
    pieces, again = announcement("es", Place(3, Range(180, 360)), told)
    assert pieces[-1] == announcement("es", Place(3, Range(180, 300)), NOTHING)[0][-1]
    assert again.most_s == 300


PLACES = st.builds(
    lambda position, least, longer, known: Place(
        position, Range(least * 60, (least + longer) * 60) if known else None
    ),
    st.integers(1, 40),
    st.integers(0, 30),
    st.integers(1, 30),
    st.booleans(),
)


@given(st.lists(PLACES, min_size=1, max_size=20))
def test_whatever_the_figures_do_nothing_grows_without_a_reason(places: list[Place]) -> None:
    told, longest, furthest = NOTHING, float("inf"), float("inf")
    for place in places:
        said, told = spoken(place, told)
        grown = told.position is not None and told.position > furthest
        longer = "wait.range" in said and told.most_s is not None and told.most_s > longest
        assert bool(REASONS & set(said)) == (grown or longer)
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
