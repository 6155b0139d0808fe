"""A disk that is full while the real MixMonitor writes, with the database on it: what was written is sealed as partial.

test_full_disk.py runs these tests, in a process that has a small disk of its own.

The server's own tasks run all the time (what they cannot write they write later); only its clock is ours, so that
nobody waits a minute for a seal.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from recordings.adapters.tables import metadata
from recordings.facts import RecordingSealed, RecordingUnsealed, SealFailed
from recordings.recording import State
from server.database import open_engine
from tests.conftest import RunningAsterisk
from tests.recordings.conftest import Room
from tests.recordings.test_with_asterisk import _talk, _written

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(900)]
TALKS_S = 20
FULL_FOR_S = 2.5
"""How long the talk goes on when nothing can be written any more: more than a recording may lack and be whole."""
DISK = "VENTANILLA_SMALL_DISK"
"""Names the folder of the small disk to the tests on it."""


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    """Vault and database on the small disk."""
    disk = Path(os.environ[DISK])
    engine = open_engine(f"sqlite+aiosqlite:///{disk / 'ventanilla.sqlite3'}")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        yield Room(engine, disk / "vault")
    finally:
        await engine.dispose()


def _fill(file: Path) -> None:
    """Take what room there is."""
    try:
        with file.open("wb", buffering=0) as taken:
            while True:
                taken.write(bytes(4_096))
    except OSError:
        return


async def _go_round(room: Room) -> int:
    """What the server's tasks do again and again; each says itself what it cannot do, and tries it later."""
    sealed = await room.recorder.seal_waiting()
    for task in (room.recorder.chain.go_round, room.reconciler.look):
        with suppress(SQLAlchemyError, OSError):
            await task()
    return sealed


async def _dies(room: Room, asterisk: RunningAsterisk, number: int, tones: Path, at_s: float) -> str:
    """Record one call, let the disk be full from some moment on, hang up, make room, seal; give its flaw."""
    call, disk = f"ventanilla-1795345200.{number}", room.vault.parent / "somebody-elses"
    room.now = begun_at = time.time()
    room.alive = frozenset({call})
    raw = await room.recorder.begin(call, "es", "notice.recorded", 0, begun_at)
    assert raw is not None
    await asyncio.to_thread(_talk, asterisk, raw, TALKS_S, tones)
    await _written(raw, 1)
    await asyncio.sleep(at_s)
    await _go_round(room)
    await asyncio.to_thread(_fill, disk)
    await _go_round(room)
    await asyncio.sleep(FULL_FOR_S)
    await room.recorder.ended(call, time.time())
    await asyncio.to_thread(asterisk.ask, "channel request hangup all")
    room.alive = frozenset()
    room.now = time.time() + 61
    assert await _go_round(room) == 0
    assert await asyncio.to_thread(raw.exists), "the original is kept"
    await asyncio.to_thread(disk.unlink)
    room.now += 600
    assert await _go_round(room) == 1
    row = await room.row(call)
    assert row.state in {State.SEALED, State.EMPTY}
    return str(row.flaw)


async def _full(room: Room, asterisk: RunningAsterisk, tones: Path, times: int) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)  # noqa: S311 - moments, nothing secret
    flaws = [
        await _dies(room, asterisk, number, tones, chance.uniform(0, 3.5)) for number in range(1, times + 1)
    ]
    sys.stdout.write(f"seed {seed}: { ({flaw: flaws.count(flaw) for flaw in sorted(set(flaws))}) }\n")
    assert set(flaws) <= {"partial", "empty"}, "sound is missing of each, and each says so"
    assert flaws.count("partial") > times // 2
    told = {fact.call for fact in room.facts if isinstance(fact, SealFailed | RecordingUnsealed)}
    assert len(told) == len(room.told(RecordingSealed)) == times, "and was told while it waited"
    assert await room.reconciler.look() == ()


async def test_once(room: Room, asterisk: RunningAsterisk, tmp_path: Path) -> None:
    await _full(room, asterisk, tmp_path, 1)


async def test_at_twenty_random_moments(room: Room, asterisk: RunningAsterisk, tmp_path: Path) -> None:
    await _full(room, asterisk, tmp_path, 20)
