import errno
import hashlib
import os
import time
import wave
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from recordings.adapters import stereo
from recordings.adapters.recorder import Recorder
from recordings.adapters.shelf import Shelf
from recordings.adapters.tables import recordings
from recordings.chain import Check
from recordings.facts import (
    RecordingMissing,
    RecordingOrphan,
    RecordingSealed,
    RecordingStarted,
    RecordingUnsealed,
    SealFailed,
)
from recordings.naming import wav_path
from recordings.reconcile import Leftover
from recordings.recording import Flaw, Sealed, State, Taken
from tests.recordings.conftest import CALL, SECOND, Room


async def _hang_up(room: Room, after_s: float) -> None:
    """The call is over `after_s` seconds after it began; look a minute later."""
    await room.recorder.ended(CALL, room.now + after_s)
    room.now += after_s + 60


async def test_a_call_is_sealed_as_a_stereo_wav_with_its_hash(room: Room) -> None:
    begun_at = room.now
    raw = await room.begin(SECOND * 5)
    await _hang_up(room, 5.1)
    assert await room.recorder.seal_waiting() == 1
    row, wav = await room.row(), room.vault / wav_path(CALL, begun_at)
    assert (row.state, row.flaw, row.channels, row.duration_ms) == (State.SEALED, Flaw.NONE, 2, 5_000)
    assert (row.language, row.notice_key, row.notice_offset_ms) == ("es", "notice.recorded", 4_200)
    assert row.sha512 == hashlib.sha512(wav.read_bytes()).hexdigest()
    assert row.bytes == wav.stat().st_size
    assert not raw.exists()
    with wave.open(str(wav)) as played:
        assert (played.getframerate(), played.getsampwidth(), played.getnchannels()) == (8_000, 2, 2)
        assert played.readframes(8_000) == SECOND
    assert len(room.told(RecordingStarted)) == len(room.told(RecordingSealed)) == 1


async def test_a_caller_taken_up_after_a_restart_gets_no_second_recording(room: Room) -> None:
    await room.begin(SECOND)
    assert await room.recorder.begin(CALL, "es", "notice.recorded", 4_200, room.now + 9) is None
    assert len(room.told(RecordingStarted)) == 1


async def test_a_server_that_died_before_mixmonitor_starts_it_after_the_restart(room: Room) -> None:
    first = await room.recorder.begin(CALL, "es", "notice.recorded", 4_200, room.now)
    assert await room.recorder.begin(CALL, "es", "notice.recorded", 4_200, room.now + 9) == first


async def test_what_is_no_call_id_names_no_file(room: Room) -> None:
    for call in ("../../etc/passwd", "ventanilla-1795345200.1/../x", "", "+34915551234"):
        with pytest.raises(ValueError, match="call's id"):
            await room.recorder.begin(call, "es", "notice.recorded", 0, room.now)


async def test_a_file_that_still_changes_waits(room: Room) -> None:
    await room.begin(SECOND)
    await room.recorder.ended(CALL, room.now)
    assert await room.recorder.seal_waiting() == 0


async def test_audio_cut_short_is_sealed_and_marked(room: Room) -> None:
    await room.begin(SECOND * 5 + b"\x01\x02\x03")
    await _hang_up(room, 5)
    await room.recorder.seal_waiting()
    assert ((await room.row()).flaw, (await room.row()).duration_ms) == (Flaw.PARTIAL, 5_000)


async def test_much_less_audio_than_call_is_marked(room: Room) -> None:
    await room.begin(SECOND * 5)
    await _hang_up(room, 60)
    await room.recorder.seal_waiting()
    assert (await room.row()).flaw == Flaw.PARTIAL


async def test_an_empty_file_is_marked_and_kept(room: Room) -> None:
    raw = await room.begin(b"")
    await _hang_up(room, 5)
    await room.recorder.seal_waiting()
    assert ((await room.row()).state, (await room.row()).flaw) == (State.EMPTY, Flaw.EMPTY)
    assert raw.exists()


async def test_a_recording_that_never_was_is_marked_missing(room: Room) -> None:
    await room.recorder.begin(CALL, "es", "notice.recorded", 4_200, room.now)
    await _hang_up(room, 5)
    await room.recorder.seal_waiting()
    assert (await room.row()).state == State.MISSING
    assert len(room.told(RecordingMissing)) == 1


async def test_a_full_disk_keeps_the_original_and_is_tried_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = await room.begin(SECOND * 2)
    await _hang_up(room, 2)

    def full(source: BinaryIO, target: BinaryIO, _: Check) -> NoReturn:
        target.write(source.read(1000))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(stereo, "_copy", full)
        assert await room.recorder.seal_waiting() == 0
        assert await room.recorder.seal_waiting() == 0
    assert (await room.row()).trouble == "no space"
    assert raw.read_bytes() == SECOND * 2
    assert [path for path in room.vault.rglob("*") if path.is_file()] == [raw]
    assert len(room.told(SealFailed)) == 1
    assert await room.recorder.seal_waiting() == 0
    room.now += 3
    assert await room.recorder.seal_waiting() == 1
    assert ((await room.row()).state, (await room.row()).trouble) == (State.SEALED, None)


