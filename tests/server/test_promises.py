"""Promises to ring back, on both databases, over the real bridge: one for each number and each person."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters import tables
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.seeding import seed
from crm_bridge.connectors.builtin import Builtin
from ivr.ports.register import RegistryDown
from ivr.ports.requests import CallBack
from ivr.ports.requests import Promises as Promising
from server.promises import Promises, metadata, promises
from tests.crm_bridge.conftest import KEY, NOON, UNHURRIED
from tests.databases import DIALECTS, opened
from tests.ivr.services.counter import Ringing

NUMBER, OTHER = "+34600123456", "+34911234567"


def back(
    call: int = 1,
    number: str = NUMBER,
    person: str | None = None,
    caller: str | None = None,
    hours: str = "morning",
) -> CallBack:
    return CallBack(f"ventanilla-1763791200.{call}", number, "es", "general", hours, person, caller)


def both() -> MetaData:
    whole = MetaData()
    for one in (tables.metadata, metadata):
        for table in one.sorted_tables:
            table.to_metadata(whole)
    return whole


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, both()) as engine:
        await seed(engine, KEY)
        yield engine


@pytest.fixture
def bridge(engine: AsyncEngine) -> Bridge:
    return Bridge(engine, Builtin(engine, KEY), lambda _: None, lambda: NOON, UNHURRIED)


@pytest.fixture
def desk(engine: AsyncEngine, bridge: Bridge) -> Promises:
    return Promises(engine, bridge, lambda: NOON, limit_s=60.0)


async def count(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(promises))).scalar_one())


async def test_a_promise_has_the_reference_of_the_calls_request(desk: Promises, bridge: Bridge) -> None:
    promise = await desk.call_back(back(), "1:callback")
    assert promise.new
    assert promise.reference == await bridge.open_or_continue(back().call, None, "callback")


@pytest.fixture(params=["ours", "the fake of the services' tests"])
def anybody(request: pytest.FixtureRequest, desk: Promises) -> Promising:
    """Whoever takes callbacks: what the fake beside the services promises, ours must promise too."""
    return desk if request.param == "ours" else Ringing()


async def test_the_same_key_gives_the_same_answer(anybody: Promising) -> None:
    first = await anybody.call_back(back(), "1:callback")
    assert first.new
    assert await anybody.call_back(back(), "1:callback") == first


async def test_a_number_has_one_open_promise_whoever_calls(anybody: Promising) -> None:
    first = await anybody.call_back(back(1), "1:callback")
    second = await anybody.call_back(back(2, caller=NUMBER), "2:callback")
    assert (second.reference, second.new) == (first.reference, False)
    again = await anybody.call_back(back(1), "3:callback")
    assert (again.reference, again.new) == (first.reference, False)


@pytest.mark.parametrize(
    ("person", "caller"),
    [(None, None), (None, OTHER), ("demo-jose", OTHER)],
    ids=["hidden", "other", "proven"],
)
async def test_nobody_learns_of_a_call_that_somebody_else_was_promised(
    anybody: Promising, person: str | None, caller: str | None
) -> None:
    assert (await anybody.call_back(back(1, person="demo-maria"), "1:callback")).reference
    strange = await anybody.call_back(back(2, NUMBER, person, caller), "2:callback")
    assert (strange.reference, strange.new) == (None, False)


async def test_hours_are_changed_by_who_was_promised_and_by_nobody_else(
    desk: Promises, engine: AsyncEngine
) -> None:
    async def hours() -> str:
        async with engine.connect() as connection:
            return str((await connection.execute(select(promises.c.hours))).scalar_one())

    await desk.call_back(back(1), "1:callback")
    await desk.call_back(back(2, caller=OTHER, hours="any"), "2:callback")
    assert await hours() == "morning"
    await desk.call_back(back(3, caller=NUMBER, hours="afternoon"), "3:callback")
    assert await hours() == "afternoon"


async def test_a_person_has_one_open_promise_whatever_the_number(anybody: Promising) -> None:
    first = await anybody.call_back(back(1, NUMBER, "demo-maria"), "1:callback")
    second = await anybody.call_back(back(2, OTHER, "demo-maria"), "2:callback")
    assert (second.reference, second.new) == (first.reference, False)


async def test_another_number_of_nobody_known_is_another_promise(anybody: Promising) -> None:
    first = await anybody.call_back(back(1, NUMBER), "1:callback")
    second = await anybody.call_back(back(2, OTHER), "2:callback")
    assert second.new
    assert second.reference != first.reference


async def test_a_promise_that_was_kept_makes_room_for_another(desk: Promises, engine: AsyncEngine) -> None:
    await desk.call_back(back(1), "1:callback")
    async with engine.begin() as connection:
        await connection.execute(update(promises).values(kept_at=NOON))
    assert (await desk.call_back(back(2), "2:callback")).new


async def test_twenty_calls_at_once_for_one_number_make_one_promise(
    desk: Promises, engine: AsyncEngine
) -> None:
    given = await asyncio.gather(*(desk.call_back(back(call), f"{call}:callback") for call in range(1, 21)))
    assert await count(engine) == 1
    assert sum(promise.new for promise in given) == 1
    assert len({promise.reference for promise in given} - {None}) == 1  # the others called from nowhere known


async def test_a_database_that_is_gone_is_told_as_such(desk: Promises, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(promises.drop)
    with pytest.raises(RegistryDown):
        await desk.call_back(back(), "1:callback")
    async with engine.begin() as connection:
        await connection.run_sync(promises.create)
