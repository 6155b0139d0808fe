"""What a simulated day came to: service level, waits, losses, occupancy, fairness. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from queues.agents import Agent
from queues.simulation.people import Caller, Ended, How, Shift
from queues.simulation.tally import Figures, Tally
from queues.thresholds import Thresholds
from queues.wishes import Rules, skill_of

QUARTER_S = 900.0


@dataclass(slots=True)
class Books:
    """Every ended call, every agent's work, and who was passed over: filled while the simulation runs.

    A caller is *passed over* when somebody of the same priority who came later gets an agent who was right
    for the earlier one too: same level, speaks their language, trained for them. Counted over answers.
    """

    rules: Rules
    ends: list[Ended] = field(default_factory=list)
    work: list[tuple[str, float, float]] = field(default_factory=list)
    out_of_order: int = 0
    longest_passed_s: float = 0.0

    def taken(self, caller: Caller, agent: Agent, now: float, waiting: Iterable[Caller]) -> None:
        """Look whether this agent should have gone to somebody else first."""
        passed = [
            now - other.at
            for other in waiting
            if other.at < caller.at and other.priority == caller.priority and suits(agent, other, self.rules)
        ]
        if passed:
            self.out_of_order += 1
            self.longest_passed_s = max(self.longest_passed_s, *passed)

    def ended(self, call: Ended) -> None:
        """Book a call."""
        self.ends.append(call)

    def worked(self, agent: str, begins: float, ends: float) -> None:
        """Book an agent's work."""
        self.work.append((agent, begins, ends))


def suits(agent: Agent, caller: Caller, rules: Rules) -> bool:
    """Whether an agent is right for a caller at once, without any relaxing."""
    skill = skill_of(caller.subject)
    trained = caller.level == 1 or skill is None or agent.skills.get(skill, 0) >= rules.least_skill
    return agent.level == caller.level and agent.languages.get(caller.language, 0) > 0 and trained


@dataclass(frozen=True, slots=True)
class Group:
    """A group of callers: the day's published figures, and the waits of those answered (s)."""

    figures: Figures
    blocked: int
    waits: tuple[float, ...]

    @property
    def lost_share(self) -> float:
        """Abandoned, of those who got in."""
        return self.figures.abandoned / self.figures.offered if self.figures.offered else 0.0

    def percentile_s(self, percent: float) -> float:
        """Give the wait that this percentage of the answered did not exceed."""
        return float(np.percentile(self.waits, percent)) if self.waits else 0.0


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of an hour: callers who came, agents at work on average, callers waiting at its end."""

    begins: float
    offered: int
    answered: int
    abandoned: int
    agents: float
    occupied: float
    waiting: int
    mean_wait_s: float


def group(ends: Iterable[Ended], thresholds: Thresholds) -> Group:
    """Sum calls up by the published definitions. Those unserved at closing count as abandoned."""
    tally, waits, blocked = Tally(thresholds), [], 0
    for call in ends:
        if call.how is How.BLOCKED:
            blocked += 1
            continue
        tally.offered()
        if call.how is How.ANSWERED:
            tally.answered(call.waited_s)
            waits.append(call.waited_s)
        else:
            tally.abandoned(call.waited_s)
    return Group(tally.figures(), blocked, tuple(waits))


def by(ends: Iterable[Ended], key: Callable[[Caller], str], thresholds: Thresholds) -> dict[str, Group]:
    """Sum up by what the key says of a caller: subject, language, level."""
    groups: dict[str, list[Ended]] = defaultdict(list)
    for call in ends:
        groups[key(call.caller)].append(call)
    return {name: group(groups[name], thresholds) for name in sorted(groups)}


def occupancy(
    books: Books, shifts: Sequence[Shift], of: Callable[[Agent], Iterable[str]]
) -> Mapping[str, float]:
    """Say what share of their time at the desk agents were occupied, by what `of` says of an agent."""
    staffed, busy = defaultdict[str, float](float), defaultdict[str, float](float)
    worked = defaultdict[str, float](float)
    for name, begins, ends in books.work:
        worked[name] += ends - begins
    here = at_desks(books, shifts)
    for agent in {shift.agent.name: shift.agent for shift in shifts}.values():
        present_s = sum(ends - begins for begins, ends in here[agent.name])
        for name in of(agent):
            staffed[name] += present_s
            busy[name] += worked[agent.name]
    return {name: busy[name] / staffed[name] for name in sorted(staffed) if staffed[name]}


Span = tuple[float, float]


def at_desks(books: Books, shifts: Sequence[Shift]) -> dict[str, list[Span]]:
    """Say when each agent was at the desk: in their shifts, and after those until the call at hand was finished.

    So nobody is ever occupied for longer than they were there.
    """
    spans = defaultdict[str, list[Span]](list)
    for shift in shifts:
        spans[shift.agent.name].append((shift.begins, shift.ends))
    for agent, begins, ends in books.work:
        spans[agent].append((begins, ends))
    return {agent: _joined(sorted(each)) for agent, each in spans.items()}


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Join spans, in their order, that overlap or touch."""
    joined: list[Span] = []
    for begins, ends in spans:
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((begins, ends))
    return joined


def quarters(books: Books, shifts: Sequence[Shift], opens: float, closes: float) -> Iterator[Quarter]:
    """Cut a day into quarters of an hour."""
    edges = np.arange(opens, closes + QUARTER_S / 2, QUARTER_S)
    came = np.array([call.caller.at for call in books.ends if call.how is not How.BLOCKED])
    left = np.array([call.caller.at + call.waited_s for call in books.ends if call.how is not How.BLOCKED])
    answered = np.array(
        [call.how is How.ANSWERED for call in books.ends if call.how is not How.BLOCKED], bool
    )
    waited = left - came
    work = np.array([(begins, ends) for _, begins, ends in books.work]).reshape(-1, 2)
    desks = np.array([span for each in at_desks(books, shifts).values() for span in each]).reshape(-1, 2)
    for begins, ends in pairwise(edges):
        here = (came >= begins) & (came < ends)
        served = here & answered
        yield Quarter(
            begins=float(begins),
            offered=int(here.sum()),
            answered=int(served.sum()),
            abandoned=int((here & ~answered).sum()),
            agents=_overlap(desks, begins, ends) / QUARTER_S,
            occupied=_overlap(work, begins, ends) / QUARTER_S,
            waiting=int(((came <= ends) & (left > ends)).sum()),
            mean_wait_s=float(waited[served].mean()) if served.any() else 0.0,
        )


def _overlap(spans: np.ndarray[tuple[int, int], np.dtype[np.float64]], begins: float, ends: float) -> float:
    """Sum how long these spans lie within [begins, ends]."""
    return float(np.clip(np.minimum(spans[:, 1], ends) - np.maximum(spans[:, 0], begins), 0, None).sum())
