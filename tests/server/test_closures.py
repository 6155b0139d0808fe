"""Queues that a supervisor closes: who waits hears it at once, who comes is refused, over a restart too."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.ports.floor import QueueClosed
from server.closures import Closures, metadata
from tests.databases import opened


@pytest.fixture
async def closures(tmp_path: Path) -> AsyncIterator[Closures]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        yield await Closures(engine).load()


async def never() -> str:
    await asyncio.Event().wait()
    return "never"


async def agent() -> str:
    return "ana"


async def test_an_open_queue_gives_what_is_waited_for(closures: Closures) -> None:
    assert await closures.unless(lambda: "pension", 1.0, agent()) == "ana"


@pytest.mark.parametrize(("waiting", "callback"), [("callback", True), ("goodbye", False)])
async def test_who_waits_when_it_is_closed_is_told_at_once(
    closures: Closures, waiting: str, *, callback: bool
) -> None:
    asking = asyncio.create_task(closures.unless(lambda: "pension", 1.0, never()))
    await asyncio.sleep(0)
    await closures.put("all", waiting, 2.0)
    with pytest.raises(QueueClosed) as closed:
        await asking
    assert closed.value.callback is callback


async def test_those_already_waiting_may_be_served_and_nobody_else(closures: Closures) -> None:
    await closures.put("pension", "serve", 2.0)
    assert await closures.unless(lambda: "pension", 1.0, agent()) == "ana"
    with pytest.raises(QueueClosed):
        await closures.unless(lambda: "pension", 3.0, never())
    assert await closures.unless(lambda: "imv", 3.0, agent()) == "ana"


async def test_who_is_moved_into_a_closed_queue_is_told_and_who_is_moved_out_of_one_waits_on(
    closures: Closures,
) -> None:
    wants = ["pension", "imv"]
    moved = [asyncio.create_task(closures.unless(lambda at=at: wants[at], 1.0, never())) for at in (0, 1)]  # type: ignore[misc]
    await asyncio.sleep(0)
    wants[:] = ["imv", "pension"]
    await closures.put("imv", "goodbye", 2.0)
    closures.look()
    with pytest.raises(QueueClosed):
        await moved[0]
    assert not moved[1].done()
    moved[1].cancel()


async def test_a_closed_queue_stays_closed_over_a_restart_until_it_is_opened(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path, metadata) as engine:
        await (await Closures(engine).load()).put("imv", "goodbye", 2.0)
        again = await Closures(engine).load()
        assert again.listed() == {"imv": "goodbye"}
        await again.put("imv", "open", 3.0)
        assert await again.unless(lambda: "imv", 4.0, agent()) == "ana"
        assert (await Closures(engine).load()).listed() == {}
