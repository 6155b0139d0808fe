"""The ends of terms carried out on real files and databases."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert

from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import episodes
from recordings.adapters.vault.keeping import Keeper
from recordings.facts import HoldLifted, HoldPlaced, RecordingBlocked, RecordingDestroyed
from recordings.listening import Keeping
from recordings.ports import NoAudio
from recordings.retention import Next, Term, Terms
from tests.recordings.vault.conftest import BEGAN, Room, sound

TERMS = Terms(Term(1, 1), {"bank_account": Term(5, 1)})
AT = BEGAN + 9e7


def day_of(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


@pytest.fixture
def keeper(room: Room) -> Keeper:
    return Keeper(room.engine, room.stores, day_of, room.facts.append)


async def run(keeper: Keeper, day: date) -> tuple[int, int, int]:
    plan = await keeper.plan(TERMS, day)
    await keeper.carry_out(plan, AT)
    return len(plan.of(Next.BLOCK)), len(plan.of(Next.DESTROY)), len(plan.of(Next.HELD))


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
    assert room.told(RecordingBlocked) == [RecordingBlocked(name, "", AT)]
    assert room.told(RecordingDestroyed) == [RecordingDestroyed(name, "", AT)]
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
    assert await run(keeper, date(2099, 1, 1)) == (0, 1, 0)
    assert files(room) == 0
    assert await keeper.rows.of(name) is Keeping.DESTROYED


async def test_what_a_server_that_died_left_half_destroyed_is_finished(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    await room.rows.shred(name)  # and dies here
    assert files(room) == 1
    await run(keeper, date(2027, 1, 1))
    assert files(room) == 0
    assert await keeper.rows.of(name) is Keeping.DESTROYED


async def test_a_destroyed_recordings_file_that_comes_back_is_removed_and_nothing_is_missed(
    room: Room, keeper: Keeper
) -> None:
    name = await room.rest(sound(1))
    path = room.vault / (await room.row(name)).path
    file = path.read_bytes()
    for _ in range(2):
        await run(keeper, date(2099, 1, 1))
    path.write_bytes(file)

    async def nobody() -> frozenset[str]:
        return frozenset()

    reconciler = Reconciler(room.engine, room.vault, room.facts.append, nobody)
    assert len(await reconciler.look()) == 1
    assert files(room) == 0
    assert await reconciler.look() == ()
