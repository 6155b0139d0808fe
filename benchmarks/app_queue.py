"""Our router beside a model of Asterisk's app_queue: the same callers, agents and handling times.

`.venv/bin/python -m benchmarks.app_queue` (`make bench-queue`), some minutes. The model is
`queues/simulation/app_queue.py`, whose rules come from Asterisk's source; it is not the live application. Days
are drawn from the model day's file, and as many more of two thirds as many callers, as if the machine had served the
rest; each is spent with each way of routing. Figures are means over the days, with Student's interval at 95 % of the
difference to ours, day by day. Writes the table of docs/simulation.md.
"""

import argparse
import math
import statistics
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from rich.console import Console
from rich.progress import track
from scipy import stats

from queues.simulation.app_queue import AppQueue, Strategy
from queues.simulation.day import day_of, span_s
from queues.simulation.draws import callers_of
from queues.simulation.measures import Group, by, group
from queues.simulation.ours import Ours
from queues.simulation.people import Caller, Dispatcher
from queues.simulation.trial import Trial, spend
from queues.thresholds import Thresholds
from queues.wishes import SECOND_LEVEL, Rules

DAY: Final = Path("dialplans/inss/days/model.toml")
MODEL: Final = day_of(tomllib.loads(DAY.read_text(encoding="utf-8")), str(DAY))
RUSH: Final = span_s(MODEL.rush or "10:00-12:00")
PAGE: Final = Path("docs/simulation.md")
BEGINS, ENDS = (
    "<!-- the table of `make bench-queue` begins -->",
    "<!-- the table of `make bench-queue` ends -->",
)
What = Callable[[Group], float | None]
AGREED: Final = Thresholds(180.0, 5.0)
"""Those of the model case (dialplans/inss/institution.toml)."""
DAYS: Final = 5
SEED: Final = 4000
OURS: Final = "ours"
WAYS: Final[dict[str, Callable[[Rules], Dispatcher]]] = {
    OURS: Ours,
    "leastrecent": AppQueue,
    "rrmemory": lambda rules: AppQueue(rules, Strategy.RRMEMORY),
    "leastrecent, force_longest": lambda rules: AppQueue(rules, force_longest=True),
    "leastrecent, force_longest, retry 1 s": lambda rules: AppQueue(rules, force_longest=True, retry_s=1.0),
    "leastrecent, retry 1 s": lambda rules: AppQueue(rules, retry_s=1.0),
    "leastrecent, weight, retry 1 s": lambda rules: AppQueue(rules, weight=True, retry_s=1.0),
}
SCENES: Final = {"the model day": 1.0, "two thirds of its callers": 2 / 3}


class Run(NamedTuple):
    """One day spent one way."""

    scene: str
    way: str
    seed: int


class Measure(NamedTuple):
    """A figure of a day, and how it is written."""

    name: str
    write: str
    of: Callable[[Trial], float]


