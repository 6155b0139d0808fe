"""The vault with real files and real databases: encrypted after sealing, read anywhere, rotated, shredded."""

import asyncio
import errno
import hashlib
import random
import shutil
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest

from recordings.adapters.reconciler import Reconciler
from recordings.adapters.vault import ciphering, encrypting, key_folder
from recordings.adapters.vault.keeping_rows import KeepingRows
from recordings.adapters.vault.rotating import rotate
from recordings.facts import EncryptionFailed
from recordings.listening import Keeping
from recordings.naming import TINK
from recordings.ports import NoAudio
from recordings.retention import LEAST_BLOCKED_S
from recordings.vault.envelope import DataKey, kek_of, wrap
from recordings.vault.streaming import encrypted
from recordings.vault.waveform import PEAKS
from tests.recordings.vault.conftest import BEGAN, Room, call, noise, sound


def files(room: Room) -> list[str]:
    return sorted(one.relative_to(room.vault).as_posix() for one in room.vault.rglob("*") if one.is_file())


def _spoil(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20] + bytes(20))


async def why_not(room: Room, name: str, start: int = 0, end: int | None = None) -> str:
    with pytest.raises(NoAudio) as none:
        await room.heard(name, start, end)
    return none.value.reason


async def test_after_sealing_only_the_encrypted_file_is_left_and_it_is_the_same_sound(room: Room) -> None:
    plain = sound(9)
    name = await room.rest(plain)
    assert files(room) == [f"sealed/2026/11/22/{name}.wav{TINK}"]
    assert plain[1000:1100] not in (room.vault / files(room)[0]).read_bytes()
    assert await room.heard(name) == plain
    assert await room.audio.length(name) == len(plain)
    row = await room.row(name)
    assert row.sha512 == hashlib.sha512(plain).hexdigest()
    assert row.bytes == len(plain)


async def test_a_plain_file_is_read_too_until_it_is_encrypted(room: Room) -> None:
    plain = sound(3)
    name = await room.seal(plain)
    assert await room.heard(name) == plain
    assert await room.heard(name, 5, 50) == plain[5:50]


async def test_who_reads_while_it_is_encrypted_reads_on(room: Room) -> None:
    plain = sound(99)
    name = await room.seal(plain)
    reading = room.audio.read(name)
    got = await anext(reading)
    assert await room.encryptor.encrypt_waiting() == 1
    got += b"".join([piece async for piece in reading])
    assert got == plain


async def test_a_hundred_places_and_those_beyond_the_end(room: Room) -> None:
    plain = sound(40)
    name = await room.rest(plain)
    chance = random.Random(3)  # noqa: S311 - made-up sound, the same each time
    for _ in range(100):
        start = chance.randrange(len(plain))
        end = start + chance.choice([1, 5_000, 70_000, 1_100_000])
        assert await room.heard(name, start, end) == plain[start:end]
    assert await room.heard(name, len(plain)) == b""
    assert await room.heard(name, len(plain) + 9, len(plain) + 99) == b""
    assert await room.heard(name, 7, 7) == b""


async def test_the_waveform_shows_who_spoke_when(room: Room) -> None:
    import numpy as np  # noqa: PLC0415

    from recordings.wave import header  # noqa: PLC0415

    frames = np.zeros((80_000, 2), dtype="<i2")
    frames[8_000:16_000, 0] = 16_384
    frames[40_000:48_000, 1] = -32_768
    name = await room.rest(header(80_000) + frames.tobytes())
    peaks = await room.rows.peaks(name) or b""
    caller, agent = peaks[:PEAKS], peaks[PEAKS:]
    assert [at for at, peak in enumerate(caller) if peak > 100] == list(range(60, 120))
    assert [at for at, peak in enumerate(agent) if peak > 200] == list(range(300, 360))


async def test_an_empty_and_a_tiny_recording_rest_as_well(room: Room) -> None:
    for number, plain in enumerate([b"", b"x", sound(0), sound(0.001)], start=1):
        assert await room.heard(await room.rest(plain, number)) == plain


