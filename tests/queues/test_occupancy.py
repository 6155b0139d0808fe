"""Occupancy: what counts, and that an institution that balances it gives calls to the least occupied."""

from itertools import pairwise

import pytest

from queues.agents import Agent, AgentState, Event, Happening, State
from queues.hall import Hall
from queues.limits import Limits
from queues.occupancy import Occupancy
from queues.wishes import Rules, Wish


def test_time_with_callers_counts_against_time_ready_and_a_pause_for_neither() -> None:
    seen = Occupancy()
    stages = (
        (State.SIGNED_OUT, 0.0),
        (State.READY, 10.0),
        (State.RESERVED, 40.0),
        (State.TALKING, 45.0),
        (State.WRAP_UP, 60.0),
        (State.PAUSED, 70.0),
        (State.READY, 500.0),
    )
    states = [AgentState("eva", state, since) for state, since in stages]
    for before, now in pairwise(states):
        seen.note(before, now)
    assert seen.share("eva") == 0.5
    seen.note(AgentState("eva"), AgentState("eva", State.READY, 900.0))
    assert seen.share("eva") == 0.0


@pytest.mark.parametrize(("choice", "chosen"), [("longest_idle", "busy"), ("occupancy", "calm")])
def test_the_institution_chooses_who_of_equals_is_asked(choice: str, chosen: str) -> None:
    people = [Agent(name, name, 1, {"es": 5}) for name in ("busy", "calm")]
    rules = Rules(choice=choice)  # type: ignore[arg-type]  # from a table
    hall = Hall(people, rules, Limits())
    hall.happen("busy", Event(Happening.SIGN_IN, 0.0, address="browser"))
    hall.want(Wish("c1", "general", "es", 1, 0, 0.0), 0.0)
    hall.route(1.0)
    hall.answered("c1", 2.0)
    hall.ended("c1", 50.0)
    hall.happen("busy", Event(Happening.WRAP_UP_DONE, 60.0))
    hall.happen("calm", Event(Happening.SIGN_IN, 70.0, address="browser"))
    hall.want(Wish("c2", "general", "es", 1, 0, 80.0), 80.0)
    ((reservation, _),) = hall.route(80.0)
    assert reservation.agent == chosen
