"""Audio that was written over by as many other bytes is found by reading it, not by waiting until somebody does."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete

from recordings.adapters.evidence.rereading import Rereading
from recordings.adapters.evidence.resting import Resting
from recordings.adapters.evidence.rounds import Looked, Rounds
from recordings.adapters.tables import keys
from tests.recordings.vault.conftest import BEGAN, Room, call, sound


class Nights:
    """A comparison every night, whose clock lets it begin so many recordings."""

    def __init__(self, room: Room, folder: Path) -> None:
        self.room, self.place, self._looked = room, folder / "reread", 0.0

    def _clock(self) -> float:
        self._looked += 1
        return self._looked

    async def night(self, recordings: int = 99) -> Looked:
        rounds = Rounds(self.room.engine, self.place, self._clock)
        rereading = Rereading(self.room.engine, self.room.audio, rounds)
        return await rereading.look(recordings + 0.5)


@pytest.fixture
def nights(room: Room, tmp_path: Path) -> Nights:
    return Nights(room, tmp_path)


async def spoil(room: Room, name: str, change: Callable[[bytes], bytes]) -> None:
    """Write other bytes, as many, over a file of the vault."""
    file = room.vault / (await room.row(name)).path
    before = file.read_bytes()
    after = change(before)
    assert len(after) == len(before)
    file.write_bytes(after)


def zeroed(file: bytes) -> bytes:
    return bytes(len(file))


def last_byte(file: bytes) -> bytes:
    return file[:-1] + bytes([file[-1] ^ 1])


def calls_of(reread: Looked) -> list[str]:
    return [word for one in reread.found for word in one.sentence.split() if word.startswith("ventanilla-")]


@pytest.mark.parametrize("change", [zeroed, last_byte])
async def test_audio_of_the_same_length_that_is_not_the_same_is_named_until_it_is_well(
    room: Room, nights: Nights, change: Callable[[bytes], bytes]
) -> None:
    names = [await room.rest(sound(9, number), number) for number in (1, 2, 3)]
    file = room.vault / (await room.row(names[1])).path
    whole = file.read_bytes()
    assert await nights.night() == Looked(3, 3, ())
    await spoil(room, names[1], change)
    assert await Resting(room.engine, room.stores, lambda: room.ring).look() == Looked(3, 3, ()), (
        "its length tells nothing"
    )
    for _ in range(2):
        assert calls_of(await nights.night()) == [names[1]]
    file.write_bytes(whole)
    assert (await nights.night()).found == ()


async def test_each_night_reads_on_where_the_one_before_stopped(room: Room, nights: Nights) -> None:
    names = [await room.rest(sound(1, number), number) for number in range(1, 6)]
    await spoil(room, names[4], zeroed)
    assert [calls_of(await nights.night(2)) for _ in range(3)] == [[], [], [names[4]]]
    assert calls_of(await nights.night(1)) == [names[4]], "named every night, whatever else is read"
    nights.place.write_text("no JSON")
    assert calls_of(await nights.night(2)) == [], "a spoilt file begins a new round"
    assert calls_of(await nights.night(9)) == [names[4]]


async def test_what_is_not_encrypted_yet_is_read_too_and_what_others_name_is_left_to_them(
    room: Room, nights: Nights
) -> None:
    locked, gone = await room.rest(sound(1, 1), 1), await room.rest(sound(1, 2), 2)
    plain = await room.seal(sound(1, 3), 3, BEGAN + 60)
    (room.vault / (await room.row(gone)).path).unlink()
    async with room.engine.begin() as connection:
        await connection.execute(delete(keys).where(keys.c.call == locked))
    assert (await nights.night()).found == ()
    await spoil(room, plain, zeroed)
    assert calls_of(await nights.night()) == [plain == call(3) and plain]
