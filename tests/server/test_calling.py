"""The call that keeps a promise, as it is placed: to whom, by which line, with what it goes on, in whose request."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import MetaData, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters import tables
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.seeding import seed
from crm_bridge.connectors.builtin import Builtin
from dialplans.walks import Walk
from ivr.called_back import CALLED
from ivr.house import House
from ivr.ports.calls import Calls, Kept
from ivr.ports.floor import WishForm
from queues.adapters.callback_ports import Answering
from queues.adapters.callback_store import SqlCallbacks
from queues.adapters.floor import Floor
from queues.adapters.house import Queues
from queues.adapters.tables import metadata
from queues.callbacks import Callback
from queues.facts import CallbackExpired, CallbackGivenUp, CallbackTried
from queues.ports import Reservation
from queues.reconcile import Channel
from server.calling import Calling, policy_of
from server.closures import Closures
from server.conversing import calling_of
from server.core import Core
from tests.crm_bridge.conftest import KEY, NOON, UNHURRIED
from tests.databases import opened
from tests.dialplans.institutions import inss
from tests.queues.fakes import MemoryStore

CALL, NUMBER = "ventanilla-1763791200.12", "+34911234567"
WISH = WishForm(CALL, "pension", "es", 1, 5, NOON - 300, identity=2, person="demo-maria", caller=NUMBER)
WALK = Walk(
    "901166565", "general/agent", "es", answered=True, subject="pension", level=2, person="demo-maria"
)


@dataclass
class PaperManager:
    """The manager interface on paper."""

    connected: bool = True
    placed: list[tuple[str, str, int, str, dict[str, str]]] = field(default_factory=list)
    ringing: Callable[[str], None] = lambda _: None

    async def originate(self, call: str, channel: str, ring_s: int, context: str, **fields: str) -> bool:
        self.ringing(call)
        self.placed.append((call, channel, ring_s, context, fields))
        return True

    async def channels(self) -> tuple[Channel, ...]:
        return ()


@dataclass
class Office:
    """Calling over a real database and bridge; Asterisk on paper."""

    engine: AsyncEngine
    manager: PaperManager = field(default_factory=PaperManager)
    kept: dict[str, Kept] = field(default_factory=dict)
    on_disk: dict[str, Kept] = field(default_factory=dict)
    disk_fault: Exception | None = None
    said: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bridge = Bridge(self.engine, Builtin(self.engine, KEY), lambda _: None, lambda: NOON, UNHURRIED)
        floor = Floor(MemoryStore(), self.said.append, lambda: NOON)
        queues = SimpleNamespace(
            callbacks=SqlCallbacks(self.engine), floor=floor, publish=self.said.append, ami=self.manager,
            ears=SimpleNamespace(),
        )  # fmt: skip
        calls = SimpleNamespace(
            keep=self._keep, written=self._written, finished=lambda call: self.kept.pop(call, None)
        )
        self.calling = Calling(
            cast("Queues", queues), self.bridge, cast("Calls", calls), "carrier:5060", inss,
            Answering(lambda _: True), lambda: NOON,
        )  # fmt: skip

    def _keep(self, kept: Kept) -> None:
        self.kept[kept.call] = kept

    async def _written(self) -> None:
        if self.disk_fault is not None:
            raise self.disk_fault
        self.on_disk.update(self.kept)

    async def promise(self, number: str = NUMBER) -> Callback:
        await self.calling.keep_place(WISH, number, WALK, recording=True)
        promise = await self.calling.callbacks.standing(number, None)
        assert promise is not None
        return promise


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    whole = MetaData()
    for one in (tables.metadata, metadata):
        for table in one.sorted_tables:
            table.to_metadata(whole)
    async with opened("sqlite", tmp_path, whole) as engine:
        await seed(engine, KEY)
        yield Office(engine)


def set_aside(promise: Callback) -> Reservation:
    return Reservation(promise.call, "ana", "agent-ana", NOON + 45)


async def test_the_citizen_is_rung_through_the_carrier_as_the_number_they_had_called(office: Office) -> None:
    promise = await office.promise()
    assert await office.calling.place(promise, set_aside(promise))
    ((call, channel, ring_s, context, fields),) = office.manager.placed
    assert (call, channel) == (promise.call, f"PJSIP/trunk/sip:{NUMBER}@carrier:5060")
    assert (ring_s, context) == (inss().waiting.callback.ring_s, "callback")
    assert fields == {"CallerID": "901166565", "Variable": "VT_NUMBER=901166565"}


async def test_the_call_goes_on_at_the_same_place_and_turn_and_with_nothing_proven(office: Office) -> None:
    promise = await office.promise()
    await office.calling.place(promise, set_aside(promise))
    kept = office.kept[promise.call]
    assert (kept.stage, kept.recording, kept.walk.step) == (CALLED, True, WALK.step)
    assert (kept.walk.level, kept.walk.person) == (0, None)
    assert kept.wish is not None
    assert (kept.wish.since, kept.wish.priority, kept.wish.subject) == (WISH.since, 5, "pension")
    assert (kept.wish.identity, kept.wish.person) == (0, None)


async def test_what_the_call_goes_on_with_is_on_disk_before_the_telephone_rings(office: Office) -> None:
    promise = await office.promise()
    on_disk_when_it_rang: list[bool] = []
    office.manager.ringing = lambda call: on_disk_when_it_rang.append(call in office.on_disk)
    assert await office.calling.place(promise, set_aside(promise))
    assert on_disk_when_it_rang == [True]


async def test_nobody_is_rung_while_it_cannot_be_written_down(office: Office) -> None:
    promise = await office.promise()
    office.disk_fault = OperationalError("insert", {}, Exception("the disk is full"))
    assert not await office.calling.place(promise, set_aside(promise))
    assert (office.manager.placed, office.kept) == ([], {})


@pytest.mark.parametrize("number", ["+34806123456", "+34902123456", "+33612345678", "+34112", "112"])
async def test_no_premium_foreign_or_special_number_is_ever_rung(office: Office, number: str) -> None:
    promise = await office.promise()
    wrong = replace(promise, asked=replace(promise.asked, number=number))
    assert not await office.calling.place(wrong, set_aside(wrong))
    assert office.manager.placed == []


async def test_the_call_belongs_to_the_request_of_the_one_that_asked_and_every_attempt_is_noted(
    office: Office,
) -> None:
    request = await office.bridge.open_or_continue(CALL, None, "pension")
    promise = await office.promise()
    await office.calling.place(promise, set_aside(promise))
    assert await office.bridge.open_or_continue(promise.call, None, "pension") == request
    office.calling.hear(CallbackTried(CALL, promise.call, 1, reached=False, why="busy", at=NOON))
    assert promise.call not in office.kept  # nobody goes on with it

    async with asyncio.timeout(20):
        while not await noted(office.engine, request, "attempt 1: busy"):  # noqa: ASYNC110 - written behind
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("ended", [CallbackGivenUp(CALL, 3, NOON), CallbackExpired(CALL, 0, NOON)])
async def test_the_request_tells_that_a_person_has_to_ring_now(office: Office, ended: object) -> None:
    request = await office.bridge.open_or_continue(CALL, None, "pension")
    office.calling.hear(ended)
    async with asyncio.timeout(20):
        while not await noted(office.engine, request, "A person has to ring."):  # noqa: ASYNC110 - written behind
            await asyncio.sleep(0.02)


async def noted(engine: AsyncEngine, request: str, words: str) -> bool:
    """Whether these words wait for the CRM, in this request."""
    async with engine.connect() as connection:
        writes = [str(row.write) for row in await connection.execute(select(tables.outbox))]
    return any(words in write and request in write for write in writes)


async def test_one_caller_cannot_have_a_hundred_others_rung(office: Office) -> None:
    for caller, most in ((NUMBER, 5), (None, 50)):
        kept = [
            await office.calling.keep_place(
                replace(WISH, call=f"ventanilla-176379120{most // 10}.{one}", caller=caller, person=None),
                f"+346{most:02d}{one:06d}", WALK, recording=True,
            )
            for one in range(60)
        ]  # fmt: skip
        assert [promise is not None for promise in kept] == [True] * most + [False] * (60 - most)


async def test_one_number_is_promised_no_more_than_a_few_calls_a_day_whoever_asks(office: Office) -> None:
    told = []
    for one in range(5):
        wish = replace(WISH, call=f"ventanilla-1763791200.{one}", caller=f"+3491123450{one}", person=None)
        kept = await office.calling.keep_place(wish, NUMBER, WALK, recording=True)
        told.append(kept is not None)
        if kept is not None:
            assert await office.calling.cancel(kept)
    assert told == [True, True, True, False, False]


async def test_without_a_carrier_or_asterisk_no_callback_is_offered(office: Office) -> None:
    assert office.calling.offered()
    office.manager.connected = False
    assert not office.calling.offered()


def test_the_institution_s_policy_is_the_one_that_counts() -> None:
    wanted, policy = inss().waiting.callback, policy_of(inss())
    assert (policy.most_attempts, policy.rest_s) == (wanted.attempts, wanted.rest_minutes * 60)
    assert policy.expires_s == wanted.expires_hours * 3600


async def test_a_promise_of_a_friday_evening_lives_for_two_days_of_its_peoples_hours(office: Office) -> None:
    queues = SimpleNamespace(
        callbacks=SqlCallbacks(office.engine), floor=Floor(MemoryStore(), office.said.append, lambda: NOON),
        publish=office.said.append, ami=office.manager, ears=SimpleNamespace(),
    )  # fmt: skip
    core = SimpleNamespace(
        queues=queues, bridge=office.bridge, calls=SimpleNamespace(), flows=SimpleNamespace(current=inss),
        settings=SimpleNamespace(carrier="carrier:5060"),
    )  # fmt: skip
    calling = calling_of(cast("Core", core), cast("Callable[[], House]", None), cast("Closures", None))
    madrid = inss().time_zone
    friday, tuesday = (datetime(2026, *day, 19, 50, tzinfo=madrid).timestamp() for day in ((11, 27), (12, 1)))
    expires_s = policy_of(inss()).expires_s
    assert calling.callbacks._answering.open_ends("pension", friday, expires_s) == tuesday
