"""The indexed, incremental router decides exactly as the plain one that looks at everything."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from queues.agents import Agent
from queues.conditions import holds, profile_of
from queues.router import Router
from queues.wishes import Rules, Wish, kind_of
from tests.queues import centres
from tests.queues.centres import CALLS, NAMES
from tests.queues.plain import Plain, floor_of


class Centre(RuleBasedStateMachine):
    """A random day; after every happening both are asked, and what they say is done, or not yet."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.talking: set[str] = set()

    @initialize(
        rules=st.sampled_from(
            (Rules(), centres.EVERYTHING, centres.BALANCED, centres.HOLDING, centres.RELAXING)
        )
    )
    def opens(self, rules: Rules) -> None:
        self.router, self.plain = Router(rules), Plain(rules)

    @rule(agent=centres.agents(), at_once=st.booleans(), idle=centres.moments)
    def signs_in(self, agent: Agent, at_once: bool, idle: float) -> None:  # noqa: FBT001 - hypothesis calls it
        for engine in (self.router, self.plain):
            engine.seat(agent)
            if at_once:
                engine.free(agent.name, idle)
        self.talking.discard(agent.name)

    @rule(name=st.sampled_from(NAMES))
    def signs_out(self, name: str) -> None:
        for engine in (self.router, self.plain):
            engine.unseat(name)

    @rule(
        name=st.sampled_from(NAMES),
        idle=centres.moments,
        occupancy=st.sampled_from((0.0, 0.3, 0.9)),
    )
    def is_free(self, name: str, idle: float, occupancy: float) -> None:
        for engine in (self.router, self.plain):
            engine.free(name, idle, occupancy)
        self.talking.discard(name)

    @rule(name=st.sampled_from(NAMES))
    def is_busy(self, name: str) -> None:
        for engine in (self.router, self.plain):
            engine.busy(name)

    @rule(name=st.sampled_from(NAMES))
    def has_a_break(self, name: str) -> None:
        for engine in (self.router, self.plain):
            engine.rest(name)

    @rule(wish=centres.wishes())
    def calls(self, wish: Wish) -> None:
        for engine in (self.router, self.plain):
            engine.join(wish)

    @rule(call=st.sampled_from(CALLS))
    def hangs_up(self, call: str) -> None:
        for engine in (self.router, self.plain):
            engine.leave(call)

    @rule(call=st.sampled_from(CALLS), seconds=st.sampled_from((0.0, 5.0, 40.0)))
    def is_away(self, call: str, seconds: float) -> None:
        for engine in (self.router, self.plain):
            engine.away(call, self.now + seconds)

    @rule(seconds=st.sampled_from((0.0, 1.0, 5.0, 10.0, 30.0, 60.0, 100.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.now > 50)
    @rule(seconds=st.sampled_from((5.0, 50.0)))
    def the_clock_is_set_back(self, seconds: float) -> None:
        self.now -= seconds

    @rule(how_many=st.integers(0, 5))
    def decisions_are_carried_out(self, how_many: int) -> None:
        for call, agent in self.decided()[:how_many]:
            assert agent not in self.talking, "nobody has two calls"
            self.talking.add(agent)
            for engine in (self.router, self.plain):
                engine.leave(call)
                engine.busy(agent)

    @invariant()
    def both_decide_the_same(self) -> None:
        if hasattr(self, "router"):
            self.decided()

    def decided(self) -> list[tuple[str, str]]:
        pairs = self.router.route(self.now)
        expected = self.plain.route(self.now)
        assert [(pair.call, pair.agent) for pair in pairs] == expected
        assert [(pair.call, pair.agent) for pair in self.router.route(self.now)] == expected
        for call, agent in expected:
            wish = self.router.waiting[call]
            assert holds(floor_of(kind_of(wish), self.plain.rules), profile_of(self.plain.seated[agent]))
        return expected


Centre.TestCase.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestAnyDay = Centre.TestCase


class LongDays(Centre):
    """The same, much longer."""


LongDays.TestCase.settings = settings(max_examples=4_000, stateful_step_count=60, deadline=None)
TestManyDays = pytest.mark.slow(pytest.mark.timeout(1_800)(LongDays.TestCase))
