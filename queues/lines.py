"""The callers of one kind in their order, with the steps that are open to them, and when that next changes.

Everybody in a line is content with the same steps, the older with those of the younger and maybe more: so whoever
stands behind one whom nobody fits need not be looked at. For this to hold, callers for whom a step has expired
stand in a line of their own, the next `stage` of their kind.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from queues.interest import Order
from queues.profiles import Bench
from queues.rows import Ranks
from queues.wishes import Kind, Step

Turn = tuple[float, str]
"""A caller's place in a line: routing age (unix seconds) and call."""


class Open(NamedTuple):
    """A step that is open, with who fits it; `early`: before its time, for nobody signed in fits any before."""

    step: Step
    ranks: Ranks
    early: bool


@dataclass(slots=True, eq=False)
class Line:
    """The callers of one kind and stage. `cut` is the routing age at which one leaves for the next stage.

    `timer`: when the line is next looked at because of the time; `away`: how many are away for a moment;
    `head`: the turn of the first, None when nobody waits.
    """

    number: int
    kind: Kind
    stage: int
    cut: float
    steps: tuple[tuple[Step, Ranks], ...]
    turns: list[Turn] = field(default_factory=list)
    timer: float = inf
    away: int = 0
    head: Order | None = None

    def order(self, place: int) -> Order:
        """Give the turn of whoever stands at this place, comparable with those of other lines."""
        since, call = self.turns[place]
        return (-self.kind.priority, since, call)

    def put(self, turn: Turn) -> None:
        """Let somebody stand here."""
        insort(self.turns, turn)
        self.head = self.order(0)

    def take_out(self, turn: Turn) -> int:
        """Take somebody out; gives the place they had."""
        place = bisect_left(self.turns, turn)
        del self.turns[place]
        self.head = self.order(0) if self.turns else None
        return place


def cuts_of(steps: tuple[Step, ...]) -> tuple[float, ...]:
    """List the routing ages at which a step expires, in order."""
    return tuple(sorted({step.until_s for step in steps if step.until_s < inf}))


def stage_at(cuts: tuple[float, ...], since: float, now: float) -> int:
    """Say how many of a wish's expiries are past."""
    return sum(since + cut <= now for cut in cuts)


def opened(line: Line, since: float, now: float, bench: Bench) -> Iterator[Open]:
    """List the steps that a wish of this age is content with now, strictest first.

    A step opens early when nobody signed in fits any step before it and none of those insists on being waited for.
    None is open that stands after one that holds.
    """
    for step, ranks, own, early in _ages(line, now, bench):
        due = since + own <= now
        if not due and since + early > now:
            return  # later steps open later still
        yield Open(step, ranks, not due)


def opening(line: Line, now: float, bench: Bench) -> dict[Step, float]:
    """Say at which routing age each step opens, if those who are signed in stay; 0: at once."""
    return {step: max(0.0, min(own, early)) for step, _, own, early in _ages(line, now, bench)}


def _ages(line: Line, now: float, bench: Bench) -> Iterator[tuple[Step, Ranks, float, float]]:
    """List the steps with the routing ages at which each opens: in its own time, and early (-inf: now, inf: not so).

    A step for named agents keeps nobody waiting but by its hold: who is known waits no longer than a stranger else.
    """
    all_dead, held_s = True, 0.0
    for step, ranks in line.steps:
        early = (held_s or -inf) if all_dead else inf
        yield step, ranks, max(step.after_s, held_s), early
        if step.named is None:
            all_dead = all_dead and step.skip and not ranks.pool.seated
        elif step.holds_s and _awaited(line.kind, step, ranks, now, bench):
            held_s = max(held_s, step.holds_s)


def _awaited(kind: Kind, step: Step, ranks: Ranks, now: float, bench: Bench) -> bool:
    """Say whether an agent whom the wish names may be free soon: signed in, on duty and not on a break."""
    least = step.named or 0.0
    return any(
        now < one.holds_until(least)
        and bench.row_of(one.agent) in ranks.pool.rows
        and not bench.rests(one.agent)
        for one in kind.named
    )


def next_change(line: Line, since: float, now: float) -> float:
    """Give the next moment after now at which the steps open to a wish of this age may change; inf: never."""
    moments = [since + age for step, _ in line.steps for age in {step.after_s, step.holds_s}]
    moments += [
        one.holds_until(step.named)
        for step, _ in line.steps
        if step.named is not None
        for one in line.kind.named
    ]
    moments.append(since + line.cut)
    return min((moment for moment in moments if moment > now), default=inf)
