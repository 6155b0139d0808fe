"""The floor's time never jumps, whatever the machine's clock is set to."""

import time

from hypothesis import given
from hypothesis import strategies as st

from queues import facts as fact
from queues.adapters.clock import SteadyClock
from queues.agents import AgentState, State
from queues.hall import Hall
from queues.limits import Limits
from queues.ports import Kept, KeptPlace
from queues.restart import restore
from queues.steady import CATCH_UP, Steady, onwards
from queues.wishes import Rules, Wish
from tests.queues.fakes import call
from tests.queues.world import PEOPLE

NOW, HOUR = 1_800_000_000.0, 3600.0
LIMITS = Limits()


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1e6, 1e6)), max_size=30))
def test_a_minute_of_the_floor_is_a_minute_give_or_take_a_twentieth(life: list[tuple[float, float]]) -> None:
    now, wall, monotonic = Steady(NOW, 0.0), NOW, 0.0
    for passed, jump in life:
        wall, monotonic = wall + passed + jump, monotonic + passed
        after = onwards(now, wall, monotonic)
        least, most = now.shown + passed * (1 - CATCH_UP), now.shown + passed * (1 + CATCH_UP)
        assert least - 1e-3 <= after.shown <= most + 1e-3
        now = after


def test_a_small_correction_is_followed_and_says_nothing() -> None:
    now = onwards(Steady(NOW, 0.0), NOW + 0.5, 0.0)
    assert (now.shown, now.jumped) == (NOW, False)
    for second in range(1, 12):
        now = onwards(now, NOW + 0.5 + second, float(second))
    assert abs(now.off) < 1e-3


def test_a_clock_that_is_set_is_said_once_and_moves_nobody() -> None:
    said: list[object] = []
    wall, monotonic = [NOW], [0.0]
    clock = SteadyClock(said.append, lambda: wall[0], lambda: monotonic[0])
    wall[0] += HOUR
    assert [clock(), clock()] == [NOW, NOW]
    assert said == [fact.ClockJumped(HOUR, NOW)]
    wall[0], monotonic[0] = NOW + 10, 10.0  # and set right again
    assert abs(clock() - wall[0]) < 1.0
    wall[0] -= HOUR
    assert abs(clock() - NOW - 10) < 1.0
    assert [round(one.seconds) for one in said if isinstance(one, fact.ClockJumped)] == [3600, -3600]


def test_the_machine_s_own_clock_is_told() -> None:
    assert abs(SteadyClock(lambda _: None)() - time.time()) < 1.0


def restored(*states: AgentState, places: tuple[KeptPlace, ...] = ()) -> Hall:
    hall = Hall(PEOPLE, Rules(), LIMITS)
    restore(hall, Kept(states, places, ()), NOW)
    return hall


def test_a_lease_written_by_a_clock_that_was_ahead_ends_as_any_other() -> None:
    ahead = NOW + HOUR
    reserved = AgentState("ana", State.RESERVED, ahead, call=call(1), until=ahead + LIMITS.lease_s)
    wrapping = AgentState("jordi", State.WRAP_UP, ahead, call=call(2), until=ahead + LIMITS.wrap_up_s)
    place = KeptPlace(Wish(call(1), "general", "es", 1, 0, ahead), "ana", ahead, began=ahead)
    hall = restored(reserved, wrapping, places=(place,))
    ana, jordi = hall.states["ana"], hall.states["jordi"]
    assert (ana.since, ana.until) == (NOW, NOW + LIMITS.lease_s)
    assert (jordi.since, jordi.until) == (NOW, NOW + LIMITS.wrap_up_s)
    assert hall.places[call(1)].waited(NOW) == 0
    assert hall.places[call(1)].talk_since == NOW


def test_a_state_without_an_end_is_not_given_one() -> None:
    talking = AgentState("ana", State.TALKING, NOW + HOUR, call=call(1))
    assert restored(talking).states["ana"] == AgentState("ana", State.TALKING, NOW, call=call(1))
