"""A recording that is mute while secrets are keyed: the gap is on record first, and is ended whatever is lost."""

import asyncio
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from recordings.adapters.muting import Muting
from recordings.adapters.tables import marks
from recordings.facts import MuteFailed, MuteRepaired
from recordings.recording import State
from tests.recordings.conftest import CALL, SECOND, Room


@dataclass
class Asterisk:
    """Mutes when it answers; `room` is looked into when it is asked."""

    room: Room
    answers: bool = True
    muted: bool = False
    marks_when_asked: list[list[str]] = field(default_factory=list)

    async def mute(self, call: str, leg: str, *, muted: bool) -> bool:
        assert call == CALL
        del leg
        self.marks_when_asked.append(await gaps(self.room))
        if self.answers:
            self.muted = muted
        return self.answers


async def gaps(room: Room) -> list[str]:
    query = select(marks.c.kind).order_by(marks.c.offset_ms, marks.c.kind)
    async with room.engine.connect() as connection:
        return [str(kind) for kind in (await connection.execute(query)).scalars()]


def muting(room: Room, asterisk: Asterisk) -> Muting:
    return Muting(room.engine, asterisk, room.facts.append, lambda: room.now)


async def test_the_gap_is_a_mark_before_asterisk_is_asked_and_ends_when_it_has_answered(room: Room) -> None:
    await room.begin(SECOND)
    asterisk = Asterisk(room)
    room.now += 3
    async with muting(room, asterisk).muted(CALL):
        assert asterisk.muted
        room.now += 4
    assert not asterisk.muted
    assert asterisk.marks_when_asked == [["muted"], ["muted"]]
    query = select(marks.c.kind, marks.c.offset_ms).order_by(marks.c.offset_ms)
    async with room.engine.connect() as connection:
        rows = [(row.kind, row.offset_ms) for row in await connection.execute(query)]
    assert rows == [("muted", 3_000), ("unmuted", 7_000)]


async def test_a_gap_ends_when_what_is_in_it_fails(room: Room) -> None:
    await room.begin(SECOND)
    asterisk = Asterisk(room)
    with pytest.raises(asyncio.CancelledError):
        async with muting(room, asterisk).muted(CALL):
            raise asyncio.CancelledError
    assert await gaps(room) == ["muted", "unmuted"]


async def test_one_gap_within_another_is_one(room: Room) -> None:
    await room.begin(SECOND)
    asterisk = Asterisk(room)
    one = muting(room, asterisk)
    async with one.muted(CALL):
        room.now += 1
        async with one.muted(CALL):
            room.now += 1
        assert asterisk.muted
    assert await gaps(room) == ["muted", "unmuted"]


async def test_a_call_that_is_not_recorded_has_no_gap(room: Room) -> None:
    asterisk = Asterisk(room)
    async with muting(room, asterisk).muted(CALL):
        pass
    async with muting(room, asterisk).muted("ventanilla-text-1795345200.1"):
        pass
    assert asterisk.marks_when_asked == []


async def test_a_recording_that_cannot_be_muted_goes_on_and_it_is_told(room: Room) -> None:
    await room.begin(SECOND)
    asterisk = Asterisk(room, answers=False)
    one = muting(room, asterisk)
    async with one.muted(CALL):
        room.now += 1
    assert len(room.told(MuteFailed)) == 1
    asterisk.answers = True
    await one.repair()
    assert await gaps(room) == ["muted", "unmuted"]


async def test_an_end_that_asterisk_did_not_hear_is_said_until_it_does(room: Room) -> None:
    await room.begin(SECOND)
    asterisk = Asterisk(room)
    one = muting(room, asterisk)
    async with one.muted(CALL):
        asterisk.answers = False
        room.now += 1
    await one.repair()
    assert (asterisk.muted, await gaps(room), room.told(MuteRepaired)) == (True, ["muted"], [])
    asterisk.answers = True
    await one.repair()
    assert (asterisk.muted, await gaps(room)) == (False, ["muted", "unmuted"])
    assert len(room.told(MuteRepaired)) == 1


async def test_a_gap_that_a_lost_server_left_open_is_ended_by_the_next_one(room: Room) -> None:
    await room.begin(SECOND)
    asterisk = Asterisk(room)
    lost = muting(room, asterisk).muted(CALL)
    await lost.__aenter__()
    room.now += 30
    repaired = asyncio.Event()

    def told(fact: object) -> None:
        room.facts.append(fact)
        repaired.set()

    running = asyncio.create_task(Muting(room.engine, asterisk, told, lambda: room.now).run())
    async with asyncio.timeout(10):
        await repaired.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(room.told(MuteRepaired)) == 1
    assert not asterisk.muted
    assert await gaps(room) == ["muted", "unmuted"]


async def test_a_gap_of_a_call_that_is_over_ends_with_it(room: Room) -> None:
    await room.begin(SECOND)
    asterisk = Asterisk(room)
    one = muting(room, asterisk)
    async with one.muted(CALL):
        asterisk.answers = False  # the caller hung up: there is no such channel any more
        await room.recorder.ended(CALL, room.now)
        room.now += 1
    assert (await room.row()).state == State.ENDED
    await one.repair()
    assert await gaps(room) == ["muted", "unmuted"]
    assert room.told(MuteRepaired) == []
