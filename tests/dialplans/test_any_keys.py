"""Whatever callers press, for however long: there is always a next step, and every walk ends."""

from collections.abc import Callable
from functools import cache
from typing import assert_never

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialplans import machine
from dialplans.institution import Institution
from dialplans.machine import (
    Action,
    Answered,
    Ask,
    CallerIs,
    Closed,
    ClosingTime,
    Digits,
    Happening,
    HoursAre,
    Keys,
    Leave,
    LookAtCaller,
    LookAtClock,
    LookAtSwitch,
    LookForNews,
    News,
    Outcome,
    Recorded,
    Run,
    Silence,
    StartRecording,
    SwitchIs,
    TakeDigits,
    TalkOver,
    Walk,
    WantPerson,
)
from dialplans.outcomes import expected
from dialplans.passage import MAX_DEPTH, MAX_TURNS
from ivr import services
from tests.dialplans.institutions import inss
from tests.dialplans.rich import OUTCOMES, rich

SERVED = cache(inss)
SERVICES = {**services.outcomes(), **OUTCOMES}
LONGEST = MAX_TURNS * 8  # turns, and what is looked at and talked between two of them
SIGNS = "0123456789*#ABCD"


def happenings(  # noqa: C901, PLR0911 - one for each action
    institution: Institution, action: Action
) -> st.SearchStrategy[Happening]:
    """All that may happen after an action."""
    match action:
        case Ask():
            return st.one_of(st.sampled_from(SIGNS).map(Keys), st.just(Silence()))
        case TakeDigits(_, most, _):
            return st.one_of(st.text(SIGNS, min_size=1, max_size=most).map(Digits), st.just(Silence()))
        case StartRecording():
            return st.just(Recorded())
        case LookAtClock():
            return st.builds(HoursAre, st.booleans(), st.sampled_from([False] * 9 + [True]))
        case LookAtSwitch():
            return st.booleans().map(SwitchIs)
        case LookAtCaller():
            return st.booleans().map(CallerIs)
        case LookForNews():
            return st.sampled_from([News(()), News(("announcement.front",))])
        case Run(_, service):
            ends = sorted(expected(SERVICES[service], institution.level_of(service)))
            return st.builds(
                Outcome, st.sampled_from(ends), st.sampled_from([None, 1, 2]), st.sampled_from([None, "p"])
            )
        case WantPerson():
            return st.sampled_from(
                (TalkOver(), Closed(), ClosingTime(callback=True), ClosingTime(callback=False))
            )
        case Leave():
            return st.nothing()
        case _:
            assert_never(action)


@pytest.mark.parametrize("of", [SERVED, rich])
@settings(max_examples=80, deadline=None)
@given(data=st.data(), emergency=st.booleans())
def test_whatever_happens_there_is_a_next_step_and_every_snapshot_goes_on(
    of: Callable[[], Institution], data: st.DataObject, *, emergency: bool
) -> None:
    institution = of()
    number = data.draw(st.sampled_from(sorted(institution.numbers)))
    standing, action = machine.advance(
        institution, machine.start(institution, number, None), Answered(emergency=emergency)
    )
    for _ in range(50):
        if isinstance(action, Leave):
            return
        standing, action = machine.advance(institution, standing, data.draw(happenings(institution, action)))
        after = Walk.from_json(standing.to_json())
        assert after == standing
        taken_up, again = machine.take_up(institution, after)
        assert type(again) is type(action)
        assert taken_up.step == standing.step
        assert len(standing.returns) <= MAX_DEPTH


def ended(institution: Institution, number: str, press: Callable[[int, Action], Happening]) -> bool:
    """Tell whether a call ends that goes on pressing this way, when nobody ever works."""
    standing, action = machine.advance(institution, machine.start(institution, number, None), Answered())
    for turn in range(LONGEST):
        if isinstance(action, Leave):
            return True
        standing, action = machine.advance(institution, standing, _answer(action, press, turn))
    return False


def _answer(  # noqa: PLR0911 - one for each action
    action: Action, press: Callable[[int, Action], Happening], turn: int
) -> Happening:
    match action:
        case StartRecording():
            return Recorded()
        case LookAtClock():
            return HoursAre(open=False)
        case LookAtSwitch():
            return SwitchIs(on=True)
        case LookAtCaller():
            return CallerIs(known=True)
        case LookForNews():
            return News(())
        case WantPerson():
            return Closed()
        case _:
            return press(turn, action)


@pytest.mark.parametrize("of", [SERVED, rich])
@settings(max_examples=25, deadline=None)
@given(
    pressed=st.text(SIGNS + " ", min_size=1, max_size=30),
    outcome=st.sampled_from(["done", "back", "down", "person"]),
)
def test_every_sequence_of_keys_repeated_for_ever_ends(
    of: Callable[[], Institution], pressed: str, outcome: str
) -> None:
    def press(turn: int, action: Action) -> Happening:
        sign = pressed[turn % len(pressed)]
        if isinstance(action, Run):
            return Outcome(outcome)
        if sign == " ":
            return Silence()
        return Digits(sign * action.most) if isinstance(action, TakeDigits) else Keys(sign)

    for number in of().numbers:
        assert ended(of(), number, press)


@settings(max_examples=5, deadline=None)
@given(st.sampled_from(["done", "back", "person", "gave_up", "down"]))
def test_a_caller_whose_services_always_end_the_same_way_finds_an_end(outcome: str) -> None:
    def press(turn: int, action: Action) -> Happening:
        return Outcome(outcome) if isinstance(action, Run) else Keys("2" if turn % 2 else "1")

    for number in SERVED().numbers:
        assert ended(SERVED(), number, press)
