"""When a dead child is started again."""

from hypothesis import given
from hypothesis import strategies as st

from server.runtime.restarts import (
    FIRST_REST,
    LONGEST_REST,
    STEADY,
    Running,
    died,
    failed,
    rest_after,
    started,
)


def test_a_first_death_rests_shortly() -> None:
    assert died(Running(since=0.0), now=10.0).until == 10.0 + FIRST_REST


def test_each_quick_death_rests_twice_as_long() -> None:
    resting = died(Running(since=0.0), now=1.0)
    again = died(started(resting, now=2.0), now=3.0)
    assert again.until - 3.0 == 2 * FIRST_REST


def test_a_steady_child_is_forgiven() -> None:
    assert died(Running(since=0.0, deaths=9), now=STEADY).deaths == 1


def test_a_child_that_cannot_be_started_rests_longer() -> None:
    resting = died(Running(since=0.0), now=1.0)
    assert failed(resting, now=2.0).until - 2.0 == 2 * FIRST_REST


@given(st.integers(1, 10_000))
def test_nobody_rests_longer_than_the_longest(deaths: int) -> None:
    assert FIRST_REST <= rest_after(deaths) <= LONGEST_REST
