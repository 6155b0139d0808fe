"""What a recording was made of is deleted only when the recording was seen whole, in an object store too."""

from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, update

from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import keys, recordings
from recordings.adapters.vault.audio import VaultAudio
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.whole import whole
from recordings.naming import wav_path
from tests.recordings.vault.conftest import BEGAN, Room, sound
from tests.recordings.vault.test_keeping import write


async def nobody() -> frozenset[str]:
    return frozenset()


def files_in(store: Path) -> int:
    return len(list(store.rglob("*.tink")))


def reconciler(room: Room) -> Reconciler:
    rests = whole(room.rows, VaultAudio(room.engine, room.stores, room.ring))
    return Reconciler(room.engine, room.vault, room.facts.append, nobody, lambda: BEGAN, rests)


@pytest.fixture
def stored(room: Room, tmp_path: Path) -> Path:
    """An object store that is a folder."""
    (tmp_path / "objects").mkdir()
    object.__setattr__(room.stores, "objects", FolderStore(tmp_path / "objects"))
    return tmp_path / "objects"


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("there", ["a store", "none"])
async def test_a_row_that_says_that_a_clear_recording_lies_in_a_store_deletes_nothing(
    room: Room, there: str
) -> None:
    name = await room.seal(sound(1))
    plain = room.vault / str((await room.row(name)).path)
    claimed = f"stored/{Path((await room.row(name)).path).relative_to('sealed')}.tink"
    await write(room, update(recordings).values(path=claimed))
    if there == "none":
        object.__setattr__(room.stores, "objects", None)
    looked = reconciler(room)
    assert len(await looked.look()) == 1, "it is named"
    assert await looked.look() == (), "once"
    assert plain.read_bytes() == sound(1)


SPOILT: list[Executable] = [
    delete(keys),
    update(recordings).values(sha512="0" * 128),
    update(recordings).values(bytes=0),
]


@pytest.mark.parametrize("spoil", SPOILT)
async def test_a_clear_copy_of_what_lies_whole_in_a_store_is_removed_and_of_nothing_else(
    room: Room, stored: Path, spoil: Executable
) -> None:
    name = await room.rest(sound(1))
    left = room.vault / wav_path(name, BEGAN)
    left.write_bytes(sound(1))
    assert len(await reconciler(room).look()) == 1
    assert not left.exists()
    left.write_bytes(sound(1))
    await write(room, spoil)
    await reconciler(room).look()
    assert left.exists()
    assert files_in(stored) == 1
