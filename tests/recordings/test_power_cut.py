"""The power fails between the seal and its row: nothing that was sealed is lost, and nothing goes before its row."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, select, update

from recordings.adapters import recorder
from recordings.adapters.tables import chains, chunks, metadata, recordings
from recordings.facts import RecordingMissing, RecordingSealed
from recordings.naming import raw_path, wav_path
from recordings.recording import Flaw, State
from server.database import open_engine
from tests.recordings.conftest import CALL, SECOND, Room

WRITTEN = "ventanilla-text-1795345200.1"
LOST = {
    "state": State.ENDED,
    "flaw": None,
    "sha512": None,
    "bytes": None,
    "duration_ms": None,
    "sealed_at": None,
}


async def _sealed(room: Room, call: str = CALL, *, heard: bool = True) -> tuple[object, ...]:
    await room.recorder.ended(call, room.now + 3, heard=heard)
    room.now += 63
    assert await room.recorder.seal_waiting() == 1
    return tuple(await room.row(call))


async def _lose_the_row(room: Room, call: str = CALL) -> None:
    """What the file system kept, and the database did not."""
    lost = LOST | {"path": raw_path(call).as_posix()}
    async with room.engine.begin() as connection:
        await connection.execute(update(recordings).where(recordings.c.call == call).values(lost))


@pytest.mark.parametrize("heard", [True, False])
async def test_a_sealed_file_whose_row_was_lost_is_known_again(room: Room, *, heard: bool) -> None:
    begun_at = room.now
    raw = await room.begin(SECOND * 3)
    before = await _sealed(room, heard=heard)
    await _lose_the_row(room)
    room.now += 3_600
    assert await room.recorder.seal_waiting() == 1
    after = await room.row()
    assert (after.state, after.flaw) == (State.SEALED, Flaw.NONE)
    assert [after.sha512, after.bytes, after.duration_ms, after.path] == [
        before[after._fields.index(name)] for name in ("sha512", "bytes", "duration_ms", "path")
    ]
    assert not raw.exists()
    assert (room.vault / wav_path(CALL, begun_at)).exists()
    assert len(room.told(RecordingSealed)) == 2
    assert room.told(RecordingMissing) == []


async def test_its_chain_is_compared_again_if_that_was_lost_too(room: Room) -> None:
    raw = await room.begin(SECOND)
    await room.recorder.chain.go_round()
    with raw.open("ab") as asterisk:
        asterisk.write(SECOND * 2)
    await room.recorder.chain.go_round()
    async with room.engine.connect() as connection:
        kept = [dict(row) for row in (await connection.execute(select(chunks))).mappings()]
    await _sealed(room)
    await _lose_the_row(room)
    async with room.engine.begin() as connection:
        await connection.execute(chains.delete())
        await connection.execute(chunks.insert(), kept)
    room.now += 60
    assert await room.recorder.seal_waiting() == 1
    assert (await room.row()).flaw == Flaw.NONE
    async with room.engine.connect() as connection:
        (chain,) = (await connection.execute(select(chains))).all()
        left = (await connection.execute(select(func.count()).select_from(chunks))).scalar_one()
    assert (chain.chunks, chain.broken_at, left) == (2, None, 0)


async def test_what_lies_there_under_its_name_and_is_no_wav_of_ours_is_not_taken_for_it(room: Room) -> None:
    begun_at = room.now
    await room.begin(SECOND * 3)
    await _sealed(room)
    await _lose_the_row(room)
    file = room.vault / wav_path(CALL, begun_at)
    file.write_bytes(b"something else")
    room.now += 60
    assert await room.recorder.seal_waiting() == 0
    row = await room.row()
    assert (row.state, row.trouble) == (State.ENDED, "unreadable")
    assert file.read_bytes() == b"something else"


async def test_a_conversation_in_writing_is_known_again_too(room: Room) -> None:
    await room.begin(b'{"at": 1.0, "text": "hola"}\n{"at": 4.0, "text": "adios"}\n', WRITTEN)
    before = await _sealed(room, WRITTEN)
    await _lose_the_row(room, WRITTEN)
    room.now += 60
    assert await room.recorder.seal_waiting() == 1
    after = await room.row(WRITTEN)
    assert (after.state, after.sha512) == (State.SEALED, before[after._fields.index("sha512")])
    assert after.duration_ms == 3_000


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Room]:
    """On SQLite as the server opens it: a power cut may take its last commits."""
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'ventanilla.sqlite3'}")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    room = Room(engine, tmp_path / "vault")
    room.now = time.time()
    yield room
    await engine.dispose()


async def test_the_original_goes_when_the_row_is_written_through_to_the_disk(
    served: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, int]] = []

    def committed(connection: Connection) -> None:
        state = connection.scalar(select(recordings.c.state))
        done.append((str(state), int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())))

    def gone(path: Path) -> bool:
        done.append(("gone", 0))
        path.unlink()
        return True

    event.listen(served.engine.sync_engine, "commit", committed)
    raw = await served.begin(SECOND * 3)
    await served.recorder.ended(CALL, served.now + 3)
    monkeypatch.setattr(recorder, "remove", gone)
    served.now += 63
    assert await served.recorder.seal_waiting() == 1
    normal, full = 1, 2
    assert done == [
        (State.RECORDING, normal),
        (State.ENDED, normal),
        (State.SEALED, full),
        ("gone", 0),
    ]
    assert not raw.exists()
