"""Audio that was taken away without a word in any row is named."""

from pathlib import Path

import pytest
from sqlalchemy import Executable, update

from recordings.adapters.evidence import resting
from recordings.adapters.evidence.resting import Resting
from recordings.adapters.evidence.rounds import Looked, Rounds
from recordings.adapters.tables import keys, recordings
from tests.recordings.vault.conftest import Room, sound


async def rests(room: Room) -> list[str]:
    found = await Resting(room.engine, room.stores, lambda: room.ring).look()
    return [one.sentence.rpartition(": ")[2] for one in found.found]


async def test_a_file_that_was_cut_is_named(room: Room) -> None:
    name, plain = await room.rest(sound(1)), await room.seal(sound(1, 2), 2)
    assert await rests(room) == []
    for call in (name, plain):
        file = room.vault / (await room.row(call)).path
        whole = file.read_bytes()
        file.write_bytes(whole[:-1])
        assert await rests(room) == [f"its file has {len(whole) - 1} bytes, and should have {len(whole)}."]
        file.unlink()
        assert await rests(room) == ["it is gone."]
        file.write_bytes(whole)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (update(keys).values(envelope="{}"), "its envelope does not open with the keys there are."),
        (update(recordings).values(path="stored/2026/x.wav.tink"), "it lies in a store, and none is set."),
        (update(recordings).values(bytes=-1), "its row is not what it should be."),
    ],
)
async def test_what_opens_no_more_is_named(room: Room, change: Executable, found: str) -> None:
    await room.rest(sound(1))
    async with room.engine.begin() as connection:
        await connection.execute(change)
    assert await rests(room) == [found]


async def test_a_night_without_time_for_all_goes_on_in_the_next_and_names_what_is_bad_in_both(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "BATCH", 1)
    first, _ = await room.rest(sound(1)), await room.rest(sound(1, 2), 2)
    (room.vault / (await room.row(first)).path).unlink()
    looked = iter(range(99))

    async def night() -> Looked:
        rounds = Rounds(room.engine, tmp_path / "rested", lambda: next(looked))
        return await Resting(room.engine, room.stores, lambda: room.ring).look(rounds, 1.5)

    assert [(len(done.found), done.at, done.there) for done in [await night(), await night()]] == [
        (1, 1, 2)
    ] * 2
    assert "after" in (tmp_path / "rested").read_text()