def main() -> None:
    """Spend all days, print and write the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--days", type=int, default=DAYS, help="how many days of each kind, at least two")
    days, console = options.parse_args().days, Console()
    runs = [Run(scene, way, seed) for scene in SCENES for seed in range(days) for way in WAYS]
    with ProcessPoolExecutor() as pool:
        found = dict(
            zip(runs, track(pool.map(figures, runs), "days", len(runs), console=console), strict=True)
        )
    text = "\n\n".join(table(scene, days, found) for scene in SCENES)
    console.print(text, markup=False, highlight=False)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    after = rest.partition(ENDS)[2]
    PAGE.write_text(f"{before}{BEGINS}\n\n{text}\n\n{ENDS}{after}", encoding="utf-8")


def figures(run: Run) -> list[float]:
    """Spend a day and give its figures."""
    day = MODEL.model_copy(update={"callers": MODEL.callers * SCENES[run.scene]})
    plan = day.own_plan()
    assert plan is not None
    rules = Rules()
    callers = callers_of(day, np.random.default_rng((SEED, run.seed)))
    trial = spend(
        run.way, callers, plan.shifts(), WAYS[run.way](rules), rules, answer_s=day.answer_s, lines=day.lines
    )
    return [measure.of(trial) for measure in MEASURES]


def table(scene: str, days: int, found: dict[Run, list[float]]) -> str:
    """Lay out one scene: a row for each figure, a column for each way."""
    lines = [f"| {scene}, mean of {days} days | " + " | ".join(_head(way) for way in WAYS) + " |"]
    lines.append("| --- |" + " ---: |" * len(WAYS))
    for place, measure in enumerate(MEASURES):
        ours = [found[Run(scene, OURS, seed)][place] for seed in range(days)]
        cells = []
        for way in WAYS:
            values = [found[Run(scene, way, seed)][place] for seed in range(days)]
            apart = [value - own for value, own in zip(values, ours, strict=True)]
            cells.append(
                measure.write.format(statistics.fmean(values))
                + ("" if way == OURS else _apart(apart, measure))
            )
        lines.append(f"| {measure.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _head(way: str) -> str:
    return "**our router**" if way == OURS else f"app_queue: {way}"


def _apart(differences: list[float], measure: Measure) -> str:
    half = (
        float(stats.t.ppf(0.975, len(differences) - 1))
        * statistics.stdev(differences)
        / math.sqrt(len(differences))
    )
    middle = statistics.fmean(differences)
    sign = "+" if middle > 0 else "−"  # noqa: RUF001 - the minus sign of the table
    if abs(middle) <= half:
        return " (≈)"
    return f" ({sign}{measure.write.format(abs(middle))} ± {measure.write.format(half)})"


def _everybody(_: Caller) -> bool:
    return True


def _in_rush(caller: Caller) -> bool:
    return RUSH[0] <= caller.at < RUSH[1]


def _second_level(caller: Caller) -> bool:
    return caller.level == SECOND_LEVEL


def _urgent(caller: Caller) -> bool:
    return caller.priority > 0


def _of(who: Callable[[Caller], bool], what: What) -> Callable[[Trial], float]:
    def figure(trial: Trial) -> float:
        return what(group((call for call in trial.books.ends if who(call.caller)), AGREED)) or 0.0

    return figure


def _spread(what: What) -> Callable[[Trial], float]:
    """How far the language served worst is from the one served best."""

    def apart(trial: Trial) -> float:
        languages = by(trial.books.ends, lambda caller: caller.language, AGREED)
        values = [what(one) or 0.0 for one in languages.values()]
        return max(values) - min(values)

    return apart


def _out_of_turn(trial: Trial) -> float:
    answered = sum(call.agent is not None for call in trial.books.ends)
    return trial.books.out_of_order / answered


def _asa(one: Group) -> float | None:
    return one.figures.asa_s


def _measures() -> Iterator[Measure]:
    for when, who in (("", _everybody), ("rush hour: ", _in_rush)):
        yield Measure(
            f"{when}service level, 180 s", "{:.1%}", _of(who, lambda one: one.figures.service_level)
        )
        yield Measure(f"{when}gave up", "{:.1%}", _of(who, lambda one: one.lost_share))
        yield Measure(f"{when}mean speed of answer, s", "{:.1f}", _of(who, _asa))
        yield Measure(
            f"{when}19 of 20 answered within, s", "{:.0f}", _of(who, lambda one: one.percentile_s(95))
        )
        yield Measure(f"{when}longest wait, s", "{:.0f}", _of(who, lambda one: one.figures.longest_s))
    yield Measure("answered out of turn", "{:.1%}", _out_of_turn)
    yield Measure("longest wait of one passed over, s", "{:.0f}", lambda trial: trial.books.longest_passed_s)
    yield Measure("languages apart, mean speed of answer, s", "{:.0f}", _spread(_asa))
    yield Measure("languages apart, gave up", "{:.1%}", _spread(lambda one: one.lost_share))
    yield Measure("second level: mean speed of answer, s", "{:.0f}", _of(_second_level, _asa))
    yield Measure("elderly and disabled: mean speed of answer, s", "{:.0f}", _of(_urgent, _asa))


MEASURES: Final = tuple(_measures())

if __name__ == "__main__":
    main()
