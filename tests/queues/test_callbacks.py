"""What may happen to a promise to call back, and what is due when."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.callback_news import told, why_of
from queues.callbacks import (
    TABLE,
    UNPLACED_REST_S,
    Asked,
    Callback,
    Due,
    IllegalStep,
    Policy,
    Stage,
    Step,
    after,
    call_of_leg,
    due,
    is_leg,
    is_ours,
)
from queues.facts import CallbackGivenUp, CallbackTried
from queues.heard import call_id

NOON = 1_800_000_000.0
POLICY = Policy(most_attempts=3, rest_s=300.0)
ASKED = Asked("ventanilla-1799999000.7", "+34931234567", None, "es", "pension", 1, 0, NOON - 1000)
PROMISE = Callback(12, ASKED, NOON, NOON + 3600)


def tried(promise: Callback, at: float) -> Callback:
    """The promise after an attempt that reached nobody."""
    calling = after(promise, Step.RELEASED, at, POLICY)
    return after(calling, Step.NOT_REACHED, at + 25, POLICY, "busy")


@given(st.lists(st.sampled_from(list(Step)), max_size=40))
def test_whatever_happens_a_promise_ends_once_and_is_tried_no_more_than_agreed(steps: list[Step]) -> None:
    promise, calls, legs = PROMISE, [], []
    for at, step in enumerate(steps):
        if step not in TABLE.get(promise.stage, {}):
            with pytest.raises(IllegalStep):
                after(promise, step, NOON + at, POLICY)
            continue
        was = promise
        promise = after(promise, step, NOON + at, POLICY)
        assert was.open
        if promise.stage is Stage.CALLING:
            calls.append(promise.call)
        if promise.stage is Stage.SUMMONING:
            legs.append(promise.leg)
        if step is Step.UNPLACED and was.stage is Stage.CALLING:
            calls.pop()  # nobody's telephone rang
    assert len(calls) == len(set(calls)) == promise.attempts <= POLICY.most_attempts
    assert len(legs) == len(set(legs)) == promise.summons


def test_the_call_of_an_attempt_has_its_id_before_it_is_placed_and_asterisk_s_shape() -> None:
    coming = PROMISE.call
    assert is_ours(coming)
    assert call_id(coming) == coming
    assert after(PROMISE, Step.RELEASED, NOON, POLICY).call == coming
    assert tried(PROMISE, NOON).call != coming
    assert not is_ours(ASKED.call)


def test_an_agent_s_own_leg_has_an_id_of_its_own_that_says_for_which_call_it_is() -> None:
    first = after(PROMISE, Step.SUMMONED, NOON, POLICY)
    assert first.call == PROMISE.call
    assert is_leg(first.leg)
    assert call_id(first.leg) == first.leg
    assert call_of_leg(first.leg) == first.call
    assert not is_ours(first.leg)
    assert not is_leg(first.call)
    again = after(after(first, Step.UNANSWERED, NOON, POLICY), Step.SUMMONED, NOON, POLICY)
    assert again.leg != first.leg
    assert call_of_leg(again.leg) == first.call
    assert after(again, Step.RELEASED, NOON, POLICY).leg == again.leg
    assert call_of_leg(ASKED.call) == ASKED.call


def test_an_agent_who_does_not_pick_up_costs_the_promise_nothing() -> None:
    back = after(after(PROMISE, Step.SUMMONED, NOON, POLICY), Step.UNANSWERED, NOON, POLICY)
    assert (back.stage, back.attempts, back.not_before) == (Stage.WAITING, 0, 0.0)
    assert told(after(PROMISE, Step.SUMMONED, NOON, POLICY), back) == ()
    refused = after(after(PROMISE, Step.SUMMONED, NOON, POLICY), Step.UNPLACED, NOON, POLICY)
    assert (refused.stage, refused.attempts) == (Stage.RESTING, 0)


def test_each_rest_is_twice_as_long_and_the_last_attempt_gives_up() -> None:
    first = tried(PROMISE, NOON)
    assert (first.stage, first.not_before) == (Stage.RESTING, NOON + 25 + 300)
    second = tried(after(first, Step.RESTED, NOON + 400, POLICY), NOON + 400)
    assert second.not_before == NOON + 425 + 600
    third = tried(after(second, Step.RESTED, NOON + 1100, POLICY), NOON + 1100)
    assert third.stage is Stage.GIVEN_UP
    assert not third.open


def test_it_stands_in_line_only_inside_the_hours_and_expires_in_them_or_not() -> None:
    assert due(PROMISE, NOON, open_now=True) is Due.IN_LINE
    assert due(PROMISE, NOON, open_now=False) is Due.ASIDE
    for open_now in (True, False):
        assert due(PROMISE, NOON + 3600, open_now=open_now) is Due.EXPIRE
    resting = tried(PROMISE, NOON)
    assert due(resting, NOON + 60, open_now=True) is Due.ASIDE
    assert due(resting, resting.not_before, open_now=True) is Due.REST_OVER


def test_a_call_under_way_never_expires() -> None:
    calling = after(PROMISE, Step.RELEASED, NOON, POLICY)
    assert due(calling, NOON + 9999, open_now=False) is Due.WATCH


def test_who_pressed_the_key_cannot_be_called_again_unless_the_server_was_lost() -> None:
    reached = after(after(PROMISE, Step.RELEASED, NOON, POLICY), Step.PRESSED, NOON, POLICY)
    with pytest.raises(IllegalStep):
        after(reached, Step.NOT_REACHED, NOON, POLICY)
    assert after(reached, Step.LOST, NOON, POLICY).stage is Stage.RESTING
    assert after(reached, Step.TALKED, NOON, POLICY).stage is Stage.KEPT


def test_the_last_attempt_says_why_and_that_it_was_the_last() -> None:
    calling = replace(after(PROMISE, Step.RELEASED, NOON, POLICY), attempts=3)
    over = after(calling, Step.NOT_REACHED, NOON, POLICY, why_of(17))
    assert [type(said) for said in told(calling, over)] == [CallbackTried, CallbackGivenUp]
    assert over.why == "busy"


def test_what_asterisk_did_not_take_on_was_no_attempt() -> None:
    calling = after(PROMISE, Step.RELEASED, NOON, POLICY)
    again = after(calling, Step.UNPLACED, NOON, POLICY, "not_placed")
    assert (again.stage, again.attempts, again.not_before) == (Stage.RESTING, 0, NOON + UNPLACED_REST_S)


def test_nothing_personal_is_in_a_promise_s_words() -> None:
    assert "934567" not in repr(PROMISE)
    assert "34931234567" not in repr(PROMISE)
