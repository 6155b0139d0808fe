"""The worst lateness of the last minute, and when it is too much."""

from hypothesis import given
from hypothesis import strategies as st

from queues.lateness import LATE_S, REMEMBERED_S, Lateness

NOW = 1_800_000_000.0


def test_nothing_heard_says_nothing() -> None:
    assert Lateness().worst(NOW) is None


def test_what_is_late_is_told_and_forgotten_after_a_minute() -> None:
    lateness = Lateness()
    assert lateness.note(NOW - LATE_S, NOW)
    assert not lateness.note(NOW + 1.0, NOW + 1.25)
    assert lateness.worst(NOW + 1) == LATE_S
    assert lateness.worst(NOW + REMEMBERED_S + 1) == 0.25
    assert lateness.worst(NOW + 2 * REMEMBERED_S) is None


def test_an_event_from_the_future_is_not_late() -> None:
    lateness = Lateness()
    assert not lateness.note(NOW + 3600, NOW)
    assert lateness.worst(NOW) == 0.0


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 5)), min_size=1))
def test_it_is_the_worst_of_the_last_minute(heard: list[tuple[float, float]]) -> None:
    lateness, now, all_heard = Lateness(), NOW, list[tuple[float, float]]()
    for passed, late in heard:
        now += passed
        lateness.note(now - late, now)
        all_heard.append((now, max(0.0, now - (now - late))))
        recent = [late for at, late in all_heard if at >= now - REMEMBERED_S]
        assert lateness.worst(now) == max(recent)
