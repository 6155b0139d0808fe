"""What was asked, out of the facts: every contact once, every request once, shares that add up."""

import csv
import io
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.facts import (
    RequestClassified,
    RequestContinued,
    RequestHandled,
    RequestNoted,
    RequestOpened,
    RequestPassedOn,
)
from ivr.facts import CallArrived
from server import demand
from server.demand_picture import draw
from server.facts import CallPlaced
from server.figures import sheet, spans
from server.figures.demand import Demand
from tests.dialplans.institutions import inss

DAY = date(2026, 11, 23)
SPAN = spans.day_span(DAY, inss().time_zone)
AT = SPAN.begins + 36_000


def of(*facts: object) -> Demand:
    rows = [{**asdict(cast("Any", fact)), "type": type(fact).__name__} for fact in facts]
    return Demand(SPAN, inss().catalogue, inss().time_zone).read(rows)


def counted(found: Demand, *by: str) -> dict[tuple[str, ...], tuple[int, int]]:
    return {key: (one.contacts, one.requests) for key, one in found.by(by).items()}


def call(number: int, *, text: bool = False) -> str:
    return f"ventanilla{'-text' if text else ''}-1795345200.{number}"


def test_a_call_that_says_more_and_a_service_that_was_given_decide_what_was_asked() -> None:
    found = of(
        RequestOpened(call(1), "r1", "general", AT),
        RequestClassified(call(1), "r1", "pension", "", AT + 1),
        RequestOpened(call(2), "r2", "general", AT),
        RequestClassified(call(2), "r2", "general", "certificate", AT + 1),
        RequestOpened(call(3), "r3", "pension", AT),
        RequestClassified(call(3), "r3", "pension", "procedure", AT + 1),
        RequestOpened(call(4, text=True), "r4", "general", AT, "text"),
    )
    assert counted(found, "line") == {
        ("pension_information",): (1, 1),
        ("certificates",): (1, 1),
        ("pension_procedure",): (1, 1),
        ("other",): (1, 1),
    }
    assert counted(found, "channel") == {("telephone",): (3, 3), ("text",): (1, 1)}


def test_a_call_that_belongs_to_an_older_request_opened_none() -> None:
    found = of(
        RequestOpened(call(1), "r1", "general", AT),
        RequestContinued(call(1), "r0", "pension", AT + 5),
        RequestContinued(call(2), "r0", "pension", AT + 9),
    )
    assert counted(found, "subject", "state") == {("pension", "in_progress"): (2, 0)}


def test_states_are_what_became_of_the_requests_by_the_end() -> None:
    found = of(
        *(RequestOpened(call(n), f"r{n}", "pension", AT) for n in range(1, 6)),
        RequestNoted(call(1), "r1", "ana", "resolved", AT + 1),
        RequestNoted(call(2), "r2", "ana", "documents_requested", AT + 1),
        RequestPassedOn(call(3), "r3", 2, "pension", AT + 1),
        RequestHandled(call(4), "r4", "ana", "close", None, AT + 1),
    )
    states = {key[0]: one for key, one in counted(found, "state").items()}
    assert states == {
        "resolved": (1, 1),
        "waiting_citizen": (1, 1),
        "in_progress": (1, 1),
        "closed": (1, 1),
        "open": (1, 1),
    }
    assert found.actions() == {"resolved": 1, "documents_requested": 1, "escalate": 1, "close": 1}


def test_work_between_calls_moves_a_request_and_is_an_action() -> None:
    found = of(
        RequestOpened(call(1), "r1", "pension", AT),
        RequestHandled(None, "r1", "ana", "work", "resolved", AT + 1),
    )
    assert counted(found, "state") == {("resolved",): (1, 1)}
    assert found.actions() == {"work": 1}


def test_a_territory_is_known_where_the_number_tells_it_and_the_number_is_not_kept() -> None:
    arrived = CallArrived(call(1), "901166565", "general", "+34931234567", "ca", None, AT)
    told = demand.placed(arrived, inss())
    assert told == CallPlaced(call(1), "Barcelona", AT)
    for number in ("+34612345678", None, "+33142685300"):
        hidden = CallArrived(call(2), "901166565", "general", number, "es", None, AT)
        assert demand.placed(hidden, inss()) is None
    found = of(told, RequestOpened(call(1), "r1", "imv", AT), RequestOpened(call(2), "r2", "imv", AT))
    assert counted(found, "territory") == {("Barcelona",): (1, 1), ("unknown",): (1, 1)}


def test_what_was_before_or_after_the_days_is_not_counted() -> None:
    found = of(
        RequestOpened(call(1), "r1", "pension", SPAN.begins - 1),
        RequestOpened(call(2), "r2", "pension", SPAN.begins),
        RequestOpened(call(3), "r3", "pension", SPAN.ends),
    )
    assert counted(found, "day") == {("2026-11-23",): (1, 1)}


STEPS = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(["open", "continue", "classify", "note", "close"]),
        st.sampled_from(["general", "pension", "imv", "health_card"]),
        st.sampled_from(["enquiry", "procedure", "certificate", "amounts", ""]),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_happened_every_way_to_tell_apart_counts_the_same_contacts(
    steps: list[tuple[int, str, str, str]],
) -> None:
    facts: list[Any] = []
    for n, (who, what, subject, kind) in enumerate(steps):
        request = f"r{who}"
        made = {
            "open": RequestOpened(call(n), request, subject, AT + n),
            "continue": RequestContinued(call(who), request, subject, AT + n),
            "classify": RequestClassified(call(who), request, subject, kind, AT + n),
            "note": RequestNoted(call(who), request, "ana", "resolved", AT + n),
            "close": RequestHandled(None, request, "ana", "close", None, AT + n),
        }
        facts.append(made[what])
    found = of(*facts)
    sums = {
        by: sum(one.contacts for one in found.by((by,)).values())
        for by in ("line", "subject", "type", "state", "channel", "territory", "day")
    }
    assert len(set(sums.values())) == 1
    lines = demand.sheet(found, ("line",), inss())
    shares = [row[3] for row in lines.rows if row[3] is not None]
    assert not shares or sum(float(share or 0) for share in shares) == pytest.approx(1.0)


def test_the_published_table_comes_out_line_by_line_and_as_csv() -> None:
    found = of(*(RequestOpened(call(n), f"r{n}", "pension", AT) for n in range(4)))
    made = demand.sheet(found, ("line",), inss())
    assert made.heads == ("line", "contacts", "requests", "share", "published_share")
    assert len(made.rows) == 9
    file = io.StringIO()
    sheet.write(made, file)
    rows = {row["line"]: row for row in csv.DictReader(io.StringIO(file.getvalue()))}
    assert rows["pension_information"] == {
        "line": "pension_information",
        "contacts": "4",
        "requests": "4",
        "share": "1.0000",
        "published_share": "0.2761",
    }
    assert rows["certificates"]["contacts"] == "0"


def test_the_picture_names_every_line(tmp_path: Path) -> None:
    made = demand.sheet(of(RequestOpened(call(1), "r1", "pension", AT)), ("line",), inss())
    draw(made, inss(), "es", "Demanda", tmp_path / "demand.svg")
    picture = (tmp_path / "demand.svg").read_text(encoding="utf-8")
    for line in inss().catalogue.demand:
        assert line.about["es"].split(",")[0] in picture
