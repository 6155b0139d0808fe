"""A caller hangs up after each command of each dialogue: nothing is left half done, and nothing is done twice after it.

The commands are counted, not the keys: between two keys there are waits, prompts and readings, and a line may break at
each of them. Services are driven by the scenarios of `tests/ivr/services`; identification from here.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ivr import facts, serving
from ivr.adapters import tables
from ivr.adapters.line import HungUp
from ivr.services import catalogue
from tests.ivr.box import Box
from tests.ivr.rooms import Rooms
from tests.ivr.services.counter import Counter, counters
from tests.ivr.services.scenarios import SCENARIOS, Scenario
from tests.ivr.window import CODE, DNI, RIGHT, visit

MOST_COMMANDS = 200  # no dialogue of the scenarios is longer; a test that never ends says so
LEAVE_SOMETHING = [one for one in SCENARIOS if one.orders or one.left or one.rings]

Left = tuple[tuple[str, ...], tuple[str, ...], int]


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    """A counter, as the services' own tests have it."""
    async with counters(tmp_path) as opened:
        yield opened


async def left(counter: Counter) -> Left:
    orders = tuple(kind for kind, _, _ in await counter.orders())
    messages = tuple(sorted(one.message for one in counter.outbox.kept.values()))
    return orders, messages, len(counter.ringing.kept)


async def served(counter: Counter, scenario: Scenario, leaves_after: int | None) -> bool:
    """Serve a caller who leaves after so many commands; say whether they heard it to the end."""
    box = Box(presses=scenario.presses, leaves_after=leaves_after)
    box.variables["CHANNEL(language)"] = counter.language
    try:
        await serving.serve(counter.visit(scenario.service, box), catalogue()[scenario.service])
    except HungUp:
        return False
    return True


@pytest.mark.parametrize("scenario", LEAVE_SOMETHING, ids=lambda one: one.label)
async def test_a_line_that_breaks_after_any_command_leaves_all_or_nothing_and_never_twice(
    counter: Counter, scenario: Scenario
) -> None:
    counter.person, counter.level, counter.caller = scenario.person, scenario.level, scenario.caller
    await scenario.prepare(counter)
    nothing: Left = ((), (), len(counter.ringing.kept))
    whole: Left = (scenario.orders, tuple(sorted(scenario.left)), scenario.rings)
    for commands in range(MOST_COMMANDS):
        to_the_end = await served(counter, scenario, commands)
        now = await left(counter)
        assert now in (nothing, whole), f"after {commands} commands"
        if to_the_end or now == whole != nothing:
            break
    assert await left(counter) == whole
    await served(counter, scenario, None)  # the call is taken up again, at the same step
    assert await left(counter) == whole


async def counted(around: Rooms, *tables_: object) -> list[int]:
    async with around.engine.connect() as connection:
        return [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()  # type: ignore[arg-type] # a table
            for table in tables_
        ]


async def test_a_line_that_breaks_anywhere_in_the_proof_leaves_no_level_without_its_evidence(
    around: Rooms,
) -> None:
    """Two levels one after the other, cut off after every command: a fact for each proof, a message for each code."""
    script = (*DNI, *RIGHT, CODE, "2")
    for commands in range(MOST_COMMANDS):
        around.facts.clear()
        around.letters.left.clear()
        around.now += 31 * 86400.0
        before = await counted(around, tables.proofs)
        call = f"ventanilla-1763791200.{commands}"
        ended = await visit(
            around, *script, service="bank_account", level=2, call=call, leaves_after=commands
        )
        (proofs,) = await counted(around, tables.proofs)
        assert proofs - before[0] == len(around.told(facts.IdentityProven))
        assert len(around.letters.of("code")) == len(around.told(facts.CodeSent)) <= 1
        proof = await around.house.proofs.of(call)
        assert ended.visit.level == (proof.level if proof else 0)
        if ended.visit.level == 2:
            return
    raise AssertionError("level 2 was never reached")


class ServerLost(BaseException):
    """The server is killed here."""


@pytest.mark.parametrize(
    "scenario", [one for one in LEAVE_SOMETHING if one.orders and one.left], ids=lambda one: one.label
)
async def test_a_server_that_dies_between_the_request_and_its_message_has_both_once_when_it_is_back(
    counter: Counter, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.person, counter.level, counter.caller = scenario.person, scenario.level, scenario.caller
    await scenario.prepare(counter)

    async def dies(*_: object, **__: object) -> bool:
        raise ServerLost

    with monkeypatch.context() as killed:
        killed.setattr(counter.outbox, "leave", dies)
        with pytest.raises(ServerLost):
            await served(counter, scenario, None)
    assert (await left(counter))[1] == ()
    await served(counter, scenario, None)
    orders, messages, _ = await left(counter)
    assert (orders, messages) == (scenario.orders, tuple(sorted(scenario.left)))
