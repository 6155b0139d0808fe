"""What the real MixMonitor writes, and what sealing makes of it."""

import asyncio
import os
import signal
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from recordings.naming import mixmonitor_arguments, wav_path
from recordings.recording import Flaw, State
from tests.conftest import RunningAsterisk, StartAsterisk
from tests.recordings.conftest import CALL, Room

pytestmark = pytest.mark.asterisk
CALLER_HZ, AGENT_HZ = 440, 1_000
WRITTEN_LIMIT_S = 20.0


@pytest.fixture
def own_asterisk(start_asterisk: StartAsterisk) -> RunningAsterisk:
    """An Asterisk that these tests may kill."""
    return start_asterisk()


def _talk(asterisk: RunningAsterisk, recorded_into: Path, seconds: int, tones: Path) -> None:
    """A call in which the caller hums one note and hears another for some seconds."""
    for name, hertz in (("caller", CALLER_HZ), ("agent", AGENT_HZ)):
        at = np.arange(8_000 * seconds) / 8_000
        (tones / f"{name}.sln").write_bytes((8_000 * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes())
    for step in (
        "caller,1,Answer()",
        f"caller,2,Playback({tones}/caller)",
        "caller,3,Wait(30)",
        "recorded,1,Answer()",
        f"recorded,2,MixMonitor({mixmonitor_arguments(recorded_into)})",
        f"recorded,3,Playback({tones}/agent)",
        "recorded,4,Hangup()",
    ):
        asterisk.ask(f"dialplan add extension {step} into tones replace")
    asterisk.ask("channel originate Local/caller@tones/n extension recorded@tones")


async def _written(path: Path, size: int) -> None:
    async with asyncio.timeout(WRITTEN_LIMIT_S):
        while not path.exists() or path.stat().st_size < size:  # noqa: ASYNC110, ASYNC240 (no event: a file)
            await asyncio.sleep(0.1)


def _hung_up(asterisk: RunningAsterisk) -> None:
    """Wait until Asterisk has no channel any more: no file is written then."""
    asterisk.ask("channel request hangup all")
    latest = time.monotonic() + WRITTEN_LIMIT_S
    while asterisk.ask("core show channels concise").strip():
        assert time.monotonic() < latest, "Asterisk still has channels"
        time.sleep(0.05)


def _loudest_hz(wav: Path) -> list[int]:
    """The loudest note of each side."""
    with wave.open(str(wav)) as played:
        sides = np.frombuffer(played.readframes(played.getnframes()), "<i2").reshape(-1, 2)
    spectrum = np.abs(np.fft.rfft(sides.astype(float), axis=0))
    return [round(bin_ * 8_000 / len(sides)) for bin_ in spectrum.argmax(axis=0)]


async def test_the_caller_is_left_and_the_agent_is_right(
    room: Room, own_asterisk: RunningAsterisk, tmp_path: Path
) -> None:
    begun_at = room.now
    raw = await room.recorder.begin(CALL, "ca", "notice.recorded", 3_000, begun_at)
    assert raw is not None
    await asyncio.to_thread(_talk, own_asterisk, raw, 3, tmp_path)
    await _written(raw, 3 * 32_000 - 4_000)
    await asyncio.to_thread(_hung_up, own_asterisk)
    # The call was three seconds long, however long a busy machine took to begin it.
    os.utime(raw, (begun_at + 3, begun_at + 3))
    await room.recorder.ended(CALL, begun_at + 3)
    room.now += 60
    assert await room.recorder.seal_waiting() == 1
    assert ((await room.row()).state, (await room.row()).flaw) == (State.SEALED, Flaw.NONE)
    left, right = _loudest_hz(room.vault / wav_path(CALL, begun_at))
    assert abs(left - CALLER_HZ) < 5
    assert abs(right - AGENT_HZ) < 5


async def test_an_asterisk_that_dies_in_the_middle_leaves_a_playable_recording(
    room: Room, own_asterisk: RunningAsterisk, tmp_path: Path
) -> None:
    begun_at = room.now
    raw = await room.recorder.begin(CALL, "es", "notice.recorded", 3_000, begun_at)
    assert raw is not None
    await asyncio.to_thread(_talk, own_asterisk, raw, 20, tmp_path)
    await _written(raw, 32_000)
    pid = own_asterisk.asterisk.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    room.now += 3_600  # nobody told the end; Asterisk came back and knows no such call
    await room.reconciler.look()
    assert await room.recorder.seal_waiting() == 1
    assert (await room.row()).flaw == Flaw.PARTIAL
    left, right = _loudest_hz(room.vault / wav_path(CALL, begun_at))
    assert (abs(left - CALLER_HZ) < 9, abs(right - AGENT_HZ) < 9) == (True, True)
