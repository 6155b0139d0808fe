"""The server is killed after every single step of a call; whatever happens meanwhile, nobody is stuck or lost."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.queues.aftermath import (
    books_are_right,
    everybody_leaves,
    healed,
    nobody_is_lost,
    nobody_is_stuck,
    nobody_shares,
)
from tests.queues.fakes import call
from tests.queues.world import World, settled

FIRST, SECOND = call(1), call(2)
HELD_S = 1e9  # an event that has not come yet

Step = Callable[[World], Awaitable[object]]


async def calls(world: World) -> None:
    await world.rings_up(FIRST)
    await world.rings_up(SECOND)


async def writes(world: World) -> None:
    world.pen.write()
    await settled()


async def hears(world: World) -> None:
    world.late = [(world.clock(), event) for _, event in world.late]
    world._events_due()
    await settled()


async def finishes(world: World) -> None:
    asyncio.get_running_loop().create_task(world.floor.wrap_up_done("ana"), name="the desk")
    await settled()


async def leaves(world: World) -> None:
    if FIRST in world.callers:
        await world.caller_hangs_up(FIRST)


STEPS: tuple[tuple[str, Step], ...] = (
    ("two wait, one is promised ana in memory", calls),
    ("the reservation is on disk and Asterisk rings", writes),
    ("the ringing is heard of", hears),
    ("the ringing is on disk", writes),
    ("ana picks up", lambda world: world.picks_up("ana")),
    ("the answer is heard of", hears),
    ("the conversation is on disk", writes),
    ("ana hangs up, the wrap-up begins in memory", lambda world: world.agent_hangs_up("ana")),
    ("the wrap-up and the outcome are on disk", writes),
    ("the hang-ups are heard of", hears),
    ("the wrap-up is over in memory, the second is promised ana", finishes),
    ("both are on disk and Asterisk rings", writes),
)
MEANWHILE: dict[str, Step] = {
    "nothing happens": lambda _: settled(),
    "ana picks up what rings": lambda world: world.picks_up("ana"),
    "ana ends what she has": lambda world: world.agent_hangs_up("ana"),
    "the first caller leaves": leaves,
}


async def killed_after(steps: int, away_s: float, meanwhile: Step, deaf_s: float) -> None:
    world = World()
    await world.start()
    await world.floor.sign_in("ana")
    await world.floor.sign_in("nadie")
    world.disk.prompt, world.delivery = False, lambda: (HELD_S,)
    for _, step in STEPS[:steps]:
        await step(world)
    await world.kill()
    world.disk.prompt, world.delivery = True, lambda: (0.0,)
    await world.passes(1)
    await meanwhile(world)
    await world.passes(away_s)
    world.hears = not deaf_s
    await world.start()
    await world.passes(deaf_s)
    await healed(world)
    nobody_is_stuck(world)
    nobody_shares(world)
    nobody_is_lost(world)
    await everybody_leaves(world)
    books_are_right(world)


@pytest.mark.parametrize("deaf_s", [0.0, 120.0], ids=["AMI is there", "AMI is cut for two minutes"])
@pytest.mark.parametrize("away_s", [2.0, 40.0], ids=["a moment", "until the net"])
@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE.keys())
@pytest.mark.parametrize("steps", range(len(STEPS) + 1), ids=["nobody calls", *(name for name, _ in STEPS)])
async def test_killed_after(steps: int, meanwhile: Step, away_s: float, deaf_s: float) -> None:
    await killed_after(steps, away_s, meanwhile, deaf_s)
