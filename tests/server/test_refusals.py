"""A flood at the door is told in few lines."""

import pytest

from server.refusals import REFUSALS_EVERY_S, Refusals


def test_a_thousand_peers_that_break_one_rule_are_one_line_and_later_their_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [0.0]
    refused = Refusals(lambda: now[0])
    for _ in range(1000):
        refused("wrong token")
    now[0] = REFUSALS_EVERY_S
    refused("wrong token")
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "the FastAGI door refused 1 peers: wrong token",
        "the FastAGI door refused 1000 peers: wrong token",
    ]


def test_who_only_looks_in_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    Refusals()("left before the greeting")
    assert not caplog.records
