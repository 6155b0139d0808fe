"""A citizen who is joined with an agent who picked up before them; nobody is dialled, nobody lost."""

from contextlib import suppress
from dataclasses import dataclass, field, replace

from ivr.adapters.line import HungUp
from ivr.conversation import converse
from ivr.ports.floor import Meet, Onward, WishForm
from tests.ivr.box import Box
from tests.ivr.rooms import Desks, Rooms, Set


@dataclass
class Fetches:
    """Fetches the agent who waits, if they are there."""

    there: bool
    fetched: list[str] = field(default_factory=list)
    next: list[Onward] = field(default_factory=list)

    async def fetch(self, call: str) -> bool:
        self.fetched.append(call)
        if self.there:
            self.next.append(Meet(call))
        return self.there

    def onward(self, call: str) -> Onward | None:
        del call
        return self.next.pop(0) if self.next else None

    async def word(self, call: str) -> None:
        del call

    async def proved(self, call: str, outcome: str) -> None:
        del call, outcome


@dataclass
class Awaited(Desks):
    """Desks whose first agent has picked up already."""

    first: bool = True

    async def wait(self, wish: WishForm) -> Set:
        found = await super().wait(wish)
        awaits, self.first = self.first, False
        return replace(found, awaits=awaits)


async def held(around: Rooms, fetches: Fetches) -> Box:
    around.house = replace(around.house, steering=fetches, persons=Awaited(free=["ana", "luis"]))
    box = Box(presses=["1", "0"], dials=["ANSWER"])
    with suppress(HungUp):
        await converse(around.house, box)
    return box


async def test_who_is_awaited_goes_into_the_room_and_no_telephone_is_rung(around: Rooms) -> None:
    box = await held(around, Fetches(there=True))
    room = box.sent.index(f"EXEC ConfBridge {box.call},legs,caller")
    assert not [line for line in box.sent if line.startswith("EXEC Dial")]
    waiting = [line for line in box.sent[:room] if "VT_WAITING" in line]
    assert waiting[-1] == "SET VARIABLE VT_WAITING yes", "a server that is lost just then loses nobody"
    persons = around.house.persons
    assert isinstance(persons, Awaited)
    assert persons.told == ["ended"]


async def test_who_was_awaited_by_an_agent_who_is_gone_gets_the_next_one(around: Rooms) -> None:
    fetches = Fetches(there=False)
    box = await held(around, fetches)
    assert len(fetches.fetched) == 1
    assert "EXEC Dial PJSIP/agent-luis,15,g" in box.sent
    persons = around.house.persons
    assert isinstance(persons, Awaited)
    assert persons.told == ["rang out", "ended"]
