"""Facts reach everyone who asked, whoever else fails."""

import asyncio
from dataclasses import dataclass

import pytest

from server.bus import Bus


@dataclass(frozen=True)
class Said:
    at: float


def test_a_hearer_that_fails_does_not_silence_the_others(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = Bus(), list[object]()

    def broken(_fact: object) -> None:
        raise RuntimeError

    bus.hear(broken)
    bus.hear(heard.append)
    bus.publish(Said(1.0))
    assert heard == [Said(1.0)]
    assert "a hearer failed on Said" in caplog.text


def test_a_hearer_that_left_hears_no_more() -> None:
    bus, heard = Bus(), list[object]()
    leave = bus.hear(heard.append)
    leave()
    bus.publish(Said(1.0))
    assert heard == []


async def test_a_subscription_gives_facts_in_order_and_drops_the_oldest_when_its_reader_sleeps() -> None:
    bus = Bus()
    with bus.subscription(backlog=2) as facts:
        for at in (1.0, 2.0, 3.0):
            bus.publish(Said(at))
        first = await asyncio.wait_for(anext(facts), 1)
        second = await asyncio.wait_for(anext(facts), 1)
    assert (first, second, bus.dropped) == (Said(2.0), Said(3.0), 1)
