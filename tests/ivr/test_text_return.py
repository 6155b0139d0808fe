"""Conversations in writing that lose their page or their server, and go on."""

import asyncio
from pathlib import Path

import pytest

from ivr import facts
from ivr.adapters import text_room
from ivr.adapters.text_line import TextLine
from ivr.adapters.text_room import TextRoom
from ivr.conversation import converse
from ivr.text import Said
from tests.ivr.rooms import Rooms
from tests.ivr.writers import TOKEN, Desk, Writer, at_the_menu, opened, until


async def test_a_page_that_comes_back_reads_what_it_missed_and_goes_on(around: Rooms, room: TextRoom) -> None:
    writer = Writer(room)
    await at_the_menu(writer)
    seen = max(one.number for one in writer.read if isinstance(one, Said))
    writer.goes()
    await asyncio.sleep(0.02)
    again = Writer(room, number=None, seen=seen)
    await until(lambda: again.stands.most == 1, "the question")
    assert again.texts() == []
    await again.writes("1")
    await again.reads("Para información sobre pensiones")
    assert len(around.told(facts.CallArrived)) == 1


async def test_a_page_that_does_not_come_back_has_left(
    around: Rooms, room: TextRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_room, "RETURN_S", 0.05)
    writer = Writer(room)
    await at_the_menu(writer)
    writer.goes()
    await until(lambda: bool(around.told(facts.CallEnded)), "the end")
    assert room.line(TOKEN) is None


async def test_the_next_server_takes_a_conversation_up_where_it_was(
    around: Rooms, room: TextRoom, desk: Desk, tmp_path: Path
) -> None:
    writer = Writer(room)
    await at_the_menu(writer)
    call, seen = writer.line.call, max(one.number for one in writer.read if isinstance(one, Said))
    await room.close()
    await writer.ended()
    assert writer.stands.stage != "ended"
    after = opened(around, desk, tmp_path)
    assert call in after.alive()
    again = Writer(after, number=None, seen=seen)
    await again.reads("Continuamos donde estábamos.")
    assert again.line.call == call
    await again.writes("1")
    await again.reads("Para información sobre pensiones")
    await after.close()


async def test_a_talk_goes_on_with_the_next_server(
    around: Rooms, room: TextRoom, desk: Desk, tmp_path: Path
) -> None:
    around.desks.free.append("ana")
    writer = Writer(room)
    await at_the_menu(writer)
    await writer.writes("0")
    await until(lambda: "ring ana" in desk.told, "the ring")
    writer.line.take()
    await until(lambda: writer.line.with_agent, "the talk")
    writer.line.entered("antes")
    await room.close()
    desk.talks_with = "ana"
    after = opened(around, desk, tmp_path)
    again = Writer(after, number=None)
    await until(lambda: again.stands.stage == "person", "the talk")
    assert "antes" in again.texts("caller")
    assert around.desks.told == []
    again.line.part()
    await until(lambda: around.desks.told == ["ended"], "the end of the talk")
    await after.close()


async def test_a_conversation_that_fails_is_begun_anew_from_its_snapshot(
    around: Rooms, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_room, "PAUSE_S", 0.01)
    room = opened(around, desk, tmp_path)
    failing = [True]

    async def answer(line: TextLine) -> None:
        if failing.pop() if failing else False:
            raise RuntimeError
        await converse(around.house, line)

    room.open(answer)
    writer = Writer(room)
    await at_the_menu(writer)
    await room.close()
