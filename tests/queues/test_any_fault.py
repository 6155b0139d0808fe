"""Any faults in any order: words of Asterisk twice, late or never, a dead server, a deaf one, a slow disk, a clock set.

Whatever happened, once it is over nobody is stuck longer than the lease, nobody is lost, and the books agree
with Asterisk's. And at every moment in between no agent has two calls and no call two agents.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queues.agents import IllegalHappening
from tests.queues.aftermath import (
    books_are_right,
    everybody_leaves,
    healed,
    nobody_is_lost,
    nobody_is_stuck,
    nobody_shares,
)
from tests.queues.fakes import call
from tests.queues.world import PEOPLE, World, settled

AGENTS = [person.name for person in PEOPLE]
# After how many seconds a word of Asterisk's comes: at once, twice, two minutes late, late and twice, never.
FATES = ((0.0,), (0.0, 0.0), (120.0,), (0.0, 120.0), ())
HOUR = 3600.0

Act = tuple[str, int, float]
WHAT = (
    "rings_up picks_up agent_hangs_up caller_hangs_up signs_in pauses signs_out finishes passes passes"
    " kill start deafen hear slow write fate set_clock"
)
ACTS = st.tuples(
    st.sampled_from(WHAT.split()), st.integers(0, 4), st.sampled_from([0.5, 3.0, 8.0, 20.0, 50.0, 130.0])
)


async def rings_up(world: World, number: int, _: float) -> None:
    if call(number) not in world.callers:
        await world.rings_up(call(number))


async def picks_up(world: World, number: int, _: float) -> None:
    await world.picks_up(AGENTS[number % len(AGENTS)])


async def agent_hangs_up(world: World, number: int, _: float) -> None:
    await world.agent_hangs_up(AGENTS[number % len(AGENTS)])


async def caller_hangs_up(world: World, number: int, _: float) -> None:
    if call(number) in world.callers:
        await world.caller_hangs_up(call(number))


async def _at_the_desk(world: World, doing: Awaitable[object]) -> None:
    """A desk's request; its answer may never come, for the disk may be slow and the server killed."""

    async def asked() -> None:
        with suppress(IllegalHappening):
            await doing

    world.requests.append(asyncio.create_task(asked(), name="desk"))
    await settled()


async def signs_in(world: World, number: int, _: float) -> None:
    if world.up:
        await _at_the_desk(world, world.floor.sign_in(AGENTS[number % len(AGENTS)]))


async def pauses(world: World, number: int, _: float) -> None:
    if world.up:
        await _at_the_desk(world, world.floor.pause(AGENTS[number % len(AGENTS)], "rest"))


async def signs_out(world: World, number: int, _: float) -> None:
    if world.up:
        await _at_the_desk(world, world.floor.sign_out(AGENTS[number % len(AGENTS)]))


async def finishes(world: World, number: int, _: float) -> None:
    if world.up:
        await _at_the_desk(world, world.floor.ready(AGENTS[number % len(AGENTS)]))


async def passes(world: World, _: int, seconds: float) -> None:
    await world.passes(seconds)


async def kill(world: World, _: int, __: float) -> None:
    if world.up:
        await world.kill()


async def start(world: World, _: int, __: float) -> None:
    if not world.up:
        await world.start()


async def deafen(world: World, _: int, __: float) -> None:
    world.hears = False


async def hear(world: World, _: int, __: float) -> None:
    world.hears = True
    if world.up:
        world.ears.connection(connected=True)


async def slow(world: World, _: int, __: float) -> None:
    world.disk.prompt = False


async def write(world: World, _: int, __: float) -> None:
    world.disk.prompt = True
    if world.up:
        world.pen.write()
    await settled()


async def fate(world: World, number: int, _: float) -> None:
    world.delivery = lambda: FATES[number]


async def set_clock(world: World, number: int, _: float) -> None:
    world.skew = (-HOUR, 0.0, HOUR, -5.0, 5.0)[number]


DOING: dict[str, Callable[[World, int, float], Awaitable[None]]] = {
    act.__name__: act
    for act in (
        rings_up, picks_up, agent_hangs_up, caller_hangs_up, signs_in, pauses, signs_out, finishes, passes, kill,
        start, deafen, hear, slow, write, fate, set_clock,
    )
}  # fmt: skip


async def lived(acts: list[Act], durable_s: float) -> None:
    world = World(durable_s=durable_s)
    await world.start()
    for agent in AGENTS:
        await world.floor.sign_in(agent)
    for name, number, seconds in acts:
        await DOING[name](world, number, seconds)
        nobody_shares(world)
    await healed(world)
    nobody_is_stuck(world)
    nobody_is_lost(world)
    await everybody_leaves(world)
    books_are_right(world)
    for request in world.requests:
        request.cancel()


FAULTS = st.lists(ACTS, min_size=5, max_size=40)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FAULTS, st.sampled_from([0.0, 1e6]))
def test_whatever_fails_nobody_is_stuck_or_lost(acts: list[Act], durable_s: float) -> None:
    asyncio.run(lived(acts, durable_s))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FAULTS, st.sampled_from([0.0, 1e6]))
def test_whatever_fails_nobody_is_stuck_or_lost_thousands_of_times(acts: list[Act], durable_s: float) -> None:
    asyncio.run(lived(acts, durable_s))
