"""A hundred callers take callbacks in a rush, others hold the line: the hall, the promises and a clock."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queues import virtual
from queues.agents import Agent, Event, Happening, State
from queues.callbacks import Asked, Callback, Due, Policy, Stage, Step, after, due
from queues.hall import Hall
from queues.limits import Limits
from queues.wishes import Rules, Wish
from tests.queues.fakes import Form, call

NOON = 1_800_000_000.0
POLICY = Policy(most_attempts=3, rest_s=120.0, expires_s=7200.0)
RING_S, TALK_S = 20.0, 180.0
LIMITS = Limits(wrap_up_s=30.0, longest_wait_s=1e9, place_keep_s=1e9)


@dataclass
class Rush:
    """One hour of a hall: every happening has its time, each is followed by what the router then decides."""

    agents: int
    closes: float = float("inf")
    hall: Hall = field(init=False)
    promises: dict[str, Callback] = field(default_factory=dict)
    released: list[tuple[float, Callback]] = field(default_factory=list)
    talked: list[str] = field(default_factory=list)
    reaches: Callable[[Callback], bool] = lambda _: True
    _later: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        people = [Agent(f"a{n}", f"A{n}", 1, {"es": 5}) for n in range(self.agents)]
        self.hall = Hall(people, Rules(), LIMITS)

    def at(self, when: float, what: Callable[[float], None]) -> None:
        self._count += 1
        heapq.heappush(self._later, (when, self._count, what))

    def runs(self, until: float) -> None:
        """Let time pass; a look at the promises every second, as the shell does."""
        second = NOON
        while second < until:
            self.at(second, self._look)
            second += 1
        while self._later and self._later[0][0] <= until:
            when, _, what = heapq.heappop(self._later)
            what(when)
            self.hall.tick(when)
            for reservation, _ in self.hall.route(when):
                self._reserved(reservation.call, when)
            busy = [s for s in self.hall.states.values() if s.state in {State.RESERVED, State.TALKING}]
            under_way = [p for p in self.promises.values() if p.stage in {Stage.CALLING, Stage.REACHED}]
            assert len(under_way) <= len(busy), "more callbacks are released than agents are set aside"

    def works(self, at: float) -> None:
        for name in self.hall.people:
            self.hall.happen(name, Event(Happening.SIGN_IN, at, address="browser"))

    def comes(self, number: int, at: float) -> None:
        """A caller stands in line."""
        self.hall.want(Form(call(number), "general", since=at), at)

    def takes(self, number: int, at: float) -> None:
        """The same caller takes a callback, unless an agent is there already."""
        place = self.hall.places.get(call(number))
        if place is None or place.agent is not None or place.talk_since is not None:
            return
        wish = place.wish
        asked = Asked(
            wish.call, f"+34931{number:06d}", None, wish.language, wish.subject, wish.level, 0, wish.since
        )
        promise = Callback(number, asked, at, at + POLICY.expires_s)
        assert virtual.hand_over(self.hall, wish.call, promise.call, at) is not None
        self.promises[wish.call] = promise

    def _look(self, at: float) -> None:
        for asked, promise in list(self.promises.items()):
            match due(promise, at, open_now=at < self.closes):
                case Due.IN_LINE:
                    wish = Wish(promise.call, "general", "es", 1, 0, promise.asked.since)
                    virtual.stand(self.hall, wish, at)
                case Due.ASIDE:
                    virtual.aside(self.hall, promise.call, at)
                case Due.REST_OVER:
                    self.promises[asked] = after(promise, Step.RESTED, at, POLICY)
                case Due.EXPIRE:
                    virtual.aside(self.hall, promise.call, at)
                    self.promises[asked] = after(promise, Step.EXPIRED, at, POLICY)
                case _:
                    pass

    def _reserved(self, placed: str, at: float) -> None:
        promise = next((p for p in self.promises.values() if p.call == placed), None)
        if promise is None or promise.stage is not Stage.WAITING:
            self._answer(placed, at)
            return
        self._move(promise, Step.RELEASED, at)
        self.released.append((at, promise))
        self.at(at + RING_S, lambda then: self._rung(promise.asked.call, placed, then))

    def _rung(self, asked: str, placed: str, at: float) -> None:
        promise = self.promises[asked]
        if self.reaches(promise):
            self._move(promise, Step.PRESSED, at)
            virtual.here(self.hall, placed, at)
            self._answer(placed, at)
            self._move(self.promises[asked], Step.TALKED, at)
        else:
            virtual.aside(self.hall, placed, at)
            self._move(promise, Step.NOT_REACHED, at)

    def _answer(self, placed: str, at: float) -> None:
        self.talked.append(placed)
        self.hall.answered(placed, at)
        self.at(at + TALK_S, lambda then: self.hall.ended(placed, then))

    def _move(self, promise: Callback, step: Step, at: float) -> None:
        self.promises[promise.asked.call] = after(promise, step, at, POLICY)


def a_rush(agents: int, *, closes: float = float("inf"), live_every: int = 4) -> Rush:
    """A hundred callers in a hundred seconds who take callbacks half a minute later, but for every fourth."""
    rush = Rush(agents, closes)
    for number in range(100):
        rush.at(NOON + number, partial(rush.comes, number))
        if live_every == 0 or number % live_every:
            rush.at(NOON + number + 30, partial(rush.takes, number))
    rush.at(NOON + 140, rush.works)
    return rush


def test_a_hundred_callbacks_in_a_rush_are_each_called_once_in_order_while_the_line_is_served() -> None:
    rush = a_rush(10)
    rush.runs(NOON + 7000)
    assert len(rush.promises) == 75
    assert {promise.stage for promise in rush.promises.values()} == {Stage.KEPT}
    assert [promise.attempts for promise in rush.promises.values()] == [1] * 75
    turns = [promise.asked.since for _, promise in rush.released]
    assert turns == sorted(turns)
    assert len(rush.talked) == len(set(rush.talked)) == 100
    on_the_line = [rush.talked.index(call(number)) for number in range(0, 100, 4)]
    assert on_the_line == sorted(on_the_line)
    # Who held the line is served where they stood, give or take those whose telephones were ringing.
    assert all(abs(place - number) <= 10 for place, number in zip(on_the_line, range(0, 100, 4), strict=True))


def test_no_telephone_rings_after_closing_and_who_waits_stands_there_next_day() -> None:
    rush = a_rush(3, closes=NOON + 900)
    rush.runs(NOON + 2000)
    assert all(at < NOON + 900 for at, _ in rush.released)
    waiting = [one for one in rush.promises.values() if one.stage is Stage.WAITING]
    assert waiting
    assert all(one.call not in rush.hall.places for one in waiting)


RUSHES = given(
    agents=st.integers(1, 12),
    unreached=st.sets(st.tuples(st.integers(0, 99), st.integers(1, 3)), max_size=60),
    live_every=st.integers(0, 5),
)


@RUSHES
@settings(max_examples=3, deadline=None)
def test_whoever_is_not_reached_each_is_rung_only_as_often_as_agreed_and_nobody_is_lost(
    agents: int, unreached: set[tuple[int, int]], live_every: int
) -> None:
    whoever_is_not_reached(agents, unreached, live_every)


@pytest.mark.slow
@pytest.mark.timeout(900)  # 200 rushes at 0.9 s of CPU each: 180 s on a machine that does nothing else
@RUSHES
@settings(max_examples=200, deadline=None)
def test_the_same_in_two_hundred_rushes(
    agents: int, unreached: set[tuple[int, int]], live_every: int
) -> None:
    whoever_is_not_reached(agents, unreached, live_every)


def whoever_is_not_reached(agents: int, unreached: set[tuple[int, int]], live_every: int) -> None:
    """Each is rung as often as agreed at most, under a new id each time; whoever is reached talks."""
    rush = a_rush(agents, live_every=live_every)
    rush.reaches = lambda promise: (promise.serial, promise.attempts) not in unreached
    rush.runs(NOON + 7000)
    for promise in rush.promises.values():
        rung = [one for _, one in rush.released if one.serial == promise.serial]
        assert len(rung) == promise.attempts <= POLICY.most_attempts
        assert len({one.call for one in rung}) == len(rung)
        assert (promise.stage is Stage.KEPT) == any(one == promise.call for one in rush.talked)
    kinds = Counter(type(said).__name__ for said in rush.hall.facts)
    assert (kinds["CallerWaiting"], kinds["CallerLeft"]) == (100, 0)
    assert len(rush.talked) == len(set(rush.talked))
