"""A disk that is full while the real MixMonitor writes: what was written is sealed, and says that it is not all."""

import asyncio
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recordings.facts import RecordingSealed, SealFailed
from recordings.recording import State
from tests.conftest import RunningAsterisk
from tests.recordings.conftest import Room
from tests.recordings.test_with_asterisk import _talk, _written

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(600)]
CALL_S = 5
DISK_BYTES = 32 << 20
Tell = Callable[[str, object], None]


@pytest.fixture
def small_disk(room: Room) -> Iterator[Path]:
    """The vault on a file system of its own, which takes the right to mount."""
    room.vault.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(room.vault)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a full disk takes the right to mount: run this as root")
    yield room.vault / "somebody-elses"
    subprocess.run(["umount", "-l", str(room.vault)], check=True)


def _fill(file: Path) -> None:
    """Take what room there is."""
    try:
        with file.open("wb", buffering=0) as taken:
            while True:
                taken.write(bytes(4_096))
    except OSError:
        return


async def _dies(
    room: Room, asterisk: RunningAsterisk, number: int, disk: Path, tones: Path, at_s: float
) -> str:
    """Record one call, let the disk be full from some moment on, seal, make room, seal again; give its flaw."""
    call = f"ventanilla-1795345200.{number}"
    begun_at = room.now
    raw = await room.recorder.begin(call, "es", "notice.recorded", 0, begun_at)
    assert raw is not None
    await asyncio.to_thread(_talk, asterisk, raw, CALL_S, tones)
    await _written(raw, 1)
    await asyncio.sleep(at_s)
    await asyncio.to_thread(_fill, disk)
    await asyncio.sleep(CALL_S - at_s + 0.5)
    await asyncio.to_thread(asterisk.ask, "channel request hangup all")
    await room.recorder.ended(call, begun_at + CALL_S)
    room.now += 60
    assert await room.recorder.seal_waiting() == 0
    assert (await room.row(call)).trouble == "no space"
    assert await asyncio.to_thread(raw.exists), "the original is kept"
    await asyncio.to_thread(disk.unlink)
    room.now += 600
    assert await room.recorder.seal_waiting() == 1
    row = await room.row(call)
    assert row.state in {State.SEALED, State.EMPTY}
    return str(row.flaw)


async def _full(
    room: Room, asterisk: RunningAsterisk, disk: Path, tones: Path, times: int, tell: Tell
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)  # noqa: S311 - moments, nothing secret
    flaws = [
        await _dies(room, asterisk, number, disk, tones, chance.uniform(0, CALL_S - 1.5))
        for number in range(1, times + 1)
    ]
    tell("seed", seed)
    tell("flaws", {flaw: flaws.count(flaw) for flaw in sorted(set(flaws))})
    # Whole where the call was over before the disk was full: on a busy machine it takes a while to fill one.
    assert set(flaws) <= {"partial", "empty", "none"}
    assert "partial" in flaws, "sound is missing, and the recording says so"
    assert len(room.told(SealFailed)) == len(room.told(RecordingSealed)) == times
    assert await room.reconciler.look() == ()


@pytest.mark.parametrize("room", ["sqlite"], indirect=True)
async def test_the_disk_is_full_once_while_a_call_is_recorded(
    room: Room, asterisk: RunningAsterisk, small_disk: Path, tmp_path: Path, record_property: Tell
) -> None:
    await _full(room, asterisk, small_disk, tmp_path, 1, record_property)


@pytest.mark.slow
@pytest.mark.parametrize("room", ["sqlite"], indirect=True)
async def test_the_disk_is_full_at_twenty_random_moments(
    room: Room, asterisk: RunningAsterisk, small_disk: Path, tmp_path: Path, record_property: Tell
) -> None:
    await _full(room, asterisk, small_disk, tmp_path, 20, record_property)
