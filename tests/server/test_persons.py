"""Card, then ring: the reservation is only handed out once the card stands on the screen, or its time is over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from crm_bridge.adapters.bridge import Bridge
from ivr.facts import CallEnded, OtherBodyWanted
from ivr.ports.floor import QueueClosed, WishForm
from queues.adapters.floor import Floor
from queues.facts import AgentReserved, CallbackTried
from queues.wishes import Named
from server import persons
from server.bus import Bus
from server.closures import Closures, metadata
from server.desk import Desk
from server.facts import CallSupervised, CardPushed
from server.persons import Persons
from server.supervision import Supervision
from tests.databases import opened
from tests.queues.fakes import Form, MemoryStore, call
from web.ports import Message, Move

PATIENCE_S = 20.0


@dataclass(frozen=True)
class Wish(Form):
    """A wish of a caller, with what the card asks."""

    caller: str | None = None
    person: str | None = None
    identity: int = 0


class Card:
    def to_dict(self) -> dict[str, object]:
        return {"who": None}


class SlowBridge:
    """A bridge whose card comes when the test says so."""

    def __init__(self) -> None:
        self.asked, self.comes = asyncio.Event(), asyncio.Event()

    async def card(self, *_words: object) -> Card:
        self.asked.set()
        await self.comes.wait()
        return Card()


@dataclass
class Room:
    """The floor, the slow bridge, the desk and what the conversation asks."""

    bus: Bus
    floor: Floor
    bridge: SlowBridge
    desk: Desk
    persons: Persons
    pushed: list[CardPushed]

    async def a_session_waits(self) -> asyncio.Task[Any]:
        await self.floor.sign_in("ana")
        return asyncio.create_task(self.persons.wait(cast("Any", Wish(call(1)))))


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    bus, bridge, pushed = Bus(), SlowBridge(), list[CardPushed]()
    floor = await Floor(MemoryStore(), bus.publish).open()
    unused = cast("Any", None)
    desk = Desk(floor, cast("Bridge", bridge), bus, unused, unused, unused)
    bus.hear(lambda fact: pushed.append(fact) if isinstance(fact, CardPushed) else None)
    yield Room(bus, floor, bridge, desk, Persons(floor, cast("Bridge", bridge), bus, desk), pushed)
    await floor.close()


async def _turns() -> None:
    """Give everybody who could go on the chance to."""
    for _ in range(20):
        await asyncio.sleep(0)


async def _page(desk: Desk) -> tuple[AsyncIterator[Message], asyncio.Task[None]]:
    """Open the agent's page and read on, as a browser does."""
    news = desk.updates("ana")
    await anext(news)

    async def read() -> None:
        async for _ in news:
            pass

    return news, asyncio.create_task(read())


@pytest.fixture
def long_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the page's own word can end the waiting for it."""
    monkeypatch.setattr(persons, "SHOWN_LIMIT_S", PATIENCE_S)


@pytest.mark.usefixtures("long_limit")
async def test_nothing_is_given_to_ring_before_the_card_stands_on_the_screen(room: Room) -> None:
    _news, reading = await _page(room.desk)
    session = await room.a_session_waits()
    async with asyncio.timeout(PATIENCE_S):
        await room.bridge.asked.wait()
        await _turns()
        assert (session.done(), room.pushed) == (False, [])
        room.bridge.comes.set()
        await _turns()
        assert (session.done(), [card.agent for card in room.pushed]) == (False, ["ana"])
        room.desk.stamp("ana", call(1), "card_shown", 0.0)
        assert (await session).agent == "ana"
    reading.cancel()


