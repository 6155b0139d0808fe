"""The live promises to call back, on a real database, with an exchange on paper."""

import asyncio
from functools import partial

from queues.adapters.callback_store import SqlCallbacks
from queues.agents import State
from queues.callbacks import Stage, Step, after
from queues.facts import CallbackCancelled, CallbackTried
from tests.queues.fakes import call
from tests.queues.promises import POLICY, House, asked, hasty, house, kept
from tests.queues.switchboard import until

__all__ = ["hasty", "house"]


async def test_a_promise_is_kept_and_its_agent_talks(house: House) -> None:
    await house.takes(1)
    assert not any(type(one).__name__ == "CallerLeft" for one in house.said)
    await house.floor.sign_in("ana", "browser")
    await kept(house)
    assert house.floor.state("ana").state is State.TALKING
    assert len(house.exchange.rung) == 1
    assert await house.stages() == ["kept"]


async def test_no_more_are_rung_than_agents_are_free(house: House) -> None:
    for number in range(5):
        await house.takes(number)
    await house.floor.sign_in("ana", "browser")
    await house.floor.sign_in("luis" if "luis" in house.floor.hall.people else "jordi", "browser")
    await until(lambda: len(house.exchange.rung) == 2, "two telephones that ring")
    await asyncio.sleep(0.2)
    assert len(house.exchange.rung) == 2


async def test_each_number_and_each_person_has_one_promise(house: House) -> None:
    first, new = await house.callbacks.take(asked(1, person="p1"))
    assert new
    assert (await house.callbacks.take(asked(1, person="p1"))) == (first, True)  # the same call asks again
    for other in (asked(2, telephone=1), asked(3, person="p1")):
        standing, new = await house.callbacks.take(other)
        assert (standing.asked.call, new) == (call(1), False)
    at_once = await asyncio.gather(*(house.callbacks.take(asked(n, telephone=9)) for n in range(10, 20)))
    assert len({promise.asked.call for promise, _ in at_once}) == 1
    assert sum(new for _, new in at_once) == 1


async def test_a_supervisor_s_move_holds_for_every_attempt_the_rests_between_and_a_restart(
    house: House,
) -> None:
    await house.takes(1)
    (promise,) = await SqlCallbacks(house.engine).open_ones()
    await until(lambda: promise.call in house.floor.hall.places, "a promise in line")
    assert house.floor.rewish(promise.call, "imv", 1, 9)
    await house.floor.sign_in("ana", "browser")
    await until(partial(_rung, house, 1), "the first attempt")
    house.exchange.there.clear()
    assert not await house.callbacks.not_reached(house.exchange.rung[-1], "no_key")
    await until(partial(_rung, house, 2), "the second attempt")
    (tried,) = await SqlCallbacks(house.engine).open_ones()
    assert (tried.asked.subject, tried.asked.priority, tried.asked.since) == ("imv", 9, promise.asked.since)
    assert house.floor.hall.places[tried.call].wish.priority == 9


async def test_a_supervisor_s_move_outlives_the_night(house: House) -> None:
    await house.takes(1)
    (promise,) = await SqlCallbacks(house.engine).open_ones()
    assert house.floor.rewish(promise.call, "general", 1, 9)
    house.open = False
    await until(lambda: not house.floor.hall.places, "nobody in line")
    await house.kill()
    house.open = True
    await house.begin()
    await until(lambda: promise.call in house.floor.hall.places, "a promise in line")
    assert house.floor.hall.places[promise.call].wish.priority == 9


async def test_a_promise_is_nobody_s_who_is_proven_to_be_somebody_else(house: House) -> None:
    promise, _ = await house.callbacks.take(asked(1, person="p1"))
    number = promise.asked.number
    assert await house.callbacks.standing(number, "p2") is None
    for whose in (None, "p1"):
        assert await house.callbacks.standing(number, whose) == promise


def _rung(house: House, times: int) -> bool:
    return len(house.exchange.rung) == times


def _tried(house: House, times: int) -> bool:
    return sum(isinstance(one, CallbackTried) for one in house.said) == times


async def test_who_is_not_reached_is_tried_again_as_often_as_agreed(house: House) -> None:
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    for attempt in (1, 2, 3):
        await until(partial(_rung, house, attempt), f"attempt {attempt}")
        house.exchange.there.clear()
        house.callbacks.hung_up(house.exchange.rung[-1], 17)
        await until(partial(_tried, house, attempt), "a busy attempt")
    assert await house.stages() == ["given_up"]
    assert house.floor.state("ana").state is State.READY
    assert len(set(house.exchange.rung)) == 3


async def test_the_attempt_that_was_the_last_is_called_so(house: House) -> None:
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    last = []
    for attempt in (1, 2, 3):
        await until(partial(_rung, house, attempt), f"attempt {attempt}")
        house.exchange.there.clear()
        last.append(await house.callbacks.not_reached(house.exchange.rung[-1], "no_key"))
    assert last == [False, False, True]
    (unkept,) = await SqlCallbacks(house.engine).unkept(0.0)
    assert (unkept.stage, unkept.asked.call) == (Stage.GIVEN_UP, call(1))
    assert await SqlCallbacks(house.engine).asked_in(house.exchange.rung[0]) == call(1)


async def test_a_promise_expires_when_its_people_have_answered_for_so_long(house: House) -> None:
    house.ends = lambda subject, at, open_s: at + 9 * open_s if subject == "general" else at
    promise, _ = await house.callbacks.take(asked(1))
    assert promise.expires_at == promise.taken_at + 9 * POLICY.expires_s


async def test_who_calls_again_cancels_and_the_agent_is_free_for_others(house: House) -> None:
    await house.takes(1)
    assert await house.callbacks.cancel(call(1), "called_again")
    assert not await house.callbacks.cancel(call(1), "called_again")
    assert [one.why for one in house.said if isinstance(one, CallbackCancelled)] == ["called_again"]
    assert house.floor.hall.places == {}
    await house.floor.sign_in("ana", "browser")
    await asyncio.sleep(0.2)
    assert house.exchange.rung == []


async def test_outside_the_hours_nobody_is_rung_and_the_turn_is_kept(house: House) -> None:
    await house.takes(1)
    house.open = False
    await until(lambda: not house.floor.hall.places, "nobody in line")
    await house.floor.sign_in("ana", "browser")
    await asyncio.sleep(0.2)
    assert house.exchange.rung == []
    house.open = True
    await kept(house)


async def test_who_moves_a_promise_from_where_it_no_longer_stands_writes_nothing(house: House) -> None:
    await house.callbacks.take(asked(1))
    house.open = False
    store = SqlCallbacks(house.engine)
    (promise,) = await store.open_ones()
    cancelled = after(promise, Step.CANCELLED, house.floor.now(), POLICY, "called_again")
    assert await store.move(promise, cancelled)
    assert not await store.move(promise, after(promise, Step.EXPIRED, house.floor.now(), POLICY))
    assert await house.stages() == ["cancelled"]
