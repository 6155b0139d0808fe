"""A model of Asterisk's `app_queue`, to run beside our router. A model: no Asterisk runs here.

What is taken from Asterisk's source (apps/app_queue.c; the functions are named where their rule stands) and
from queues.conf.sample:

* A queue for each subject, language and level, as people build skills from queues; members carry a penalty.
* `wait_our_turn`: whoever may not call yet looks again each RECHECK (1 s). `is_our_turn`: with autofill, as
  many callers from the front may call as the queue has members available, *whatever their penalty*.
* `try_calling`: a number for each member within the penalties (`calc_metric`: penalty first, then the
  strategy), the lowest first (`ring_one`), passing over who cannot ring (`can_ring_entry`: in use, or tried by
  another call). Nobody: `wait_a_bit`, `retry` seconds, 5 by default, then another look at the turn.
* `update_qe_rule`: the highest penalty allowed rises with the wait (queuerules.conf). That is how a queue
  relaxes: the steps of our wishes become penalties, so that both want the same people after the same time.
* Order across queues is nobody's business, unless `force_longest_waiting_caller` is on: then a caller is not
  offered to a member in another queue whose head has waited longer (asterisk/asterisk 109, 1693).
* `weight` (`compare_weight`): with it the urgent stand in queues of their own, and a member is not offered to a
  queue while they are in one of more weight that has as many callers as members available, or more.

In favour of `app_queue`: wrap-up is the same for both and counts in all queues (`shared_lastcall=yes`),
members always answer, autofill is on, device states are never late.
"""

import math
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from queues.agents import Agent
from queues.conditions import profile_of
from queues.rows import fit
from queues.rules import steps_of
from queues.wishes import Kind, Rules, Step, Wish, kind_of

RECHECK_S: Final = 1.0
"""`#define RECHECK 1`: between two looks whether it is one's turn."""
RETRY_S: Final = 5.0
"""`DEFAULT_RETRY`: after nobody could be called."""
_STEP: Final = 100
"""Penalties of one step of a wish are below this, those of the next above."""
_BEST: Final = 5
"""The best proficiency there is."""
_ROUND: Final = 1000
"""`calc_metric`: what rrmemory adds to those before its mark."""


class Strategy(StrEnum):
    """How a queue chooses among members of equal penalty."""

    RRMEMORY = "rrmemory"
    LEASTRECENT = "leastrecent"


class Offer(NamedTuple):
    """This caller rings this member."""

    call: str
    agent: str


@dataclass(slots=True)
class _Entry:
    """A caller in a queue (`struct queue_ent`). `looks_at`: the next look, or any earlier one of its rhythm."""

    wish: Wish
    queue: "_Queue"
    looks_at: float

    @property
    def order(self) -> tuple[int, float]:
        return (-self.wish.priority, self.wish.since)

    def due(self, now: float) -> float:
        """When this caller looks next: looks that could change nothing are not simulated one by one."""
        behind = now - self.looks_at
        return self.looks_at if behind <= 0 else self.looks_at + math.ceil(behind / RECHECK_S) * RECHECK_S


@dataclass(slots=True, eq=False)
class _Queue:
    """One queue (`struct call_queue`): members with penalties in order of sign-in, callers in order."""

    limits: tuple[tuple[float, int], ...]
    weight: int = 0
    members: dict[str, int] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)
    entries: list[_Entry] = field(default_factory=list)
    rrpos: int = 0

    def limit(self, waited_s: float) -> int:
        """Give the highest penalty allowed after this wait (`update_qe_rule`)."""
        return max(limit for after, limit in self.limits if waited_s >= after)

    def turns(self) -> list[_Entry]:
        """Those whose turn it is (`is_our_turn`)."""
        return self.entries[: len(self.free)]


