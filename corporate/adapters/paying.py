"""Benefits in payment, as the tables keep them for pensions and subsidies alike."""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import select

from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import benefits
from corporate.benefits import Benefit

MADRID = ZoneInfo("Europe/Madrid")


async def in_payment(around: Surroundings, system: str, person: str) -> tuple[Benefit, ...]:
    """Give what a person is paid by one system, the highest first."""
    query = (
        select(benefits)
        .where(benefits.c.person == person, benefits.c.system == system)
        .order_by(benefits.c.monthly_cents.desc(), benefits.c.kind)
    )
    async with around.engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    day = today(around)
    return tuple(
        Benefit(
            kind=row.kind,
            monthly_cents=row.monthly_cents,
            complement_cents=row.complement_cents,
            withholding_cents=row.withholding_cents,
            revaluation_hundredths=row.revaluation_hundredths,
            next_payment=next_payment(day, row.pay_day),
            since=row.since,
            payments=row.payments,
            concurrent=row.concurrent,
        )
        for row in rows
    )


def next_payment(today: dt.date, pay_day: int) -> dt.date:
    """Give the next day of payment, today included; `pay_day` 1 to 28."""
    this = today.replace(day=pay_day)
    return this if this >= today else (today.replace(day=28) + dt.timedelta(days=4)).replace(day=pay_day)


def today(around: Surroundings) -> dt.date:
    """Give the institution's date."""
    return dt.datetime.fromtimestamp(around.clock(), MADRID).date()
