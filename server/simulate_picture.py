"""The picture of a simulated day: what was asked, how long people waited, how many gave up, who was there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator, PercentFormatter

from queues.simulation.measures import Quarter, quarters
from queues.simulation.trial import Trial
from server.simulate_tables import Frame

COLOURS = ("#0b5cad", "#c2410c", "#15803d", "#7c3aed", "#a16207", "#be185d")
"""Told apart by most who see colours differently; the lines also differ in their dashes."""
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))

LOOK: Final = {"svg.fonttype": "none", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}


def draw(trials: Sequence[Trial], title: str, frame: Frame, to: Path) -> None:
    """Write the picture; the name's ending says as what (svg, png, pdf). Raises OSError, ValueError."""
    with mpl.rc_context(
        {"svg.fonttype": "none", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}
    ):
        figure = Figure(figsize=(11, 11), layout="constrained")
        asked, waited, lost, staffed = figure.subplots(4, 1, sharex=True)
        figure.suptitle(title, fontsize=14, fontweight="bold")
        for number, trial in enumerate(trials):
            ones = list(quarters(trial.books, trial.shifts, frame.opens, frame.closes))
            hours = [(one.begins + 450) / 3600 for one in ones]
            style = {"color": COLOURS[number % len(COLOURS)], "linestyle": DASHES[number % len(DASHES)]}
            if number == 0:
                asked.bar(hours, [one.offered for one in ones], width=0.22, color="#94a3b8")
            waited.plot(hours, [one.mean_wait_s / 60 for one in ones], label=trial.name, linewidth=2, **style)
            lost.plot(hours, [_lost(one) for one in ones], label=trial.name, linewidth=2, **style)
            staffed.step(
                hours,
                [one.agents for one in ones],
                where="mid",
                label=f"{trial.name}: at their desks",
                **style,
            )
            staffed.plot(
                hours, [one.occupied for one in ones], label=f"{trial.name}: busy", linewidth=0.8, **style
            )
        asked.set_ylabel("callers in a quarter\nof an hour")
        waited.set_ylabel("minutes until answered,\nmean")
        lost.set_ylabel("gave up")
        lost.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        staffed.set_ylabel("agents")
        staffed.set_xlabel("time of day")
        staffed.xaxis.set_major_locator(MultipleLocator(1))
        staffed.xaxis.set_major_formatter(FuncFormatter(lambda hour, _: f"{hour:02.0f}:00"))
        for axes in (asked, waited, lost, staffed):
            axes.grid(axis="y", color="#e2e8f0")
            axes.set_axisbelow(True)
            axes.set_ylim(bottom=0)
            if frame.rush is not None:
                axes.axvspan(frame.rush[0] / 3600, frame.rush[1] / 3600, color="#fef3c7", zorder=-1)
        for axes in (waited, staffed):
            axes.legend(loc="upper right", frameon=False, fontsize=9)
        figure.savefig(to)


def _lost(one: Quarter) -> float:
    return one.abandoned / one.offered if one.offered else 0.0
