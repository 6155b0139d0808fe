"""Terms of what has no sound, could never be sealed, or belongs to no recording: a person's words stand there, too."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import episodes, quarantine, recordings
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.facts import OrphanDestroyed, RecordingDestroyed
from recordings.marks import Notice
from recordings.naming import raw_path
from recordings.recording import State
from recordings.retention import ClockDoubted, Term, Terms
from tests.recordings.vault.conftest import BEGAN, Room, call

TERMS = Terms(Term(1, 1), {"bank_account": Term(5, 1)})


def day_of(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def noon(day: date) -> float:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def keeper(room: Room) -> Keeper:
    return Keeper(Court(room.engine, day_of), room.stores, room.facts.append)


async def run(room: Room, keeper: Keeper, *days: date) -> None:
    """Make the runs of some nights, beside a notary."""
    for day in days:
        await keeper.carry_out(await keeper.plan(TERMS, day), noon(day), believe_clock=True)
        await room.noted(noon(day) + 60)


async def began(room: Room, state: State) -> str:
    """A call's row, with what somebody said in it, that came to no sealed recording."""
    name = call(1)
    await room.shelf.begin(name, Notice("notice.recorded", "es", 100), BEGAN)
    about = {"id": "e", "call": name, "leg": "PJSIP/trunk-1", "citizen": "demo-maria", "level": 2}
    said = {"act": "bank_account", "statement_id": "s", "language": "es", "text": "1332", "sha512": "ab"}
    asked = {"asked_by": "machine", "began_ms": 0, "begun_at": BEGAN, "outcome": "accepted"}
    async with room.engine.begin() as connection:
        await connection.execute(insert(episodes).values(about | said | asked))
        await connection.execute(update(recordings).values(state=state, ended_at=BEGAN + 9, flaw=state))
    await room.noted(BEGAN + 60)
    return name


@pytest.mark.parametrize("state", [State.MISSING, State.EMPTY, State.ENDED])
async def test_the_term_of_a_call_without_sound_ends_like_any_other(
    room: Room, keeper: Keeper, state: State
) -> None:
    name = await began(room, state)
    raw = room.vault / raw_path(name)
    raw.parent.mkdir(parents=True)
    raw.write_bytes(b"what could not be sealed")
    await run(room, keeper, date(2031, 11, 22))
    assert room.facts == []
    await run(room, keeper, date(2031, 11, 23), date(2032, 11, 23))
    assert room.told(RecordingDestroyed) == [
        RecordingDestroyed(name, "bank_account", noon(date(2032, 11, 23)))
    ]
    async with room.engine.connect() as connection:
        row = (await connection.execute(select(episodes))).one()
    assert (row.citizen, row.leg, row.text) == (None, "", "")
    assert (await room.row(name)).state == State.DESTROYED
    assert not raw.exists()


async def test_a_call_that_goes_on_is_never_over(room: Room, keeper: Keeper) -> None:
    await began(room, State.RECORDING)
    await run(room, keeper, date(2099, 1, 1), date(2099, 3, 1))
    assert room.facts == []


async def found(room: Room) -> Path:
    """A file that belongs to nobody, as the reconciler has put it into quarantine."""
    stray = room.vault / "running" / "ventanilla-1795345200.99.raw"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"somebody's voice")

    async def nobody() -> frozenset[str]:
        return frozenset()

    await Reconciler(room.engine, room.vault, room.facts.append, nobody, lambda: BEGAN).look()
    room.facts.clear()
    return stray


async def test_a_file_in_quarantine_is_destroyed_after_the_years_of_a_recording_without_an_act(
    room: Room, keeper: Keeper
) -> None:
    stray = await found(room)
    await run(room, keeper, date(2028, 11, 22))
    assert stray.exists()
    await run(room, keeper, date(2028, 11, 23), date(2028, 11, 24))
    assert not stray.exists()
    assert room.facts == [OrphanDestroyed("running/ventanilla-1795345200.99.raw", noon(date(2028, 11, 23)))]
    async with room.engine.connect() as connection:
        assert (await connection.execute(select(quarantine))).all() == []


async def test_a_clock_that_nobody_believes_empties_no_quarantine(room: Room, keeper: Keeper) -> None:
    stray = await found(room)
    plan = await keeper.plan(TERMS, date(2099, 1, 1))
    assert plan.strays == ("running/ventanilla-1795345200.99.raw",)
    with pytest.raises(ClockDoubted):
        await keeper.carry_out(plan, noon(date(2099, 1, 1)))
    assert stray.exists()
