"""Appointments in our own database.

Theory of operation. Free times are not rows: they follow from an office's working day (`opening.py`) less
what is booked, so they never run out. A booking takes one desk at one time; the constraint on (office, time,
desk) decides between two callers, and the second is told so by the database. Whoever books tries the desks of
that time one after the other; only when none is free has somebody else taken the slot.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from corporate.adapters import opening
from corporate.adapters.once import Answer, Once
from corporate.adapters.opening import Opening, read_slot, slot_id
from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import bookings, insert_once, offices
from corporate.affiliation import is_postcode
from corporate.answers import Declined
from corporate.appointments import Booking, Office, Slot, SlotTaken

MOST_OFFICES = 4  # keys 1 to 4 of a menu: nobody remembers more
MOST_HELD = 3  # appointments to come of one person: who could take more could sell them
LETTERS = "CP"  # cita previa


class Reference:
    """Offices, their free times and who holds them."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._once = Once(around)

    async def offices(self, postcode: str) -> tuple[Office, ...]:
        """Give the offices for a postal code, nearest first."""
        if not is_postcode(postcode):
            return ()
        query = select(offices).where(offices.c.postcode.like(f"{postcode[:2]}%"))
        async with self._around.engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return opening.nearest(tuple(_opening(row).office for row in rows), postcode, MOST_OFFICES)

    async def free(self, office: str, subject: str, after: dt.date, days: int) -> tuple[Slot, ...]:
        """Give the free times of the next `days` days that have any; every subject takes the same time here."""
        del subject
        now = self._around.clock()
        async with self._around.engine.connect() as connection:
            place = await _office(connection, office)
            if place is None:
                return ()
            full = await _full(connection, place, now)
        found: list[Slot] = []
        first = max(after, dt.datetime.fromtimestamp(now, ZoneInfo(place.office.zone)).date())
        for day in (first + dt.timedelta(days=n) for n in range(opening.FARTHEST_DAYS)):
            if days <= 0:
                break
            times = [at for at in place.times(day) if at not in full and place.offers(at, now)]
            found += [Slot(slot_id(office, at), office, at) for at in times]
            days -= bool(times)
        return tuple(found)

    async def book(self, person: str, subject: str, slot: str, key: str) -> Booking:
        """Book. Raises SlotTaken, or Declined("not_allowed") for who holds too many already, or one at that time."""

        async def change(connection: AsyncConnection) -> Answer:
            place, starts_at = await self._wanted(connection, slot)
            number = await self._once.number(connection, LETTERS)
            # Whoever has the number is alone here until the end: two calls of one person count one after the other.
            if await _to_come(connection, person, self._around.clock()) >= MOST_HELD:
                raise Declined("not_allowed")
            if await _holds(connection, person, starts_at):
                raise Declined("not_allowed")
            row: Answer = {
                "reference": number,
                "person": person,
                "subject": subject,
                "office": place.office.id,
                "starts_at": starts_at,
                "at": self._around.clock(),
            }
            for desk in range(1, place.desks + 1):
                if await insert_once(connection, bookings, {**row, "desk": desk}):
                    return _answer(row)
            raise SlotTaken

        return await self._booking(await self._once.do(key, ("book", person, subject, slot), change))

    async def held(self, person: str) -> tuple[Booking, ...]:
        """Give the appointments still to come, soonest first."""
        query = (
            select(bookings)
            .where(
                bookings.c.person == person,
                bookings.c.desk.is_not(None),
                bookings.c.starts_at > self._around.clock(),
            )
            .order_by(bookings.c.starts_at, bookings.c.reference)
        )
        async with self._around.engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple([await self._booking(_answer(row._asdict())) for row in rows])

    async def move(self, person: str, reference: str, slot: str, key: str) -> Booking:
        """Move an appointment, keeping its reference and, when somebody was faster, its time."""

        async def change(connection: AsyncConnection) -> Answer:
            row = await _held(connection, person, reference)
            place, starts_at = await self._wanted(connection, slot)
            if await _holds(connection, person, starts_at, but=reference):
                raise Declined("not_allowed")
            to: Answer = {"office": place.office.id, "starts_at": starts_at}
            for desk in range(1, place.desks + 1):
                if await _seat(connection, reference, {**to, "desk": desk}):
                    return _answer({**row._asdict(), **to})
            raise SlotTaken

        return await self._booking(await self._once.do(key, ("move", person, reference, slot), change))

    async def cancel(self, person: str, reference: str, key: str) -> None:
        """Cancel an appointment; its time is free again."""

        async def change(connection: AsyncConnection) -> Answer:
            await _held(connection, person, reference)
            await connection.execute(
                update(bookings).where(bookings.c.reference == reference).values(desk=None)
            )
            return {}

        await self._once.do(key, ("cancel", person, reference), change)

    async def _wanted(self, connection: AsyncConnection, slot: str) -> tuple[Opening, float]:
        """Give the office and time of a slot that may still be booked. Raises SlotTaken."""
        read = read_slot(slot)
        place = await _office(connection, read[0]) if read else None
        if read is None or place is None or not place.offers(read[1], self._around.clock()):
            raise SlotTaken
        return place, read[1]

    async def _booking(self, answer: Answer) -> Booking:
        async with self._around.engine.connect() as connection:
            place = await _office(connection, answer["office"])
        if place is None:  # the foreign key forbids it
            raise Declined("nothing_there")
        return Booking(answer["reference"], answer["subject"], place.office, answer["starts_at"])


