"""SQLite's write lock held by somebody else for longer than a write is waited for: nothing twice, nothing lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from queues.agents import State
from queues.callbacks import call_of_leg
from queues.facts import CallbackCancelled, CallbackReleased, CallbackTaken
from queues.ports import Reservation
from tests.databases import SQLITE
from tests.queues.fakes import Form, call
from tests.queues.promises import House, asked, begun, hasty, kept
from tests.queues.switchboard import until
from tests.queues.test_agent_first import FirstHouse

__all__ = ["hasty"]

LIMIT_S = 0.1
"""What a session waits here for a write (server/calling.py: PROMISE_S)."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with begun(House, "sqlite", tmp_path) as house:
        yield house


@pytest.fixture
async def first(tmp_path: Path) -> AsyncIterator[FirstHouse]:
    async with begun(FirstHouse, "sqlite", tmp_path) as house:
        yield house


@contextmanager
def locked(folder: Path) -> Iterator[sqlite3.Connection]:
    """Write beside the server, and do not come to an end before `rollback`."""
    with closing(sqlite3.connect(folder / SQLITE, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        if other.in_transaction:
            other.rollback()


async def ringing(house: House) -> str:
    await house.takes(1)
    await house.floor.sign_in("ana", "browser")
    await until(lambda: house.exchange.rung, "the citizen's telephone rings")
    return house.exchange.rung[-1]


async def test_a_key_that_was_written_too_late_is_an_attempt_that_was_lost_and_the_citizen_is_called_again(
    house: House, tmp_path: Path
) -> None:
    placed = await ringing(house)
    with locked(tmp_path):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                await house.callbacks.pressed(placed)
        house.exchange.there.clear()  # told that we call again, and hung up
        house.callbacks.over(placed)
        house.callbacks.hung_up(placed, 16)
    await until(lambda: len(house.exchange.rung) == 2, "the telephone rings once more")
    await house.picks_up()
    await until(lambda: any(type(one).__name__ == "CallbackKept" for one in house.said), "it is kept")
    assert await house.stages() == ["kept"]
    released = [one.attempt for one in house.said if isinstance(one, CallbackReleased)]
    assert released == [1, 2]
    assert len(set(house.exchange.rung)) == len(house.exchange.rung) == 2


async def test_an_end_that_is_written_too_late_is_written_once(house: House, tmp_path: Path) -> None:
    placed = await ringing(house)
    with locked(tmp_path):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                await house.callbacks.not_reached(placed, "no_key")
        house.exchange.there.clear()
        house.callbacks.hung_up(placed, 16)  # Asterisk says it too
    await until(lambda: len(house.exchange.rung) == 2, "the second attempt")
    (open_one,) = house.callbacks._open.values()
    assert open_one.attempts == 2


async def test_a_cancellation_that_is_written_too_late_holds(house: House, tmp_path: Path) -> None:
    placed = await ringing(house)
    with locked(tmp_path):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                await house.callbacks.refused(placed)
        house.exchange.there.clear()
        house.callbacks.hung_up(placed, 16)
    await until(lambda: not house.callbacks._open, "the promise is dropped")
    assert await house.stages() == ["cancelled"]
    assert [one.why for one in house.said if isinstance(one, CallbackCancelled)] == ["on_the_call"]
    assert house.floor.state("ana").state is State.READY


async def test_who_is_told_that_no_place_can_be_kept_has_no_promise_and_is_served_on_the_line(
    house: House, tmp_path: Path
) -> None:
    waiting: asyncio.Task[Reservation] = asyncio.create_task(house.floor.wait(Form(call(1), "general")))
    with locked(tmp_path) as other:
        asyncio.get_running_loop().call_later(5 * LIMIT_S, other.rollback)  # the thread is not cut off before
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                await house.callbacks.take(asked(1))
    assert await house.stages() == []
    assert not any(isinstance(one, CallbackTaken) for one in house.said)
    await house.floor.sign_in("ana", "browser")
    assert (await waiting).agent == "ana"
    await house.takes(2)  # and the next one is promised theirs
    await house.floor.sign_in("jordi", "browser")
    await kept(house)


async def test_agent_first_no_telephone_rings_twice_while_the_attempt_waits_to_be_written(
    first: FirstHouse, tmp_path: Path
) -> None:
    await first.takes(1)
    await first.floor.sign_in("ana", "browser")
    await until(lambda: first.state() is State.RINGING, "the agent's telephone rings")
    with locked(tmp_path):
        leg = await first.agent_picks_up()
        for _ in range(3):  # said twice, and looked at meanwhile
            first.ears.agent_waits("ana", call_of_leg(leg), leg)
            await asyncio.sleep(LIMIT_S)
        assert first.exchange.rung == []
    await until(lambda: first.exchange.rung, "the citizen's telephone rings")
    assert (await first.is_joined()).awaits
    assert len(first.exchange.rung) == len(first.exchange.legs) == 1
