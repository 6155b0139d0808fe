"""A day that was, to be spent again with other people at the desks. Pure: outcomes in, callers and shifts out."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np

from queues.agents import Agent
from queues.ports import Outcome
from queues.simulation.day import DayFault
from queues.simulation.people import Caller, Shift

ANSWERED = "answered"


def callers_from(outcomes: Sequence[Outcome], midnight: float, chance: np.random.Generator) -> list[Caller]:
    """Give a recorded day's callers, each at their moment (seconds after `midnight`).

    Who hung up has the patience they showed. Who was answered would have waited longer, how long nobody knows:
    the rest is drawn, exponential, with the mean that fits the day (all waiting, divided by those who gave up).
    A talk that did not take place is one of the day's about the same subject, drawn. Raises DayFault.
    """
    answered = [outcome for outcome in outcomes if outcome.kind == ANSWERED and outcome.talked_s is not None]
    if not answered:
        raise DayFault(
            "Nobody was answered on that day: there is nothing to learn from it. Name another day."
        )
    gave_up = max(len(outcomes) - len(answered), 1)
    mean_patience = sum(outcome.waited_s for outcome in outcomes) / gave_up
    talks = {name: list(group) for name, group in groupby(sorted(answered, key=_subject), _subject)}
    callers = []
    for number, outcome in enumerate(sorted(outcomes, key=lambda one: one.since), start=1):
        there = outcome.kind == ANSWERED and outcome.talked_s is not None
        pool = talks.get(outcome.subject, answered)
        talk = outcome if there else pool[int(chance.integers(len(pool)))]
        callers.append(
            Caller(
                call=f"{number:06d}",
                at=outcome.since - midnight,
                subject=outcome.subject,
                language=outcome.language,
                level=outcome.level,
                priority=0,
                work_s=talk.talked_s or 0.0,
                wrap_s=talk.wrap_s or 0.0,
                patience_s=outcome.waited_s + (float(chance.exponential(mean_patience)) if there else 0.0),
            )
        )
    return callers


def shifts_from(
    outcomes: Sequence[Outcome], midnight: float, agents: Mapping[str, Agent]
) -> tuple[Shift, ...]:
    """Give who was there: each agent from their first answer to the end of their last call.

    Somebody who waited at the desk before or after is not seen in the outcomes: a plan file says it better.
    Agents who no longer work here are left out.
    """
    spans: dict[str, tuple[float, float]] = {}
    for outcome in outcomes:
        if outcome.agent is not None and outcome.agent in agents:
            begins = outcome.since + outcome.waited_s - midnight
            ends = outcome.ended_at + (outcome.wrap_s or 0.0) - midnight
            first, last = spans.get(outcome.agent, (begins, ends))
            spans[outcome.agent] = min(first, begins), max(last, ends)
    return tuple(Shift(agents[name], *span) for name, span in sorted(spans.items()))


def _subject(outcome: Outcome) -> str:
    return outcome.subject
