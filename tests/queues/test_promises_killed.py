"""The live promises to call back: killed between every two steps, cut off, and overtaken."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from queues.adapters import callbacks as shell
from queues.adapters.callback_store import SqlCallbacks
from queues.agents import State
from queues.callbacks import Callback, Stage
from tests.queues.fakes import Form, call
from tests.queues.promises import House, asked, hasty, house, kept
from tests.queues.switchboard import until

__all__ = ["hasty", "house"]


async def taken(house: House) -> None:
    """Killed after the promise is on disk, before the place was handed over."""
    form = Form(call(1), "general")
    waiting = asyncio.create_task(house.floor.wait(form))
    await asyncio.sleep(0)
    await SqlCallbacks(house.engine).take(asked(1), house.floor.now(), house.floor.now() + 999)
    waiting.cancel()


async def in_line(house: House) -> None:
    """Killed while the promise stands in line."""
    await house.takes(1)


async def released(house: House) -> None:
    """Killed after the attempt is on disk, before the telephone rings."""
    house.exchange.dead = True
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    while await house.stages() != ["calling"]:  # noqa: ASYNC110 - another task writes it
        await asyncio.sleep(0.01)


async def ringing(house: House) -> None:
    """Killed while the telephone rings; nobody picks up meanwhile."""
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await until(lambda: house.exchange.rung, "a telephone that rings")


async def pressed(house: House) -> None:
    """Killed after the key, before an agent was there; the line was lost with the server."""
    await ringing(house)
    assert await house.callbacks.pressed(house.exchange.rung[-1])


@pytest.mark.parametrize("moment", [taken, in_line, released, ringing, pressed])
async def test_killed_between_any_two_steps_a_promise_is_kept_after_all(
    house: House, moment: Callable[[House], object]
) -> None:
    await moment(house)  # type: ignore[misc] # each is a coroutine function
    await house.kill()
    before = len(house.exchange.rung)
    house.exchange.there.clear()
    house.exchange.dead = False
    await house.begin()
    if house.floor.state("ana").state is State.SIGNED_OUT:
        await house.floor.sign_in("ana", "browser")
    house.floor.repair(())
    await until(lambda: len(house.exchange.rung) > before, "the telephone rings after the restart")
    await house.picks_up()
    while await house.stages() != ["kept"]:  # noqa: ASYNC110 - another task writes it
        await asyncio.sleep(0.01)
    assert len(house.exchange.rung) == len(set(house.exchange.rung)) <= 2


async def test_killed_while_it_rings_and_answered_meanwhile_it_is_not_rung_again(house: House) -> None:
    await ringing(house)
    await house.kill()
    await house.begin()  # the channel lives on in Asterisk
    await asyncio.sleep(0.3)
    assert len(house.exchange.rung) == 1
    await house.picks_up()
    while await house.stages() != ["kept"]:  # noqa: ASYNC110 - another task writes it
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("moment", [ringing, pressed])
async def test_who_presses_in_the_first_second_of_the_server_that_comes_is_let_in(
    house: House, moment: Callable[[House], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    await moment(house)  # type: ignore[misc] # each is a coroutine function
    await house.kill()
    monkeypatch.setattr(shell, "LOOK_EVERY_S", 3600.0)
    await house.begin()
    assert await house.callbacks.pressed(house.exchange.rung[-1])
    assert await house.stages() == ["reached"]


async def test_a_move_that_nobody_waits_for_any_more_is_made_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ringing(house)
    store, may_write = house.callbacks._store, asyncio.Event()
    move = store.move

    async def slowly(before: Callback, now: Callback) -> bool:
        await may_write.wait()
        return await move(before, now)

    monkeypatch.setattr(store, "move", slowly)
    asking = asyncio.create_task(house.callbacks.pressed(house.exchange.rung[-1]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    may_write.set()
    await until(
        lambda: [one.stage for one in house.callbacks._open.values()] == [Stage.REACHED], "it is known"
    )
    assert await house.stages() == ["reached"]


async def test_a_promise_that_was_written_after_all_is_found_and_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = house.callbacks._store.take
    await until(lambda: house.callbacks._book._read, "what is open is known")

    async def cut_off(*words: Any) -> Callback | None:  # noqa: ANN401 - handed on as they came
        await take(*words)
        raise TimeoutError

    monkeypatch.setattr(house.callbacks._store, "take", cut_off)
    with pytest.raises(TimeoutError):
        await house.callbacks.take(asked(1))
    await house.floor.sign_in("ana", "browser")
    await kept(house)


async def test_one_agent_has_one_telephone_rung_though_a_rest_ends_in_the_look_in_which_they_come(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        await house.takes(number)
    rests, waits = list(house.callbacks._open.values())
    store = house.callbacks._store
    resting = replace(rests, stage=Stage.RESTING, attempts=1)
    assert await store.move(rests, resting)
    house.callbacks._open[rests.asked.call] = resting
    move = store.move

    async def while_the_other_is_rung(before: Callback, now: Callback) -> bool:
        if before.stage is Stage.RESTING:
            monkeypatch.setattr(store, "move", move)
            house.callbacks._moving.release()
            await house.floor.sign_in("ana", "browser")
            await until(lambda: house.exchange.rung == [waits.call], "the other's telephone rings")
            await house.callbacks._moving.acquire()
        return await move(before, now)

    monkeypatch.setattr(store, "move", while_the_other_is_rung)
    await until(lambda: house.exchange.rung, "a telephone that rings")
    await asyncio.sleep(0.5)
    assert house.exchange.rung == [waits.call]
