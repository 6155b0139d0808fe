"""The server's own comparison: each difference is a fact, once; what only Asterisk knows of was blocked."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from queues.thresholds import Thresholds
from server.facts import CallDiffers, Reconciled
from server.facts_store import facts, metadata
from server.figures import spans
from server.figures.reading import around
from server.figures.reconciling import KEPT_DAYS, Records, reconcile
from server.figures.repeats import Seen
from server.figures.report import Report, Terms
from server.topics import written
from tests.databases import DIALECTS, opened
from tests.server.figures.test_books import AT, call, cel, our_call

MADRID = ZoneInfo("Europe/Madrid")
DAY = spans.day_of(AT, MADRID)


def recorded(folder: Path, *events: list[str]) -> Records:
    records = Records(folder)
    for place in (records.cdr, records.cel):
        place.mkdir(parents=True, exist_ok=True)
    with (records.cel / "events.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(events)
    return records


def as_kept(row: dict[str, object]) -> dict[str, object]:
    columns = {name: row.get(name) for name in ("type", "call", "agent", "at")}
    return {**columns, "body": json.dumps(row)}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_each_difference_is_said_once_and_a_call_nobody_heard_of_was_blocked(
    dialect: str, tmp_path: Path
) -> None:
    records = recorded(tmp_path, *cel(1, ("ana", 30.0, 99.0)), *cel(9))
    said: list[object] = []
    async with opened(dialect, tmp_path, metadata) as engine:
        async with engine.begin() as connection:
            rows = [as_kept(dict(row)) for row in our_call(1, ("ana", 30.0, 95.0))]
            await connection.execute(insert(facts), rows)
        assert (await reconcile(engine, records, DAY, MADRID, said.append, AT + 90_000))[0] == 2
        async with engine.begin() as connection:
            await connection.execute(insert(facts), [kept for one in said if (kept := written(one))])
        await reconcile(engine, records, DAY, MADRID, said.append, AT + 90_000)
        differ = {(one.call, one.what): one for one in said if isinstance(one, CallDiffers)}
        assert set(differ) == {(call(1), "talk"), (call(9), "missing_with_us")}
        assert len([one for one in said if isinstance(one, CallDiffers)]) == 2
        assert [one.differences for one in said if isinstance(one, Reconciled)] == [2, 2]
        span = spans.day_span(DAY, MADRID)
        terms = Terms(MADRID, Thresholds(180.0, 5.0))
        report = Report(span, terms, Seen(7)).read(await around(engine, span), span.ends)
    assert (report.total.calls, report.total.blocked, report.total.answered) == (2, 1, 1)


def test_logs_are_put_away_by_their_day_and_forgotten_after_a_month(tmp_path: Path) -> None:
    records = recorded(tmp_path, *cel(1))
    day = date(2026, 11, 22)
    old, young = (day - timedelta(days=KEPT_DAYS + days) for days in (1, -1))
    for one in (old, young):
        (records.cel / f"events-{one.isoformat()}.csv").write_text("")
    records.put_away(day)
    assert sorted(file.name for file in records.cel.iterdir()) == [
        f"events-{young.isoformat()}.csv", "events-2026-11-22.csv"
    ]  # fmt: skip
