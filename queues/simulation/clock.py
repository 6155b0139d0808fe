"""A centre under a simulated clock: a calendar of events around whoever decides. No time passes, no I/O.

Theory of operation
-------------------
The calendar is a heap of (when, turn, event); callers come from outside in order of arrival. Each event
changes who waits and who is free, then the dispatcher is asked once. Nothing of routing is decided here: the
simulation only tells the dispatcher what the live floor would tell it, and does what it answers.

A caller holds one line from the arrival to the end of the talk. An agent set aside for a caller rings for
`answer_s`, talks, and writes; whoever hangs up while it rings sets the agent free again.
"""

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from queues.simulation.people import Caller, Dispatcher, Ended, How, Shift, Witness


class _Begins(NamedTuple):
    shift: Shift


class _Ends(NamedTuple):
    shift: Shift


class _GivesUp(NamedTuple):
    call: str


class _Answers(NamedTuple):
    call: str
    agent: str


class _HangsUp(NamedTuple):
    """The talk is over: the line is free, the agent writes."""


class _IsDone(NamedTuple):
    agent: str
    hangs_up: bool


class _Looks(NamedTuple):
    """The dispatcher asked to be asked again."""


_Event = _Begins | _Ends | _GivesUp | _Answers | _HangsUp | _IsDone | _Looks


@dataclass(slots=True)
class _Desk:
    shift: Shift
    here: bool = False
    call: str | None = None
    taken_at: float = 0.0


@dataclass(slots=True)
class Centre:
    """One centre. More than `lines` inside, or than `room` waiting, and a caller hears the busy tone."""

    dispatcher: Dispatcher
    witness: Witness
    lines: float = math.inf
    room: float = math.inf
    answer_s: float = 0.0
    now: float = 0.0
    inside: int = 0
    _calendar: list[tuple[float, int, _Event]] = field(default_factory=list)
    _turn: int = 0
    _looks_at: float = math.inf
    _waiting: dict[str, Caller] = field(default_factory=dict)
    _ringing: dict[str, tuple[Caller, str]] = field(default_factory=dict)
    _desks: dict[str, _Desk] = field(default_factory=dict)

    def run(self, callers: Iterable[Caller], shifts: Iterable[Shift]) -> None:
        """Let the callers come, in order of arrival, and everything that follows happen."""
        for shift in shifts:
            self._plan(shift.begins, _Begins(shift))
            if shift.ends < math.inf:
                self._plan(shift.ends, _Ends(shift))
        for caller in callers:
            self._until(caller.at)
            self._arrives(caller)
        self._until(math.inf)
        for caller in [*self._waiting.values()]:
            self._lost(caller, How.UNSERVED)

    def _until(self, when: float) -> None:
        while self._calendar and self._calendar[0][0] <= when:
            self.now, _, event = heapq.heappop(self._calendar)
            self._happens(event)
            self._route()

    def _plan(self, when: float, event: _Event) -> None:
        self._turn += 1
        heapq.heappush(self._calendar, (when, self._turn, event))

    def _arrives(self, caller: Caller) -> None:
        self.now = caller.at
        if self.inside >= self.lines:
            self.witness.ended(Ended(caller, How.BLOCKED, 0.0))
            return
        self.inside += 1
        self._waiting[caller.call] = caller
        self.dispatcher.join(caller.wish)
        self._route()
        if len(self._waiting) > self.room and caller.call in self._waiting:
            self.dispatcher.leave(caller.call)
            self._lost(caller, How.BLOCKED)
        elif caller.patience_s < math.inf and (caller.call in self._waiting or caller.call in self._ringing):
            self._plan(self.now + caller.patience_s, _GivesUp(caller.call))

    def _happens(self, event: _Event) -> None:
        match event:
            case _Begins(shift):
                self._begins(shift)
            case _Ends(shift):
                self._ends(shift)
            case _GivesUp(call):
                self._gives_up(call)
            case _Answers(call, agent):
                self._answers(call, agent)
            case _HangsUp():
                self.inside -= 1
            case _IsDone(agent, hangs_up):
                self.inside -= hangs_up
                self._done(self._desks[agent])
            case _Looks():
                self._looks_at = math.inf

    def _begins(self, shift: Shift) -> None:
        name = shift.agent.name
        desk = self._desks.get(name)
        if desk is not None and desk.call is not None:  # back from a break that the last call swallowed
            desk.shift, desk.here = shift, True
            return
        self._desks[name] = _Desk(shift, here=True)
        self.dispatcher.seat(shift.agent)
        self.dispatcher.free(name, self.now)

    def _ends(self, shift: Shift) -> None:
        desk = self._desks[shift.agent.name]
        desk.here = False
        if desk.call is None:
            self.dispatcher.unseat(shift.agent.name)

    def _route(self) -> None:
        if self._waiting:
            for pair in self.dispatcher.route(self.now):
                self._reserve(pair.call, pair.agent)
            again = self.dispatcher.look_again(self.now)
            if again is not None and again < self._looks_at:
                self._looks_at = again
                self._plan(again, _Looks())

    def _reserve(self, call: str, agent: str) -> None:
        self.dispatcher.leave(call)
        self.dispatcher.busy(agent)
        caller, desk = self._waiting.pop(call), self._desks[agent]
        desk.call, desk.taken_at = call, self.now
        self.witness.taken(caller, desk.shift.agent, self.now, self._waiting.values())
        if self.answer_s > 0:
            self._ringing[call] = (caller, agent)
            self._plan(self.now + self.answer_s, _Answers(call, agent))
        else:
            self._talks(caller, agent)

    def _answers(self, call: str, agent: str) -> None:
        ringing = self._ringing.get(call)
        if ringing is not None and ringing[1] == agent:
            self._talks(self._ringing.pop(call)[0], agent)

    def _talks(self, caller: Caller, agent: str) -> None:
        self.witness.ended(Ended(caller, How.ANSWERED, self.now - caller.at, agent))
        over = self.now + caller.work_s / self._desks[agent].shift.speed
        if caller.wrap_s > 0:
            self._plan(over, _HangsUp())
        self._plan(over + caller.wrap_s, _IsDone(agent, hangs_up=caller.wrap_s <= 0))

    def _gives_up(self, call: str) -> None:
        caller = self._waiting.get(call)
        if caller is not None:
            self.dispatcher.leave(call)
            self._lost(caller, How.ABANDONED)
        elif call in self._ringing:
            caller, agent = self._ringing.pop(call)
            self._lost(caller, How.ABANDONED)
            self._done(self._desks[agent])

    def _lost(self, caller: Caller, how: How) -> None:
        self._waiting.pop(caller.call, None)
        self.inside -= 1
        self.witness.ended(Ended(caller, how, self.now - caller.at))

    def _done(self, desk: _Desk) -> None:
        name = desk.shift.agent.name
        self.witness.worked(name, desk.taken_at, self.now)
        desk.call = None
        if desk.here:
            self.dispatcher.free(name, self.now)
        else:
            self.dispatcher.unseat(name)