async def test_a_page_that_never_shows_the_card_delays_the_ring_to_the_limit_and_no_longer(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = list[float]()
    waited = room.desk.shown

    async def shown(agent: str, of: str, limit: float) -> bool:
        limits.append(limit)
        return await waited(agent, of, limit)

    monkeypatch.setattr(room.desk, "shown", shown)
    _news, reading = await _page(room.desk)
    session = await room.a_session_waits()
    room.bridge.comes.set()
    async with asyncio.timeout(PATIENCE_S):
        assert (await session).agent == "ana"
    assert limits == [persons.SHOWN_LIMIT_S] == [0.4]
    assert not session.cancelled()
    reading.cancel()


@pytest.mark.usefixtures("long_limit")
async def test_with_no_page_open_the_ring_waits_for_the_card_alone(room: Room) -> None:
    session = await room.a_session_waits()
    async with asyncio.timeout(PATIENCE_S):
        await room.bridge.asked.wait()
        await _turns()
        assert not session.done()
        room.bridge.comes.set()
        assert (await session).agent == "ana"
    assert len(room.pushed) == 1


@pytest.mark.usefixtures("long_limit")
async def test_the_card_says_which_other_body_the_caller_wants_until_the_call_is_over(room: Room) -> None:
    room.bus.publish(OtherBodyWanted(call(1), "sepe", "060", 0.0))
    room.bridge.comes.set()
    await (await room.a_session_waits())
    assert room.pushed[0].card["transfer_to"] == {"body": "sepe", "telephone": "060"}
    room.bus.publish(CallEnded(call(1), "served", 0.0))
    await room.persons.push_card(cast("Any", Wish(call(1))), "ana")
    assert room.pushed[1].card["transfer_to"] is None


async def test_of_a_call_that_is_over_nothing_is_kept(room: Room) -> None:
    room.bridge.comes.set()
    room.bus.publish(AgentReserved(call(1), "ana", "agent-ana", 0.0, (), 0.0))
    room.bus.publish(OtherBodyWanted(call(1), "sepe", "060", 0.0))
    room.bus.publish(CallEnded(call(1), "hung_up", 0.0))
    room.bus.publish(AgentReserved(call(2), "ana", "agent-ana", 0.0, (), 0.0))
    room.bus.publish(CallbackTried(call(2), call(3), 1, reached=False, why="busy", at=0.0))
    assert (room.persons._reserved_at, room.persons._elsewhere) == ({}, {})
    for number in (1, 2, 3):  # a page that never says when its telephone rang
        room.bus.publish(CardPushed(call(number), "ana", {}, 0.0, 0.0))
    assert list(room.desk._stamps) == [call(3)]


@pytest.mark.usefixtures("long_limit")
async def test_a_page_that_comes_anew_still_says_who_listens(room: Room) -> None:
    room.bridge.comes.set()
    await (await room.a_session_waits())
    room.floor.answered(call(1))
    told = {"type": "supervised", "how": "listen", "by": "eva"}

    async def first_news() -> list[Message]:
        news = room.desk.updates("ana")
        async with asyncio.timeout(PATIENCE_S):
            return [await anext(news) for _ in range(4 if replayed else 3)]

    replayed = False
    assert told not in await first_news()
    room.bus.publish(CallSupervised(call(1), "ana", "eva", "listen", "quality", 0.0))
    replayed = True
    assert told in await first_news()


async def test_the_card_is_composed_of_what_a_supervisor_made_of_the_wish(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[tuple[object, ...]]()

    async def card(*words: object) -> Card:
        asked.append(words)
        return Card()

    monkeypatch.setattr(room.bridge, "card", card)
    session = asyncio.create_task(room.persons.wait(cast("Any", Wish(call(1), subject="pension"))))
    await _turns()
    assert room.floor.rewish(call(1), "general", 1, 0)
    await room.floor.sign_in("ana")
    async with asyncio.timeout(PATIENCE_S):
        await session
    assert "general" in asked[0]
    assert "pension" not in asked[0]


@pytest.mark.parametrize("how", ["closed after the move", "moved into what is closed"])
async def test_who_is_moved_while_they_wait_obeys_the_closing_of_the_queue_they_were_moved_to(
    room: Room, tmp_path: Path, how: str
) -> None:
    unused = cast("Any", None)
    async with opened("sqlite", tmp_path, metadata) as engine:
        closures = await Closures(engine).load()
        supervision = Supervision(room.floor, unused, unused, closures, room.bus, unused, unused)
        moved = Persons(room.floor, cast("Bridge", room.bridge), room.bus, room.desk, closures)
        session = asyncio.create_task(moved.wait(cast("Any", Wish(call(1), subject="pension"))))
        await _turns()
        if how == "moved into what is closed":
            await closures.put("imv", "goodbye", 1.0)
            await _turns()
            assert not session.done()
        supervision.move("eva", call(1), Move("imv", 1, 0, "asked for it"))
        if how == "closed after the move":
            await closures.put("pension", "goodbye", 1.0)
            await _turns()
            assert not session.done(), "the queue that they left closes, and it is none of theirs"
            await closures.put("imv", "goodbye", 1.0)
        with pytest.raises(QueueClosed):
            async with asyncio.timeout(PATIENCE_S):
                await session


async def test_whom_a_caller_should_get_is_looked_up_once_and_again_when_somebody_is_proven(
    room: Room,
) -> None:
    asked, hers = list[str | None](), (Named("ana", 100.0, 0.0, 1e12),)

    async def own(wish: WishForm, _at: float) -> tuple[Named, ...]:
        asked.append(wish.person)
        return hers if wish.person else ()

    persons = Persons(room.floor, cast("Bridge", room.bridge), room.bus, room.desk, own=own)
    for wish in (Wish(call(1)), Wish(call(1)), Wish(call(1), person="p1"), Wish(call(1), person="p1")):
        session = asyncio.create_task(persons.wait(cast("Any", wish)))
        await _turns()
        session.cancel()
    assert asked == [None, "p1"]
    assert room.floor.hall.router.waiting[call(1)].named == hers
    room.bus.publish(CallEnded(call(1), "served", 1.0))
    session = asyncio.create_task(persons.wait(cast("Any", wish)))
    await _turns()
    session.cancel()
    assert asked == [None, "p1", "p1"]
