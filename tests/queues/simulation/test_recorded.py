import numpy as np
import pytest

from queues.ports import Outcome
from queues.simulation.day import DayFault
from queues.simulation.recorded import callers_from, shifts_from
from tests.queues.simulation.centre import agent

MIDNIGHT = 1_000_000.0


def outcome(at: float, kind: str = "answered", waited: float = 10.0, talked: float | None = 100.0) -> Outcome:
    answered = kind == "answered"
    since = MIDNIGHT + at
    return Outcome(
        f"call{at:g}", "pension", "es", 1, kind, "ana" if answered else None, since,
        since + waited + (talked or 0.0), waited, talked if answered else None, 20.0 if answered else None,
    )  # fmt: skip


def test_a_recorded_day_comes_again_at_the_same_moments_with_the_same_talks() -> None:
    callers = callers_from([outcome(50), outcome(40, talked=70)], MIDNIGHT, np.random.default_rng(1))
    assert [(caller.at, caller.work_s, caller.wrap_s) for caller in callers] == [(40, 70, 20), (50, 100, 20)]


def test_who_gave_up_has_the_patience_they_showed_and_a_talk_of_the_same_day() -> None:
    callers = callers_from(
        [outcome(0), outcome(5, "abandoned", 33, None)], MIDNIGHT, np.random.default_rng(1)
    )
    assert callers[1].patience_s == 33
    assert callers[1].work_s == 100


def test_who_was_answered_would_have_waited_longer() -> None:
    day = [outcome(at, waited=30) for at in range(400)] + [outcome(500, "abandoned", 60, None)] * 100
    callers = callers_from(day, MIDNIGHT, np.random.default_rng(1))
    more = [caller.patience_s - 30 for caller in callers[:400]]
    assert min(more) >= 0
    assert np.mean(more) == pytest.approx((400 * 30 + 100 * 60) / 100, rel=0.15)


def test_agents_are_there_from_their_first_answer_to_the_end_of_their_last_call() -> None:
    ana = agent("ana")
    shifts = shifts_from([outcome(100), outcome(5000)], MIDNIGHT, {"ana": ana})
    assert [(shift.agent, shift.begins, shift.ends) for shift in shifts] == [(ana, 110, 5000 + 10 + 100 + 20)]


def test_agents_who_no_longer_work_here_are_left_out() -> None:
    assert shifts_from([outcome(100)], MIDNIGHT, {}) == ()


def test_a_day_on_which_nobody_was_answered_teaches_nothing() -> None:
    with pytest.raises(DayFault, match="Nobody was answered on that day"):
        callers_from([outcome(5, "abandoned", 33, None)], MIDNIGHT, np.random.default_rng(1))
