"""Calls in writing beside Asterisk's: what the reconciler is shown, and what a desk is told."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from crm_bridge.requests import channel_of
from dialplans.machine import Walk
from ivr.adapters.text_line import TextLine
from ivr.adapters.text_room import RETURN_S
from ivr.ports.calls import Kept
from ivr.text import call_id
from queues.adapters.floor import Floor
from queues.adapters.reconciler import Reconciler
from queues.agents import State
from server import text
from server.text import Texts
from tests.dialplans.institutions import inss
from tests.queues.fakes import Clock, Form, MemoryStore, PaperAsterisk
from tests.web.patience import until
from web.ports import Message, NotNow, WritingCaller

TOKEN = "0123456789abcdef0123456789abcdef"
CALLER = WritingCaller(TOKEN, "901166565", "es", "", 0)


class Kepts:
    """The snapshots a lost server left."""

    def __init__(self, *kept: Kept) -> None:
        self.kept = kept

    def in_progress(self) -> tuple[Kept, ...]:
        return self.kept


class House:
    """A floor with one agent who is free, and the room where people write, whose callers all want a person."""

    def __init__(self, floor: Floor, texts: Texts, clock: Clock) -> None:
        self.floor, self.texts, self.clock = floor, texts, clock
        self.asterisk = PaperAsterisk()
        self.reconciler = Reconciler(floor, self.asterisk, texts.channels)
        self.told: list[Message] = []
        self.page: list[Message] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def answer(self, line: TextLine) -> None:
        """Hold the shortest conversation there is: wait for a person, be put through, go."""
        reservation = await self.floor.wait(Form(line.call))
        await line.send(f"EXEC Dial PJSIP/{reservation.endpoint},15,g\n".encode())
        self.floor.ended(line.call)

    def read(self, into: list[Message], updates: AsyncGenerator[Message, None]) -> asyncio.Task[None]:
        async def reading() -> None:
            async for message in updates:
                into.append(message)  # noqa: PERF401 - each is looked at as it comes

        self._tasks.append(asyncio.create_task(reading()))
        return self._tasks[-1]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.texts.room.close()
        await self.floor.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[House, None]:
    clock = Clock()
    floor = Floor(MemoryStore(), lambda _: None, clock)
    texts = Texts(inss, Kepts(), tmp_path, clock)
    await floor.open()
    texts.join(floor, None)
    made = House(floor, texts, clock)
    texts.room.open(made.answer)
    await floor.sign_in("ana")
    yield made
    await made.close()


async def talking(house: House) -> str:
    """Bring a caller and Ana together; give the call."""
    house.read(house.told, house.texts.contacts("ana"))
    house.read(house.page, house.texts.updates(CALLER))
    await until(lambda: any(message.get("call") for message in house.told))
    call = str(house.told[-1]["call"])
    assert house.floor.state("ana").state is State.RINGING
    house.texts.take("ana", call)
    await until(lambda: house.floor.state("ana").state is State.TALKING)
    return call


async def test_a_talk_that_asterisk_has_never_heard_of_is_left_alone(house: House) -> None:
    call = await talking(house)
    assert [await house.reconciler.look() for _ in range(3)] == [(), (), ()]
    assert house.floor.state("ana").state is State.TALKING
    assert house.texts.part(call)
    await until(lambda: house.floor.state("ana").state is State.WRAP_UP)


async def test_a_telephone_call_is_still_found_to_be_gone(house: House) -> None:
    house.floor.hall.want(Form("ventanilla-1800000000.1"), house.clock())
    house.floor.settle()
    house.floor.answered("ventanilla-1800000000.1")
    assert house.floor.state("ana").state is State.TALKING
    await house.reconciler.look()
    assert "talk_lost" in [found.repair for found in await house.reconciler.look()]


async def test_letters_and_lines_pass_between_page_and_desk_and_nothing_else(house: House) -> None:
    call = await talking(house)
    house.texts.typed(TOKEN, "Ho")
    house.texts.entered(TOKEN, "Hola")
    house.texts.agent_typed("ana", call, "Bu")
    house.texts.agent_entered("ana", call, "Buenas")
    house.texts.agent_entered("jordi", call, "No soy yo")
    house.texts.agent_entered("ana", "ventanilla-text-1800000000.99", "Otra")
    await until(lambda: any(message.get("text") == "Buenas" for message in house.page))
    desk = [(message["type"], message.get("text")) for message in house.told]
    assert ("typing", "Ho") in desk
    assert ("line", "Hola") in desk
    page = [(message["type"], message.get("text")) for message in house.page]
    assert ("typing", "Bu") in page
    assert ("typing", "Ho") not in page
    assert {"No soy yo", "Otra"}.isdisjoint({message.get("text") for message in house.page})


async def test_a_desk_that_comes_back_reads_the_talk_anew(house: House) -> None:
    await talking(house)
    house.texts.entered(TOKEN, "Hola")
    again: list[Message] = []
    house.read(again, house.texts.contacts("ana"))
    await until(lambda: len(again) > 1)
    assert (again[0]["type"], again[0]["taken"]) == ("contact", True)
    assert again[-1]["text"] == "Hola"


async def test_a_caller_goes_on_when_the_desk_does_not_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "AGENT_AWAY_S", 0.05)
    gone = house.read([], house.texts.contacts("ana"))
    await talking(house)
    for task in (gone, house._tasks[1]):
        task.cancel()
    await until(lambda: house.floor.state("ana").state is State.WRAP_UP)


async def test_what_cannot_be_opened_is_refused_with_a_word(house: House) -> None:
    stranger = WritingCaller(TOKEN, "112", "es", "", 0)
    with pytest.raises(NotNow, match="number_unknown"):
        await anext(house.texts.updates(stranger))


async def test_calls_a_lost_server_left_count_as_going_on_for_a_minute(tmp_path: Path) -> None:
    clock = Clock()
    call = call_id(clock(), 4)
    walk = Walk("901166565", "general/main", "es")
    kept = Kept(call, "menus", walk, None, TOKEN, None, recording=False, began_at=clock(), at=clock())
    spoken = kept._replace(call="ventanilla-1800000000.4")
    texts = Texts(inss, Kepts(kept, spoken), tmp_path, clock)
    assert texts.room.alive() == {call}
    assert [channel.call for channel in texts.channels()] == [call]
    clock.passes(RETURN_S + 1)
    assert texts.channels() == ()


def test_a_contact_in_writing_stands_so_in_the_crm() -> None:
    assert channel_of(call_id(1_800_000_000, 1)) == "text"
    assert channel_of("ventanilla-1800000000.1") == "telephone"
