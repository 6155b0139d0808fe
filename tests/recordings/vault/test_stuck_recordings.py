"""What cannot be destroyed keeps up nothing else, is told by name once a day at most, and has an end of its own."""

from datetime import date
from pathlib import Path

from sqlalchemy import delete, insert, update

from recordings.adapters.evidence.tables import evidence
from recordings.adapters.tables import quarantine, recordings
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.facts import OrphanDestroyed, RecordingStuck
from recordings.listening import Keeping
from recordings.naming import wav_path
from recordings.ports import StoreAway
from recordings.retention import Next
from tests.recordings.vault.conftest import BEGAN, Room, call, sound
from tests.recordings.vault.test_keeping import TERMS, Nights, day_of, files, noon, write

BLOCK, DESTROY = date(2027, 11, 23), date(2028, 11, 23)


def nights_of(room: Room) -> Nights:
    room.notary = True
    return Nights(room, Keeper(Court(room.engine, day_of), room.stores, room.facts.append))


async def stuck(room: Room, name: str) -> Path:
    """Put something in the place of a recording's file that cannot be removed as a file."""
    path = room.vault / str((await room.row(name)).path)
    path.unlink()
    (path / "x").mkdir(parents=True)
    return path


async def test_one_file_that_sticks_is_told_by_name_once_a_day_and_the_others_are_destroyed(
    room: Room,
) -> None:
    nights = nights_of(room)
    names = [await room.rest(sound(1), number) for number in (1, 2, 3)]
    await nights.run(BLOCK)
    path = await stuck(room, names[1])
    await nights.run(DESTROY)
    standing = [await nights.keeper.rows.of(name) for name in names]
    assert standing == [Keeping.DESTROYED] * 3, "its key is gone, too"
    told = [one for one in room.facts if isinstance(one, RecordingStuck)]
    assert [one.call for one in told] == [names[1]]
    assert "cannot be removed" in told[0].why
    await nights.run(DESTROY)
    assert len(room.told(RecordingStuck)) == 1, "the same day"
    await nights.run(date(2028, 11, 24))
    assert len(room.told(RecordingStuck)) == 2
    (path / "x").rmdir()
    path.rmdir()
    await nights.run(date(2028, 11, 25))
    await nights.run(date(2028, 11, 26))
    assert len(room.told(RecordingStuck)) == 2, "it is finished"


class Down(FolderStore):
    """A store that goes away."""

    asked, down = 0, False

    async def remove(self, name: str) -> None:
        if self.down:
            self.asked += 1
            raise StoreAway("store away")
        await super().remove(name)


async def test_a_store_that_is_away_is_asked_once_in_a_run_and_what_lies_here_is_destroyed(
    room: Room, tmp_path: Path
) -> None:
    here = await room.rest(sound(1), 9)
    store = Down(tmp_path / "objects")
    (tmp_path / "objects").mkdir()
    object.__setattr__(room.stores, "objects", store)
    nights = nights_of(room)
    names = [await room.rest(sound(1), number) for number in (1, 2, 3)]
    await room.noted(BEGAN + 90)
    await nights.run(BLOCK)
    store.down = True
    await nights.run(DESTROY)
    assert store.asked == 1
    assert files(room) == 0
    assert await nights.keeper.rows.of(here) is Keeping.DESTROYED
    assert len(room.told(RecordingStuck)) == 3
    store.down = False
    await nights.run(date(2028, 11, 24))
    assert not [one for one in (tmp_path / "objects").rglob("*") if one.is_file()]
    assert len(names) == 3


async def test_a_row_of_no_sense_is_told_by_name(room: Room) -> None:
    nights = nights_of(room)
    bad = await room.rest(sound(1))
    await write(room, update(recordings).values(begun_at=1e15))
    await nights.run(BLOCK)
    (told,) = [one for one in room.facts if isinstance(one, RecordingStuck)]
    assert told.call == bad


async def test_a_recording_whose_signed_vcon_is_spoilt_ends_with_the_longest_of_all_terms(room: Room) -> None:
    nights = nights_of(room)
    name = await room.rest(sound(1))
    await write(room, update(evidence).values(vcon="spoilt"))
    await nights.run(BLOCK)
    assert await nights.run(DESTROY) == (0, 0, 0)
    assert await nights.run(date(2032, 11, 22)) == (0, 0, 0)
    assert await nights.run(date(2032, 11, 23)) == (0, 1, 0)
    assert await nights.keeper.rows.of(name) is Keeping.DESTROYED


async def adopted(room: Room, name: str, found_at: float) -> Path:
    """Lay down a recording in clear that the reconciler has put into quarantine."""
    path = Path("sealed/2026/11/23") / wav_path(name, BEGAN).name
    (room.vault / path).parent.mkdir(parents=True, exist_ok=True)
    (room.vault / path).write_bytes(sound(1))
    row = {"path": path.as_posix(), "call": name, "bytes": 1, "found_at": found_at}
    await write(room, insert(quarantine).values(row))
    return room.vault / path


async def test_a_file_in_quarantine_goes_with_its_recording(room: Room) -> None:
    nights = nights_of(room)
    name = await room.rest(sound(1))
    path = await adopted(room, name, BEGAN)
    await nights.run(BLOCK)
    await nights.run(date(2028, 11, 20))
    assert path.exists()
    await nights.run(DESTROY)
    assert (path.exists(), files(room)) == (False, 0)
    assert len(room.told(OrphanDestroyed)) == 1


async def test_a_file_in_quarantine_that_comes_after_its_recording_was_destroyed_has_its_own_years(
    room: Room,
) -> None:
    nights = nights_of(room)
    name = await room.rest(sound(1))
    for day in (BLOCK, DESTROY):
        await nights.run(day)
    path = await adopted(room, name, noon(DESTROY))
    await nights.run(date(2030, 11, 23))
    assert path.exists()
    await nights.run(date(2030, 11, 24))
    assert not path.exists()


async def test_a_file_in_quarantine_that_only_the_log_knows_ends_with_the_longest_of_all_terms(
    room: Room,
) -> None:
    nights = nights_of(room)
    name = await room.rest(sound(1))
    (room.vault / (await room.row(name)).path).unlink()
    path = await adopted(room, name, BEGAN)
    await write(room, delete(recordings), delete(evidence))
    await nights.run(date(2032, 11, 22))
    assert path.exists()
    await nights.run(date(2032, 11, 23))
    assert not path.exists()


async def test_a_flood_of_what_sticks_is_told_as_a_hundred_and_their_number(room: Room) -> None:
    nights = nights_of(room)
    for number in range(1, 121):
        row = {"call": call(number), "state": "sealed", "path": "sealed/x.wav", "language": "es", "tries": 0}
        row |= {"notice_key": "n", "notice_offset_ms": 0, "begun_at": 1e15, "orderly": True}
        await write(room, insert(recordings).values(row))
    plan = await nights.keeper.plan(TERMS, BLOCK)
    assert plan.of(Next.BLOCK) == ()
    await nights.keeper.carry_out(plan, noon(BLOCK), believe_clock=True)
    told = [one for one in room.facts if isinstance(one, RecordingStuck)]
    assert len(told) == 101
    assert told[-1].why.startswith("20 others")
