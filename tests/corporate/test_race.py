"""Appointments under concurrency: nobody is booked twice, no time is given twice, no kill leaves half a booking."""

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from corporate import Corporate, Declined
from corporate.adapters.tables import bookings
from corporate.appointments import Booking, SlotTaken
from tests.corporate.conftest import Clock, reference
from tests.corporate.test_reference import MONDAY

CALLERS = 200
SLOTS = 20
OFFICE = "bilbao_2"  # one desk, a quarter of an hour each, nine to two: twenty a day


async def test_two_hundred_callers_for_the_last_twenty_times_book_twenty_and_none_twice(
    engine: AsyncEngine, corporate: Corporate
) -> None:
    chance = random.Random(901)  # noqa: S311 - the same confusion every time
    free = await corporate.appointments.free(OFFICE, "pension", MONDAY, 1)
    assert len(free) == SLOTS

    async def call(n: int) -> Booking | None:
        for tries in range(SLOTS):
            left = set(await corporate.appointments.free(OFFICE, "pension", MONDAY, 1)) & set(free)
            if not left:
                return None
            slot = chance.choice(sorted(left, key=lambda one: one.starts_at))
            try:
                return await corporate.appointments.book(f"p{n}", "pension", slot.id, f"call-{n}:{tries}")
            except SlotTaken:
                continue
        return None

    ended = await asyncio.gather(*(call(n) for n in range(CALLERS)))
    booked = [one for one in ended if one]
    assert len(booked) == SLOTS
    assert {one.starts_at for one in booked} == {one.starts_at for one in free}
    assert len({one.reference for one in booked}) == SLOTS
    assert await _rows(engine) == SLOTS
    nothing_left = await corporate.appointments.free(OFFICE, "pension", MONDAY, 1)
    assert not {one.id for one in free} & {one.id for one in nothing_left}


async def test_a_call_that_repeats_itself_at_once_books_once(
    engine: AsyncEngine, corporate: Corporate
) -> None:
    slot = (await corporate.appointments.free(OFFICE, "pension", MONDAY, 1))[0]
    same = [corporate.appointments.book("demo-maria", "pension", slot.id, "one-key") for _ in range(20)]
    assert len(set(await asyncio.gather(*same))) == 1
    assert await _rows(engine) == 1


async def test_two_who_want_each_others_time_keep_one_each(engine: AsyncEngine, corporate: Corporate) -> None:
    appointments = corporate.appointments
    one, two = (await appointments.free(OFFICE, "pension", MONDAY, 1))[:2]
    mine = await appointments.book("demo-maria", "pension", one.id, "mine")
    theirs = await appointments.book("demo-jose", "pension", two.id, "theirs")
    await asyncio.gather(
        appointments.move("demo-maria", mine.reference, two.id, "swap:1"),
        appointments.move("demo-jose", theirs.reference, one.id, "swap:2"),
        return_exceptions=True,
    )
    held = await appointments.held("demo-maria"), await appointments.held("demo-jose")
    assert sorted(booking.starts_at for (booking,) in held) == [one.starts_at, two.starts_at]
    assert await _rows(engine) == 2


async def test_moving_and_cancelling_among_many_leaves_each_time_with_one(
    engine: AsyncEngine, corporate: Corporate
) -> None:
    appointments = corporate.appointments
    chance = random.Random(65)  # noqa: S311 - as above
    free = await appointments.free(OFFICE, "pension", MONDAY, 1)
    first = [await appointments.book(f"p{n}", "pension", free[n].id, f"book:{n}") for n in range(10)]

    async def stir(n: int) -> None:
        for tries in range(6):
            to = chance.choice(free).id
            try:
                await appointments.move(f"p{n}", first[n].reference, to, f"move:{n}:{tries}")
            except (SlotTaken, Declined):
                continue
            except Exception as fault:  # noqa: BLE001 - bare, PostgreSQL ends a deadlock by refusing one of two
                assert "deadlock" in str(fault)  # noqa: PT017 - the guard tries such a one again

    await asyncio.gather(*(stir(n) for n in range(10)))
    assert await _rows(engine) == 10
    goes = [appointments.cancel(f"p{n}", first[n].reference, f"cancel:{n}") for n in range(4)]
    await asyncio.gather(*goes)
    assert await _rows(engine) == 6
    assert len(await appointments.free(OFFICE, "pension", MONDAY, 1)) == SLOTS - 6


KILLED = """
import asyncio, sys
from sqlalchemy.ext.asyncio import create_async_engine
from tests.corporate.conftest import Clock, reference

async def main(url, slots):
    systems = reference(create_async_engine(url), Clock())
    async def call(n, slot):
        await systems.appointments.book(f"p{n}", "pension", slot, f"call-{n}")
        print(n, flush=True)
    await asyncio.gather(*(call(n, slot) for n, slot in enumerate(slots)))

asyncio.run(main(sys.argv[1], sys.argv[2:]))
"""


async def test_after_a_killed_server_every_repeated_call_finds_its_booking_or_makes_it(
    engine: AsyncEngine,
) -> None:
    systems = reference(engine, Clock())
    slots = [one.id for one in await systems.appointments.free(OFFICE, "pension", MONDAY, 1)]
    with _server(engine, slots) as server:
        told = [await asyncio.to_thread(server.stdout.readline) for _ in range(5)]  # type: ignore[union-attr]
        server.kill()
    assert all(told)
    again = [
        await systems.appointments.book(f"p{n}", "pension", slot, f"call-{n}") for n, slot in enumerate(slots)
    ]
    assert len({one.reference for one in again}) == len({one.starts_at for one in again}) == SLOTS
    assert await _rows(engine) == SLOTS


@contextmanager
def _server(engine: AsyncEngine, slots: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    url = engine.url.render_as_string(hide_password=False)
    server = subprocess.Popen([sys.executable, "-c", KILLED, url, *slots], stdout=subprocess.PIPE)
    try:
        yield server
    finally:
        server.kill()
        server.communicate()


async def _rows(engine: AsyncEngine) -> int:
    """Count the bookings that stand, after a look that no office, time and desk is there twice."""
    async with engine.connect() as connection:
        rows = (await connection.execute(select(bookings).where(bookings.c.desk.is_not(None)))).all()
    seats = Counter((row.office, row.starts_at, row.desk) for row in rows)
    assert set(seats.values()) <= {1}
    return len(rows)
