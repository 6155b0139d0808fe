"""The queue_log we write is read by one who knows only Asterisk's documentation, and says what our figures say."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import facts as said
from queues import facts as queued
from queues.thresholds import Thresholds
from server.figures import spans
from server.figures.counts import Counts
from server.figures.queue_log import QueueLog, queues_in
from server.figures.records import Row
from server.figures.repeats import Seen
from server.figures.report import Report, Terms
from tests.server.figures.queue_log_reader import Reader
from tests.server.figures.stories import Day
from tests.server.figures.test_live import row_of

MADRID, DAY = ZoneInfo("Europe/Madrid"), date(2026, 11, 22)
CALL, AT = "ventanilla-1800000000.1", 1_800_000_000.0


def log_of(rows: list[Row]) -> str:
    return "".join(f"{line}\n" for line in QueueLog(queues_in(rows)).lines(rows))


def rows_of(*facts: object) -> list[Row]:
    return [row for fact in facts if (row := row_of(fact)) is not None]


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 400))
def test_a_reader_that_knows_only_the_documentation_counts_what_we_count(seed: int, steps: int) -> None:
    rows: list[Row] = []
    Day(seed, spans.begins(DAY, MADRID), lambda fact: rows.extend(rows_of(fact))).goes_on(steps)
    span = spans.day_span(DAY, MADRID)
    report = Report(span, Terms(MADRID, Thresholds(180.0, 5.0), ("subject", "level")), Seen(0)).read(
        rows, span.ends
    )
    reader = Reader().read(log_of(rows))
    for (subject, level), counts in report.lines.items():
        if subject:
            queue = subject if level == "1" else f"{subject}-{level}"
            agrees(reader, queue, counts)


def agrees(reader: Reader, queue: str, counts: Counts) -> None:
    sums = reader.queues[queue]
    talks = sum(sums.events[one] for one in ("COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER"))
    assert sums.events["ENTERQUEUE"] == counts.offered
    assert (sums.events["CONNECT"], talks) == (counts.answered, counts.talks)
    assert sums.events["BLINDTRANSFER"] == counts.transferred
    assert sums.events["ABANDON"] == counts.abandoned
    assert sums.events["EXITWITHTIMEOUT"] == counts.turned_away
    assert sums.events["RINGNOANSWER"] == counts.rang_out
    assert sums.hold_s == pytest.approx(counts.waited_ms / 1000, abs=counts.answered / 2 + 0.001)
    assert sums.talk_s == pytest.approx(counts.talk_ms / 1000, abs=counts.talks / 2 + 0.001)


WAITS = queued.CallerWaiting(CALL, "pension", "es", 2, AT, 3, AT)
TALKS = (
    WAITS,
    queued.AgentRinging(CALL, "ana", AT + 20),
    queued.TalkStarted(CALL, "ana", 25.0, AT + 25),
)


def test_the_lines_are_as_asterisk_writes_them() -> None:
    ended = queued.TalkEnded(CALL, "ana", 61.0, AT + 86)
    survey = said.StepEntered(CALL, "general/survey", AT + 86.5)
    assert log_of(rows_of(*TALKS, ended, survey)).splitlines() == [
        f"1800000000|{CALL}|pension-2|NONE|ENTERQUEUE|||3",
        f"1800000025|{CALL}|pension-2|ana|CONNECT|25||5",
        f"1800000086|{CALL}|pension-2|ana|COMPLETEAGENT|25|61|3",
    ]


def test_who_ended_a_talk_shows_in_what_the_call_does_next() -> None:
    hung_up = said.CallEnded(CALL, "hung_up", AT + 85.9)
    log = log_of(rows_of(*TALKS, hung_up, queued.TalkEnded(CALL, "ana", 61.0, AT + 86)))
    assert "|COMPLETECALLER|25|61|3" in log


def test_a_sign_that_would_make_another_field_or_line_is_left_out() -> None:
    log = log_of(rows_of(queued.CallerWaiting(CALL, "pen|sion\n", "es", 1, AT, 1, AT)))
    assert log == f"1800000000|{CALL}|pension|NONE|ENTERQUEUE|||1\n"


def test_a_reader_refuses_what_is_not_as_described() -> None:
    for wrong in (
        f"1|{CALL}|q|ana|CONNECT|1|x|2\n",
        f"2|{CALL}|q|NONE|ENTERQUEUE|||1\n1|{CALL}|q|NONE|ABANDON|1|1|2\n",
        f"1|{CALL}|q|NONE|ENTERQUEUE||\n",
        "1|NONE|q|ana|PAUSE|rest\n",
    ):
        with pytest.raises(ValueError, match=r".+"):
            Reader().read(wrong)