class AppQueue:
    """All queues and their members."""

    def __init__(
        self,
        rules: Rules,
        strategy: Strategy = Strategy.LEASTRECENT,
        *,
        force_longest: bool = False,
        weight: bool = False,
        retry_s: float = RETRY_S,
    ) -> None:
        self._rules, self._strategy, self._force_longest = rules, strategy, force_longest
        self._weight, self._retry_s = weight, retry_s
        self._queues: dict[Kind, _Queue] = {}
        self._queues_of: dict[str, list[_Queue]] = {}
        self._agents: dict[str, Agent] = {}
        self._entries: dict[str, _Entry] = {}
        self._busy: dict[_Queue, None] = {}  # those with callers, in the order they became so
        self._lastcall: dict[str, float] = {}
        self._free: set[str] = set()
        self._steps: dict[Kind, tuple[Step, ...]] = {}

    def seat(self, agent: Agent) -> None:
        """Add the agent to every queue they fit (`AddQueueMember`)."""
        self.unseat(agent.name)
        self._agents[agent.name] = agent
        self._queues_of[agent.name] = []
        for kind, queue in self._queues.items():
            self._add(agent, kind, queue)

    def unseat(self, name: str) -> None:
        """Remove the agent from all queues (`RemoveQueueMember`)."""
        self.busy(name)
        self._agents.pop(name, None)
        for queue in self._queues_of.pop(name, ()):
            del queue.members[name]

    def free(self, name: str, idle_since: float) -> None:
        """Mark the device as not in use, wrap-up over; `lastcall` is the end of the wrap-up, or the sign-in."""
        self._free.add(name)
        self._lastcall[name] = idle_since
        for queue in self._queues_of[name]:
            queue.free.add(name)

    def busy(self, name: str) -> None:
        """Mark the device as in use."""
        self._free.discard(name)
        for queue in self._queues_of.get(name, ()):
            queue.free.discard(name)

    def join(self, wish: Wish) -> None:
        """Enter the queue by priority, then arrival (`join_queue`), and look at once."""
        kind = kind_of(wish)
        queue = self._queue(kind if self._weight else kind._replace(priority=0))
        entry = _Entry(wish, queue, wish.since)
        insort(queue.entries, entry, key=lambda other: other.order)
        self._entries[wish.call] = entry
        self._busy[queue] = None

    def leave(self, call: str) -> None:
        """Leave the queue (`leave_queue`)."""
        entry = self._entries.pop(call)
        entry.queue.entries.remove(entry)
        if not entry.queue.entries:
            del self._busy[entry.queue]

    def look_again(self, now: float) -> float | None:
        """Say when the next caller whose turn it is looks."""
        return min((entry.due(now) for entry in self._whose_turn()), default=None)

    def route(self, now: float) -> list[Offer]:
        """Let every caller look whose time it is."""
        offers: list[Offer] = []
        taken: set[str] = set()
        for entry in [entry for entry in self._whose_turn() if entry.due(now) <= now]:
            agent = self._try_calling(entry, now, taken)
            entry.looks_at = now + self._retry_s
            if agent is not None:
                taken.add(agent)
                offers.append(Offer(entry.wish.call, agent))
        return offers

    def _whose_turn(self) -> Iterator[_Entry]:
        return (entry for queue in self._busy for entry in queue.turns())

    def _queue(self, kind: Kind) -> _Queue:
        queue = self._queues.get(kind)
        if queue is None:
            asked = steps_of(kind, self._rules)  # it knows no agents of a caller's own
            steps = self._steps[kind] = tuple(step for step in asked if step.named is None)
            limits = tuple((step.after_s, (rank + 1) * _STEP - 1) for rank, step in enumerate(steps))
            queue = self._queues[kind] = _Queue(limits, kind.priority)
            for agent in self._agents.values():
                self._add(agent, kind, queue)
        return queue

    def _add(self, agent: Agent, kind: Kind, queue: _Queue) -> None:
        """Give the agent the penalty of the first step of this kind of wish that they fit, if any."""
        profile = profile_of(agent)
        for rank, step in enumerate(self._steps[kind]):
            how_well = fit(profile, step)
            if how_well is not None:
                worse = (_BEST - how_well.language) * (_BEST + 1) + _BEST - how_well.skill
                queue.members[agent.name] = rank * _STEP + worse
                self._queues_of[agent.name].append(queue)
                if agent.name in self._free:
                    queue.free.add(agent.name)
                return

    def _try_calling(self, entry: _Entry, now: float, taken: set[str]) -> str | None:
        limit = entry.queue.limit(now - entry.wish.since)
        allowed = [(name, penalty) for name, penalty in entry.queue.members.items() if penalty <= limit]
        if self._strategy is Strategy.LEASTRECENT:
            return self._leastrecent(entry, allowed, taken)
        return self._rrmemory(entry, allowed, taken)

    def _leastrecent(self, entry: _Entry, allowed: list[tuple[str, int]], taken: set[str]) -> str | None:
        """`QUEUE_STRATEGY_LEASTRECENT`: whole seconds since the last call decide."""
        ready = [(name, penalty) for name, penalty in allowed if self._can_ring(entry, name, taken)]
        if not ready:
            return None
        return min(ready, key=lambda member: (member[1], int(self._lastcall[member[0]])))[0]

    def _rrmemory(self, entry: _Entry, allowed: list[tuple[str, int]], taken: set[str]) -> str | None:
        """`QUEUE_STRATEGY_RRMEMORY` and `store_next_rr`: begin behind the one who was called last."""
        queue = entry.queue
        places = {name: place for place, name in enumerate(queue.members)}
        metrics = sorted(
            (penalty, places[name] + (_ROUND if places[name] < queue.rrpos else 0), name)
            for name, penalty in allowed
        )
        wrapped = any(places[name] > queue.rrpos for name, _ in allowed)
        for index, (_, _, name) in enumerate(metrics):
            if self._can_ring(entry, name, taken):
                queue.rrpos = _next_place(metrics[index + 1 :], queue.rrpos, wrapped=wrapped)
                return name
        queue.rrpos = _next_place([], queue.rrpos, wrapped=wrapped)
        return None

    def _can_ring(self, entry: _Entry, name: str, taken: set[str]) -> bool:
        """`can_ring_entry`."""
        if name not in self._free or name in taken:
            return False
        if self._weight and self._weighs_more_elsewhere(entry, name):
            return False
        return not (self._force_longest and self._waits_longer_elsewhere(entry, name))

    def _weighs_more_elsewhere(self, entry: _Entry, name: str) -> bool:
        """`compare_weight`."""
        return any(
            queue.weight > entry.queue.weight and len(queue.entries) >= max(len(queue.free), 1)
            for queue in self._queues_of[name]
        )

    def _waits_longer_elsewhere(self, entry: _Entry, name: str) -> bool:
        heads = (queue.entries[0] for queue in self._queues_of[name] if queue.entries)
        return any(head.queue is not entry.queue and head.order < entry.order for head in heads)


def _next_place(rest: list[tuple[int, int, str]], rrpos: int, *, wrapped: bool) -> int:
    """Give the mark of the next round (`store_next_rr`)."""
    if rest:
        return rest[0][1] % _ROUND
    return 0 if wrapped else rrpos + 1
