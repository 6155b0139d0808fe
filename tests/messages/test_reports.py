"""Delivery reports in the words of real centres, and those that lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.early import EARLY, EARLY_S, Early
from messages.reports import MESSAGE_STATE, RECEIPTED_MESSAGE_ID, reported
from messages.states import State

USUAL = "id:m1 sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:Hola"


@pytest.mark.parametrize(
    ("text", "extras", "found"),
    [
        (USUAL, {}, ("m1", State.DELIVERED, "")),
        (USUAL.replace("2611221201", "261122120159"), {}, ("m1", State.DELIVERED, "")),  # with seconds
        (USUAL.replace("err:000", "err:0A1"), {}, ("m1", State.DELIVERED, "")),
        (USUAL.replace("done date:2611221201 ", ""), {}, ("m1", State.DELIVERED, "")),
        (USUAL.replace("DELIVRD", "UNDELIV"), {}, ("m1", State.FAILED, "undeliv")),
        ("ID:4f-2A STAT:EXPIRED", {}, ("4f-2A", State.EXPIRED, "expired")),
        ("", {RECEIPTED_MESSAGE_ID: "m1\0", MESSAGE_STATE: 2}, ("m1", State.DELIVERED, "")),
        ("", {RECEIPTED_MESSAGE_ID: "m1", MESSAGE_STATE: 8}, ("m1", State.FAILED, "rejectd")),
        ("id:m1", {MESSAGE_STATE: 5}, ("m1", State.FAILED, "undeliv")),
        ("", {RECEIPTED_MESSAGE_ID: "m1", MESSAGE_STATE: 1}, None),  # on its way is no end
        (USUAL.replace("DELIVRD", "ENROUTE"), {}, None),
        (USUAL.replace("DELIVRD", "ACCEPTD"), {}, None),
        (USUAL.replace("DELIVRD", "BOUGHT"), {}, None),
        (USUAL.replace("id:m1 ", ""), {}, None),
        ("text:id:m1 stat:DELIVRD", {}, None),  # a citizen's own words report nothing
        ("", {}, None),
    ],
)
def test_what_a_report_says(
    text: str, extras: dict[int, object], found: tuple[str, State, str] | None
) -> None:
    assert reported(text, extras) == found


@given(st.text(), st.dictionaries(st.integers(0, 0xFFFF), st.integers() | st.text()))
def test_nothing_that_a_centre_sends_breaks_the_reading(text: str, extras: dict[int, object]) -> None:
    found = reported(text, extras)
    assert found is None or found[1] in {State.DELIVERED, State.FAILED, State.EXPIRED}


def test_a_report_that_came_early_counts_once_and_only_for_a_moment() -> None:
    early = Early()
    early.keep("m1", State.DELIVERED, "", 100.0)
    assert early.take("m1", 100.0 + EARLY_S) == (State.DELIVERED, "")
    assert early.take("m1", 100.0) is None
    early.keep("m2", State.DELIVERED, "", 100.0)
    assert early.take("m2", 101.0 + EARLY_S) is None, (
        "a centre that numbers anew says nothing of a new message"
    )
    assert early.take(None, 0.0) is None


def test_a_flood_of_reports_of_nothing_fills_no_memory() -> None:
    early = Early()
    for number in range(2 * EARLY):
        early.keep(f"m{number}", State.DELIVERED, "", 0.0)
    assert early.take("m0", 0.0) is None
    assert early.take(f"m{2 * EARLY - 1}", 0.0) is not None
