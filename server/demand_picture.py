"""The picture of demand: what was asked now beside what the institution has published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from dialplans.institution import Institution
from server import demand
from server.figures.demand import LINE
from server.figures.sheet import Cell, Sheet


def draw(made: Sheet, institution: Institution, language: str, title: str, to: Path) -> None:
    """Write the picture of the lines of demand beside what was published; svg, png or pdf by the file's ending."""
    about = {one.name: one.about.get(language, one.name) for one in institution.catalogue.demand}
    rows = [dict(zip(made.heads, row, strict=True)) for row in reversed(made.rows)]
    places = range(len(rows))
    with mpl.rc_context(
        {"svg.fonttype": "none", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}
    ):
        figure = Figure(figsize=(10, 0.55 * len(rows) + 1.6), layout="constrained")
        axes = figure.subplots()
        axes.set_title(title, loc="left", fontweight="bold")
        axes.barh(
            [place + 0.2 for place in places],
            _shares(rows, "share"),
            height=0.38,
            color="#0b5563",
            label="now",
        )
        axes.barh(
            [place - 0.2 for place in places],
            _shares(rows, demand.PUBLISHED),
            height=0.38,
            color="#c98a1b",
            hatch="//",
            label="published",
        )
        axes.set_yticks(list(places), [about.get(str(row[LINE]), str(row[LINE])) for row in rows])
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_xlabel("share of contacts")
        axes.legend(frameon=False, loc="lower right")
        figure.savefig(to)


def _shares(rows: Sequence[dict[str, Cell]], column: str) -> list[float]:
    return [float(row.get(column) or 0.0) for row in rows]
