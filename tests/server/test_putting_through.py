"""What may wait a moment waits for whoever is being put through, and never for long."""

import asyncio

import pytest

from queues.agents import State
from queues.facts import AgentStateChanged
from server.putting_through import AT_MOST_S, PuttingThrough


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def through(clock: Clock) -> PuttingThrough:
    return PuttingThrough(clock)


def said(agent: str, state: State) -> AgentStateChanged:
    return AgentStateChanged(agent, state, "", "ventanilla-1795345200.1", None, 0.0)


async def begun(through: PuttingThrough) -> "asyncio.Task[None]":
    waiting = asyncio.create_task(through.over())
    await turns()
    return waiting


async def turns() -> None:
    """Let the loop turn some times, which needs no time."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_nobody_waits_where_nobody_is_put_through(through: PuttingThrough) -> None:
    assert (await begun(through)).done()
    through.hear(said("marta", State.TALKING))
    assert (await begun(through)).done()


@pytest.mark.parametrize("state", [State.RINGING, State.READY, State.SIGNED_OUT])
async def test_it_waits_until_the_reserved_agents_telephone_rings_or_never_will(
    through: PuttingThrough, state: State
) -> None:
    through.hear(said("marta", State.RESERVED))
    waiting = await begun(through)
    assert not waiting.done()
    through.hear(said("eva", State.READY))
    await turns()
    assert not waiting.done()
    through.hear(said("marta", state))
    await turns()
    assert waiting.done()


async def test_it_waits_for_the_last_of_several(through: PuttingThrough) -> None:
    through.hear(said("marta", State.RESERVED))
    through.hear(said("eva", State.RESERVED))
    waiting = await begun(through)
    through.hear(said("marta", State.RINGING))
    await turns()
    assert not waiting.done()
    through.hear(said("eva", State.RINGING))
    await turns()
    assert waiting.done()


async def test_a_telephone_that_does_not_come_to_ring_holds_nothing_up(
    through: PuttingThrough, clock: Clock
) -> None:
    through.hear(said("marta", State.RESERVED))
    clock.now += AT_MOST_S + 0.01
    assert (await begun(through)).done()
