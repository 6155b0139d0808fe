"""The callers of a day, drawn: Poisson arrivals, lognormal talks, exponential patience. Chance is an argument."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from queues.simulation.day import QUARTER_S, Day, Subject, moment_s
from queues.simulation.people import Caller
from queues.wishes import FIRST_LEVEL, SECOND_LEVEL


def callers_of(day: Day, chance: np.random.Generator) -> list[Caller]:
    """Draw a day's callers, in order of arrival."""
    all_shares = sum(subject.share for subject in day.subjects.values())
    drawn: list[Caller] = []
    for name, subject in day.subjects.items():
        of_subject = day.callers * subject.share / all_shares
        for language, share in _shares(subject.languages or day.languages):
            expected = of_subject * share * _parts(subject.quarters or day.quarters)
            times = [
                at for quarter, mean in enumerate(expected) for at in _arrivals(day, quarter, mean, chance)
            ]
            drawn += _people(day, name, subject, language, times, chance)
    drawn.sort(key=lambda caller: caller.at)
    return [caller._replace(call=f"{number:06d}") for number, caller in enumerate(drawn, start=1)]


def _shares(weights: dict[str, float]) -> Iterator[tuple[str, float]]:
    whole = sum(weights.values())
    return ((name, weight / whole) for name, weight in weights.items())


def _parts(weights: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(weights) / sum(weights)


def _arrivals(day: Day, quarter: int, mean: float, chance: np.random.Generator) -> list[float]:
    """Draw one Poisson number, and as many moments in the quarter of an hour."""
    begins = moment_s(day.opens) + quarter * QUARTER_S
    moments: list[float] = (begins + chance.uniform(0, QUARTER_S, chance.poisson(mean))).tolist()
    return moments


def _people(
    day: Day, name: str, subject: Subject, language: str, times: Sequence[float], chance: np.random.Generator
) -> list[Caller]:
    many = len(times)
    shape = math.sqrt(math.log1p(subject.spread**2))
    talks = chance.lognormal(math.log(subject.handling_s) - shape**2 / 2, shape, many).tolist()
    patience = chance.exponential(subject.patience_s, many).tolist()
    second = (chance.random(many) < subject.second_level).tolist()
    urgent = (chance.random(many) < day.urgent.share).tolist()
    return [
        Caller(
            call="",
            at=at,
            subject=name,
            language=language,
            level=SECOND_LEVEL if is_second else FIRST_LEVEL,
            priority=max(subject.priority, day.urgent.priority) if is_urgent else subject.priority,
            work_s=talk,
            wrap_s=subject.wrap_s,
            patience_s=waits,
        )
        for at, talk, waits, is_second, is_urgent in zip(times, talks, patience, second, urgent, strict=True)
    ]
