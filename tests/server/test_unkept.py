"""A callback that came to nothing is a promise that a person keeps: once, and nobody is forgotten."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters import tables
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.seeding import seed
from crm_bridge.connectors.builtin import Builtin
from ivr.ports.requests import CallBack
from queues.adapters import tables as queues_tables
from queues.adapters.callback_store import SqlCallbacks
from queues.callbacks import Asked, Callback, Policy, Stage, Step, after
from queues.facts import CallbackExpired, CallbackTaken
from server import promises, spooled, voice_messages
from server.owed import GOOD_FOR_S, Owed, Owing
from server.promises import Promises
from server.unkept import Unkept
from tests.crm_bridge.conftest import KEY, NOON, UNHURRIED
from tests.databases import DIALECTS, opened

CALL, NUMBER = "ventanilla-1763791200.12", "+34911234567"
ASKED = Asked(CALL, NUMBER, None, "eu", "pension", 1, 0, NOON - 300)


@dataclass
class Office:
    """Callbacks and promises over a real database and bridge, at a time that the test moves."""

    engine: AsyncEngine
    now: float = NOON
    said: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.callbacks = SqlCallbacks(self.engine)
        self.crm = Builtin(self.engine, KEY)
        self.bridge = Bridge(self.engine, self.crm, lambda _: None, lambda: self.now, UNHURRIED)
        self.promises = Promises(self.engine, self.bridge, lambda: self.now, limit_s=60.0)
        self.owing = Owing(self.engine, self.said.append, lambda: self.now)
        self.unkept = self.restarted()

    def restarted(self) -> Unkept:
        return Unkept(self.callbacks, self.promises, lambda: self.now)

    async def ends(self, *steps: Step, asked: Asked = ASKED) -> Callback:
        promise = await self.callbacks.take(asked, self.now, self.now + 60)
        assert promise is not None
        for step in steps:
            now = after(promise, step, self.now, Policy(most_attempts=1))
            assert await self.callbacks.move(promise, now)
            promise = now
        return promise

    async def owed(self) -> tuple[Owed, ...]:
        await self.unkept.take_over()
        return await self.owing.listed()


@pytest.fixture(params=DIALECTS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    whole = MetaData()
    rooms = (tables, queues_tables, promises, spooled, voice_messages)
    for one in rooms:
        for table in one.metadata.sorted_tables:
            table.to_metadata(whole)
    async with opened(request.param, tmp_path, whole) as engine:
        await seed(engine, KEY)
        yield Office(engine)


@pytest.mark.parametrize(
    "steps", [(Step.EXPIRED,), (Step.RELEASED, Step.NOT_REACHED)], ids=["expired", "given up"]
)
async def test_what_came_to_nothing_is_owed_by_a_person_in_the_same_request(
    office: Office, steps: tuple[Step, ...]
) -> None:
    request = await office.bridge.open_or_continue(CALL, None, "pension")
    assert (await office.ends(*steps)).stage in {Stage.EXPIRED, Stage.GIVEN_UP}
    (owed,) = await office.owed()
    assert (owed.what, owed.request, owed.number, owed.language) == ("callback", request, NUMBER, "eu")
    await office.bridge.deliver()
    whole = await office.crm.request(request)
    assert whole is not None
    assert f"Ring back {NUMBER}. Hours: any. Language: eu." in [one.notes for one in whole.contacts]


@pytest.mark.parametrize(
    "steps", [(), (Step.CANCELLED,), (Step.RELEASED, Step.PRESSED, Step.TALKED)], ids=["open", "off", "kept"]
)
async def test_nothing_else_is_owed(office: Office, steps: tuple[Step, ...]) -> None:
    await office.ends(*steps)
    assert await office.owed() == ()


async def test_it_is_owed_once_however_often_a_server_begins_and_not_again_when_it_was_done(
    office: Office,
) -> None:
    await office.ends(Step.EXPIRED)
    (owed,) = await office.owed()
    office.unkept = office.restarted()
    assert await office.owed() == (owed,)
    assert await office.owing.done(owed.request) == 1
    office.unkept = office.restarted()
    assert await office.owed() == ()


async def test_a_number_that_a_person_will_ring_anyway_is_not_promised_twice_and_keeps_its_hours(
    office: Office,
) -> None:
    back = CallBack("ventanilla-1763791200.3", NUMBER, "es", "general", "morning", caller=NUMBER)
    await office.promises.call_back(back, "3:callback")
    await office.ends(Step.EXPIRED)
    (owed,) = await office.owed()
    assert (owed.call, owed.hours) == (back.call, "morning")


async def test_what_a_person_rang_already_is_not_owed_again_after_a_restart(office: Office) -> None:
    back = CallBack("ventanilla-1763791200.3", NUMBER, "es", "general", "morning", caller=NUMBER)
    await office.promises.call_back(back, "3:callback")
    await office.ends(Step.EXPIRED)
    (owed,) = await office.owed()
    assert await office.owing.done(owed.request) == 1
    office.unkept = office.restarted()
    assert await office.owed() == ()


async def test_who_gave_two_numbers_and_was_rung_is_not_owed_again_after_a_restart(office: Office) -> None:
    await office.ends(Step.EXPIRED, asked=replace(ASKED, person="demo-maria"))
    other = replace(ASKED, call="ventanilla-1763791200.13", number="+34911234568", person="demo-maria")
    await office.ends(Step.EXPIRED, asked=other)
    (owed,) = await office.owed()
    assert await office.owing.done(owed.request) == 1
    office.unkept = office.restarted()
    assert await office.owed() == ()


async def test_two_people_at_one_number_are_both_rung_one_after_the_other(office: Office) -> None:
    back = CallBack("ventanilla-1763791200.3", NUMBER, "es", "general", person="demo-maria", caller=NUMBER)
    await office.promises.call_back(back, "3:callback")
    await office.ends(Step.EXPIRED, asked=replace(ASKED, person="demo-josep"))
    (first,) = await office.owed()
    assert first.call == back.call
    assert await office.owing.done(first.request) == 1
    (second,) = await office.owed()
    assert (second.call, second.number) == (CALL, NUMBER)


async def test_what_is_older_than_a_promise_lasts_is_nobodys(office: Office) -> None:
    await office.ends(Step.EXPIRED)
    office.now += GOOD_FOR_S + 1
    assert await office.owed() == ()


async def test_each_person_has_one_though_they_gave_two_numbers(office: Office) -> None:
    await office.ends(Step.EXPIRED, asked=replace(ASKED, person="demo-maria"))
    other = replace(ASKED, call="ventanilla-1763791200.13", number="+34911234568", person="demo-maria")
    await office.ends(Step.EXPIRED, asked=other)
    assert len(await office.owed()) == 1


def test_it_looks_at_once_when_a_callback_has_come_to_nothing(office: Office) -> None:
    office.unkept.hear(CallbackTaken(CALL, "x", "pension", "es", 1, 1.0, NOON))
    assert not office.unkept._soon.is_set()
    office.unkept.hear(CallbackExpired(CALL, 0, NOON))
    assert office.unkept._soon.is_set()
