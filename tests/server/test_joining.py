"""Callers who are sent into a room: met there, or back in line when the agent left before they came."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from ivr.ports.floor import InLine, Meet, Onward
from queues.adapters.floor import Floor
from queues.adapters.steering import Found, Hands
from server import joining
from server.bus import Bus
from server.joining import Joining
from server.steering import Steering

CALL, CALLER = "ventanilla-back-1763791200.101", "PJSIP/trunk-00000001"
ALONE = Found(CALLER, in_room=True, alone=True)
AWAITED = replace(ALONE, agents={"ana": "PJSIP/agent-ana-00000002"})
MET = replace(AWAITED, met=True, alone=False)
ENTERING = Found(CALLER, in_room=True)


@dataclass
class PaperHands:
    """What each look finds, and what is done then. `refuses`: how often nobody is taken out of a room."""

    looks: list[Found | None]
    orders: dict[str, Onward] = field(default_factory=dict)
    done: list[object] = field(default_factory=list)
    refuses: int = 0

    async def find(self, call: str) -> Found | None:
        assert call == CALL
        self.done.append("look")
        return self.looks.pop(0)

    async def waits(self, caller: str, *, waits: bool) -> bool:
        assert caller == CALLER
        self.done.append(("waits", waits))
        return True

    async def out(self, room: str, caller: str) -> bool:
        assert (room, caller) == (CALL, CALLER)
        self.done.append(("out", self.orders.get(CALL)))
        self.refuses -= 1
        if self.refuses < 0:
            self.session.over(CALL)  # which asks what comes next
        return self.refuses < 0

    async def see(self, *, held: Iterable[bool] = ()) -> list[object]:
        """Send a caller in; give what was done until they were there or out again."""
        holds = iter(held)
        self.session = Joining(cast("Hands", self), lambda _: next(holds, False), self.orders)
        async with asyncio.timeout(10):
            await self.session.see_in(CALL)
        return [one for one in self.done if one != "look"]


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "LOOK_EVERY_S", 0.0)


async def test_who_is_met_comes_back_for_no_lost_server() -> None:
    assert await PaperHands([MET]).see() == [("waits", False)]


@pytest.mark.parametrize("before", [None, ENTERING, AWAITED, ALONE])
async def test_whoever_comes_a_look_later_is_met_all_the_same(before: Found | None) -> None:
    hands = PaperHands([before, MET])
    assert await hands.see() == [("waits", False)]
    assert hands.orders == {}


async def test_whose_agent_left_before_they_came_is_taken_out_and_waits_in_line() -> None:
    hands = PaperHands([ENTERING, AWAITED, ALONE])
    assert await hands.see() == [("out", InLine())]
    assert hands.orders == {CALL: InLine()}


async def test_what_asterisk_does_not_do_at_once_is_tried_again() -> None:
    hands = PaperHands([ALONE, ALONE, None, ALONE], refuses=1)
    assert await hands.see() == [("out", InLine())] * 2
    assert hands.orders == {CALL: InLine()}


async def test_an_agent_on_the_way_is_waited_for() -> None:
    assert await PaperHands([*[AWAITED] * 20, MET]).see() == [("waits", False)]


async def test_who_is_held_meanwhile_does_come_back_for_a_lost_server() -> None:
    assert await PaperHands([MET, MET]).see(held=[True]) == [("waits", False)]


async def test_nobody_looks_after_a_call_that_is_over_or_out_of_its_room() -> None:
    hands = PaperHands([])
    session = Joining(cast("Hands", hands), lambda _: False, {CALL: Meet(CALL)})
    looking = asyncio.create_task(session.see_in(CALL))
    await asyncio.sleep(0)
    session.over(CALL)
    hands.looks.append(ALONE)
    async with asyncio.timeout(10):
        await looking
    assert [one for one in hands.done if one != "look"] == []


class PaperFloor:
    """As much of a floor as a call's session turns to."""

    steered: object = None


class PaperFetching:
    """An agent who waits, is fetched, and has left by the first look."""

    async def fetch(self, call: str) -> bool:
        return call == CALL

    async def find(self, call: str) -> None:
        assert call == CALL


def steering() -> Steering:
    nothing = cast("Any", None)
    hands, floor = cast("Hands", PaperFetching()), cast("Floor", PaperFloor())
    return Steering(floor, hands, nothing, Bus(), nothing, nothing)


async def test_whose_agent_leaves_as_they_come_waits_in_line_and_is_not_taken_for_served() -> None:
    session = steering()
    assert await session.fetch(CALL)
    assert session.onward(CALL) == Meet(CALL)
    await asyncio.sleep(0)
    assert session.onward(CALL) == InLine()
    assert session.onward(CALL) is None


@pytest.mark.parametrize("other", ["a talk", "passed on"])
async def test_a_talk_or_a_caller_passed_on_at_once_goes_on_as_ever(
    other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = steering()
    assert await session.fetch(CALL)
    assert session.onward(CALL) == Meet(CALL)
    await asyncio.sleep(0)
    if other == "a talk":
        monkeypatch.setattr(joining, "SHORTEST_TALK_S", 0.0)
    else:
        await session.forget(CALL)
    assert session.onward(CALL) is None
