"""A system run: the real router under the simulated clock, figures by batch means."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from benchmarks.theory_systems import Figure, System
from queues.agents import Agent
from queues.simulation.clock import Centre
from queues.simulation.ours import Ours
from queues.simulation.people import Caller, Ended, How
from queues.wishes import SECOND_LEVEL, Rules

BATCHES: Final = 30
"""Counted; one more before them, while the empty system fills, is thrown away."""
CONFIDENCE: Final = 0.99
SEED: Final = 20261122
"""Fixed before the first run and never changed for a better table."""
_BLOCK = 10_000
_COLUMNS: Final = {"came": 0, "blocked": 1, "wait": 2, "mean": 3, "abandoned": 4, "within": 5}

Sums = np.ndarray[tuple[int, int, int], np.dtype[np.float64]]


class Interval(NamedTuple):
    """A figure of ours: its middle and half its width at 99 %, and after Bonferroni for all figures."""

    middle: float
    half: float
    half_all: float

    def holds(self, exact: float) -> bool:
        """Whether the exact value lies within 99 %."""
        return abs(self.middle - exact) <= self.half

    def holds_all(self, exact: float) -> bool:
        """Whether it lies within what all figures together may need."""
        return abs(self.middle - exact) <= self.half_all


@dataclass(slots=True)
class Tally:
    """Sums by batch and type of caller. A caller belongs to the batch of the arrival."""

    system: System
    sums: Sums = field(init=False)

    def __post_init__(self) -> None:
        self.sums = np.zeros((BATCHES + 1, len(self.system.kinds), len(_COLUMNS)))

    def taken(self, caller: Caller, agent: Agent, now: float, waiting: Iterable[Caller]) -> None:
        """Nothing to count."""

    def worked(self, agent: str, begins: float, ends: float) -> None:
        """Nothing to count."""

    def ended(self, call: Ended) -> None:
        """Count a call."""
        if call.how is How.UNSERVED:
            raise AssertionError(f"{call.caller} waited for ever though agents who could answer were there")
        number, kind = divmod(int(call.caller.call), 100)
        row = self.sums[number // self.system.batch, kind]
        if call.how is How.BLOCKED:
            row[1] += 1
            return
        row[0] += 1
        row[2] += call.waited_s > 0
        row[3] += call.waited_s
        row[4] += call.how is How.ABANDONED
        row[5] += call.waited_s <= self.system.within

    def interval(self, figure: Figure, comparisons: int) -> Interval:
        """Give a figure with its t-interval over the batches."""
        chosen = slice(None) if figure.kind is None else slice(figure.kind, figure.kind + 1)
        sums = self.sums[1:, chosen].sum(axis=1)
        of = sums[:, 0] + (sums[:, 1] if figure.name == "blocked" else 0)
        values = sums[:, _COLUMNS[figure.name]] / of
        spread = float(values.std(ddof=1)) / math.sqrt(BATCHES)
        return Interval(
            float(values.mean()),
            spread * float(stats.t.ppf(1 - (1 - CONFIDENCE) / 2, BATCHES - 1)),
            spread * float(stats.t.ppf(1 - (1 - CONFIDENCE) / comparisons / 2, BATCHES - 1)),
        )


def run(system: System, seed: int) -> Tally:
    """Run a system from empty."""
    tally = Tally(system)
    centre = Centre(Ours(Rules()), tally, lines=system.lines, room=system.room)
    centre.run(_callers(system, np.random.default_rng((SEED, seed))), system.shifts)
    return tally


def _callers(system: System, chance: np.random.Generator) -> Iterator[Caller]:
    """Draw Poisson arrivals of all types, exponential handling and patience."""
    rates = np.array([kind.rate for kind in system.kinds])
    now, left, number = 0.0, system.batch * (BATCHES + 1), 0
    while left > 0:
        many = min(left, _BLOCK)
        left -= many
        times = now + np.cumsum(chance.exponential(1 / rates.sum(), many))
        now = float(times[-1])
        kinds = chance.choice(len(rates), many, p=rates / rates.sum()).tolist()
        work = chance.exponential(1.0, many).tolist()
        patience = (chance.exponential(1.0, many) * system.patience).tolist()
        for at, kind, talk, waits in zip(times.tolist(), kinds, work, patience, strict=True):
            what = system.kinds[kind]
            yield Caller(
                str(number * 100 + kind), at, what.subject, what.language, SECOND_LEVEL, what.priority,
                talk, 0.0, waits,
            )  # fmt: skip
            number += 1
