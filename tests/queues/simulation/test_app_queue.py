"""The rules of Asterisk's app_queue, as its source has them (apps/app_queue.c)."""

import pytest

from queues.simulation.app_queue import AppQueue, Strategy
from queues.simulation.people import Ended, How, Shift
from queues.wishes import Rules
from tests.queues.simulation.centre import agent, caller, spent


def answered(ends: dict[str, Ended], call: str) -> tuple[float, str | None]:
    assert ends[call].how is How.ANSWERED
    return round(ends[call].waited_s, 6), ends[call].agent


def test_who_waits_looks_once_a_second_in_a_rhythm_of_their_own() -> None:
    ends, _ = spent([caller(0, 100), caller(10.3, 10)], [Shift(agent("ana"))], AppQueue(Rules()))
    assert answered(ends, "c10.3") == (90.0, "ana")  # free at 100, looks at 100.3


def test_the_second_in_line_does_not_look_before_a_member_is_there_for_them_too() -> None:
    callers = [caller(0, 100), caller(10.1, 100), caller(10.2, 10)]
    ends, _ = spent(callers, [Shift(agent("ana"))], AppQueue(Rules()))
    assert answered(ends, "c10.1")[0] == 90.0
    assert answered(ends, "c10.2")[0] == 190.0  # free at 200.1, looks at 200.2


def test_a_caller_whom_no_available_member_may_serve_tries_again_after_five_seconds() -> None:
    # Marta is available, so it is the caller's turn, but her penalty opens only with the wait (queuerules.conf);
    # Ana is free at 12, the caller tried at 1, 6 and 11.
    shifts = [Shift(agent("ana")), Shift(agent("marta", 2, pension=5))]
    callers = [caller(0, 12, subject="pension"), caller(1, 10, subject="pension")]
    ends, _ = spent(callers, shifts, AppQueue(Rules()))
    assert answered(ends, "c1") == (15.0, "ana")


def test_the_penalty_allowed_rises_with_the_wait() -> None:
    shifts = [Shift(agent("ana")), Shift(agent("marta", 2, pension=5))]
    callers = [caller(0, 1000, subject="pension"), caller(1, 10, subject="pension")]
    ends, _ = spent(callers, shifts, AppQueue(Rules()))
    assert answered(ends, "c1") == (60.0, "marta")


def test_lower_penalty_goes_before_longer_idle() -> None:
    shifts = [Shift(agent("bea", 2, pension=3), 0), Shift(agent("cris", 2, pension=5), 5)]
    ends, _ = spent([caller(10, subject="pension", level=2)], shifts, AppQueue(Rules()))
    assert ends["c10"].agent == "cris"


def test_leastrecent_takes_whose_last_call_is_longest_ago() -> None:
    shifts = [Shift(agent("ana")), Shift(agent("bea"))]
    callers = [caller(0, 50), caller(1, 10), caller(60, 10)]
    ends, _ = spent(callers, shifts, AppQueue(Rules()))
    first, second = ends["c0"].agent, ends["c1"].agent
    assert first != second
    assert ends["c60"].agent == second


def test_rrmemory_goes_round() -> None:
    shifts = [Shift(agent(name)) for name in ("ana", "bea", "cris")]
    callers = [caller(at, 10) for at in (0, 20, 40, 60)]
    ends, _ = spent(callers, shifts, AppQueue(Rules(), Strategy.RRMEMORY))
    agents = [ends[f"c{at}"].agent for at in (0, 20, 40, 60)]
    assert agents == ["ana", "bea", "cris", "ana"]


def test_across_queues_whoever_looks_first_is_served_though_another_has_waited_longer() -> None:
    shifts = [Shift(agent("ana", languages="es ca"))]
    callers = [caller(0, 100.5), caller(10.9, 10), caller(20.6, 10, language="ca")]
    ends, books = spent(callers, shifts, AppQueue(Rules()))
    assert ends["c20.6"].waited_s < ends["c10.9"].waited_s  # looks at 100.6, the older one at 100.9
    assert books.out_of_order == 1


def test_force_longest_waiting_caller_keeps_the_order_across_queues() -> None:
    shifts = [Shift(agent("ana", languages="es ca"))]
    callers = [caller(0, 100.5), caller(10.9, 10), caller(20.6, 10, language="ca")]
    ends, books = spent(callers, shifts, AppQueue(Rules(), force_longest=True))
    assert ends["c10.9"].waited_s == pytest.approx(90.0)
    assert books.out_of_order == 0


def test_our_router_serves_the_same_callers_in_order_and_without_waiting_for_a_look() -> None:
    shifts = [Shift(agent("ana", languages="es ca"))]
    callers = [caller(0, 100.5), caller(10.9, 10), caller(20.6, 10, language="ca")]
    ends, books = spent(callers, shifts)
    assert ends["c10.9"].waited_s == pytest.approx(100.5 - 10.9)
    assert books.out_of_order == 0


def test_priority_decides_within_a_queue() -> None:
    callers = [caller(0, 100), caller(10, 10), caller(20, 10, priority=1)]
    ends, _ = spent(callers, [Shift(agent("ana"))], AppQueue(Rules()))
    assert ends["c20"].waited_s < ends["c10"].waited_s


def test_a_member_of_a_queue_of_more_weight_is_kept_for_its_callers() -> None:
    shifts = [Shift(agent("ana", languages="es ca"))]
    callers = [caller(0, 100.5), caller(10.6, 10), caller(20.9, 10, language="ca", priority=1)]
    plain, _ = spent(callers, shifts, AppQueue(Rules(), retry_s=1.0))
    weighed, _ = spent(callers, shifts, AppQueue(Rules(), weight=True, retry_s=1.0))
    assert answered(plain, "c20.9")[0] == 90.0  # after the one who came before
    assert answered(weighed, "c20.9") == (80.0, "ana")


def test_who_looked_in_vain_looks_again_after_retry() -> None:
    shifts = [Shift(agent("ana")), Shift(agent("marta", 2, pension=5))]
    callers = [caller(0, 12, subject="pension"), caller(1, 10, subject="pension")]
    ends, _ = spent(callers, shifts, AppQueue(Rules(), retry_s=1.0))
    assert answered(ends, "c1") == (11.0, "ana")