async def test_a_really_full_disk_is_told_as_such(tmp_path: Path) -> None:
    raw = tmp_path / "call.raw"
    raw.write_bytes(SECOND)
    part = tmp_path / "call.part"
    part.symlink_to("/dev/full")
    with pytest.raises(stereo.SealingFailed, match="no space"):
        stereo.seal(raw, tmp_path / "call.wav", Check(()))
    assert raw.read_bytes() == SECOND


async def test_what_waits_longer_than_a_minute_for_its_seal_is_told_once(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begun_at = room.now
    await room.begin(SECOND)
    await room.recorder.ended(CALL, begun_at + 1)

    def full(_source: BinaryIO, _target: BinaryIO, _check: Check) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stereo, "_copy", full)
    for after_s in (30, 59, 62, 90, 600):
        room.now = begun_at + after_s
        await room.recorder.seal_waiting()
        assert len(room.told(RecordingUnsealed)) == (after_s > 61)
    (told,) = room.told(RecordingUnsealed)
    assert isinstance(told, RecordingUnsealed)
    assert (told.call, told.trouble) == (CALL, "no space")
    assert "is not sealed 61 s after its end (no space)" in caplog.text


async def test_a_server_that_died_while_sealing_seals_again(room: Room) -> None:
    begun_at = room.now
    await room.begin(SECOND)
    half = room.vault / wav_path(CALL, begun_at)
    half.parent.mkdir(parents=True)
    half.with_suffix(".part").write_bytes(b"half")
    half.write_bytes(b"not what the row will say")
    await _hang_up(room, 1)
    await room.recorder.seal_waiting()
    assert (await room.row()).sha512 == hashlib.sha512(half.read_bytes()).hexdigest()
    assert not half.with_suffix(".part").exists()


async def test_what_a_killed_seal_left_in_clear_is_removed_when_nobody_seals_that_call_again(
    room: Room,
) -> None:
    half = room.vault / wav_path(CALL, room.now).with_suffix(".part")
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    os.utime(half, (room.now - 599, room.now - 599))
    assert await room.reconciler.look() == ()
    room.now += 2
    (named,) = await room.reconciler.compared()
    assert named == Leftover(half.relative_to(room.vault))
    await room.reconciler.look()
    assert not half.exists()


async def test_a_file_without_a_row_goes_into_quarantine_and_stays_where_it_is(room: Room) -> None:
    await room.begin(SECOND)
    strange = room.vault / "running" / "ventanilla-1795345200.99.raw"
    nameless = room.vault / "sealed" / "copied by hand.wav"
    nameless.parent.mkdir()
    for path in (strange, nameless):
        path.write_bytes(SECOND)
    await room.reconciler.look()
    await room.reconciler.look()
    assert sorted(await room.quarantined()) == [
        "running/ventanilla-1795345200.99.raw",
        "sealed/copied by hand.wav",
    ]
    assert strange.exists()
    assert nameless.exists()
    assert len(room.told(RecordingOrphan)) == 2


async def test_a_sealed_recording_that_was_taken_away_is_reported_once(room: Room) -> None:
    begun_at = room.now
    await room.begin(SECOND)
    await _hang_up(room, 1)
    await room.recorder.seal_waiting()
    assert await room.reconciler.look() == ()
    (room.vault / wav_path(CALL, begun_at)).unlink()
    await room.reconciler.look()
    await room.reconciler.look()
    assert len(room.told(RecordingMissing)) == 1


async def test_a_call_whose_end_nobody_told_is_sealed_a_minute_later(room: Room) -> None:
    await room.begin(SECOND)
    written_at = time.time()
    room.now += 30
    assert await room.reconciler.look() == ()
    room.now += 60
    await room.reconciler.look()
    assert await room.recorder.seal_waiting() == 1
    assert (await room.row()).flaw == Flaw.NONE
    assert abs((await room.row()).ended_at - written_at) < 1


async def test_a_whole_recording_whose_end_was_noticed_late_is_whole(room: Room) -> None:
    raw = await room.begin(SECOND * 5)
    os.utime(raw, (room.now + 5, room.now + 5))
    await room.recorder.ended(CALL, room.now + 95, heard=False)
    ended_at = room.now + 5
    room.now += 120
    assert await room.recorder.seal_waiting() == 1
    assert (await room.row()).flaw == Flaw.NONE
    assert abs((await room.row()).ended_at - ended_at) < 0.01


async def test_half_a_recording_whose_end_nobody_heard_is_marked(room: Room) -> None:
    raw = await room.begin(SECOND * 5)
    os.utime(raw, (room.now + 60, room.now + 60))
    await room.recorder.ended(CALL, room.now + 95, heard=False)
    room.now += 120
    await room.recorder.seal_waiting()
    assert (await room.row()).flaw == Flaw.PARTIAL


