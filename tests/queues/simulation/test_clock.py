import pytest

from queues.simulation.people import How, Shift
from tests.queues.simulation.centre import agent, caller, spent


def test_who_finds_an_agent_free_is_answered_at_once_and_the_next_when_the_first_is_done() -> None:
    ends, _ = spent([caller(10, 100), caller(20, 100)], [Shift(agent("ana"))])
    assert ends["c10"][1:] == (How.ANSWERED, 0.0, "ana")
    assert ends["c20"][1:] == (How.ANSWERED, 90.0, "ana")


def test_wrap_up_keeps_the_agent_but_not_the_line() -> None:
    callers = [caller(0, 100, wrap_s=60), caller(120, 100)]
    ends, _ = spent(callers, [Shift(agent("ana"))], lines=1)
    assert ends["c120"].how is How.ANSWERED
    assert ends["c120"].waited_s == pytest.approx(40.0)


def test_a_caller_hangs_up_when_patience_ends() -> None:
    ends, _ = spent([caller(0, 100), caller(10, 100, patience_s=30)], [Shift(agent("ana"))])
    assert ends["c10"][1:3] == (How.ABANDONED, 30.0)


def test_who_hangs_up_while_it_rings_sets_the_agent_free() -> None:
    callers = [caller(0, 100, patience_s=3), caller(1, 100)]
    ends, _ = spent(callers, [Shift(agent("ana"))], answer_s=5)
    assert ends["c0"].how is How.ABANDONED
    assert ends["c1"].waited_s == pytest.approx(2 + 5)


def test_nobody_is_answered_by_an_agent_who_rang_for_somebody_else_before() -> None:
    callers = [caller(0, 100, patience_s=3), caller(1, 100, patience_s=5)]
    ends, _ = spent(callers, [Shift(agent("ana"))], answer_s=5)
    assert [ends[call].how for call in ("c0", "c1")] == [How.ABANDONED, How.ABANDONED]


def test_more_callers_than_lines_hear_the_busy_tone() -> None:
    ends, _ = spent([caller(0), caller(1), caller(2), caller(150)], [Shift(agent("ana"))], lines=2)
    assert [ends[f"c{at}"].how for at in (0, 1, 2, 150)] == [
        How.ANSWERED,
        How.ANSWERED,
        How.BLOCKED,
        How.ANSWERED,
    ]


def test_more_waiting_than_there_is_room_hear_the_busy_tone_but_not_who_is_answered_at_once() -> None:
    shifts = [Shift(agent("ana")), Shift(agent("txus", languages="eu"))]
    callers = [caller(0), caller(1), caller(2), caller(3, language="eu")]
    ends, _ = spent(callers, shifts, room=1)
    assert ends["c2"].how is How.BLOCKED
    assert ends["c3"][1:3] == (How.ANSWERED, 0.0)


def test_a_shift_that_ends_in_a_call_ends_after_it() -> None:
    ends, books = spent([caller(0, 100), caller(10, 100, patience_s=500)], [Shift(agent("ana"), 0, 50)])
    assert books.work == [("ana", 0.0, 100.0)]
    assert ends["c10"].how is How.ABANDONED


def test_an_agent_with_a_break_comes_back() -> None:
    ana = agent("ana")
    ends, _ = spent([caller(60, 10)], [Shift(ana, 0, 50), Shift(ana, 100, 200)])
    assert ends["c60"].waited_s == pytest.approx(40.0)


def test_a_call_that_lasts_longer_than_the_break_swallows_it() -> None:
    ana = agent("ana")
    ends, _ = spent([caller(40, 100), caller(60, 10)], [Shift(ana, 0, 50), Shift(ana, 100, 200)])
    assert ends["c60"].waited_s == pytest.approx(80.0)


def test_a_wish_relaxes_at_its_moment_though_nothing_else_happens() -> None:
    specialist = agent("marta", 2, pension=4)
    shifts = [Shift(agent("ana")), Shift(specialist)]
    callers = [caller(0, 1000), caller(10, 10, subject="pension")]
    ends, _ = spent(callers, shifts)
    assert ends["c10"][2:] == (60.0, "marta")


def test_who_still_waits_when_everybody_has_gone_is_unserved() -> None:
    callers = [caller(0, 10), caller(100, 10, patience_s=float("inf"))]
    ends, _ = spent(callers, [Shift(agent("ana"), 0, 50)])
    assert ends["c100"].how is How.UNSERVED


def test_a_newcomer_talks_longer() -> None:
    _, books = spent([caller(0, 100)], [Shift(agent("ana"), speed=0.5)])
    assert books.work == [("ana", 0.0, 200.0)]
