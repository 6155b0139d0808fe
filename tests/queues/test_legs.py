"""The legs of a call: whatever happens in whatever order, nobody is left with nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.legs import MUSIC, TABLE, IllegalMove, Legs, Move, Stage, after

MOVES = st.lists(st.sampled_from(Move), max_size=30)
TALK = Legs("ventanilla-1800000000.1", "ana")


def walk(moves: list[Move]) -> list[Legs]:
    """Every state the legs are in on the way; what may not happen is left out."""
    legs, way = TALK, [TALK]
    for at, move in enumerate(moves):
        second = "" if move not in {Move.ASK, Move.HAND} else "jordi" if legs.agent == "ana" else "ana"
        try:
            legs = after(legs, move, float(at), second)
        except IllegalMove:
            continue
        way.append(legs)
    return way


def together(legs: Legs) -> frozenset[str]:
    """Who hears whom; the caller is "caller"."""
    match legs.stage:
        case Stage.TALK:
            return frozenset({"caller", legs.agent})
        case Stage.CONSULTING:
            return frozenset({legs.agent, legs.second})
        case Stage.MEETING:
            return frozenset({"caller", legs.agent, legs.second})
        case _:
            return frozenset()


@given(MOVES)
def test_a_caller_is_always_with_somebody_or_hears_music_or_waits_for_a_person(moves: list[Move]) -> None:
    for legs in walk(moves):
        group = together(legs)
        elsewhere = {*MUSIC, Stage.HANDING, Stage.IN_LINE, Stage.OVER}
        assert ("caller" in group) != (legs.stage in elsewhere)
        assert len(group) != 1


@given(MOVES)
def test_a_second_is_somebody_else_and_there_exactly_when_the_stage_has_one(moves: list[Move]) -> None:
    for legs in walk(moves):
        has_second = legs.stage in {Stage.ASKING, Stage.CONSULTING, Stage.MEETING, Stage.HANDING}
        assert bool(legs.second) == has_second
        assert legs.second != legs.agent


@given(MOVES)
def test_an_agent_who_goes_never_ends_a_call_that_somebody_else_can_have(moves: list[Move]) -> None:
    for legs in walk(moves):
        if legs.stage in {Stage.CONSULTING, Stage.MEETING}:
            assert after(legs, Move.AGENT_GOES, 0.0) == Legs(legs.call, legs.second, Stage.TALK)
        elif legs.stage in MUSIC:
            assert after(legs, Move.AGENT_GOES, 0.0).stage is Stage.IN_LINE


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("move", Move)
def test_what_is_not_in_the_table_is_refused(stage: Stage, move: Move) -> None:
    legs = Legs("c", "ana", stage, "jordi")
    if move in TABLE[stage]:
        assert after(legs, move, 1.0, "luis").stage is TABLE[stage][move]
    else:
        with pytest.raises(IllegalMove):
            after(legs, move, 1.0, "luis")


def test_nobody_asks_or_hands_to_themselves_or_to_nobody() -> None:
    for move in (Move.ASK, Move.HAND):
        for second in ("", "ana"):
            with pytest.raises(IllegalMove):
                after(TALK, move, 0.0, second)


def test_from_every_stage_the_caller_may_leave() -> None:
    assert all(TABLE[stage].get(Move.CALLER_GOES) is Stage.OVER for stage in Stage if stage is not Stage.OVER)