async def test_a_call_that_lives_or_may_live_is_not_finished(room: Room) -> None:
    await room.begin(SECOND)
    room.now += 3_600
    for alive in (frozenset({CALL}), None):
        room.alive = alive
        assert await room.reconciler.look() == ()
    assert (await room.row()).state == State.RECORDING


async def test_an_original_left_beside_its_sealed_file_is_tidied_away(room: Room) -> None:
    raw = await room.begin(SECOND)
    await _hang_up(room, 1)
    await room.recorder.seal_waiting()
    raw.write_bytes(SECOND)
    await room.reconciler.look()
    assert not raw.exists()
    assert await room.quarantined() == []


async def test_an_old_row_is_not_taken_for_missing_when_a_round_looks_back_less_far(room: Room) -> None:
    begun_at = room.now
    await room.begin(SECOND)
    await _hang_up(room, 1)
    await room.recorder.seal_waiting()
    wav = room.vault / wav_path(CALL, begun_at)
    assert await room.reconciler.look(begun_at + 1) == ()
    os.utime(wav, (begun_at - 900, begun_at - 900))
    assert await room.reconciler.look(begun_at - 1) == ()


async def test_a_file_with_a_strange_name_is_kept_and_holds_up_no_other(room: Room) -> None:
    folder = room.vault / "running"
    folder.mkdir(parents=True)
    for name in (b"caf\xe9\n.wav", b"x" * 240 + b".raw"):
        (folder / os.fsdecode(name)).write_bytes(SECOND)
    await room.reconciler.look()
    assert len(await room.quarantined()) == 2


def test_a_vault_that_mixmonitor_cannot_name_is_refused_at_start(tmp_path: Path) -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    with pytest.raises(ValueError, match="move it"):
        Recorder(engine, tmp_path / "calls, old", lambda _fact: None)


async def test_an_end_that_was_told_too_early_cuts_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = await room.begin(SECOND)
    await room.recorder.ended(CALL, room.now)
    room.now += 4
    assert await room.recorder.seal_waiting() == 0
    whole = stereo._copy

    def still_talking(source: BinaryIO, target: BinaryIO, check: Check) -> Sealed:
        with raw.open("ab") as asterisk:
            asterisk.write(SECOND)
        return whole(source, target, check)

    def grows_behind(source: BinaryIO, target: BinaryIO, check: Check) -> Sealed:
        sealed = whole(source, target, check)
        with raw.open("ab") as asterisk:
            asterisk.write(SECOND)
        return sealed

    room.now += 4
    with monkeypatch.context() as patched:
        patched.setattr(stereo, "_copy", grows_behind)
        assert await room.recorder.seal_waiting() == 0
    assert raw.read_bytes() == SECOND * 2
    room.now += 60
    monkeypatch.setattr(stereo, "_copy", still_talking)
    assert await room.recorder.seal_waiting() == 1
    assert (await room.row()).duration_ms == 3_000


async def test_an_end_that_the_database_did_not_take_is_written_when_it_can_be(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.begin(SECOND * 2)

    def full(*_: object, **__: object) -> NoReturn:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patched:
        patched.setattr(Shelf, "ended", full)
        await _hang_up(room, 2)
        assert await room.recorder.seal_waiting() == 0
        assert (await room.row()).state == State.RECORDING
        room.now += 1
        await room.recorder.seal_waiting()
        assert len(room.told(RecordingUnsealed)) == 1
    assert await room.recorder.seal_waiting() == 1
    row = await room.row()
    assert (row.flaw, row.orderly) == (Flaw.NONE, True)


async def test_one_that_cannot_be_written_down_holds_up_no_other(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = CALL[:-1] + "2"
    for call in (CALL, other):
        await room.begin(SECOND * 2, call)
        await room.recorder.ended(call, room.now + 2)
    (room.vault / "sealed").mkdir(parents=True)
    whole = Shelf.sealed

    async def refused(shelf: Shelf, taken: Taken, *rest: Any) -> None:  # noqa: ANN401 - as they come
        if taken.call == CALL:
            raise OperationalError("UPDATE", {}, Exception("database or disk is full"))
        await whole(shelf, taken, *rest)

    room.now += 65
    with monkeypatch.context() as patched:
        patched.setattr(Shelf, "sealed", refused)
        assert await room.recorder.seal_waiting() == 1
    assert (await room.row(other)).state == State.SEALED
    assert (room.vault / "running" / f"{CALL}.raw").exists()
    assert await room.recorder.seal_waiting() == 1
    assert len(room.told(RecordingUnsealed)) == 1


async def test_a_row_that_names_a_file_of_its_own_choice_has_it_neither_sealed_nor_deleted(
    room: Room,
) -> None:
    key = room.vault.parent / "2026.key.pem"
    key.write_bytes(SECOND)
    for path in ("../2026.key.pem", str(key)):
        await room.begin(SECOND)
        await _hang_up(room, 1)
        async with room.engine.begin() as connection:
            await connection.execute(update(recordings).values(path=path))
        assert await room.recorder.seal_waiting() == 0
        assert key.exists()
        assert (await room.row()).state == State.ENDED
        async with room.engine.begin() as connection:
            await connection.execute(delete(recordings))
