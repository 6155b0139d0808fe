"""The ends of terms carried out on real files and databases."""

import asyncio
import os
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select, update

from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.tables import heads
from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import episodes, recordings
from recordings.adapters.vault.keeping import Keeper
from recordings.evidence.entries import Kind, happened
from recordings.facts import HoldLifted, HoldPlaced, RecordingBlocked, RecordingDestroyed
from recordings.listening import Keeping
from recordings.naming import wav_path
from recordings.ports import NoAudio
from recordings.retention import ClockDoubted, Next, Term, Terms
from tests.recordings.vault.conftest import BEGAN, Room, sound

TERMS = Terms(Term(1, 1), {"bank_account": Term(5, 1)})
AT = BEGAN + 9e7


def day_of(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


@pytest.fixture
def keeper(room: Room) -> Keeper:
    return Keeper(room.engine, room.stores, day_of, room.facts.append)


async def run(keeper: Keeper, day: date) -> tuple[int, int, int]:
    """Make a day's run, by a clock that is right as far as anybody can see."""
    plan = await keeper.plan(TERMS, day)
    await keeper.carry_out(plan, noon(day), believe_clock=True)
    return len(plan.of(Next.BLOCK)), len(plan.of(Next.DESTROY)), len(plan.of(Next.HELD))


def noon(day: date) -> float:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()


async def log_says(room: Room, name: str, kind: str, at: float) -> None:
    """Enter something into the log, and publish its head, as the notary does."""
    entry = happened(Kind(kind), reference_of(name), at)
    size = await Log(room.engine).append([entry]) + 1
    async with room.engine.begin() as connection:
        await connection.execute(insert(heads).values(size=size, root="", note="", at=at + 60))


def files(room: Room) -> int:
    return sum(one.is_file() for one in (room.vault / "sealed").rglob("*"))


async def test_a_recording_is_active_then_blocked_then_destroyed_and_its_hash_stays(
    room: Room, keeper: Keeper
) -> None:
    plain = sound(1)
    name = await room.rest(plain)
    sealed = (await room.row(name)).sha512
    assert await run(keeper, date(2027, 11, 22)) == (0, 0, 0)
    assert await run(keeper, date(2027, 11, 23)) == (1, 0, 0)
    assert await keeper.rows.of(name) is Keeping.BLOCKED
    assert await room.heard(name) == plain  # the authority's may still hear it
    assert await run(keeper, date(2028, 11, 22)) == (0, 0, 0)
    assert await run(keeper, date(2028, 11, 23)) == (0, 1, 0)
    assert await keeper.rows.of(name) is Keeping.DESTROYED
    with pytest.raises(NoAudio, match="destroyed"):
        await room.heard(name)
    row = await room.row(name)
    assert (row.sha512, files(room)) == (sealed, 0)
    assert room.told(RecordingBlocked) == [RecordingBlocked(name, "", noon(date(2027, 11, 23)))]
    assert room.told(RecordingDestroyed) == [RecordingDestroyed(name, "", noon(date(2028, 11, 23)))]
    assert await run(keeper, date(2099, 1, 1)) == (0, 0, 0)


async def test_a_plan_alone_changes_nothing(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    plan = await keeper.plan(TERMS, date(2099, 1, 1))
    assert len(plan.of(Next.BLOCK)) == 1
    assert await keeper.rows.of(name) is Keeping.ACTIVE
    assert room.facts == []


async def test_an_act_lengthens_the_term(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    row = {
        "id": "e",
        "call": name,
        "leg": "l",
        "level": 2,
        "act": "bank_account",
        "statement_id": "s",
        "language": "es",
        "text": "",
        "sha512": "",
        "asked_by": "machine",
        "began_ms": 0,
        "begun_at": BEGAN,
        "outcome": "accepted",
    }
    async with room.engine.begin() as connection:
        await connection.execute(insert(episodes).values(row))
    assert await run(keeper, date(2031, 11, 22)) == (0, 0, 0)
    assert await run(keeper, date(2031, 11, 23)) == (1, 0, 0)


async def test_a_hold_keeps_it_and_lifting_lets_the_term_count_again(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    assert await keeper.hold(name, "Juzgado 3, 77/2027", "tomas", AT)
    assert not await keeper.hold(name, "again", "tomas", AT)
    assert await run(keeper, date(2099, 1, 1)) == (0, 0, 1)
    assert await keeper.rows.of(name) is Keeping.ACTIVE
    assert await keeper.lift(name, "archivado", "tomas", AT)
    assert not await keeper.lift(name, "again", "tomas", AT)
    assert await run(keeper, date(2099, 1, 1)) == (1, 0, 0)
    assert room.told(HoldPlaced) == [HoldPlaced(name, "tomas", "Juzgado 3, 77/2027", AT)]
    assert room.told(HoldLifted) == [HoldLifted(name, "tomas", "archivado", AT)]
    assert not await keeper.hold("ventanilla-1795345200.77", "no such call", "tomas", AT)


async def test_a_plain_file_is_destroyed_by_removing_it(room: Room, keeper: Keeper) -> None:
    name = await room.seal(sound(1))
    assert await run(keeper, date(2099, 1, 1)) == (1, 0, 0)
    assert await run(keeper, date(2099, 1, 29)) == (0, 1, 0)
    assert files(room) == 0
    assert await keeper.rows.of(name) is Keeping.DESTROYED


async def test_what_a_server_that_died_left_half_destroyed_is_finished(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    await run(keeper, date(2099, 1, 1))
    await log_says(room, name, "blocked", noon(date(2099, 1, 1)))
    assert await room.rows.shred(name, noon(date(2099, 1, 29)))  # and dies here
    assert files(room) == 1
    await run(keeper, date(2099, 1, 29))
    assert files(room) == 0
    assert await keeper.rows.of(name) is Keeping.DESTROYED


async def test_a_destroyed_recordings_file_that_comes_back_is_removed_and_nothing_is_missed(
    room: Room, keeper: Keeper
) -> None:
    name = await room.rest(sound(1))
    path = room.vault / (await room.row(name)).path
    file = path.read_bytes()
    for day in (date(2099, 1, 1), date(2099, 1, 29)):
        await run(keeper, day)
    await log_says(room, name, "blocked", noon(date(2099, 1, 1)))
    path.write_bytes(file)

    async def nobody() -> frozenset[str]:
        return frozenset()

    reconciler = Reconciler(
        room.engine, room.vault, room.facts.append, nobody, lambda: noon(date(2099, 1, 29))
    )
    assert len(await reconciler.look()) == 1
    assert files(room) == 0
    assert await reconciler.look() == ()


async def test_what_was_blocked_today_is_not_destroyed_before_four_weeks(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    assert await run(keeper, date(2035, 1, 1)) == (1, 0, 0)
    assert await run(keeper, date(2035, 1, 1)) == (0, 0, 0)
    assert await run(keeper, date(2035, 1, 28)) == (0, 0, 0)
    assert not await room.rows.shred(name, noon(date(2035, 1, 28)))
    assert await run(keeper, date(2035, 1, 29)) == (0, 1, 0)


async def test_a_hold_placed_after_the_plan_was_made_still_keeps_it(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    await run(keeper, date(2035, 1, 1))
    plan = await keeper.plan(TERMS, date(2035, 2, 1))
    assert await keeper.hold(name, "Juzgado 3, 77/2027", "tomas", AT)
    await keeper.carry_out(plan, noon(date(2035, 2, 1)), believe_clock=True)
    assert await keeper.rows.of(name) is Keeping.BLOCKED
    assert await room.heard(name) == sound(1)


async def test_a_clock_far_ahead_of_the_last_call_changes_nothing(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    await room.seal(sound(1), 2, BEGAN + 390 * 86_400)
    believed, ahead = BEGAN + 400 * 86_400, BEGAN + 4_000 * 86_400
    plan = await keeper.plan(TERMS, day_of(ahead))
    with pytest.raises(ClockDoubted):
        await keeper.carry_out(plan, ahead)
    assert await keeper.rows.of(name) is Keeping.ACTIVE
    await room.seal(sound(1), 3, ahead)  # a call of today proves nothing: the same clock dated it
    with pytest.raises(ClockDoubted):
        await keeper.carry_out(plan, ahead + 3_600)
    await keeper.carry_out(await keeper.plan(TERMS, day_of(believed)), believed)
    assert await keeper.rows.of(name) is Keeping.BLOCKED


async def test_with_a_recording_the_words_of_its_episodes_are_destroyed(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    about = {"id": "e", "call": name, "leg": "PJSIP/trunk-1", "citizen": "demo-maria", "level": 2}
    said = {"act": "bank_account", "statement_id": "s", "language": "es", "text": "1332", "sha512": "ab"}
    asked = {"asked_by": "machine", "began_ms": 0, "begun_at": BEGAN, "outcome": "accepted"}
    async with room.engine.begin() as connection:
        await connection.execute(insert(episodes).values(about | said | asked))
    await run(keeper, date(2035, 1, 1))
    await run(keeper, date(2035, 1, 29))
    async with room.engine.connect() as connection:
        row = (await connection.execute(select(episodes))).one()
    assert (row.citizen, row.leg, row.text) == (None, "", "")
    assert (row.act, row.outcome, row.sha512) == ("bank_account", "accepted", "ab")


async def test_a_plain_copy_left_beside_an_encrypted_one_is_removed_by_the_first_round_and_with_its_term(
    room: Room, keeper: Keeper
) -> None:
    name = await room.rest(sound(1))
    left = room.vault / wav_path(name, BEGAN)
    left.write_bytes(sound(1))
    os.utime(left, (BEGAN, BEGAN))

    async def nobody() -> frozenset[str]:
        return frozenset()

    reconciler = Reconciler(room.engine, room.vault, room.facts.append, nobody, lambda: BEGAN + 5 * 86_400)
    rounds = asyncio.create_task(reconciler.run())
    async with asyncio.timeout(20):
        while await asyncio.to_thread(left.exists):  # noqa: ASYNC110 - a file tells nobody that it went
            await asyncio.sleep(0.01)
    rounds.cancel()
    left.write_bytes(sound(1))
    await run(keeper, date(2035, 1, 1))
    await run(keeper, date(2035, 1, 29))
    assert files(room) == 0


async def test_a_row_that_somebody_else_called_destroyed_keeps_its_file(room: Room, keeper: Keeper) -> None:
    await room.rest(sound(1))
    async with room.engine.begin() as connection:
        await connection.execute(update(recordings).values(state="destroyed"))

    async def nobody() -> frozenset[str]:
        return frozenset()

    assert await Reconciler(room.engine, room.vault, room.facts.append, nobody).look() == ()
    await run(keeper, date(2099, 1, 1))
    assert files(room) == 1
