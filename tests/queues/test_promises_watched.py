"""Attempts whose end, or whose talk, could not be written at once: only their promise says what became of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from queues.adapters import callbacks as shell
from queues.adapters.callback_store import SqlCallbacks
from queues.adapters.ears import Ears
from queues.adapters.reconciler import Reconciler
from queues.agents import State
from queues.callbacks import Callback
from queues.facts import CallerLeft
from queues.ports import Reservation
from tests.queues.fakes import Form, PaperAsterisk, call
from tests.queues.promises import House, begun, hasty
from tests.queues.switchboard import until
from tests.queues.test_agent_first import FirstHouse, stage_is

__all__ = ["hasty"]


@pytest.fixture(params=[House, FirstHouse], ids=["citizen_first", "agent_first"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with begun(request.param, "sqlite", tmp_path) as house:
        yield house


async def ringing(house: House) -> str:
    """The citizen's telephone rings, for whom an agent is set aside or waits."""
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    if isinstance(house, FirstHouse):
        await until(lambda: house.state() is State.RINGING, "the agent's telephone rings")
        await house.agent_picks_up()
    await until(lambda: house.exchange.rung, "the citizen's telephone rings")
    return house.exchange.rung[-1]


async def reached(house: House) -> str:
    """The key is pressed, and an agent is there."""
    placed = await ringing(house)
    assert await house.callbacks.pressed(placed)
    await house.floor.wait(Form(placed, "general"))
    return placed


@contextmanager
def unwritable(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let the table refuse what becomes of promises, as one does that is locked for too long; give what it was."""
    refused = []

    async def locked(_: SqlCallbacks, before: Callback, now: Callback) -> bool:
        refused.append(f"{before.stage} {now.stage}")
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(SqlCallbacks, "move", locked)
        yield refused


def reconciler_of(house: House) -> Reconciler:
    """Compare the floor by hand with an Asterisk that has no channels."""
    house.floor.asterisk = PaperAsterisk()
    return Reconciler(house.floor, house.floor.asterisk)


def nobody_was_lost(house: House) -> bool:
    return not house.store.outcomes and not any(isinstance(one, CallerLeft) for one in house.said)


async def test_who_talks_when_the_next_server_comes_is_not_called_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = await reached(house)
    monkeypatch.setattr(house.callbacks, "hear", lambda _: None)  # killed before it was written
    house.floor.answered(placed)
    await house.kill()
    assert await house.stages() == ["reached"]
    await house.begin()
    await stage_is(house, "kept")
    house.exchange.there.clear()
    house.floor.left(placed)
    house.callbacks.hung_up(placed, 16)
    await house.floor.sign_in("jordi", "browser")
    await asyncio.sleep(0.3)
    assert len(house.exchange.rung) == 1


async def test_a_talk_that_could_not_be_written_when_it_began_keeps_its_promise(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = await reached(house)
    with unwritable(monkeypatch) as refused:
        house.floor.answered(placed)
        await until(lambda: len(refused) > 1, "it is tried again while they talk")
    await stage_is(house, "kept")


@pytest.mark.parametrize("told_first", ["conversation", "talk"])
async def test_a_talk_all_of_which_went_by_unwritten_keeps_its_promise(
    house: House, monkeypatch: pytest.MonkeyPatch, told_first: str
) -> None:
    placed = await reached(house)
    monkeypatch.setattr(shell, "LOOK_EVERY_S", 3600.0)
    await asyncio.sleep(0.1)  # the last look is over
    with unwritable(monkeypatch) as refused:
        house.floor.answered(placed)
        await until(lambda: refused, "it cannot be written")
    if told_first == "conversation":
        house.callbacks.over(placed)
        house.floor.ended(placed)
    else:
        house.floor.ended(placed)
        house.callbacks.over(placed)
    await until(lambda: not house.callbacks._open, "it is over")
    assert await house.stages() == ["kept"]


async def test_who_did_not_pick_up_while_nothing_could_be_written_is_not_counted_as_a_caller_who_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconciler = reconciler_of(house)
    placed = await ringing(house)
    with unwritable(monkeypatch) as refused:
        house.exchange.there.discard(placed)
        house.callbacks.hung_up(placed, 19)
        await until(lambda: refused, "it cannot be written")
        for _ in range(2):
            assert not await reconciler.look()
        assert placed in house.floor.hall.places
    await until(lambda: placed not in house.floor.hall.places, "the attempt is over")
    assert nobody_was_lost(house)


async def test_who_is_placed_slowly_keeps_their_agent_from_others(house: House) -> None:
    reconciler = reconciler_of(house)
    may_ring, called = asyncio.Event(), list[str]()
    name = "summon" if isinstance(house, FirstHouse) else "place"
    ring = getattr(house.exchange, name)

    async def slowly(callback: Callback, reservation: Reservation) -> bool:
        called.append(callback.call)
        await may_ring.wait()
        return bool(await ring(callback, reservation))

    setattr(house.exchange, name, slowly)
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await until(lambda: called, "the telephone is about to ring")
    await asyncio.sleep(0.3)  # older than an attempt that is looked for among Asterisk's channels
    for _ in range(2):
        assert not await reconciler.look()
    caller = asyncio.create_task(house.floor.wait(Form(call(77), "general")))
    await asyncio.sleep(0.1)
    assert not caller.done()
    assert await house.stages() == ["summoning" if name == "summon" else "calling"]
    may_ring.set()
    await until(lambda: house.exchange.there, "it rings")
    assert house.floor.state("ana").call == called[0]
    assert nobody_was_lost(house)
    caller.cancel()


@pytest.mark.parametrize("goes", ["in_time", "too_late"])
async def test_who_is_still_rung_when_the_agent_who_waited_is_gone_keeps_the_place(
    tmp_path: Path, goes: str
) -> None:
    async with begun(FirstHouse, "sqlite", tmp_path) as house:
        placed = await ringing(house)
        leg = house.exchange.legs[-1]
        await house.floor.pause("ana", "rest")
        house.exchange.waits.clear()
        house.ears.leg_gone("ana", placed, leg)
        house.floor.hall.tick(house.floor.now() + 999.0, house.floor.promised())
        assert placed in house.floor.hall.places
        if goes == "in_time":
            assert await house.callbacks.pressed(placed)
            waiting = asyncio.create_task(house.floor.wait(Form(placed, "general")))
            await asyncio.sleep(0)
            await house.floor.ready("ana")
            assert (await waiting).agent == "ana"
        else:
            ears = Ears(house.floor, house.publish, lambda: None)
            ears.gone = house.callbacks.hung_up
            ears.caller_hung_up(placed, 19)
            await until(lambda: placed not in house.floor.hall.places, "the attempt is over")
        assert nobody_was_lost(house)
