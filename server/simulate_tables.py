"""What `ventanilla simulate` prints: plans side by side, and the course of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.bar import Bar
from rich.table import Table

from queues.agents import Agent
from queues.simulation.measures import Group, Quarter, by, group, occupancy, quarters
from queues.simulation.people import Caller
from queues.simulation.trial import Trial
from queues.thresholds import Thresholds

BAR = 24
"""Characters of the longest bar."""
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the tables need to know of the day. `rush` in seconds of the day, None when none is named."""

    thresholds: Thresholds
    opens: float
    closes: float
    rush: tuple[float, float] | None


def side_by_side(trials: Sequence[Trial], frame: Frame) -> Table:
    """Give the figures of every plan, one column each."""
    table = Table(title="Plans side by side", title_justify="left")
    table.add_column("")
    for trial in trials:
        table.add_column(trial.name, justify="right")
    columns = [dict(_figures(trial, frame)) for trial in trials]
    for name in dict.fromkeys(name for column in columns for name in column):
        table.add_row(name, *(column.get(name, NOTHING) for column in columns))
    return table


def _figures(trial: Trial, frame: Frame) -> Iterator[tuple[str, str]]:
    yield "people at the desks", f"{len({shift.agent.name for shift in trial.shifts}):,}"
    yield from _waits("", group(trial.books.ends, frame.thresholds), frame)
    if frame.rush is not None:
        begins, ends = frame.rush
        rush = [call for call in trial.books.ends if begins <= call.caller.at < ends]
        yield from _waits("rush hour: ", group(rush, frame.thresholds), frame)
    answered = sum(call.agent is not None for call in trial.books.ends)
    yield "answered out of turn", percent(trial.books.out_of_order / answered if answered else 0.0)
    yield "longest passed over", clock(trial.books.longest_passed_s)
    for name, share in occupancy(trial.books, trial.shifts, _levels).items():
        yield f"occupancy, {name}", percent(share)


def _levels(agent: Agent) -> tuple[str, ...]:
    return ("all", f"level {agent.level}")


def _waits(when: str, what: Group, frame: Frame) -> Iterator[tuple[str, str]]:
    figures = what.figures
    limit = frame.thresholds.service_level_s
    yield f"{when}callers", f"{figures.offered + what.blocked:,}"
    yield f"{when}busied out", f"{what.blocked:,}"
    yield f"{when}answered", f"{figures.answered:,}"
    yield f"{when}service level, {limit:.0f} s", percent(figures.service_level)
    yield f"{when}gave up", percent(what.lost_share)
    yield f"{when}mean speed of answer", clock(figures.asa_s)
    yield f"{when}19 of 20 answered within", clock(what.percentile_s(95))
    yield f"{when}longest wait", clock(figures.longest_s)


def by_group(trials: Sequence[Trial], title: str, key: Callable[[Caller], str], frame: Frame) -> Table:
    """Give service level, speed of answer and losses by language, level or subject."""
    table = Table(title=f"{title}: service level · mean speed of answer · gave up", title_justify="left")
    table.add_column("")
    for trial in trials:
        table.add_column(trial.name, justify="right")
    groups = [by(trial.books.ends, key, frame.thresholds) for trial in trials]
    for name in groups[0]:
        table.add_row(name, *(_cell(one[name]) if name in one else NOTHING for one in groups))
    return table


def _cell(what: Group) -> str:
    figures = what.figures
    return f"{percent(figures.service_level)} · {clock(figures.asa_s)} · {percent(what.lost_share)}"


def occupied(trials: Sequence[Trial]) -> Table:
    """Give the occupancy of those who have a skill or speak a language, and of how many there are."""
    table = Table(title="Occupancy by skill and language", title_justify="left")
    table.add_column("")
    for trial in trials:
        table.add_column(trial.name, justify="right")
    shares = [occupancy(trial.books, trial.shifts, _abilities) for trial in trials]
    for name in sorted(set().union(*shares)):
        table.add_row(name, *(percent(share.get(name)) for share in shares))
    return table


def _abilities(agent: Agent) -> Iterator[str]:
    yield from (f"skill {name}" for name in agent.skills)
    yield from (f"language {name}" for name in agent.languages)


def course(trial: Trial, frame: Frame) -> Table:
    """Give the course of a day by half hours, with bars: the waits, and those who gave up."""
    table = Table(title=f"The day: {trial.name}", title_justify="left", box=None, padding=(0, 1))
    for head in ("", "callers", "at desks", "busy", "waiting", "mean wait", "", "gave up", ""):
        table.add_column(head, justify="left" if not head else "right")
    halves = [*_halves(list(quarters(trial.books, trial.shifts, frame.opens, frame.closes)))]
    longest = max((half.mean_wait_s for half in halves), default=0.0) or 1.0
    for half in halves:
        lost = half.abandoned / half.offered if half.offered else 0.0
        table.add_row(
            f"{half.begins // 3600:02.0f}:{half.begins % 3600 // 60:02.0f}", f"{half.offered}", f"{half.agents:.0f}",
            percent(half.occupied / half.agents if half.agents else None), f"{half.waiting}",
            clock(half.mean_wait_s), Bar(longest, 0, half.mean_wait_s, width=BAR, color="cyan"),
            percent(lost), Bar(1.0, 0, lost, width=BAR, color="red"),
        )  # fmt: skip
    return table


def _halves(ones: Sequence[Quarter]) -> Iterator[Quarter]:
    """Join every two quarters."""
    for first, second in zip(ones[::2], ones[1::2], strict=False):
        answered = first.answered + second.answered
        waited = first.mean_wait_s * first.answered + second.mean_wait_s * second.answered
        yield Quarter(
            first.begins, first.offered + second.offered, answered, first.abandoned + second.abandoned,
            (first.agents + second.agents) / 2, (first.occupied + second.occupied) / 2, second.waiting,
            waited / answered if answered else 0.0,
        )  # fmt: skip


def percent(share: float | None) -> str:
    """Write a share."""
    return NOTHING if share is None else f"{share:.1%}"


def clock(seconds: float | None) -> str:
    """Write seconds as minutes and seconds."""
    return NOTHING if seconds is None else f"{seconds // 60:.0f}:{seconds % 60:02.0f}"
