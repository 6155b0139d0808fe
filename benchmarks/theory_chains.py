"""Small systems solved as Markov chains: every state written down, the balance equations solved.

A second exact computation that shares nothing with the product forms or with the router: its states are
(who is idle, longest first; the types that wait, oldest first), and its rules are written out below.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from benchmarks.theory_formulas import Exact

State = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Chain:
    """A system with skills. `rank[agent][type]` is how well an agent fits, 0 best; a type not there: never.

    `room` is how many may wait, more are blocked. `give_up` is the rate at which one who waits leaves.
    """

    arrivals: tuple[float, ...]
    service: tuple[float, ...]
    rank: tuple[dict[int, int], ...]
    room: int
    give_up: float = 0.0

    def moves(self, state: State) -> Iterator[tuple[State, float]]:
        """List where a state can go, and at what rate."""
        idle, line = state
        for kind, rate in enumerate(self.arrivals):
            target = self.arrival(state, kind)
            if target is not None:
                yield target, rate
        for agent in set(range(len(self.service))) - set(idle):
            yield self.freed(state, agent), self.service[agent]
        for place in range(len(line) if self.give_up else 0):
            yield (idle, line[:place] + line[place + 1 :]), self.give_up

    def arrival(self, state: State, kind: int) -> State | None:
        """Give the state after an arrival: the best idle agent, of equals the longest idle; None: blocked."""
        idle, line = state
        fitting = [agent for agent in idle if kind in self.rank[agent]]
        if fitting:
            best = min(fitting, key=lambda agent: self.rank[agent][kind])  # the first of equals
            return tuple(agent for agent in idle if agent != best), line
        return (idle, (*line, kind)) if len(line) < self.room else None

    def freed(self, state: State, agent: int) -> State:
        """Give the state after an agent is free: the oldest whom they can serve, or idle behind the others."""
        idle, line = state
        for place, kind in enumerate(line):
            if kind in self.rank[agent]:
                return idle, line[:place] + line[place + 1 :]
        return (*idle, agent), line


def solve(chain: Chain) -> tuple[Exact, ...]:
    """Give the exact figures by type: blocked, P(wait) and mean wait of those let in, abandoned."""
    law = _law(chain)
    types = range(len(chain.arrivals))
    blocked, wait, queue = np.zeros(len(types)), np.zeros(len(types)), np.zeros(len(types))
    for (idle, line), share in law.items():
        for kind in types:
            queue[kind] += share * line.count(kind)
            if not any(kind in chain.rank[agent] for agent in idle):
                wait[kind] += share * (len(line) < chain.room)
                blocked[kind] += share * (len(line) >= chain.room)
    return tuple(
        Exact(
            blocked=float(blocked[kind]),
            wait=float(wait[kind] / (1 - blocked[kind])),
            mean=float(queue[kind] / chain.arrivals[kind] / (1 - blocked[kind])),
            abandoned=float(chain.give_up * queue[kind] / chain.arrivals[kind]),
        )
        for kind in types
    )


def _law(chain: Chain) -> dict[State, float]:
    """Solve pi Q = 0, sum pi = 1 over every state that can be reached from the empty one."""
    first: State = (tuple(range(len(chain.service))), ())
    number, todo = {first: 0}, [first]
    rows, columns, rates = [], [], []
    while todo:
        state = todo.pop()
        for target, rate in chain.moves(state):
            if target not in number:
                number[target] = len(number)
                todo.append(target)
            rows += [number[target], number[state]]
            columns += [number[state], number[state]]
            rates += [rate, -rate]
    size = len(number)
    balance = coo_matrix((rates, (rows, columns)), shape=(size, size)).tolil()
    balance[0, :] = 1.0
    right = np.zeros(size)
    right[0] = 1.0
    return dict(zip(number, spsolve(balance.tocsc(), right), strict=True))
