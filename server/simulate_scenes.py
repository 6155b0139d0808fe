"""What `ventanilla simulate` spends: a day from a file, or one from this centre's own facts, and the plans for it."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from dialplans.institution import Institution
from queues.adapters.recorded import recorded_day
from queues.agents import Agent
from queues.ports import Outcome
from queues.simulation.day import Day, DayFault, Plan, day_of, moment_s, plan_of, span_s, unanswerable
from queues.simulation.draws import callers_of
from queues.simulation.people import Caller, Shift
from queues.simulation.recorded import callers_from, shifts_from
from queues.thresholds import Thresholds
from server.database import TROUBLE, away, is_missing, open_engine
from server.figures.agreed import thresholds_of
from server.settings import Settings
from server.simulate_tables import Frame

QUARTER: Final = 900.0
ANSWER_S: Final = 4.0
"""From the ring to the answer on a recorded day, whose outcomes only know both together with the wait."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A day and the plans for it: all that is needed to spend it. `doubts` are said before."""

    title: str
    callers: Sequence[Caller]
    plans: tuple[tuple[str, tuple[Shift, ...]], ...]
    frame: Frame
    answer_s: float
    lines: float
    doubts: tuple[str, ...] = ()


def from_file(
    path: Path,
    plans: Sequence[Path],
    number: float | None,
    chance: np.random.Generator,
    institution: Institution,
) -> Scene:
    """Draw a day from a file. `number` is how many callers instead of the file's. Raises DayFault."""
    day = day_of(_content(path), str(path))
    if number is not None:
        day = day.model_copy(update={"callers": number})
    own = day.own_plan()
    chosen = [*([own] if own else []), *_plans(plans)]
    if not chosen:
        raise DayFault(f"{path}: nobody answers: it has no [[agents]]; add them, or name a plan with --plan")
    return Scene(
        title=day.name,
        callers=callers_of(day, chance),
        plans=tuple((plan.name, plan.shifts()) for plan in chosen),
        frame=_frame(day, thresholds_of(institution)),
        answer_s=day.answer_s,
        lines=day.lines,
        doubts=(
            *strangers(day, chosen, institution),
            *(doubt for plan in chosen for doubt in unanswerable(day, plan, institution.routing.least_skill)),
        ),
    )


def strangers(day: Day, plans: Sequence[Plan], institution: Institution) -> tuple[str, ...]:
    """Say which subjects and teams the institution does not have: its rules for its own are not tried by them."""
    teams = {group.team for plan in plans for group in plan.agents} - {""}
    named = (
        (
            "subjects",
            day.subjects.keys() - institution.subjects.keys(),
            "a rule that names subjects serves none of them",
        ),
        ("teams", teams - institution.routing.teams.keys(), "a rule that names teams never asks them"),
    )
    return tuple(
        f"The institution has no {what} {', '.join(sorted(strange))}: {so}."
        for what, strange, so in named
        if strange
    )


def _frame(day: Day, thresholds: Thresholds) -> Frame:
    rush = span_s(day.rush) if day.rush else None
    return Frame(thresholds, moment_s(day.opens), moment_s(day.closes), rush)


def from_facts(
    wanted: Settings,
    day: datetime,
    institution: Institution,
    plans: Sequence[Path],
    chance: np.random.Generator,
) -> Scene:
    """Take a recorded day from the database. Raises DayFault when there is none."""
    midnight = day.replace(tzinfo=institution.time_zone)
    begins, ends = midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()
    outcomes, agents = _read_facts(wanted.database, begins, ends)
    if not outcomes:
        raise DayFault(f"Nobody asked for a person on {day:%Y-%m-%d}: name a day with calls.")
    callers = callers_from(outcomes, begins, chance)
    own = shifts_from(outcomes, begins, agents)
    chosen = [*([("as it was", own)] if own else []), *((plan.name, plan.shifts()) for plan in _plans(plans))]
    if not chosen:
        raise DayFault(f"Nobody who answered on {day:%Y-%m-%d} works here any more: name a plan with --plan.")
    opens = callers[0].at // QUARTER * QUARTER
    closes = (max(caller.at for caller in callers) // QUARTER + 1) * QUARTER
    return Scene(
        f"Recorded {day:%Y-%m-%d}",
        callers,
        tuple(chosen),
        Frame(thresholds_of(institution), opens, closes, None),
        ANSWER_S,
        float("inf"),
    )


def _read_facts(url: str, begins: float, ends: float) -> tuple[list[Outcome], dict[str, Agent]]:
    async def read() -> tuple[list[Outcome], dict[str, Agent]]:
        engine = open_engine(url)
        try:
            return await recorded_day(engine, begins, ends)
        finally:
            await engine.dispose()

    if is_missing(url):
        raise DayFault(
            "There is no database yet, so no day is recorded: run `ventanilla run`, or name a day's file."
        )
    try:
        return asyncio.run(read())
    except TROUBLE as fault:
        raise DayFault(away(url, fault)) from fault


def _plans(paths: Sequence[Path]) -> list[Plan]:
    return [plan_of(_content(path), str(path)) for path in paths]


def _content(path: Path) -> Mapping[str, object]:
    """Read a TOML file. Raises DayFault with the file and the remedy."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise DayFault(f"{path}: there is no such file. docs/simulation.md shows one") from missing
    except UnicodeDecodeError as wrong:
        raise DayFault(f"{path}: is not text in UTF-8; save it as such") from wrong
    except tomllib.TOMLDecodeError as wrong:
        raise DayFault(f"{path}: is not TOML: {wrong}") from wrong
    except OSError as wrong:
        raise DayFault(f"{path}: cannot be read: {wrong.strerror}") from wrong
