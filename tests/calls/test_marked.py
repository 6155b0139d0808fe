"""The measure of what is lost at joins, tried on sound that was cut and delayed by a known time."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.calls.marked import lost_ms, marked, stretches_of, turns, unwritten_ms
from tests.calls.steering import RATE

NEAR_MS = 15.0


def said(name: str, begin_s: float, end_s: float) -> NDArray[np.int16]:
    return np.frombuffer(marked(name), "<i2")[round(begin_s * RATE) : round(end_s * RATE)]


def silence(seconds: float) -> NDArray[np.int16]:
    return np.zeros(round(seconds * RATE), np.int16)


@pytest.mark.parametrize("ms", [60, 500])
def test_what_came_late_is_all_there(ms: int) -> None:
    side = np.r_[silence(1), said("caller", 0, 4), silence(ms / 1000), said("caller", 4, 8)]
    found = stretches_of(side, "caller")
    assert abs(sum(lost for _, lost in lost_ms(found))) < NEAR_MS
    assert abs(found[-1].late - found[0].late - ms * RATE / 1000) < NEAR_MS * RATE / 1000


@pytest.mark.parametrize("ms", [60, 500, 5_000])
@pytest.mark.parametrize("filled", [True, False])
def test_what_is_lost_is_missing_whether_silence_stands_for_it_or_nothing(ms: int, *, filled: bool) -> None:
    stands = silence(ms / 1000) if filled else silence(0)
    side = np.r_[said("caller", 2, 5), stands, said("caller", 5 + ms / 1000, 14)]
    ((at, lost),) = lost_ms(stretches_of(side, "caller"))
    assert abs(lost - ms) < NEAR_MS
    assert abs(at - 3) < NEAR_MS / 1000


def test_nothing_is_written_while_the_other_goes_on_and_not_while_both_are_late() -> None:
    left = np.r_[said("caller", 0, 4), silence(0.5), said("caller", 4, 8)]
    right = np.r_[said("ana", 0, 2), silence(0.3), said("ana", 2.3, 4), silence(0.6), said("ana", 4, 7)]
    found = {round(at): ms for at, ms in unwritten_ms(right, stretches_of(left, "caller")) if ms > NEAR_MS}
    assert found.keys() == {2, 4}
    assert abs(found[2] - 300) < NEAR_MS
    assert abs(found[4] - 100) < NEAR_MS


def test_two_who_speak_at_once_are_told_apart() -> None:
    ana, jordi = said("ana", 0, 9).astype(int), said("jordi", 3, 12).astype(int)
    side = np.r_[ana[: 4 * RATE], (ana[4 * RATE :] + jordi[: 5 * RATE]), jordi[5 * RATE :]].astype(np.int16)
    (first,) = stretches_of(side, "ana", ["jordi"])
    (second,) = stretches_of(side, "jordi", ["ana"])
    assert [round(edge / RATE, 1) for edge in (first.begin, first.end)] == [0.0, 9.0]
    assert [round(edge / RATE, 1) for edge in (second.begin, second.end)] == [4.0, 13.0]


def test_who_was_not_recorded_for_a_while_has_two_turns() -> None:
    side = np.r_[said("ana", 0, 3), silence(1), said("ana", 6, 8), said("ana", 8.1, 9)]
    assert [len(turn) for turn in turns(stretches_of(side, "ana"), 1.0)] == [1, 2]
    assert stretches_of(silence(5), "ana") == []
