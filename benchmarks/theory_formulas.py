"""Exact figures of queueing theory, from their formulas. Times in the unit of the rates."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

Law = np.ndarray[tuple[int], np.dtype[np.float64]]
STATES = 1e-16  # states less likely than this, next to the likeliest, are left out


@dataclass(frozen=True, slots=True)
class Exact:
    """What a system comes to. Shares are of all callers, `wait` and `within` of those let in.

    `wait` is the probability to wait at all, `mean` the mean wait of those let in (whoever gives up included).
    """

    blocked: float = 0.0
    wait: float = 0.0
    mean: float = 0.0
    abandoned: float = 0.0
    within: float = 0.0
    occupancy: float = 0.0


def erlang_b(load: float, agents: int) -> float:
    """Give the share that finds all busy: B(n) = A B(n-1) / (n + A B(n-1)), from B(0) = 1."""
    share = 1.0
    for n in range(1, agents + 1):
        share = load * share / (n + load * share)
    return share


def erlang_c(arrivals: float, service: float, agents: int) -> Exact:
    """M/M/n: whoever finds all busy waits, in order. `service` is the rate of one agent."""
    load = arrivals / service
    busy = erlang_b(load, agents)
    wait = agents * busy / (agents - load * (1 - busy))
    return Exact(wait=wait, mean=wait / (agents * service - arrivals), occupancy=load / agents)


def erlang_a(arrivals: float, service: float, agents: int, patience: float) -> Exact:
    """M/M/n+M: whoever waits gives up after an exponential time of mean `patience`."""

    def leaving(n: int) -> float:
        return min(n, agents) * service + max(n - agents, 0) / patience

    states = _birth_death(arrivals, leaving, limit=None)
    n = np.arange(len(states))
    in_line = float((states * np.maximum(n - agents, 0)).sum())
    abandoned = in_line / patience / arrivals
    return Exact(
        wait=float(states[agents:].sum()),
        mean=in_line / arrivals,
        abandoned=abandoned,
        occupancy=arrivals * (1 - abandoned) / (agents * service),
    )


def limited(arrivals: float, service: float, agents: int, lines: int, within: float) -> Exact:
    """M/M/n/k: `lines` callers at most, waiting and talking; more are blocked. `within` is above 0."""
    states = _birth_death(arrivals, lambda n: min(n, agents) * service, limit=lines)
    blocked = float(states[-1])
    let_in = states[:-1] / (1 - blocked)
    in_line = float((states * np.maximum(np.arange(lines + 1) - agents, 0)).sum())
    late = sum(
        float(share) * _poisson_below(agents * service * within, n - agents + 1)
        for n, share in enumerate(let_in)
        if n >= agents
    )
    return Exact(
        blocked=blocked,
        wait=float(let_in[agents:].sum()),
        mean=in_line / (arrivals * (1 - blocked)),
        within=1 - late,
    )


def shared_room(arrivals: float, service: float, agents: int, kinds: int, lines: int) -> Exact:
    """Give what `kinds` equal M/M/n without common agents come to who share `lines`: a truncated product form.

    The product of the single M/M/n, cut where all together reach the lines, is the exact law (the process is
    reversible); the sum over all states is a convolution. `arrivals` and `agents` are of one kind.
    """
    load = arrivals / service
    weight = np.array(
        [
            math.exp(
                n * math.log(load) - math.lgamma(min(n, agents) + 1) - max(n - agents, 0) * math.log(agents)
            )
            for n in range(lines + 1)
        ]
    )
    in_line = weight * np.maximum(np.arange(lines + 1) - agents, 0)
    others = np.array([1.0])
    for _ in range(kinds - 1):
        others = np.convolve(others, weight)[: lines + 1]
    total = np.convolve(others, weight)[: lines + 1]
    queue = float(np.convolve(others, in_line)[: lines + 1].sum() / total.sum())
    blocked = float(total[-1] / total.sum())
    return Exact(blocked=blocked, mean=queue / (arrivals * (1 - blocked)))


def priorities(arrivals: Sequence[float], service: float, agents: int) -> tuple[Exact, ...]:
    """Non-preemptive classes before one another, the first first, all equally fast (Cobham 1954)."""
    total = erlang_c(sum(arrivals), service, agents)
    answers, before = [], 0.0
    for rate in arrivals:
        after = before + rate / (agents * service)
        mean = total.wait / (agents * service * (1 - before) * (1 - after))
        answers.append(Exact(wait=total.wait, mean=mean))
        before = after
    return tuple(answers)


@dataclass(frozen=True, slots=True)
class Skilled:
    """A system with skills: `arrivals` by type, `service` by agent, and whom each agent can serve."""

    arrivals: tuple[float, ...]
    service: tuple[float, ...]
    serves: tuple[frozenset[int], ...]


def fcfs_alis(system: Skilled) -> tuple[Exact, ...]:
    """First come first served, agents assigned longest idle first: the product form, exact, by type.

    Adan and Weiss (2014), "A skill based parallel service system under FCFS-ALIS". A state is an order of all
    agents: those busy by the arrival of whom they serve, with n_j waiting callers passed over between them,
    then those idle. Its weight is a product of one factor for each; sums over n_j are geometric. Sums over all
    orders: for up to eight agents or so.
    """
    agents, types = range(len(system.service)), range(len(system.arrivals))
    total, waits, queues = 0.0, np.zeros(len(types)), np.zeros(len(types))
    for order in permutations(agents):
        for busy in range(len(order) + 1):
            weight, queue = _weight(system, order, busy)
            idle = frozenset[int]().union(*(system.serves[agent] for agent in order[busy:]))
            total += weight
            queues += weight * queue
            waits += weight * np.array([kind not in idle for kind in types], float)
    return tuple(
        Exact(wait=float(waits[kind] / total), mean=float(queues[kind] / total / system.arrivals[kind]))
        for kind in types
    )


def _weight(system: Skilled, order: tuple[int, ...], busy: int) -> tuple[float, Law]:
    """Give a state's weight summed over how many wait, and the mean number waiting by type."""
    weight, queue = 1.0, np.zeros(len(system.arrivals))
    for last in range(1, busy + 1):
        only = _only(system, order[:last])
        speed = sum(system.service[agent] for agent in order[:last])
        rate = sum(system.arrivals[kind] for kind in only)
        if rate >= speed:
            raise ValueError(f"agents {order[:last]} cannot keep up with the types {sorted(only)}")
        weight /= speed - rate
        for kind in only:  # the mean of a geometric number, split by type
            queue[kind] += system.arrivals[kind] / (speed - rate)
    for first in range(busy, len(order)):
        can = frozenset[int]().union(*(system.serves[agent] for agent in order[first:]))
        weight /= sum(system.arrivals[kind] for kind in can)
    return weight, queue


def _only(system: Skilled, agents: tuple[int, ...]) -> frozenset[int]:
    """Name the types that nobody but these agents serves."""
    others = [system.serves[agent] for agent in range(len(system.service)) if agent not in agents]
    return frozenset(range(len(system.arrivals))) - frozenset[int]().union(*others)


def _birth_death(arrivals: float, leaving: Callable[[int], float], limit: int | None) -> Law:
    """Give the law of a birth and death process, up to a limit or until states no longer matter."""
    logs, n, best = [0.0], 0, 0.0
    while limit is None or n < limit:
        n += 1
        logs.append(logs[-1] + math.log(arrivals) - math.log(leaving(n)))
        best = max(best, logs[-1])
        if limit is None and logs[-1] < best + math.log(STATES) and leaving(n) > arrivals:
            break
    weights = np.exp(np.array(logs) - best)
    law: Law = weights / weights.sum()
    return law


def _poisson_below(mean: float, count: int) -> float:
    """Give the probability that a Poisson number of this mean is less than `count`."""
    return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))
