"""The systems that theory knows exactly, as our router is given them: subjects, languages, agents, lines.

The unit of time is the mean handling time, so that a rate of arrivals is a load in erlang.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from benchmarks.theory_chains import Chain, solve
from benchmarks.theory_formulas import (
    Exact,
    Skilled,
    erlang_a,
    erlang_b,
    erlang_c,
    fcfs_alis,
    limited,
    priorities,
    shared_room,
)
from queues.agents import Agent
from queues.simulation.people import Shift
from queues.wishes import SECOND_LEVEL

RUN_IN: Final = 5
"""Batches are this many relaxation times long, so that one batch knows little of the one before."""


class Kind(NamedTuple):
    """A type of caller: how many in a unit of time, about what, in which language, how urgent."""

    rate: float
    subject: str
    language: str = "es"
    priority: int = 0


class Figure(NamedTuple):
    """One figure to be met: its name in `Exact`, the type of caller (None: all), the exact value."""

    name: str
    kind: int | None
    exact: float


@dataclass(frozen=True, slots=True)
class System:
    """A system, how it is run, and what it must come to. `batch` is in arrivals; `patience` a mean."""

    family: str
    name: str
    kinds: tuple[Kind, ...]
    shifts: tuple[Shift, ...]
    figures: tuple[Figure, ...]
    batch: int
    lines: float = math.inf
    room: float = math.inf
    patience: float = math.inf
    within: float = 0.05

    def longer(self, times: int) -> "System":
        """Give the same system with longer batches."""
        return replace(self, batch=self.batch * times)


def everything(*, quick: bool = False) -> list[System]:
    """List all systems; the quick list has a few of each family, shorter."""
    systems = [*_erlang_b(), *_erlang_c(), *_erlang_a(), *_ninety(), *_listed(), *_own(), *_urgent()]
    if not quick:
        return systems
    return [replace(system, batch=min(system.batch, 600)) for system in systems if system.name in QUICK]


QUICK: Final = frozenset(
    {"A 5, 8 agents", "A 10, 15 agents", "A 20, 18 agents, patience 1", "N", "N, patience 1", "skilled first",
     "3 agents, 2 classes"}
)  # fmt: skip


SUBJECTS: Final = ("pension", "subsidy", "imv")
TONGUES: Final = ("es", "ca")


def _mixed(load: float) -> tuple[Kind, ...]:
    """Six kinds of wishes that every agent of `_versatile` can serve: in all, one stream of this load."""
    return tuple(Kind(load / 6, subject, tongue) for subject in SUBJECTS for tongue in TONGUES)


def _versatile(count: int) -> tuple[Shift, ...]:
    """Agents who serve all six kinds, each better at some than at others: the engine has to choose."""
    return tuple(
        Shift(
            Agent(
                f"agent{n}",
                "",
                SECOND_LEVEL,
                {"es": 3 + n % 3, "ca": 5 - n % 3},
                {subject: 3 + (n + place) % 3 for place, subject in enumerate(SUBJECTS)},
            )
        )
        for n in range(count)
    )


def _relaxation(load: float, agents: int) -> int:
    """How many arrivals M/M/n takes to forget: lambda / (sqrt(n mu) - sqrt(lambda))^2."""
    return math.ceil(load / (math.sqrt(agents) - math.sqrt(load)) ** 2)


def _erlang_b() -> list[System]:
    points = ((1, 2), (5, 8), (10, 15), (15, 12), (20, 25), (30, 35), (45, 50), (48, 50), (90, 100),
              (120, 110), (190, 200), (950, 1000))  # fmt: skip
    return [
        System(
            "Erlang B", f"A {load}, {agents} agents", _mixed(load), _versatile(agents),
            (Figure("blocked", None, erlang_b(load, agents)),),
            batch=max(2000, RUN_IN * load), lines=agents,
        )
        for load, agents in points
    ]  # fmt: skip


def _erlang_c() -> list[System]:
    points = ((1, 2), (3, 5), (5, 8), (10, 14), (10, 15), (20, 25), (30, 35), (45, 50), (48, 50), (90, 100),
              (190, 200), (950, 1000))  # fmt: skip
    return [
        System(
            "Erlang C", f"A {load}, {agents} agents", _mixed(load), _versatile(agents),
            _figures(erlang_c(load, 1.0, agents), "wait", "mean"),
            batch=max(2000, RUN_IN * _relaxation(load, agents)),
        )
        for load, agents in points
    ]  # fmt: skip


def _erlang_a() -> list[System]:
    points = ((5, 5, 1.0), (10, 8, 0.5), (20, 18, 1.0), (30, 30, 3.0), (40, 35, 0.7), (48, 50, 2.0),
              (60, 50, 1.5), (100, 100, 1.0), (100, 95, 1.0), (105, 100, 2.0), (140, 129, 0.5),
              (1000, 1000, 1.0))  # fmt: skip
    return [
        System(
            "Erlang A", f"A {load}, {agents} agents, patience {patience:g}", _mixed(load), _versatile(agents),
            _figures(erlang_a(load, 1.0, agents, patience), "wait", "mean", "abandoned"),
            batch=max(2000, RUN_IN * load), patience=patience,
        )
        for load, agents, patience in points
    ]  # fmt: skip


def _ninety() -> list[System]:
    systems = []
    for load in (77.4, 84.0, 90.0):
        exact = limited(load, 1.0, 90, 120, 0.05)
        every = ninety(
            load, 6, _figures(exact, "blocked", "wait", "mean", "within"), f"M/M/90/120, load {load:g}"
        )
        single = shared_room(load / 6, 1.0, 15, 6, 120)
        systems += [every, ninety(load, 1, _figures(single, "blocked", "mean"), f"one skill, load {load:g}")]
    return systems


def ninety(load: float, skills: int, figures: tuple[Figure, ...], name: str) -> System:
    """Ninety agents, six subjects, 120 lines: each agent has this many skills, best in the first.

    Fifteen have each subject as their first; their further ones are spread evenly over the others.
    """
    names = [f"s{n}" for n in range(6)]
    shifts = []
    for n in range(90):
        first, turn = n % 6, n // 6
        others = [names[(first + 1 + (turn + place) % 5) % 6] for place in range(skills - 1)]
        own = {names[first]: 5, **dict.fromkeys(others, 4)}
        shifts.append(Shift(Agent(f"agent{n}", "", SECOND_LEVEL, {"es": 5}, own)))
    return System(
        "90 agents, 6 subjects, 120 lines", name, tuple(Kind(load / 6, subject) for subject in names),
        tuple(shifts), figures, batch={1: 20_000, 2: 12_000}.get(skills, 6_000), lines=120,
    )  # fmt: skip


def _figures(exact: Exact, *names: str, kind: int | None = None) -> tuple[Figure, ...]:
    return tuple(Figure(name, kind, getattr(exact, name)) for name in names)


def _skilled(family: str, name: str, system: Skilled, exact: Sequence[Exact]) -> System:
    """A system with skills, every agent equally good at what they serve: longest idle first."""
    chain = Chain(system.arrivals, system.service, tuple(dict.fromkeys(who, 0) for who in system.serves), 0)
    return _ranked(family, name, chain, exact)


def _ranked(family: str, name: str, chain: Chain, exact: Sequence[Exact], *wanted: str) -> System:
    shifts = []
    for n, (speed, rank) in enumerate(zip(chain.service, chain.rank, strict=True)):
        skills = {f"s{kind}": 5 - worse for kind, worse in rank.items()}
        shifts.append(Shift(Agent(f"agent{n}", "", SECOND_LEVEL, {"es": 5}, skills), speed=speed))
    figures = [
        figure
        for kind, one in enumerate(exact)
        for figure in _figures(one, *(wanted or ("wait", "mean")), kind=kind)
    ]
    return System(
        family, name, tuple(Kind(rate, f"s{kind}") for kind, rate in enumerate(chain.arrivals)),
        tuple(shifts), tuple(figures), batch=4_000,
        room=chain.room or math.inf,
        patience=1 / chain.give_up if chain.give_up else math.inf,
    )  # fmt: skip


def _sets(*texts: str) -> tuple[frozenset[int], ...]:
    """Write whom each agent serves as letters: "ab" is types 0 and 1."""
    return tuple(frozenset("abcdefgh".index(letter) for letter in text) for text in texts)


LISTED: Final = {
    "N": Skilled((0.9, 0.6), (1.0, 1.0), _sets("a", "ab")),
    "W": Skilled((1.2, 1.0), (1.0, 1.0, 1.0), _sets("a", "ab", "b")),
    "ring of 6": Skilled((1.6, 1.6, 1.6), (1.0,) * 6, _sets("ab", "bc", "ca", "ab", "bc", "ca")),
    "four speeds": Skilled((1.0, 0.9, 0.7), (1.0, 1.5, 0.8, 1.2), _sets("a", "ab", "bc", "abc")),
}


def _listed() -> list[System]:
    return [
        _skilled("FCFS-ALIS, product form", name, system, fcfs_alis(system))
        for name, system in LISTED.items()
    ]


OWN: Final = {
    "N, patience 1": Chain((1.1, 0.9), (1.0, 1.0), ({0: 0}, {0: 0, 1: 0}), room=12, give_up=1.0),
    "W, room for 5": Chain((1.4, 1.2), (1.0, 0.8, 1.2), ({0: 0}, {0: 0, 1: 0}, {1: 0}), room=5),
    "skilled first": Chain(
        (0.9, 0.8, 0.7), (1.0, 1.0, 1.0), ({0: 0, 1: 1}, {1: 0, 2: 1}, {2: 0, 0: 1}), room=5
    ),
    "M, two in the middle": Chain(
        (0.9, 1.1), (1.0, 0.9, 1.1, 1.0), ({0: 0}, {0: 0, 1: 0}, {0: 0, 1: 0}, {1: 0}), room=6, give_up=0.25
    ),
}
"""Ours: patience, few lines, agents better at one subject than at another, different speeds."""


def _own() -> list[System]:
    return [
        _ranked("Own, Markov chain solved", name, chain, solve(chain), *_wanted(chain))
        for name, chain in OWN.items()
    ]


def _wanted(chain: Chain) -> tuple[str, ...]:
    return ("wait", "mean", "abandoned") if chain.give_up else ("blocked", "wait", "mean")


def _urgent() -> list[System]:
    """Cobham's classes: the elderly and disabled first, nobody interrupted."""
    systems = []
    for agents, rates in ((3, (0.6, 1.8)), (20, (4.0, 6.0, 8.0))):
        exact = priorities(rates, 1.0, agents)
        figures = [figure for kind, one in enumerate(exact) for figure in _figures(one, "mean", kind=kind)]
        kinds = tuple(Kind(rate, SUBJECTS[n % 3], priority=len(rates) - n) for n, rate in enumerate(rates))
        systems.append(
            System("Priority classes (Cobham)", f"{agents} agents, {len(rates)} classes", kinds,
                   _versatile(agents), tuple(figures), batch=5_000)
        )  # fmt: skip
    return systems
