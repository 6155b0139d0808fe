"""`ventanilla simulate`: a day to come, or one that was, spent with the real router under a simulated clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from queues.simulation.app_queue import AppQueue, Strategy
from queues.simulation.day import MOST_CALLERS, DayFault
from queues.simulation.ours import Ours
from queues.simulation.people import Caller, Dispatcher
from queues.simulation.trial import Trial, spend
from queues.wishes import Rules
from server import simulate_tables as tables
from server.console import EXIT_USAGE, err, out, settings
from server.flows import load
from server.routing import rules_of
from server.simulate_scenes import Scene, from_facts, from_file

DEFAULT_DAY: Final = Path("days") / "model.toml"
PICTURES: Final = (".svg", ".png", ".pdf")
_EVERY: Final = 50
"""Callers between two movements of the progress bar."""

DAY = "A day (TOML, docs/simulation.md); the institution's days/model.toml when none is named."
PLAN = "Another staffing plan (TOML), put beside the day's own; repeatable."
RECORDED = "A day that was, such as 2026-11-20, from this centre's own facts, instead of a file."
CALLERS = "So many callers a day instead of the file's."
BESIDE = "Put models of Asterisk's app_queue beside, with the same callers and agents."
PICTURE = "Where the picture goes; the ending says as what: .svg, .png, .pdf."
SEED = "Another number, another day by the same file."

Maker = Callable[[Rules], Dispatcher]
BESIDES: Final[dict[str, Maker]] = {
    "app_queue, leastrecent": AppQueue,
    "app_queue, rrmemory": lambda rules: AppQueue(rules, Strategy.RRMEMORY),
    "app_queue, leastrecent, force_longest_waiting_caller": lambda rules: AppQueue(rules, force_longest=True),
}


def simulate(
    file: Annotated[Path | None, typer.Argument(help=DAY)] = None,
    plan: Annotated[list[Path] | None, typer.Option(help=PLAN)] = None,
    recorded: Annotated[datetime | None, typer.Option(help=RECORDED, formats=["%Y-%m-%d"])] = None,
    callers: Annotated[float | None, typer.Option(help=CALLERS, min=1, max=MOST_CALLERS)] = None,
    seed: Annotated[int, typer.Option(help=SEED, min=0)] = 1,
    picture: Annotated[Path | None, typer.Option(help=PICTURE)] = None,
    *,
    app_queue: Annotated[bool, typer.Option("--app-queue", help=BESIDE)] = False,
) -> None:
    """Spend a day in seconds: service level, waits, losses, occupancy; several staffing plans side by side."""
    wanted = settings()
    to = picture or wanted.runtime / "simulation.svg"
    if to.suffix not in PICTURES:
        raise typer.BadParameter(f"{to}: a picture's name ends in {', '.join(PICTURES)}")
    if recorded is not None and (file is not None or callers is not None):
        raise typer.BadParameter("a recorded day has its own callers: leave the file and --callers out")
    institution = load(wanted.institution_folder)
    # Who is there when is the plan's to say, not the hours of the institution's teams.
    rules, chance = replace(rules_of(institution), shifts={}), np.random.default_rng(seed)
    try:
        if recorded is not None:
            scene = from_facts(wanted, recorded, institution, plan or (), chance)
        else:
            day = file or wanted.institution_folder / DEFAULT_DAY
            scene = from_file(day, plan or (), callers, chance, institution)
    except DayFault as fault:
        err.print(Text(str(fault), style="bold red"))
        raise typer.Exit(EXIT_USAGE) from fault
    for doubt in scene.doubts:
        err.print(Text(doubt, style="yellow"))
    _show(scene, _spent(scene, rules, BESIDES if app_queue else {}), to)


def _spent(scene: Scene, rules: Rules, beside: dict[str, Maker]) -> list[Trial]:
    """Spend the day with every plan, and with every way of routing put beside, showing progress."""
    ways: dict[str, Maker] = {"": Ours, **beside}
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    trials = []
    with Progress(*columns, console=out, transient=True) as progress:
        for name, shifts in scene.plans:
            for way, maker in ways.items():
                title = f"{name}: {way}" if way else name
                task = progress.add_task(title, total=len(scene.callers))
                coming = _told(scene, lambda task=task: progress.advance(task, _EVERY))  # type: ignore[misc]
                trials.append(
                    spend(
                        title, coming, shifts, maker(rules), rules, answer_s=scene.answer_s, lines=scene.lines
                    )
                )
    return trials


def _told(scene: Scene, tell: Callable[[], None]) -> Iterator[Caller]:
    for number, caller in enumerate(scene.callers):
        if number % _EVERY == 0:
            tell()
        yield caller


def _show(scene: Scene, trials: list[Trial], picture: Path) -> None:
    """Print the tables and write the picture."""
    frame = scene.frame
    out.print(Text(f"{scene.title}: {len(scene.callers):,} callers want a person.", style="bold"))
    out.print(tables.course(trials[0], frame))
    out.print(tables.side_by_side(trials, frame))
    out.print(tables.by_group(trials, "By language", lambda caller: caller.language, frame))
    out.print(tables.by_group(trials, "By subject", lambda caller: caller.subject, frame))
    out.print(tables.by_group(trials, "By level", lambda caller: f"level {caller.level}", frame))
    out.print(tables.occupied(trials))
    from server.simulate_picture import draw  # noqa: PLC0415 - half a second that no other command shall pay

    picture.parent.mkdir(parents=True, exist_ok=True)
    draw(trials, scene.title, frame, picture)
    out.print(f"The picture: {picture}", highlight=False)
