"""The ends of terms carried out on real files and databases."""

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from recordings.adapters.evidence.tables import evidence
from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import episodes, keeping, quarantine, recordings
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.facts import HoldLifted, HoldPlaced, LogDoubted, RecordingBlocked, RecordingDestroyed
from recordings.listening import Keeping
from recordings.naming import wav_path
from recordings.ports import NoAudio
from recordings.retention import ClockDoubted, Next, Term, Terms
from tests.recordings.vault.conftest import BEGAN, Room, sound

TERMS = Terms(Term(1, 1), {"bank_account": Term(5, 1)})
AT = BEGAN + 9e7


def day_of(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


@dataclass
class Nights:
    """The runs of some nights, beside a notary that enters what they do into the log."""

    room: Room
    keeper: Keeper

    async def run(self, day: date) -> tuple[int, int, int]:
        """Make a day's run, by a clock that is right as far as anybody can see; what was done."""
        plan = await self.keeper.plan(TERMS, day)
        plan = await self.keeper.carry_out(plan, noon(day), believe_clock=True)
        await self.room.noted(noon(day) + 60)
        return len(plan.of(Next.BLOCK)), len(plan.of(Next.DESTROY)), len(plan.of(Next.HELD))


@pytest.fixture
def keeper(room: Room) -> Keeper:
    return Keeper(Court(room.engine, day_of), room.stores, room.facts.append)


@pytest.fixture
def nights(room: Room, keeper: Keeper) -> Nights:
    room.notary = True
    return Nights(room, keeper)


def noon(day: date) -> float:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()


def files(room: Room) -> int:
    return sum(one.is_file() for one in (room.vault / "sealed").rglob("*"))


async def test_a_recording_is_active_then_blocked_then_destroyed_and_its_hash_stays(
    room: Room, keeper: Keeper, nights: Nights
) -> None:
    plain = sound(1)
    name = await room.rest(plain)
    sealed = (await room.row(name)).sha512
    assert await nights.run(date(2027, 11, 22)) == (0, 0, 0)
    assert await nights.run(date(2027, 11, 23)) == (1, 0, 0)
    assert await keeper.rows.of(name) is Keeping.BLOCKED
    assert await room.heard(name) == plain  # the authority's may still hear it
    assert await nights.run(date(2028, 11, 22)) == (0, 0, 0)
    assert await nights.run(date(2028, 11, 23)) == (0, 1, 0)
    assert await keeper.rows.of(name) is Keeping.DESTROYED
    with pytest.raises(NoAudio, match="destroyed"):
        await room.heard(name)
    row = await room.row(name)
    assert (row.sha512, files(room)) == (sealed, 0)
    assert room.told(RecordingBlocked) == [RecordingBlocked(name, "", noon(date(2027, 11, 23)))]
    assert room.told(RecordingDestroyed) == [RecordingDestroyed(name, "", noon(date(2028, 11, 23)))]
    assert await nights.run(date(2099, 1, 1)) == (0, 0, 0)


async def test_a_plan_alone_changes_nothing(room: Room, keeper: Keeper) -> None:
    name = await room.rest(sound(1))
    plan = await keeper.plan(TERMS, date(2099, 1, 1))
    assert len(plan.of(Next.BLOCK)) == 1
    assert await keeper.rows.of(name) is Keeping.ACTIVE
    assert room.facts == []


async def test_an_act_lengthens_the_term(room: Room, nights: Nights) -> None:
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
    assert await nights.run(date(2031, 11, 22)) == (0, 0, 0)
    assert await nights.run(date(2031, 11, 23)) == (1, 0, 0)


async def test_a_hold_keeps_it_and_lifting_lets_the_term_count_again(
    room: Room, keeper: Keeper, nights: Nights
) -> None:
    name = await room.rest(sound(1))
    assert await keeper.hold(name, "Juzgado 3, 77/2027", "tomas", AT)
    assert not await keeper.hold(name, "again", "tomas", AT)
    assert await nights.run(date(2099, 1, 1)) == (0, 0, 1)
    assert await keeper.rows.of(name) is Keeping.ACTIVE
    assert await keeper.lift(name, "archivado", "tomas", AT)
    assert not await keeper.lift(name, "again", "tomas", AT)
    assert await nights.run(date(2099, 1, 1)) == (1, 0, 0)
    assert room.told(HoldPlaced) == [HoldPlaced(name, "tomas", "Juzgado 3, 77/2027", AT)]
    assert room.told(HoldLifted) == [HoldLifted(name, "tomas", "archivado", AT)]
    assert not await keeper.hold("ventanilla-1795345200.77", "no such call", "tomas", AT)


async def test_a_plain_file_is_destroyed_by_removing_it(room: Room, keeper: Keeper, nights: Nights) -> None:
    name = await room.seal(sound(1))
    assert await nights.run(date(2099, 1, 1)) == (1, 0, 0)
    assert await nights.run(date(2099, 1, 29)) == (0, 1, 0)
    assert files(room) == 0
    assert await keeper.rows.of(name) is Keeping.DESTROYED


async def test_what_a_server_that_died_left_half_destroyed_is_finished(
    room: Room, keeper: Keeper, nights: Nights
) -> None:
    name = await room.rest(sound(1))
    await nights.run(date(2099, 1, 1))
    assert await room.rows.shred(name, noon(date(2099, 1, 29)))  # and dies here
    assert files(room) == 1
    await nights.run(date(2099, 1, 29))
    assert files(room) == 0
    assert await keeper.rows.of(name) is Keeping.DESTROYED


async def test_a_destroyed_recordings_file_that_comes_back_is_named_once_and_nothing_is_missed(
    room: Room, nights: Nights
) -> None:
    name = await room.rest(sound(1))
    path = room.vault / (await room.row(name)).path
    file = path.read_bytes()
    for day in (date(2099, 1, 1), date(2099, 1, 29)):
        await nights.run(day)
    path.write_bytes(file)

    async def nobody() -> frozenset[str]:
        return frozenset()

    reconciler = Reconciler(
        room.engine, room.vault, room.facts.append, nobody, lambda: noon(date(2099, 1, 29))
    )
    assert len(await reconciler.look()) == 1
    assert files(room) == 1, "a row alone proves nothing"
    assert await reconciler.look() == ()


async def test_what_was_blocked_today_is_not_destroyed_before_four_weeks(room: Room, nights: Nights) -> None:
    name = await room.rest(sound(1))
    assert await nights.run(date(2035, 1, 1)) == (1, 0, 0)
    assert await nights.run(date(2035, 1, 1)) == (0, 0, 0)
    assert await nights.run(date(2035, 1, 28)) == (0, 0, 0)
    assert not await room.rows.shred(name, noon(date(2035, 1, 28)))
    assert await nights.run(date(2035, 1, 29)) == (0, 1, 0)


async def test_a_hold_placed_after_the_plan_was_made_still_keeps_it(
    room: Room, keeper: Keeper, nights: Nights
) -> None:
    name = await room.rest(sound(1))
    await nights.run(date(2035, 1, 1))
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


async def test_with_a_recording_the_words_of_its_episodes_are_destroyed(room: Room, nights: Nights) -> None:
    name = await room.rest(sound(1))
    about = {"id": "e", "call": name, "leg": "PJSIP/trunk-1", "citizen": "demo-maria", "level": 2}
    said = {"act": "bank_account", "statement_id": "s", "language": "es", "text": "1332", "sha512": "ab"}
    asked = {"asked_by": "machine", "began_ms": 0, "begun_at": BEGAN, "outcome": "accepted"}
    async with room.engine.begin() as connection:
        await connection.execute(insert(episodes).values(about | said | asked))
    await nights.run(date(2035, 1, 1))
    await nights.run(date(2035, 1, 29))
    async with room.engine.connect() as connection:
        row = (await connection.execute(select(episodes))).one()
    assert (row.citizen, row.leg, row.text) == (None, "", "")
    assert (row.act, row.outcome, row.sha512) == ("bank_account", "accepted", "ab")


async def test_a_plain_copy_left_beside_an_encrypted_one_is_removed_by_the_first_round_and_with_its_term(
    room: Room, nights: Nights
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
    await nights.run(date(2035, 1, 1))
    await nights.run(date(2035, 1, 29))
    assert files(room) == 0


async def test_a_row_that_somebody_else_called_destroyed_keeps_its_file(room: Room, nights: Nights) -> None:
    await room.rest(sound(1))
    async with room.engine.begin() as connection:
        await connection.execute(update(recordings).values(state="destroyed"))

    async def nobody() -> frozenset[str]:
        return frozenset()

    assert await Reconciler(room.engine, room.vault, room.facts.append, nobody).look() == ()
    await nights.run(date(2099, 1, 1))
    assert files(room) == 1


async def write(room: Room, *changes: Executable) -> None:
    """Do what somebody does who can write the database."""
    async with room.engine.begin() as connection:
        for change in changes:
            await connection.execute(change)


def blocked_by_hand(name: str, at: float) -> Executable:
    return insert(keeping).values(call=name, keeping=Keeping.BLOCKED, since=at, since_logged=at)


LONG_AGO = update(recordings).values(begun_at=BEGAN - 9e7, begun_logged=BEGAN - 9e7)
AGREED = {
    "id": "e",
    "leg": "l",
    "citizen": "demo-maria",
    "level": 2,
    "act": "bank_account",
    "statement_id": "s",
    "language": "es",
    "text": "1332",
    "sha512": "ab",
    "asked_by": "machine",
    "began_ms": 0,
    "begun_at": BEGAN,
    "outcome": "accepted",
}


async def test_a_row_that_was_blocked_by_hand_and_dated_back_destroys_nothing_and_is_named(
    room: Room, nights: Nights
) -> None:
    name = await room.rest(sound(1))
    over = date(2028, 11, 23)
    await write(room, blocked_by_hand(name, noon(over) - 9e6))
    assert await nights.run(over) == (0, 0, 0)
    plan = await nights.keeper.proven(await nights.keeper.plan(TERMS, over), noon(over))
    assert [one.call for one in plan.unproven] == [name]
    assert (await nights.keeper.rows.of(name), files(room)) == (Keeping.BLOCKED, 1)
    assert await room.heard(name) == sound(1)
    (told,) = room.told(LogDoubted)
    assert name in told.why  # type: ignore[attr-defined] # told gives facts
    assert room.told(RecordingDestroyed) == []


@pytest.mark.parametrize(
    "forged",
    [
        (LONG_AGO,),
        (LONG_AGO, update(recordings).values(state="ended"), delete(evidence)),
        (LONG_AGO, delete(evidence)),
        (LONG_AGO, update(evidence).values(leaf=99)),
    ],
)
async def test_a_recording_of_today_said_to_be_old_is_not_destroyed_four_weeks_later(
    room: Room, nights: Nights, forged: tuple[Executable, ...]
) -> None:
    name = await room.rest(sound(1))
    await write(room, blocked_by_hand(name, BEGAN + 90), *forged)
    await write(room, update(keeping).values(since_logged=None))
    await room.noted(BEGAN + 120)
    assert await nights.run(date(2027, 1, 22)) == (0, 0, 0)
    assert (await room.row(name)).state != "destroyed"
    assert files(room) == 1
    assert len(room.told(LogDoubted)) == 1


async def test_a_consent_that_was_erased_from_its_rows_keeps_its_recording_all_the_same(
    room: Room, nights: Nights
) -> None:
    room.notary = False
    name = await room.rest(sound(1))
    await write(room, insert(episodes).values(AGREED | {"call": name}))
    await room.noted(BEGAN + 60)
    await write(room, delete(episodes))
    for day in (date(2027, 11, 23), date(2028, 11, 23), date(2032, 11, 22)):
        await nights.run(day)
    assert files(room) == 1
    await nights.run(date(2032, 11, 23))
    assert files(room) == 0


async def test_a_recordings_file_that_was_put_into_quarantine_by_hand_is_left(
    room: Room, nights: Nights
) -> None:
    name = await room.rest(sound(1))
    path = (await room.row(name)).path
    await write(room, insert(quarantine).values(path=path, call=name, bytes=1, found_at=BEGAN - 3e8))
    await nights.run(date(2027, 1, 1))
    assert files(room) == 1
    await write(room, delete(recordings))
    await nights.run(date(2027, 1, 1))
    assert files(room) == 1


@pytest.mark.parametrize(
    "named", ["../vault-keys/2026.key.pem", "/etc", "sealed/../../secret.wav", "keys.json", "sealed/a\0.wav"]
)
async def test_a_row_of_quarantine_deletes_nothing_outside_the_vaults_own_rooms(
    room: Room, nights: Nights, caplog: pytest.LogCaptureFixture, named: str
) -> None:
    victims = [room.vault.parent / "secret.wav", room.vault / "keys.json"]
    keys = room.vault.parent / "vault-keys"
    keys.mkdir()
    victims += [keys / "2026.key.pem"]
    for victim in victims:
        victim.write_bytes(b"key")
    path = str(victims[0]) if named == "/etc" else named
    await room.rest(sound(1))
    if "\0" in named and room.engine.dialect.name != "sqlite":
        return  # no text of PostgreSQL's has it
    await write(room, insert(quarantine).values(path=path, bytes=1, found_at=BEGAN - 3e8))
    await nights.run(date(2027, 1, 1))
    assert all(victim.exists() for victim in victims)
    assert "left" in caplog.text


async def test_a_due_recordings_row_that_names_the_file_of_a_held_one_leaves_that_file(
    room: Room, nights: Nights, caplog: pytest.LogCaptureFixture
) -> None:
    due, held = await room.rest(sound(1), 1), await room.rest(sound(1), 2)
    other = (await room.row(held)).path
    assert await nights.keeper.hold(held, "Juzgado 3, 77/2027", "tomas", AT)
    await nights.run(date(2028, 1, 1))
    await write(room, update(recordings).where(recordings.c.call == due).values(path=other))
    assert await nights.run(date(2029, 1, 2)) == (0, 1, 1)
    assert (room.vault / other).is_file()
    assert files(room) == 1
    assert f"call {due} names a file that is not its own" in caplog.text
