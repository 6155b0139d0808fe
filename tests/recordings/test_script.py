"""Conversations in writing: kept in the same vault, with the same row, sealed the same way."""

import hashlib
import json

from recordings.facts import RecordingSealed
from recordings.naming import wav_path
from recordings.recording import Flaw, State
from tests.recordings.conftest import Room

CALL = "ventanilla-text-1795345200.1"


def lines(*times: float) -> bytes:
    return b"".join(json.dumps({"at": at, "by": "caller", "typing": "á"}).encode() + b"\n" for at in times)


async def test_a_conversation_in_writing_is_sealed_line_by_line_with_its_hash(room: Room) -> None:
    begun_at = room.now
    written = lines(begun_at, begun_at + 1, begun_at + 2.5)
    raw = await room.begin(written, CALL)
    assert raw.suffix == ".jsonl"
    await room.recorder.ended(CALL, begun_at + 600)
    room.now += 660
    assert await room.recorder.seal_waiting() == 1
    row, sealed = await room.row(CALL), room.vault / wav_path(CALL, begun_at)
    assert (row.state, row.flaw, row.duration_ms) == (State.SEALED, Flaw.NONE, 2_500)
    assert sealed.suffix == ".jsonl"
    assert (sealed.read_bytes(), row.sha512) == (written, hashlib.sha512(written).hexdigest())
    assert not raw.exists()
    assert len(room.told(RecordingSealed)) == 1
    assert await room.reconciler.look() == ()


async def test_a_line_that_a_killed_server_left_half_written_is_cut_and_said(room: Room) -> None:
    await room.begin(lines(room.now, room.now + 1) + b'{"at": 17', CALL)
    await room.recorder.ended(CALL, room.now + 2)
    room.now += 60
    await room.recorder.seal_waiting()
    row = await room.row(CALL)
    assert (row.state, row.flaw) == (State.SEALED, Flaw.PARTIAL)
    assert (room.vault / row.path).read_bytes().count(b"\n") == 2


async def test_a_half_line_in_the_middle_hinders_nothing(room: Room) -> None:
    await room.begin(lines(room.now) + b'{"at": 17\n' + lines(room.now + 3), CALL)
    await room.recorder.ended(CALL, room.now + 4)
    room.now += 60
    await room.recorder.seal_waiting()
    assert (await room.row(CALL)).duration_ms == 3_000


async def test_an_original_beside_its_sealed_file_is_cleared_away(room: Room) -> None:
    written = lines(room.now)
    raw = await room.begin(written, CALL)
    await room.recorder.ended(CALL, room.now)
    room.now += 60
    await room.recorder.seal_waiting()
    raw.write_bytes(written)  # as when the server died before it went
    (found,) = await room.reconciler.look()
    assert not raw.exists()
    assert (room.vault / (await room.row(CALL)).path).exists(), found


async def test_a_call_in_writing_that_goes_on_is_not_taken_for_over(room: Room) -> None:
    await room.begin(lines(room.now), CALL)
    room.now += 600
    room.alive = frozenset({CALL})
    assert await room.reconciler.look() == ()
    room.alive = frozenset()
    assert len(await room.reconciler.look()) == 1
