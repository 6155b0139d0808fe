"""Files are sealed by another process: the same as here, with the same faults, and whatever befalls that process."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recordings.adapters.evidence.sealing import SealingProcess
from recordings.adapters.recorder import Recorder
from recordings.facts import RecordingSealed, SealFailed
from recordings.recording import Flaw, State
from tests.recordings.conftest import CALL, SECOND, Room

pytestmark = pytest.mark.parametrize("room", ["sqlite"], indirect=True)
OTHER = CALL[:-1] + "2"


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[SealingProcess]:
    made = SealingProcess(tmp_path / "evidence", "ventanilla.example/aside", "Aside")
    yield made
    await made.close()


async def test_another_process_seals_tells_what_fails_and_is_not_needed(
    room: Room, process: SealingProcess
) -> None:
    room.recorder = Recorder(
        room.engine, room.vault, room.facts.append, lambda: room.now, aside=process.aside
    )
    raw = await room.begin(SECOND * 3)
    await room.recorder.chain.go_round()
    await room.recorder.ended(CALL, room.now + 3)
    raw.rename(raw.with_suffix(".away"))
    raw.mkdir()
    room.now += 63
    assert await room.recorder.seal_waiting() == 0
    assert (await room.row()).trouble == "unreadable"
    assert len(room.told(SealFailed)) == 1
    raw.rmdir()
    raw.with_suffix(".away").rename(raw)
    room.now += 10
    assert await room.recorder.seal_waiting() == 1
    assert ((await room.row()).state, (await room.row()).flaw) == (State.SEALED, Flaw.NONE)
    here = await process.aside(os.getpid)
    assert here != os.getpid()
    await room.begin(SECOND * 3, OTHER)
    await room.recorder.ended(OTHER, room.now + 3)
    room.now += 63
    os.kill(here, signal.SIGKILL)
    assert await room.recorder.seal_waiting() == 1
    assert ((await room.row(OTHER)).state, (await room.row(OTHER)).flaw) == (State.SEALED, Flaw.NONE)
    assert len(room.told(RecordingSealed)) == 2
    assert await process.aside(os.getpid) not in {here, os.getpid()}, "and another one is there"
