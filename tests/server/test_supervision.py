"""What a supervisor does: on record before anything is heard, and only what can be done."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast, get_args

import pytest

from queues.adapters.floor import Floor
from queues.adapters.steering import Found
from queues.agents import FORCIBLE as OF_AGENTS
from server import supervision
from server.bus import Bus
from server.facts import CallSupervised
from server.supervision import FORCIBLE, Supervision
from tests.queues.fakes import Form, MemoryStore, call
from web.forms import ForceAgent
from web.ports import NotNow, Spy


@dataclass
class Hands:
    """Asterisk, by what the test has it find; everything that happens stands in one list with the facts."""

    order: list[object]
    there: bool = True
    heard: list[str] = field(default_factory=list)

    async def headset(self, supervisor: str) -> str:
        return f"PJSIP/supervisor-{supervisor}"

    async def find(self, _: str) -> Found:
        return Found(caller="PJSIP/caller", agents={"ana": "PJSIP/agent-ana"})

    async def spy(self, _headset: str, _leg: str, how: str) -> bool:
        self.order.append(f"spies: {how}")
        return self.there

    async def rest(self, _: str) -> bool:
        return True


@dataclass
class Room:
    supervision: Supervision
    hands: Hands
    order: list[object]
    record_away: bool = False


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    bus, order = Bus(), list[object]()
    bus.hear(lambda fact: order.append(fact) if isinstance(fact, CallSupervised) else None)
    floor = await Floor(MemoryStore(), bus.publish).open()
    await floor.sign_in("ana")
    await floor.wait(Form(call(1), level=1))
    floor.answered(call(1))
    unused, hands = cast("Any", None), Hands(order)
    room = Room(unused, hands, order)

    async def settled() -> None:
        if room.record_away:
            raise TimeoutError
        order.append("on disk")

    room.supervision = Supervision(floor, cast("Any", hands), unused, unused, bus, unused, settled)
    yield room
    await floor.close()


@pytest.mark.parametrize("how", ["listen", "whisper", "join"])
async def test_it_is_on_record_before_anything_is_heard(room: Room, how: str) -> None:
    await room.supervision.spy("eva", Spy("ana", how, "quality"))
    said, kept, done = room.order
    assert isinstance(said, CallSupervised)
    assert (said.agent, said.by, said.how, said.reason) == ("ana", "eva", how, "quality")
    assert (kept, done) == ("on disk", f"spies: {how}")


async def test_who_cannot_be_put_on_record_hears_nothing(room: Room) -> None:
    room.record_away = True
    with pytest.raises(NotNow, match="no_record"):
        await room.supervision.spy("eva", Spy("ana", "listen", "quality"))
    assert [one for one in room.order if not isinstance(one, CallSupervised)] == []


@pytest.mark.parametrize("spying", [Spy("jordi", "listen", "why"), Spy("ana", "record", "why")])
async def test_who_does_not_talk_cannot_be_listened_to_and_the_wall_says_so(room: Room, spying: Spy) -> None:
    with pytest.raises(NotNow, match="no_talk"):
        await room.supervision.spy("eva", spying)
    assert room.order == []


async def test_a_leg_that_is_gone_meanwhile_is_no_talk_either(room: Room) -> None:
    room.hands.there = False
    with pytest.raises(NotNow, match="no_talk"):
        await room.supervision.spy("eva", Spy("ana", "listen", "quality"))


def test_what_the_page_can_force_is_what_an_agent_can_be_forced_to() -> None:
    assert set(get_args(ForceAgent.model_fields["to"].annotation)) == set(FORCIBLE)
    assert set(FORCIBLE.values()) < OF_AGENTS
    assert supervision.FORCIBLE is FORCIBLE
