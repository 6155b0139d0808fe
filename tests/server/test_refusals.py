"""A flood at the door is told in few lines."""

import asyncio

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


def test_the_end_of_a_flood_is_told_with_nobody_coming_after_it(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    refused = Refusals(lambda: now[0])
    for _ in range(1000):
        refused("greeting took too long")
    now[0] = REFUSALS_EVERY_S - 0.1
    refused.tell_due()
    now[0] = REFUSALS_EVERY_S
    refused.tell_due()
    refused.tell_due()
    assert [record.getMessage() for record in caplog.records] == [
        "the FastAGI door refused 1 peers: greeting took too long",
        "the FastAGI door refused 999 peers: greeting took too long",
    ]


async def test_a_server_that_ends_tells_what_is_untold(caplog: pytest.LogCaptureFixture) -> None:
    refused = Refusals(lambda: 0.0)
    for _ in range(3):
        refused("wrong token")
    running = asyncio.create_task(refused.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert caplog.records[-1].getMessage() == "the FastAGI door refused 2 peers: wrong token"


def test_who_only_looks_in_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    Refusals()("left before the greeting")
    assert not caplog.records