def open_system(around: Surroundings) -> Reference:
    """Open the reference implementation."""
    return Reference(around)


def _answer(row: Answer) -> Answer:
    return {name: row[name] for name in ("reference", "subject", "office", "starts_at")}


def _opening(row: Row[tuple[object, ...]]) -> Opening:
    office = Office(row.id, row.name, row.street, row.town, row.postcode, row.zone, row.prompt)
    return Opening(office, row.territory, row.desks, row.opens, row.closes, row.minutes)


async def _office(connection: AsyncConnection, office: str) -> Opening | None:
    row = (await connection.execute(select(offices).where(offices.c.id == office))).one_or_none()
    return _opening(row) if row else None


async def _full(connection: AsyncConnection, place: Opening, now: float) -> frozenset[float]:
    """Give the times to come at which every desk of an office is taken."""
    query = (
        select(bookings.c.starts_at)
        .where(
            bookings.c.office == place.office.id, bookings.c.desk.is_not(None), bookings.c.starts_at >= now
        )
        .group_by(bookings.c.starts_at)
        .having(func.count() >= place.desks)
    )
    return frozenset((await connection.execute(query)).scalars())


async def _to_come(connection: AsyncConnection, person: str, now: float) -> int:
    query = (
        select(func.count())
        .select_from(bookings)
        .where(bookings.c.person == person, bookings.c.desk.is_not(None), bookings.c.starts_at > now)
    )
    return int((await connection.execute(query)).scalar_one())


async def _holds(connection: AsyncConnection, person: str, starts_at: float, but: str = "") -> bool:
    """Say whether somebody holds an appointment at this time, in whatever office, `but` for this one."""
    query = select(bookings.c.reference).where(
        bookings.c.person == person, bookings.c.desk.is_not(None), bookings.c.starts_at == starts_at,
        bookings.c.reference != but,
    )  # fmt: skip
    return (await connection.execute(query.limit(1))).first() is not None


async def _held(connection: AsyncConnection, person: str, reference: str) -> Row[tuple[object, ...]]:
    query = select(bookings).where(
        bookings.c.reference == reference, bookings.c.person == person, bookings.c.desk.is_not(None)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise Declined("nothing_there")
    return row


async def _seat(connection: AsyncConnection, reference: str, to: Answer) -> bool:
    """Put an appointment at another desk; False when that is taken. The rest of the transaction stays."""
    try:
        async with connection.begin_nested():
            await connection.execute(update(bookings).where(bookings.c.reference == reference).values(**to))
    except IntegrityError:
        return False
    return True
