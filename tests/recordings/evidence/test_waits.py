"""Evidence that waits because every round of the notary fails is told, once, to those who watch."""

import asyncio

import pytest

from recordings.adapters.evidence import notary
from recordings.facts import LogDoubted
from tests.recordings.evidence.house import House

MINUTE = 60.0


async def test_rounds_that_fail_for_ten_minutes_are_told_once_and_again_after_a_good_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_after: list[int] = []
    over = asyncio.Event()

    async def fails() -> None:
        told_after.append(len(house.told(LogDoubted)))
        house.now += MINUTE
        if len(told_after) == 50:
            over.set()
        if len(told_after) != 25:
            raise KeyError("a tile")

    monkeypatch.setattr(notary, "AGAIN_S", 0.0)
    monkeypatch.setattr(notary, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(house.notary, "round", fails)
    running = asyncio.create_task(house.notary.run())
    async with asyncio.timeout(10):
        await over.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [told_after.index(times) for times in (0, 1, 2)] == [0, 11, 36]
    (first, _) = house.told(LogDoubted)
    assert isinstance(first, LogDoubted)
    assert first.why == "Nothing was signed or logged for 10 minutes (KeyError)."
