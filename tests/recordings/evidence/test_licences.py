"""What destroys no recording: an order that a hold kept up, heads dated back, a log that somebody emptied."""

from datetime import UTC
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, insert, select, update

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.published import Published
from recordings.adapters.evidence.tables import evidence, heads, log, stamps, tiles
from recordings.adapters.tables import keeping, keys, quarantine, recordings
from recordings.adapters.vault.erasing import Erasing, Order, Refused, orders_gone, orders_in
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.stores import Stores
from recordings.facts import RecordingBlocked
from recordings.listening import Keeping
from server.keeping import Nightly
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.nights import DAY, TERMS, day_of, later, run
from tests.recordings.evidence.test_published import file

__all__ = ["file"]


@pytest.fixture
def court(house: House, file: Path) -> Court:
    return Court(house.engine, day_of, lambda: house.trust.stamp_roots, None, Published(file))


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    return tmp_path / "orders"


@pytest.fixture
def keeper(house: House, court: Court, orders: Path) -> Keeper:
    stores = Stores(FolderStore(house.vault))
    return Keeper(court, stores, house.facts.append, lambda: orders_in(orders))


@pytest.fixture
def erasing(house: House, court: Court, orders: Path) -> Erasing:
    return Erasing(court, house.vault, Stores(FolderStore(house.vault)), orders)


async def noted(house: House, seconds: float = 61.0) -> None:
    house.now += seconds
    await house.notary.round()


def order(house: House) -> Order:
    return Order(CALL, "tomas", "pilar", "AEPD, PS/00077/2027", house.now)


async def destroyed_by_rows(house: House) -> None:
    async with house.engine.begin() as connection:
        await connection.execute(delete(keys))
        await connection.execute(update(recordings).values(state="destroyed"))
        await connection.execute(update(evidence).values(vcon=None))


async def named(house: House, court: Court, orders: Path) -> set[str]:
    audit = Audit(house.engine, None, lambda: house.now, orders_in(orders), court.heads())
    return {one.what for one in [*await audit.look(), *await orders_gone(house.engine, orders)]}


async def emptied(house: House) -> None:
    async with house.engine.begin() as connection:
        for table in (log, tiles, heads):
            await connection.execute(delete(table))
        await connection.execute(delete(stamps).where(stamps.c.subject.like("head:%")))


async def test_an_order_that_a_hold_refused_is_no_licence_for_ever(
    house: House, court: Court, erasing: Erasing, orders: Path, keeper: Keeper
) -> None:
    await house.record()
    await noted(house)
    wanted = order(house)
    await erasing.enter(wanted)
    assert await keeper.hold(CALL, "Juzgado 3", "tomas", house.now)
    with pytest.raises(Refused):
        await erasing.destroy(wanted)
    await noted(house)
    await noted(house, 100 * DAY)
    async with house.engine.begin() as connection:  # somebody who can write the database
        await connection.execute(update(keeping).values(hold=None, held_at=house.now))
    await noted(house)
    await destroyed_by_rows(house)
    await noted(house, 600)
    assert "destroyed unsaid" in await named(house, court, orders)
    await later(house, 30)
    await run(house, keeper)
    assert list(house.vault.rglob("*.wav"))


async def blocked_by_rows(house: House, days: float) -> None:
    """A recording of last week; its rows, and the moments of the heads, say that it was blocked long ago."""
    await house.record()
    await later(house, 0.001)
    house.now += 5 * DAY
    async with house.engine.begin() as connection:
        row = {"call": CALL, "keeping": Keeping.BLOCKED, "since": house.now - days * DAY}
        await connection.execute(insert(keeping).values(row))
    await house.notary.round()
    async with house.engine.begin() as connection:
        await connection.execute(update(heads).values(at=heads.c.at - days * DAY))


async def test_heads_that_were_dated_back_explain_no_destruction(
    house: House, court: Court, orders: Path
) -> None:
    await blocked_by_rows(house, 40)
    house.now += 61
    async with house.engine.begin() as connection:
        await connection.execute(update(keeping).values(keeping=Keeping.DESTROYED, since=house.now))
    await destroyed_by_rows(house)
    await house.notary.round()
    for one in house.vault.rglob("*.wav"):
        one.unlink()
    await later(house, 1)
    assert "destroyed unsaid" in await named(house, court, orders)


async def test_what_the_terms_destroyed_is_explained_by_its_stamps(
    house: House, court: Court, orders: Path, keeper: Keeper
) -> None:
    await house.record()
    for days in (0.001, 367):
        await later(house, days)
    await run(house, keeper)
    for days in (0.001, 28.1):
        await later(house, days)
    await run(house, keeper)
    await later(house, 0.1)
    assert await named(house, court, orders) == set()


async def test_a_log_that_was_emptied_destroys_nothing_and_is_nobodys_word_that_nothing_is_held(
    house: House, erasing: Erasing, keeper: Keeper
) -> None:
    await house.record()
    await noted(house)
    assert await keeper.hold(CALL, "Juzgado 3", "tomas", house.now)
    await noted(house)
    await emptied(house)
    async with house.engine.begin() as connection:
        await connection.execute(update(keeping).values(hold=None))
    assert (await erasing.look(CALL, house.now)).unsure is not None
    (wav,) = (house.vault / "sealed").rglob("*.wav")
    async with house.engine.begin() as connection:
        for table in (recordings, evidence, keeping, keys):
            await connection.execute(delete(table))
        path = wav.relative_to(house.vault).as_posix()
        row = {"path": path, "call": CALL, "bytes": 8, "found_at": 0.0}
        await connection.execute(insert(quarantine).values(row))
    await run(house, keeper)
    assert wav.exists()


async def test_a_run_that_was_planned_before_an_erasure_says_nothing_of_it(
    house: House, erasing: Erasing, keeper: Keeper
) -> None:
    await house.record()
    await later(house, 0.001)
    await later(house, 367)
    plan = await keeper.plan(TERMS, day_of(house.now))
    wanted = order(house)
    await erasing.enter(wanted)
    assert await erasing.destroy(wanted) == ()
    await keeper.carry_out(plan, house.now, believe_clock=True)
    async with house.engine.connect() as connection:
        assert (await connection.execute(select(keeping.c.keeping))).scalar_one() == Keeping.DESTROYED
    assert not house.told(RecordingBlocked)


async def test_the_night_finishes_a_killed_erasure_also_where_recordings_are_kept_for_ever(
    house: House, erasing: Erasing, keeper: Keeper
) -> None:
    await house.record()
    await noted(house)
    await erasing.enter(order(house))
    assert await KeyRows(house.engine).erase(CALL, house.now)  # and then it was killed
    await noted(house, 600)
    institution = SimpleNamespace(time_zone=UTC)
    night = Nightly(keeper, lambda: institution, lambda: None, lambda: house.now)  # type: ignore[arg-type, return-value] # only its zone is asked for
    assert await night.look() is None
    assert not list(house.vault.rglob("*.wav"))
