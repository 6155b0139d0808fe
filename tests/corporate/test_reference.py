"""The reference implementation passes the contract, on both databases, bare and through the guard."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from corporate import Corporate, Declined
from corporate.adapters import opening, tables
from corporate.adapters.paying import next_payment
from corporate.adapters.seeding import seed
from corporate.affiliation import NewAddress
from corporate.appointments import Office, SlotTaken
from corporate.demonstration import RESIDENTS
from tests.corporate.conftest import NOON, Clock
from tests.corporate.contract import CorporateContract, Known

MONDAY = dt.date(2026, 11, 23)
MADRID = Office("madrid_1", "Madrid", "calle", "Madrid", "28013", "Europe/Madrid")


@pytest.fixture
def known(corporate: Corporate) -> Known:
    return Known(corporate, "demo-maria", "demo-amina", "nobody", "28013", NOON)


class TestReference(CorporateContract):
    """Ours."""


async def test_seeding_again_changes_nothing(engine: AsyncEngine, corporate: Corporate) -> None:
    await corporate.pensions.change_account("demo-maria", "ES6300810418350200053344", "key")
    await seed(engine, NOON + 86400)
    assert await corporate.pensions.account_last4("demo-maria") == "3344"


async def test_every_demonstration_person_answers_every_question(corporate: Corporate) -> None:
    for one in RESIDENTS:
        assert await corporate.affiliation.address(one.person)
        assert await corporate.pensions.account_last4(one.person) == one.iban[-4:]
        paid = await corporate.pensions.benefits(one.person), await corporate.subsidies.benefits(one.person)
        assert any(paid)


async def test_marias_two_pensions_come_to_what_the_identification_protocol_asks(
    corporate: Corporate,
) -> None:
    paid = await corporate.pensions.benefits("demo-maria")
    assert [one.concurrent for one in paid] == [True, True]
    assert sum(one.paid_cents for one in paid) // 100 == 1187


async def test_an_address_with_its_street_is_there_at_once_and_a_spoken_one_when_somebody_heard_it(
    corporate: Corporate,
) -> None:
    affiliation = corporate.affiliation
    before = await affiliation.address("demo-maria")
    await affiliation.change_address("demo-maria", NewAddress("08001", "9", spoken_in="call-1"), "one")
    assert await affiliation.address("demo-maria") == before
    typed = NewAddress("28020", "9", "2", "A", street="calle de la Luna")
    await affiliation.change_address("demo-maria", typed, "two")
    after = await affiliation.address("demo-maria")
    assert after
    assert (after.street, after.house, after.postcode) == ("calle de la Luna", "9, 2 A", "28020")


async def test_a_declined_write_leaves_nothing_behind_and_its_key_free(
    engine: AsyncEngine, corporate: Corporate
) -> None:
    with pytest.raises(Declined):
        await corporate.pensions.change_account("nobody", "ES6300810418350200053344", "key")
    async with engine.connect() as connection:
        for table in (tables.taken, tables.orders, tables.serials):
            assert (await connection.execute(select(func.count()).select_from(table))).scalar_one() == 0


async def test_one_person_cannot_hoard_appointments(corporate: Corporate) -> None:
    appointments = corporate.appointments
    slots = await appointments.free("madrid_1", "pension", MONDAY, 1)
    wishes = [
        appointments.book("demo-maria", "pension", slot.id, f"hoard:{n}") for n, slot in enumerate(slots[:8])
    ]
    ended = await asyncio.gather(*wishes, return_exceptions=True)
    assert sum(isinstance(one, Declined) and one.reason == "not_allowed" for one in ended) == 5
    assert len(await appointments.held("demo-maria")) == 3


async def test_when_the_new_time_is_taken_meanwhile_the_old_one_is_kept(corporate: Corporate) -> None:
    appointments = corporate.appointments  # one desk: bilbao_2
    first, second = (one.id for one in (await appointments.free("bilbao_2", "pension", MONDAY, 1))[:2])
    mine = await appointments.book("demo-maria", "pension", first, "mine")
    await appointments.book("demo-jose", "pension", second, "theirs")
    with pytest.raises(SlotTaken):
        await appointments.move("demo-maria", mine.reference, second, "move")
    assert await appointments.held("demo-maria") == (mine,)


async def test_a_move_to_a_time_with_one_desk_taken_finds_the_next_desk(corporate: Corporate) -> None:
    appointments = corporate.appointments  # three desks: madrid_1
    first, second = (one.id for one in (await appointments.free("madrid_1", "pension", MONDAY, 1))[:2])
    mine = await appointments.book("demo-maria", "pension", first, "mine")
    theirs = await appointments.book("demo-jose", "pension", second, "theirs")
    moved = await appointments.move("demo-maria", mine.reference, second, "move")
    assert moved.starts_at == theirs.starts_at
    assert await appointments.held("demo-maria") == (moved,)


async def test_cancelling_frees_the_time_for_the_next(corporate: Corporate) -> None:
    appointments = corporate.appointments
    slot = (await appointments.free("bilbao_2", "pension", MONDAY, 1))[0]
    booking = await appointments.book("demo-maria", "pension", slot.id, "mine")
    assert slot not in await appointments.free("bilbao_2", "pension", MONDAY, 1)
    await appointments.cancel("demo-maria", booking.reference, "cancel")
    assert slot in await appointments.free("bilbao_2", "pension", MONDAY, 1)
    theirs = await appointments.book("demo-jose", "pension", slot.id, "theirs")
    assert theirs.starts_at == booking.starts_at


async def test_a_time_that_has_begun_is_gone(corporate: Corporate, clock: Clock) -> None:
    slot = (await corporate.appointments.free("madrid_1", "pension", MONDAY, 1))[0]
    clock.now = slot.starts_at - 60
    with pytest.raises(SlotTaken):
        await corporate.appointments.book("demo-maria", "pension", slot.id, "late")


def test_offices_close_at_weekends_and_on_the_holidays_of_their_own_region() -> None:
    assert not opening.works(dt.date(2026, 11, 22), "MD")  # a Sunday
    assert not opening.works(dt.date(2026, 12, 8), "MD")  # the whole country
    assert opening.works(dt.date(2026, 9, 11), "MD")
    assert not opening.works(dt.date(2026, 9, 11), "CT")  # Catalonia's day


def test_a_day_of_summer_time_begins_when_the_clock_on_the_wall_says_so() -> None:
    day = opening.Opening(MADRID, "MD", 1, 9 * 60, 10 * 60, 30)
    winter, summer = (next(day.times(dt.date(2026, 3, n))) for n in (27, 30))
    assert summer - winter == 3 * 86400 - 3600


def test_a_payment_is_next_on_its_own_day_and_a_month_later_the_day_after() -> None:
    assert next_payment(dt.date(2026, 11, 25), 25) == dt.date(2026, 11, 25)
    assert next_payment(dt.date(2026, 12, 26), 25) == dt.date(2027, 1, 25)


async def test_nobody_is_at_two_counters_at_one_time(corporate: Corporate) -> None:
    book, move = corporate.appointments.book, corporate.appointments.move
    first, second = (await corporate.appointments.free("madrid_1", "pension", MONDAY, 1))[:2]
    held = await book("demo-maria", "pension", first.id, "a")
    with pytest.raises(Declined, match="not_allowed"):
        await book("demo-maria", "pension", first.id, "b")
    other = await book("demo-maria", "pension", second.id, "c")
    with pytest.raises(Declined, match="not_allowed"):
        await move("demo-maria", other.reference, first.id, "d")
    assert await corporate.appointments.held("demo-maria") == (held, other)
