"""The figures on the wall are those that are computed from the table, whenever one looks and whatever happened."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from queues.thresholds import Thresholds
from server.facts_store import facts, metadata
from server.figures import spans
from server.figures.counts import Counts
from server.figures.live import Live, live_today
from server.figures.reading import around
from server.figures.records import Row
from server.figures.repeats import Seen
from server.figures.report import Report, Terms
from server.figures.spans import Span
from server.topics import written
from tests.databases import DIALECTS, opened
from tests.server.figures.stories import Day

MADRID = ZoneInfo("Europe/Madrid")
THRESHOLDS = Thresholds(60.0, 10.0)
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 22)
DAYS = st.sampled_from((SPRING, AUTUMN, PLAIN))


def row_of(fact: object) -> Row | None:
    """Write a fact as the table does, and read it back."""
    kept = written(fact, lambda number: number[-4:])
    return None if kept is None else {**json.loads(kept["body"]), "type": kept["type"]}


def recomputed(rows: Sequence[Row], day: date) -> Counts:
    span = spans.day_span(day, MADRID)
    return Report(span, Terms(MADRID, THRESHOLDS), Seen(0)).read(rows, span.ends).total


def of_contacts_and_calls(counts: Counts) -> dict[str, object]:
    """Leave out what the wall does not count: agents' time and who calls again; and calls that go on."""
    left = {"calls", "blocked", "served_by_machine", "recognisable", "repeated", "services"}
    return {
        name: getattr(counts, name)
        for name in Counts.__slots__
        if name not in left and not name.startswith(("ready", "engaged", "talking", "wrapping", "paused"))
    }


@settings(deadline=None)
@given(st.integers(0, 10**9), DAYS, st.integers(1, 400))
def test_the_live_figures_are_those_computed_again_over_midnight_and_changed_clocks(
    seed: int, day: date, steps: int
) -> None:
    live, rows = Live(MADRID, THRESHOLDS), list[Row]()

    def tell(fact: object) -> None:
        live.hear(fact)
        row = row_of(fact)
        if row is not None:
            rows.append(row)

    story = Day(seed, spans.begins(day, MADRID) - 1800, tell)
    story.goes_on(steps)
    for which in (day, spans.day_of(story.at, MADRID), spans.day_of(story.at - 86_400, MADRID)):
        then = spans.begins(which, MADRID) + 60
        assert of_contacts_and_calls(live.day(then)) == of_contacts_and_calls(recomputed(rows, which))


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 300), st.randoms(use_true_random=False))
def test_a_fact_that_comes_twice_changes_no_figure(seed: int, steps: int, chance: Random) -> None:
    rows: list[Row] = []
    Day(seed, spans.begins(PLAIN, MADRID), lambda fact: rows.extend(filter(None, [row_of(fact)]))).goes_on(
        steps
    )
    once_only = {"CallArrived", "PersonWanted", "ServiceEnded", "RangOut"}
    twice = [
        row for one in rows for row in [one] * (1 if one["type"] in once_only or chance.random() < 0.5 else 2)
    ]
    assert of_contacts_and_calls(recomputed(twice, PLAIN)) == of_contacts_and_calls(recomputed(rows, PLAIN))


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 300))
def test_every_line_adds_up(seed: int, steps: int) -> None:
    rows: list[Row] = []
    begins = spans.begins(PLAIN, MADRID)
    Day(seed, begins, lambda fact: rows.extend(filter(None, [row_of(fact)]))).goes_on(steps)
    for by in ("quarter", "subject", "language", "level", "agent"):
        report = Report(Span(begins, begins + 86_400), Terms(MADRID, THRESHOLDS, (by,)), Seen(7))
        report.read(rows, begins + 86_400)
        total = Counts()
        for line in report.lines.values():
            total.add(line)
            ended = line.answered + line.abandoned + line.turned_away + line.called_back
            assert ended <= line.offered
        assert total == report.total


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_after_a_restart_the_day_is_as_it_was(dialect: str, tmp_path: Path) -> None:
    async with opened(dialect, tmp_path, metadata) as engine:
        live, rows = Live(MADRID, THRESHOLDS), list[object]()

        def tell(fact: object) -> None:
            live.hear(fact)
            rows.append(fact)

        story = Day(7, spans.begins(PLAIN, MADRID) - 900, tell)
        story.goes_on(600)
        async with engine.begin() as connection:
            await connection.execute(insert(facts), [kept for one in rows if (kept := written(one))])
        again = await live_today(engine, MADRID, THRESHOLDS, story.at)
        assert again.day(story.at).offered > 50
        assert of_contacts_and_calls(again.day(story.at)) == of_contacts_and_calls(live.day(story.at))
        assert again.day(story.at).services == live.day(story.at).services
        span = spans.day_span(PLAIN, MADRID)
        read = await around(engine, span)
        assert of_contacts_and_calls(recomputed(read, PLAIN)) == of_contacts_and_calls(live.day(story.at))
