"""Waiting times are said only when something is known, and then as an honest range."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from queues.waiting_time import LEAST_CONVERSATIONS, HandleTimes, expected_wait


def test_nothing_is_said_while_nothing_is_known() -> None:
    times = HandleTimes()
    for _ in range(LEAST_CONVERSATIONS - 1):
        times.add(300)
    assert times.mean_s is None
    assert expected_wait(3, 10, times.mean_s) is None
    assert expected_wait(3, 0, 300.0) is None


def test_a_range_is_in_whole_minutes_and_holds_the_mean() -> None:
    times = HandleTimes()
    for _ in range(LEAST_CONVERSATIONS):
        times.add(300)
    expected = expected_wait(10, 5, times.mean_s)
    assert expected is not None
    assert expected.least_s <= 600 <= expected.most_s
    assert expected.least_s % 60 == expected.most_s % 60 == 0


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.floats(10, 2000))
def test_who_stands_further_back_is_never_told_less(position: int, agents: int, handle_s: float) -> None:
    here, behind = expected_wait(position, agents, handle_s), expected_wait(position + 1, agents, handle_s)
    assert here is not None
    assert behind is not None
    assert 0 <= here.least_s <= behind.least_s
    assert 0 < here.most_s <= behind.most_s


def test_four_of_five_simulated_waits_fall_into_the_range() -> None:
    chance = random.Random(901166565)  # noqa: S311 - a simulation
    for position, agents in ((2, 4), (5, 4), (20, 12)):
        expected = expected_wait(position, agents, 300.0)
        assert expected is not None
        waits = [sum(chance.expovariate(agents / 300.0) for _ in range(position)) for _ in range(2000)]
        inside = sum(expected.least_s <= wait <= expected.most_s for wait in waits) / len(waits)
        assert inside >= 0.77  # 10 % to 90 %, less the noise of 2,000 draws
