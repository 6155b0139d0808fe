"""Every service to every outcome; a hang-up at every step; the table of what is driven.

A scenario that ends must have left exactly what it says: its orders and its messages. One that is cut off at any key
must have left all of that or nothing: no order without its receipt.
"""

from fnmatch import fnmatch

import pytest

from ivr.adapters.line import HungUp
from tests.ivr.services.counter import Counter
from tests.ivr.services.scenarios import SCENARIOS, Scenario


async def arrive(counter: Counter, scenario: Scenario) -> None:
    counter.person, counter.level, counter.caller = scenario.person, scenario.level, scenario.caller
    await scenario.prepare(counter)


def in_order(wanted: tuple[str, ...], heard: list[str]) -> bool:
    rest = iter(heard)
    return all(key in rest for key in wanted)


async def kinds(counter: Counter) -> tuple[str, ...]:
    return tuple(kind for kind, _, _ in await counter.orders())


def messages(counter: Counter) -> tuple[str, ...]:
    return tuple(sorted(left.message for left in counter.outbox.kept.values()))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.label)
async def test_the_service_ends_so_and_leaves_exactly_this(counter: Counter, scenario: Scenario) -> None:
    await arrive(counter, scenario)
    outcome, box = await counter.serve(scenario.service, *scenario.presses)
    heard = box.keys_heard
    assert outcome.name == scenario.outcome
    assert in_order(scenario.hears, heard), heard
    assert not [key for key in heard for never in scenario.never if fnmatch(key, never)]
    assert not box.presses_left
    assert await kinds(counter) == scenario.orders
    assert messages(counter) == tuple(sorted(scenario.left))
    assert len(counter.ringing.kept) == scenario.rings
    given = bool(scenario.orders or scenario.rings) and "service.reference" not in scenario.never
    assert ("service.reference" in heard) == given


THROUGH = [one for one in SCENARIOS if one.outcome in {"done", "down", "transfer"}]
"""Those that go all the way: the others stop at a step of one of these."""


@pytest.mark.parametrize("scenario", THROUGH, ids=lambda one: one.label)
async def test_a_hang_up_at_any_step_leaves_all_or_nothing(counter: Counter, scenario: Scenario) -> None:
    await arrive(counter, scenario)
    before = len(counter.ringing.kept)
    for step in range(len(scenario.presses)):
        with pytest.raises(HungUp):
            await counter.serve(scenario.service, *scenario.presses[:step])
        left = (await kinds(counter), messages(counter), len(counter.ringing.kept))
        whole = (scenario.orders, tuple(sorted(scenario.left)), scenario.rings)
        assert left in (((), (), before), whole), f"after {step} keys"