@pytest.mark.parametrize("harm", ["cut", "emptied", "swapped", "foreign", "changed"])
async def test_what_is_not_what_was_sealed_is_refused(room: Room, harm: str) -> None:
    name, other = await room.rest(sound(9), 1), await room.rest(sound(9, seed=2), 2)
    path, others = room.vault / (await room.row(name)).path, room.vault / (await room.row(other)).path
    file = path.read_bytes()
    match harm:
        case "cut":
            path.write_bytes(file[:-1])
        case "emptied":
            path.write_bytes(b"")
        case "swapped":
            path.write_bytes(others.read_bytes())
        case "foreign":
            path.write_bytes(noise(9, len(file)))
        case _:
            path.write_bytes(file[:99] + bytes([file[99] ^ 1]) + file[100:])
    assert await why_not(room, name, 0, 10) == "damaged"


async def test_a_file_that_is_gone_is_gone_and_an_unknown_call_unknown(room: Room) -> None:
    name = await room.rest(sound(1))
    (room.vault / (await room.row(name)).path).unlink()
    assert await why_not(room, name) == "gone"
    assert await why_not(room, call(99)) == "unknown"


async def test_a_plain_file_that_somebody_changed_is_never_encrypted_over(room: Room) -> None:
    name = await room.seal(sound(2))
    path = room.vault / (await room.row(name)).path
    path.write_bytes(sound(2, seed=5))
    assert await room.encryptor.encrypt_waiting() == 0
    assert path.exists()
    assert room.told(EncryptionFailed) == [EncryptionFailed(name, "not what was sealed", room.now)]
    room.now += 3
    assert await room.encryptor.encrypt_waiting() == 0
    assert len(room.told(EncryptionFailed)) == 1


async def test_a_full_disk_keeps_the_plain_file_and_is_tried_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = sound(2)
    name = await room.seal(plain)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as broken:
        broken.setattr("recordings.adapters.vault.ciphering.os.fsync", full)
        assert await room.encryptor.encrypt_waiting() == 0
    assert files(room) == [f"sealed/2026/11/22/{name}.wav"]
    assert room.told(EncryptionFailed) == [EncryptionFailed(name, "no space", room.now)]
    assert await room.heard(name) == plain
    room.now += 10
    assert await room.encryptor.encrypt_waiting() == 1
    assert await room.heard(name) == plain


async def test_what_does_not_read_back_is_not_believed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    name = await room.seal(sound(2))
    put = room.stores.folder.put

    async def spoilt(name: str, source: Path) -> None:
        await asyncio.to_thread(_spoil, source)
        await put(name, source)

    monkeypatch.setattr(room.stores.folder, "put", spoilt)
    assert await room.encryptor.encrypt_waiting() == 0
    assert f"sealed/2026/11/22/{name}.wav" in files(room)
    assert [fact.reason for fact in room.told(EncryptionFailed)] == ["damaged"]  # type: ignore[attr-defined]


