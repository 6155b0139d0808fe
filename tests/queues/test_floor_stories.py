"""Random days on the floor: whatever happens, in whatever order, nobody is in two calls, lost or stuck."""

from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from queues import awaiting
from queues.agents import ON_A_CALL, Event, Happening, IllegalHappening, State
from queues.demonstration import demonstration_agents
from queues.hall import Hall
from queues.limits import Limits
from queues.ports import Kept
from queues.reconcile import Channel, Finding, Repair, differences
from queues.repairs import repair
from queues.restart import restore
from queues.rules import steps_of
from queues.wishes import Rules, kind_of
from tests.queues.fakes import Form, MemoryStore, call

NAMES = st.sampled_from([agent.name for agent in demonstration_agents()])
CALLS = st.integers(0, 5).map(call)
DESK = st.sampled_from(
    [Happening.SIGN_IN, Happening.SIGN_OUT, Happening.READY, Happening.PAUSE, Happening.WRAP_UP_DONE]
)


def a_hall() -> Hall:
    return Hall(demonstration_agents(), Rules(), Limits())


class ADay(RuleBasedStateMachine):
    """Desks, sessions, late and lost events, forged events, restarts, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 1_800_000_000.0
        self.hall, self.kept = a_hall(), MemoryStore()

    def settle(self) -> None:
        self.hall.route(self.at)
        changes, _ = self.hall.drain()
        for change in changes:
            self.kept._keep(change)

    @rule(agent=NAMES, happening=DESK)
    def desk(self, agent: str, happening: Happening) -> None:
        with suppress(IllegalHappening):
            self.hall.happen(agent, Event(happening, self.at, reason="lunch", address="browser"))
        self.settle()

    @rule(
        call=CALLS,
        subject=st.sampled_from(["pension", "imv", "general"]),
        language=st.sampled_from(["es", "ca"]),
        level=st.sampled_from([1, 2]),
    )
    def waits(self, call: str, subject: str, language: str, level: int) -> None:
        self.hall.want(Form(call, subject, language, level), self.at)
        self.settle()

    @rule(call=CALLS, what=st.sampled_from(["withdraw", "left", "rang_out", "answered", "ended"]))
    def session_says(self, call: str, what: str) -> None:
        getattr(self.hall, what)(call, self.at)
        self.settle()

    @rule(agent=NAMES, call=CALLS)
    def rings(self, agent: str, call: str) -> None:
        self.hall.rings(agent, call, self.at)
        self.settle()

    @rule(call=CALLS, gone=st.booleans())
    def agent_first(self, call: str, gone: bool) -> None:  # noqa: FBT001 - drawn by name
        (awaiting.gone if gone else awaiting.begins)(self.hall, call, self.at)
        self.settle()

    @rule(agent=NAMES, there=st.booleans())
    def telephone(self, agent: str, there: bool) -> None:  # noqa: FBT001 - drawn by name
        self.hall.reachable(agent, there=there, at=self.at)
        self.settle()

    @rule(agent=NAMES, call=CALLS, what=st.sampled_from(Repair))
    def repaired(self, agent: str, call: str, what: Repair) -> None:
        repair(self.hall, Finding(what, agent, call), self.at)
        self.settle()

    @rule(seconds=st.floats(0, 300))
    def time_passes(self, seconds: float) -> None:
        self.at += seconds
        self.hall.tick(self.at)
        self.settle()

    @rule()
    def killed_and_started_again(self) -> None:
        self.hall = a_hall()
        states, places = list(self.kept.states.values()), list(self.kept.places.values())
        restore(self.hall, Kept(states, places, self.kept.outcomes), self.at)
        self.settle()

    @invariant()
    def each_agent_and_each_call_are_with_one_other_at_most(self) -> None:
        busy = [
            s.call for s in self.hall.states.values() if s.state in ON_A_CALL and s.call in self.hall.places
        ]
        assert len(busy) == len(set(busy))
        with_agent = [place.agent for place in self.hall.places.values() if place.agent]
        assert len(with_agent) == len(set(with_agent))

    @invariant()
    def a_place_with_an_agent_and_the_agents_call_agree(self) -> None:
        for name, place in self.hall.places.items():
            if place.agent is not None:
                state = self.hall.states[place.agent]
                assert state.call == name
                assert state.state in ON_A_CALL

    @invariant()
    def every_call_without_an_agent_is_in_line(self) -> None:
        waiting = {name for name, place in self.hall.places.items() if place.agent is None}
        assert waiting == set(self.hall.router.waiting)

    @invariant()
    def free_on_the_bench_are_those_ready_and_reachable(self) -> None:
        ready = {name for name, state in self.hall.states.items() if state.state is State.READY}
        assert set(self.hall.router.bench.free_agents) == {
            name for name in ready if self.hall.is_reachable(name)
        }

    @invariant()
    def nobody_eligible_is_idle_while_somebody_waits(self) -> None:
        assert self.hall.router.route(self.at) == []

    @invariant()
    def nobody_below_the_floor_was_given_a_call(self) -> None:
        for place in self.hall.places.values():
            if place.agent is not None and place.talk_since is None:
                bench = self.hall.router.bench
                steps = steps_of(kind_of(place.wish), self.hall.router.rules)
                served = {profile for step in steps for profile in bench.rows_for(step)}
                assert not bench.is_seated(place.agent) or bench.profile(place.agent) in served

    @invariant()
    def what_is_kept_is_what_is_so(self) -> None:
        assert self.kept.places == self.hall.places
        for name, state in self.hall.states.items():
            assert self.kept.states.get(name, state) == state

    def teardown(self) -> None:
        """Asterisk empty, nobody says a word: everybody is free again within the limits."""
        nothing: tuple[Channel, ...] = ()
        for _ in range(3):
            self.at += 200
            for finding in differences(self.hall.states.values(), list(self.hall.places), nothing, self.at):
                repair(self.hall, finding, self.at)
            self.hall.tick(self.at)
            self.settle()
        stuck = {s.state for s in self.hall.states.values()} & {*ON_A_CALL, State.WRAP_UP}
        assert not stuck
        assert not self.hall.places


TestADay = ADay.TestCase
TestADay.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


def test_an_agent_whose_telephone_rings_is_free_at_once_when_the_caller_hangs_up() -> None:
    hall, at = a_hall(), 1_800_000_000.0
    hall.happen("ana", Event(Happening.SIGN_IN, at, address="browser"))
    hall.want(Form(call(1)), at)
    ((reservation, _),) = hall.route(at)
    hall.rings(reservation.agent, call(1), at)
    hall.left(call(1), at)
    assert hall.states["ana"].state is State.READY
    hall.want(Form(call(2)), at)
    assert [(made.call, made.agent) for made, _ in hall.route(at)] == [(call(2), "ana")]
