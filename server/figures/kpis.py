"""The key figures, each by a published definition: names, formulas and their sources are those of docs/figures.md.

Terms are those of ISO 18295-1 where it has one. Shares are 0 to 1, times seconds; None: not defined, for nothing
was counted that could be divided by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.figures.counts import Counts

Value = float | int | None


@dataclass(frozen=True, slots=True)
class Kpi:
    """One key figure. `unit`: number, share or seconds; `formula` in the words of `counts.py`."""

    name: str
    unit: str
    formula: str
    value: Callable[[Counts], Value]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean_s(sum_ms: int, number: int) -> float | None:
    return sum_ms / number / 1000 if number else None


def _number(name: str, formula: str) -> Kpi:
    return Kpi(name, "number", formula, lambda counts: int(getattr(counts, name)))


def service_level(counts: Counts) -> float | None:
    """Answered within the threshold, of all answered or abandoned after a short time."""
    return _share(counts.within, counts.first_answers + counts.abandoned - counts.abandoned_short)


def service_level_of_answered(counts: Counts) -> float | None:
    """Answered within the threshold, of those answered: Asterisk's own formula, which ignores who gave up."""
    return _share(counts.within, counts.first_answers)


def asa_s(counts: Counts) -> float | None:
    """Average speed of answer, over those answered."""
    return _mean_s(counts.waited_ms, counts.first_answers)


def aht_s(counts: Counts) -> float | None:
    """Average handling time: the mean talk (a hold is part of it) and the mean wrap-up."""
    talk, wrap = _mean_s(counts.talk_ms, counts.talks), _mean_s(counts.wrap_ms, counts.wraps)
    return None if talk is None else talk + (wrap or 0.0)


def occupancy(counts: Counts) -> float | None:
    """Time with contacts, of the time in which contacts could come."""
    busy = counts.engaged_ms + counts.talking_ms + counts.wrapping_ms
    return _share(busy, busy + counts.ready_ms)


KPIS: tuple[Kpi, ...] = (
    _number("calls", "calls that arrived"),
    _number("blocked", "calls that wanted a person while the centre was closed, and never stood in line"),
    _number("served_by_machine", "calls with a self-service that told all (`done`), and no wish for a person"),
    _number("offered", "contacts: stays in line for a person"),
    _number("answered", "contacts that a person answered"),
    _number("abandoned", "contacts that the caller ended before anybody answered"),
    _number("abandoned_short", "of these, those under the short-abandon threshold"),
    Kpi(
        "abandoned_long", "number", "abandoned - abandoned_short", lambda c: c.abandoned - c.abandoned_short
    ),
    _number("turned_away", "contacts that the centre ended unanswered: closing time, or the longest wait"),
    _number("called_back", "contacts whose caller left the line to be called, the place kept"),
    Kpi(
        "waiting",
        "number",
        "offered - answered - abandoned - turned_away - called_back",
        lambda c: c.offered - c.answered - c.abandoned - c.turned_away - c.called_back,
    ),
    Kpi(
        "service_level", "share", "within / (answered + abandoned - abandoned_short)", service_level
    ),
    Kpi("service_level_of_answered", "share", "within / answered", service_level_of_answered),
    Kpi("asa_s", "seconds", "sum of the waits of those answered / answered", asa_s),
    Kpi("longest_wait_s", "seconds", "longest wait, whatever its end", lambda c: c.longest_ms / 1000),
    Kpi("talk_s", "seconds", "mean talk, hold included", lambda c: _mean_s(c.talk_ms, c.talks)),
    Kpi("hold_s", "seconds", "mean time on hold, over the same talks", lambda c: _mean_s(c.hold_ms, c.holds)),
    Kpi("wrap_up_s", "seconds", "mean wrap-up", lambda c: _mean_s(c.wrap_ms, c.wraps)),
    Kpi("aht_s", "seconds", "talk_s + wrap_up_s", aht_s),
    Kpi(
        "occupancy",
        "share",
        "(engaged + talking + wrap-up) / (engaged + talking + wrap-up + ready)",
        occupancy,
    ),
    _number("rang_out", "times an agent's telephone was not answered"),
    _number("transferred", "times an agent passed the caller on"),
    _number("taken_over", "times an agent got the caller from a colleague"),
    _number("repeated", "calls of a number or person who had called within the days before"),
    Kpi(
        "repeat_share", "share", "repeated / calls whose number or person is known",
        lambda c: _share(c.repeated, c.recognisable),
    ),
    _number("callbacks_promised", "promises to ring back"),
    _number("callbacks_kept", "of these, those kept"),
)  # fmt: skip
