"""The agents' state machine: what may happen when, and that nobody can get stuck."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queues.agents import ON_A_CALL, TABLE, AgentState, Event, Happening, IllegalHappening, State, after

CALL = "ventanilla-1800000000.1"


ENDS_BY_ITSELF = {State.RESERVED, State.RINGING, State.AWAITING, State.WRAP_UP}


def event(happening: Happening, at: float = 1.0) -> Event:
    return Event(happening, at, CALL if happening in _WITH_CALL else None, "lunch", at + 60)


_WITH_CALL = {
    Happening.RESERVE,
    Happening.RING,
    Happening.ANSWER,
    Happening.RING_OUT,
    Happening.RELEASE,
    Happening.LEASE_END,
    Happening.TALK_END,
    Happening.FOUND_TALKING,
}


def run(*happenings: Happening) -> AgentState:
    state = AgentState("ana")
    for at, happening in enumerate(happenings):
        state = after(state, event(happening, float(at)))
    return state


def test_a_call_goes_from_reservation_over_ringing_and_talking_to_wrap_up_and_ready() -> None:
    steps = [Happening.SIGN_IN, Happening.RESERVE, Happening.RING, Happening.ANSWER, Happening.TALK_END]
    states = [run(*steps[: n + 1]).state for n in range(5)]
    assert states == [State.READY, State.RESERVED, State.RINGING, State.TALKING, State.WRAP_UP]
    assert run(*steps, Happening.WRAP_UP_DONE).state is State.READY


def test_an_agent_who_does_not_answer_is_set_aside_with_the_reason() -> None:
    state = run(Happening.SIGN_IN, Happening.RESERVE, Happening.RING, Happening.RING_OUT)
    assert (state.state, state.reason, state.call) == (State.PAUSED, "no_answer", None)


def test_what_is_not_in_the_table_raises_and_changes_nothing() -> None:
    before = run(Happening.SIGN_IN)
    with pytest.raises(IllegalHappening, match="answer cannot happen to agent ana who is ready"):
        after(before, event(Happening.ANSWER))


def test_a_happening_of_another_call_is_refused() -> None:
    reserved = run(Happening.SIGN_IN, Happening.RESERVE)
    with pytest.raises(IllegalHappening, match="with another call"):
        after(reserved, Event(Happening.ANSWER, 5.0, "ventanilla-1800000000.2"))


def test_a_pause_asked_for_during_a_call_begins_when_the_wrap_up_is_over() -> None:
    talking = run(Happening.SIGN_IN, Happening.RESERVE, Happening.ANSWER, Happening.PAUSE)
    assert (talking.state, talking.then) == (State.TALKING, "paused")
    paused = after(after(talking, event(Happening.TALK_END)), event(Happening.WRAP_UP_LIMIT))
    assert (paused.state, paused.reason, paused.then) == (State.PAUSED, "lunch", "")


def test_a_pause_asked_for_during_a_call_can_be_taken_back() -> None:
    talking = run(Happening.SIGN_IN, Happening.RESERVE, Happening.ANSWER, Happening.PAUSE, Happening.READY)
    assert talking.then == ""
    assert after(after(talking, event(Happening.TALK_END)), event(Happening.READY)).state is State.READY


def test_who_asked_to_go_and_then_did_not_answer_is_signed_out() -> None:
    state = run(Happening.SIGN_IN, Happening.RESERVE, Happening.SIGN_OUT, Happening.RING_OUT)
    assert (state.state, state.reason, state.address) == (State.SIGNED_OUT, "", "")


def test_a_call_found_during_a_pause_does_not_end_the_pause() -> None:
    state = run(Happening.SIGN_IN, Happening.PAUSE, Happening.FOUND_TALKING, Happening.TALK_END)
    ended = after(state, event(Happening.WRAP_UP_LIMIT))
    assert (ended.state, ended.reason) == (State.PAUSED, "lunch")


def test_signing_in_again_changes_the_address_and_nothing_else() -> None:
    paused = run(Happening.SIGN_IN, Happening.PAUSE)
    again = after(paused, Event(Happening.SIGN_IN, 9.0, address="sip:201@192.0.2.7"))
    assert (again.state, again.since, again.address) == (State.PAUSED, paused.since, "sip:201@192.0.2.7")


@settings(deadline=None)
@given(st.lists(st.sampled_from(Happening), max_size=60))
def test_whatever_happens_the_state_is_whole_and_a_way_back_to_ready_exists(
    happenings: list[Happening],
) -> None:
    state = AgentState("ana")
    for at, happening in enumerate(happenings):
        before = state
        try:
            state = after(state, event(happening, float(at)))
        except IllegalHappening:
            assert state is before
        assert (state.call is not None) == (state.state in ON_A_CALL | {State.WRAP_UP})
        assert (state.until is not None) == (state.state in ENDS_BY_ITSELF)
        assert bool(state.reason) <= (state.state is State.PAUSED)
    assert _can_get_ready(state.state)


def _can_get_ready(start: State) -> bool:
    seen, reached = {start}, [start]
    while reached:
        for target in TABLE[reached.pop()].values():
            if target is not None and target not in seen:
                seen.add(target)
                reached.append(target)
    return State.READY in seen


def test_every_state_that_outside_events_should_end_ends_without_them_too() -> None:
    for state in (State.RESERVED, State.RINGING, State.AWAITING):
        assert TABLE[state][Happening.LEASE_END] is State.READY
    assert TABLE[State.TALKING][Happening.TALK_END] is State.WRAP_UP
    assert TABLE[State.WRAP_UP][Happening.WRAP_UP_LIMIT] is State.READY