async def test_what_reads_back_as_something_else_is_not_believed_either(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await room.seal(sound(2))

    def silence(pieces: Iterable[bytes], *rest: object) -> Iterator[bytes]:
        return encrypted((bytes(len(piece)) for piece in pieces), *rest)  # type: ignore[arg-type] # as they come

    monkeypatch.setattr(ciphering, "encrypted", silence)
    assert await room.encryptor.encrypt_waiting() == 0
    assert room.told(EncryptionFailed) == [EncryptionFailed(name, "read back wrong", room.now)]
    assert f"sealed/2026/11/22/{name}.wav" in files(room)


@pytest.mark.parametrize("step", ["before the row", "after the row"])
async def test_whatever_dies_in_between_nothing_is_lost_and_nothing_left_over(
    room: Room, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    plain = sound(2)
    name = await room.seal(plain)
    if step == "before the row":

        async def dies(*_: object) -> bool:
            raise asyncio.CancelledError

        with monkeypatch.context() as broken:
            broken.setattr(room.encryptor._rows, "keep", dies)
            with pytest.raises(asyncio.CancelledError):
                await room.encryptor.encrypt_waiting()
    else:
        with monkeypatch.context() as broken:
            broken.setattr(encrypting, "remove", lambda _: False)
            assert await room.encryptor.encrypt_waiting() == 1
    assert await room.heard(name) == plain
    room.use(room.ring)
    await room.encryptor.encrypt_waiting()

    async def nobody() -> frozenset[str]:
        return frozenset()

    reconciler = Reconciler(room.engine, room.vault, room.facts.append, nobody)
    await reconciler.look()
    assert [one for one in files(room) if one.startswith("sealed")] == [f"sealed/2026/11/22/{name}.wav{TINK}"]
    assert await reconciler.look() == ()
    assert await room.heard(name) == plain


async def test_rotation_touches_no_audio_and_the_old_key_is_not_needed_after(
    room: Room, demonstration_keys: Path, tmp_path: Path
) -> None:
    plain = sound(3)
    name = await room.rest(plain)
    before = {one: (room.vault / one).stat().st_mtime_ns for one in files(room)}
    folder = Path(shutil.copytree(demonstration_keys, tmp_path / "keys"))
    key_folder.new_kek(folder, 2027)
    key_folder.retire(folder, "kek-2026")
    room.use(key_folder.load(folder))
    assert await why_not(room, name) == "locked"
    done = await rotate(room.rows, key_folder.load(folder, with_retired=True), lambda: room.now)
    assert (done.rewrapped, done.locked) == (1, ())
    assert await room.heard(name) == plain
    assert {one: (room.vault / one).stat().st_mtime_ns for one in files(room)} == before
    assert await room.rows.count() == {"kek-2027": 1}


async def test_a_thousand_keys_are_rotated_and_those_of_a_lost_key_are_named(
    room: Room, demonstration_keys: Path, tmp_path: Path
) -> None:
    lost = Path(shutil.copytree(demonstration_keys, tmp_path / "lost"))
    (lost / "kek-2026.jwk").unlink()
    key_folder.new_kek(lost, 2025)
    count = 999 if room.engine.dialect.name == "sqlite" else 150  # more than a batch
    many = [(call(number), room.ring) for number in range(count)] + [(call(999), key_folder.load(lost))]
    rows = []
    for name, ring in many:
        envelope = wrap(DataKey(name, bytes(32), 65_536), ring)
        rows.append({"call": name, "envelope": envelope, "kek": kek_of(envelope), "plain": 1})
    await room.put_keys(rows)
    folder = Path(shutil.copytree(demonstration_keys, tmp_path / "keys"))
    key_folder.new_kek(folder, 2027)
    done = await rotate(room.rows, key_folder.load(folder), lambda: room.now)
    assert (done.rewrapped, done.locked) == (count, (call(999),))
    assert await room.rows.count() == {"kek-2027": count, "kek-2025": 1}


async def test_after_shredding_nothing_opens_and_nothing_of_the_key_is_left_in_the_database(
    room: Room,
) -> None:
    name = await room.rest(sound(3))
    resting = await room.rows.resting(name)
    assert resting.envelope is not None
    file = (room.vault / resting.path).read_bytes()
    rows = KeepingRows(room.engine, lambda _: date(2026, 11, 22))
    await rows.become(name, Keeping.BLOCKED, BEGAN)
    assert await room.rows.shred(name, BEGAN + LEAST_BLOCKED_S)
    assert await why_not(room, name) == "destroyed"
    (room.vault / resting.path).write_bytes(file)  # somebody had a copy of the file
    assert await why_not(room, name) == "destroyed"
    row = await room.row(name)
    assert row.sha512 == resting.sha512
    if room.engine.dialect.name == "sqlite":
        trace = resting.envelope[40:200].encode()
        base = Path(str(room.engine.url.database))
        left = [one.name for one in base.parent.glob(f"{base.name}*") if trace in one.read_bytes()]
        assert left == []


async def test_conversations_in_writing_are_encrypted_like_sound(room: Room) -> None:
    from recordings.adapters.shelf import Shelf  # noqa: PLC0415
    from recordings.marks import Notice  # noqa: PLC0415
    from recordings.naming import wav_path  # noqa: PLC0415
    from recordings.recording import Flaw, Sealed, Taken  # noqa: PLC0415

    name, lines = f"ventanilla-text-{int(BEGAN)}.4", b'{"at": 1.0, "text": "hola"}\n' * 9
    path = wav_path(name, BEGAN)
    await Shelf(room.engine).begin(name, Notice("notice.recorded", "es", 0), BEGAN)
    (room.vault / path).parent.mkdir(parents=True)
    (room.vault / path).write_bytes(lines)
    sealed = Sealed(len(lines), 9, hashlib.sha512(lines).hexdigest(), 0, 1_000)
    await room.shelf.sealed(Taken(name, BEGAN, BEGAN + 1), sealed, Flaw.NONE, path, BEGAN)
    assert await room.encryptor.encrypt_waiting() == 1
    assert files(room) == [f"sealed/2026/11/22/{name}.jsonl{TINK}"]
    assert await room.heard(name, 3, 20) == lines[3:20]
    assert await room.rows.peaks(name) is None
