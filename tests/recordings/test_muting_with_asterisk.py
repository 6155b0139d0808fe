"""What the real MixMonitor writes while it is mute: silence as long, on both sides, and then sound again."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

from queues.adapters.ami import Ami
from recordings.adapters.muting import Muting
from server.microphones import AsteriskMicrophones
from tests.conftest import RunningAsterisk
from tests.queues.test_ami import Notes
from tests.recordings.conftest import CALL, Room
from tests.recordings.test_with_asterisk import _talk, _written

pytestmark = pytest.mark.asterisk
RATE = 8_000
FLUSH_BYTES = 32_768
LOUD = 500.0
EDGES_S = 0.4  # a tenth at either end is half silent; Asterisk's answer takes its time on a busy machine
Tell = Callable[[str, object], None]


@pytest.fixture
async def ami(asterisk: RunningAsterisk) -> AsyncIterator[Ami]:
    site, secrets = asterisk.site, asterisk.secrets
    line = Ami("127.0.0.1", site.ports.ami, "ventanilla", secrets.ami, Notes())
    await line.open()
    async with asyncio.timeout(10):
        while not line.connected:  # noqa: ASYNC110 - the connection tells its listener, not us
            await asyncio.sleep(0.02)
    yield line
    await line.close()


async def test_a_muted_recording_is_silent_for_as_long_and_keeps_its_time(
    room: Room, asterisk: RunningAsterisk, ami: Ami, tmp_path: Path, record_property: Tell
) -> None:
    raw = await room.recorder.begin(CALL, "es", "notice.recorded", 0, room.now)
    assert raw is not None
    muting = Muting(room.engine, AsteriskMicrophones(ami), room.facts.append)
    await asyncio.to_thread(_talk, asterisk, raw, 8, tmp_path)
    await _written(raw, 32_000)
    (leg,) = [one.name for one in await ami.channels() or () if one.name.endswith(";1")]
    await asyncio.sleep(1)
    async with muting.muted(CALL, leg):
        begun = time.monotonic()
        await asyncio.sleep(2)
        muted_s = time.monotonic() - begun
    await _written(raw, 8 * 32_000 - FLUSH_BYTES)
    await asyncio.sleep(1)
    frames = np.frombuffer(raw.read_bytes()[: 4 * (raw.stat().st_size // 4)], "<i2").reshape(-1, 2)
    for side in (0, 1):
        tenths = [frames[at : at + RATE // 10, side] for at in range(0, len(frames) - RATE // 10, RATE // 10)]
        loud = np.array([np.abs(one.astype(float)).mean() > LOUD for one in tenths])
        silent = np.flatnonzero(~loud[5:75]) + 5
        record_property(f"s of silence on side {side}, of {muted_s:.1f}", round(len(silent) / 10, 1))
        assert abs(len(silent) / 10 - muted_s) < EDGES_S
        assert silent[-1] - silent[0] == len(silent) - 1, "one gap"
        assert loud[silent[-1] + 2 : 75].all()
    assert abs(len(frames) - 8 * RATE) < RATE // 2, "nothing was left out of the time"
