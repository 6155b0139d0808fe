"""Passing a caller on from the desk: only by whoever has them, and nothing is written of what is refused."""

from typing import Any, cast

import pytest

from queues.adapters.floor import Floor
from server.bus import Bus
from server.desk import Desk
from tests.queues.fakes import Form, MemoryStore, call
from web.ports import NotNow


class Written:
    """A bridge and marks that say what was written."""

    def __init__(self) -> None:
        self.said: list[tuple[object, ...]] = []

    async def pass_on(self, *words: object) -> None:
        self.said.append(words)

    async def mark(self, *words: object) -> None:
        self.said.append(words)


class Meeting:
    """Steering of a call in which somebody else is, too."""

    def may_forget(self, _: str) -> bool:
        return False


async def test_a_colleague_who_is_asked_and_an_agent_in_a_meeting_pass_nobody_on() -> None:
    bus, written = Bus(), cast("Any", Written())
    floor = await Floor(MemoryStore(), bus.publish).open()
    desk = Desk(floor, written, bus, written, cast("Any", None), cast("Any", None))
    for name in ("ana", "jordi"):
        await floor.sign_in(name)
    reservation = await floor.wait(cast("Any", Form(call(1))))
    first = reservation.agent
    second = next(name for name in ("ana", "jordi") if name != first)
    floor.answered(call(1), first)
    floor.ask(call(1), second)
    floor.second_answered(second, call(1))
    with pytest.raises(NotNow, match="wrong_state"):
        await desk.pass_on(second, "imv", 2)
    desk.join(cast("Any", Meeting()))
    with pytest.raises(NotNow, match="wrong_state"):
        await desk.pass_on(first, "imv", 2)
    assert written.said == []
    await floor.close()
