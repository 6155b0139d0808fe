"""The live promises to call back, on a real database, with an exchange on paper: killed between every two steps."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from queues.adapters import callbacks as shell
from queues.adapters.callback_ports import Answering, straight
from queues.adapters.callback_store import SqlCallbacks
from queues.adapters.callbacks import Callbacks
from queues.adapters.floor import Floor
from queues.adapters.tables import metadata
from queues.agents import State
from queues.callbacks import Asked, Callback, Policy, Stage, Step, after
from queues.facts import CallbackCancelled, CallbackTried
from queues.ports import Reservation
from tests.databases import opened
from tests.queues.fakes import Form, MemoryStore, call
from tests.queues.switchboard import until

POLICY = Policy(most_attempts=3, rest_s=0.05)


class PaperExchange:
    """Rings on paper: keeps whose telephone rang, and which calls are there."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.there: set[str] = set()
        self.dead = False  # killed between the row and the ring

    async def place(self, callback: Callback, reservation: Reservation) -> bool:
        assert reservation.call == callback.call
        if self.dead:
            await asyncio.Event().wait()
        assert callback.call not in self.there, "a telephone rings twice at once"
        self.rung.append(callback.call)
        self.there.add(callback.call)
        return True

    async def alive(self) -> frozenset[str]:
        return frozenset(self.there)


class House:
    """Floor and callbacks over what lasts: a memory of places, a database of promises, the exchange."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.store, self.exchange = engine, MemoryStore(), PaperExchange()
        self.said: list[object] = []
        self.open = True
        self.ends: Callable[[str, float, float], float] = straight

    async def begin(self) -> None:
        self.floor = await Floor(self.store, self.publish).open()
        self.callbacks = Callbacks(
            SqlCallbacks(self.engine), self.floor, self.publish, self.exchange, lambda: POLICY,
            Answering(lambda _: self.open, self._ends),
        )  # fmt: skip
        self.running = asyncio.create_task(self.callbacks.run())

    def _ends(self, subject: str, at: float, open_s: float) -> float:
        return self.ends(subject, at, open_s)

    async def kill(self) -> None:
        """What kill -9 leaves: nothing is said or tidied."""
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running
        await self.floor.close()

    def publish(self, said: object) -> None:
        self.said.append(said)
        if hasattr(self, "callbacks"):
            self.callbacks.hear(said)

    async def takes(self, number: int) -> None:
        """A caller waits and takes a callback."""
        form = Form(call(number), "general", since=self.floor.now() - 100 + number)
        waiting = asyncio.create_task(self.floor.wait(form))
        await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        promise, new = await self.callbacks.take(asked(number))
        assert new
        assert promise.stage is Stage.WAITING

    async def picks_up(self) -> None:
        """The citizen whose telephone rings presses the key, waits under the same id, and talks."""
        placed = self.exchange.rung[-1]
        assert await self.callbacks.pressed(placed)
        reservation = await self.floor.wait(Form(placed, "general"))
        self.floor.answered(reservation.call)

    async def stages(self) -> list[str]:
        store = SqlCallbacks(self.engine)
        return [one.stage.value for one in await store._found()]


def asked(number: int, *, person: str | None = None, telephone: int | None = None) -> Asked:
    digits = number if telephone is None else telephone
    return Asked(call(number), f"+34931{digits:06d}", person, "es", "general", 1, 0, 100.0 + number)


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(str(request.param), tmp_path) as house:
        yield house


@asynccontextmanager
async def a_house(dialect: str, folder: Path) -> AsyncIterator[House]:
    async with opened(dialect, folder, metadata) as engine:
        house = House(engine)
        await house.begin()
        try:
            yield house
        finally:
            await house.kill()


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(shell, "YOUNG_S", 0.1)


async def kept(house: House) -> None:
    """The promise ends in a talk, whatever it takes."""
    await until(lambda: house.exchange.rung, "a telephone that rings")
    await house.picks_up()
    await until(lambda: any(type(one).__name__ == "CallbackKept" for one in house.said), "a promise kept")


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
