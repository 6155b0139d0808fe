"""What was destroyed stands in SQLite's log of changes while somebody reads: it is told, and gone when nobody does."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.facts import RecordingStuck
from recordings.listening import Keeping
from recordings.retention import LEAST_BLOCKED_S, Plan, Term, Terms
from tests.recordings.vault.conftest import BEGAN, Room, sound

NOTHING = Plan(date(2027, 1, 1), Terms(Term(1, 0), {}))


def day_of(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


@pytest.mark.parametrize("room", ["sqlite"], indirect=True)
async def test_a_key_that_was_destroyed_while_somebody_reads_is_told_and_forgotten_by_a_later_night(
    room: Room,
) -> None:
    name = await room.rest(sound(1))
    envelope = (await room.rows.resting(name)).envelope
    assert envelope is not None
    base = Path(str(room.engine.url.database))
    keeper = Keeper(Court(room.engine, day_of), room.stores, room.facts.append)

    def left() -> list[str]:
        files = base.parent.glob(f"{base.name}*")
        return [one.name for one in files if envelope[40:200].encode() in one.read_bytes()]

    reader = sqlite3.connect(base)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM recordings_keys").fetchall()
    assert await keeper.rows.become(name, Keeping.BLOCKED, BEGAN)
    assert await room.rows.shred(name, BEGAN + LEAST_BLOCKED_S)
    await keeper.carry_out(NOTHING, room.now, believe_clock=True)
    (told,) = [one for one in room.facts if isinstance(one, RecordingStuck)]
    assert "-wal" in str(told.file)
    assert left()
    reader.close()
    await keeper.carry_out(NOTHING, room.now + 86_400, believe_clock=True)
    assert left() == []
    assert [one for one in room.facts if isinstance(one, RecordingStuck)] == [told]
