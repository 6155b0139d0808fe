"""A report as a sheet: heads and rows of plain values, for a table on the screen and for CSV (RFC 4180). Pure."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TextIO

from server.figures.counts import Counts
from server.figures.kpis import KPIS, Value
from server.figures.records import ServiceUse
from server.figures.report import Key

Cell = str | Value


class Sheet(NamedTuple):
    """Heads, and rows of as many cells."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def sheet(by: Sequence[str], lines: Mapping[Key, Counts]) -> Sheet:
    """Give one row for each line, sorted, with every key figure."""
    heads = (*by, *(kpi.name for kpi in KPIS))
    rows = ((*key, *(kpi.value(counts) for kpi in KPIS)) for key, counts in sorted(lines.items()))
    return Sheet(heads, tuple(rows))


def services(total: Counter[ServiceUse]) -> Sheet:
    """Give one row for each self-service and way it ended."""
    rows = ((use.service, use.outcome, number) for use, number in sorted(total.items()))
    return Sheet(("service", "outcome", "times"), tuple(rows))


def write(made: Sheet, file: TextIO) -> None:
    """Write CSV; what is not defined is an empty cell, times have milliseconds, shares four places."""
    out = csv.writer(file)
    out.writerow(made.heads)
    out.writerows(map(written, made.rows))


def written(row: Iterable[Cell]) -> list[str]:
    """Write a row's cells."""
    return [_cell(value) for value in row]


def _cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:.4f}"
        case str() if value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
            return f"'{value}"  # a spreadsheet would take it for a formula
        case _:
            return str(value)
