"""Who writes rows dates heads back as well; the time stamps of heads are nobody's to write."""

import pytest
from sqlalchemy import delete, insert, select, update

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.tables import evidence, heads, stamps
from recordings.adapters.tables import keeping
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.stores import Stores
from recordings.listening import Keeping
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.nights import DAY, blocked, blocked_for_weeks, day_of, later, run, state


@pytest.fixture
def keeper(house: House) -> Keeper:
    stores = Stores(FolderStore(house.vault))
    return Keeper(Court(house.engine, day_of, lambda: house.trust.stamp_roots), stores, house.facts.append)


async def test_what_the_terms_say_is_done_when_stamped_heads_show_it(house: House, keeper: Keeper) -> None:
    await blocked_for_weeks(house, keeper)
    assert (await run(house, keeper)).unproven == ()
    assert await state(house) == "destroyed"
    async with house.engine.connect() as connection:
        kept = (await connection.execute(select(evidence.c.vcon, evidence.c.sha512))).one()
    assert kept.vcon is None, "it tells of a person"
    assert kept.sha512
    await later(house, 0.1)
    assert [one.what for one in await Audit(house.engine, None, lambda: house.now).look()] == []


async def test_heads_that_were_dated_back_beside_a_row_destroy_nothing(house: House, keeper: Keeper) -> None:
    await house.record()
    await later(house, 0.001)
    house.now += 400 * DAY
    async with house.engine.begin() as connection:
        row = {"call": CALL, "keeping": Keeping.BLOCKED, "since": house.now - 40 * DAY}
        await connection.execute(insert(keeping).values(row))
    await house.notary.round()
    async with house.engine.begin() as connection:
        await connection.execute(update(heads).values(at=heads.c.at - 40 * DAY))
        await connection.execute(update(stamps).values(at=stamps.c.at - 40 * DAY))
    (left,) = (await run(house, keeper)).unproven
    assert "no time stamp" in left.why
    assert await state(house) == "sealed"
    async with house.engine.begin() as connection:
        await connection.execute(delete(stamps))
    assert len((await run(house, keeper)).unproven) == 1
    assert await state(house) == "sealed"


async def lifted(house: House, back: float = 0.0) -> None:
    """Lift a hold as somebody does who can write the database."""
    async with house.engine.begin() as connection:
        await connection.execute(update(keeping).values(hold=None, held_at=house.now - back))
    await house.notary.round()


async def test_a_hold_that_a_row_lifts_keeps_its_recording_for_four_weeks_more(
    house: House, keeper: Keeper
) -> None:
    await blocked(house, keeper)
    assert await keeper.hold(CALL, "Juzgado 3, 77/2027", "tomas", house.now)
    await later(house, 0.001)
    await later(house, 100)
    await lifted(house, back=90 * DAY)
    async with house.engine.begin() as connection:
        await connection.execute(update(heads).values(at=heads.c.at - 90 * DAY))
    assert len((await run(house, keeper)).unproven) == 1
    assert await state(house) == "sealed"
    await later(house, 26)
    assert len((await run(house, keeper)).unproven) == 1
    await later(house, 2)
    assert (await run(house, keeper)).unproven == ()
    assert await state(house) == "destroyed"
