"""Nights in which terms end: days that go by, and the night's run."""

from datetime import UTC, date, datetime

from sqlalchemy import select

from recordings.adapters.tables import recordings
from recordings.adapters.vault.keeping import Keeper
from recordings.retention import Plan, Term, Terms
from tests.recordings.evidence.house import House

DAY = 86_400.0
TERMS = Terms(Term(1, 0), {"bank_account": Term(1, 0)})
OVER_DAYS = 367


def day_of(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


async def later(house: House, days: float) -> None:
    house.now += days * DAY
    await house.notary.round()


async def state(house: House) -> str:
    async with house.engine.connect() as connection:
        return str((await connection.execute(select(recordings.c.state))).scalar_one())


async def run(house: House, keeper: Keeper, ahead: float = 0.0) -> Plan:
    """Make the night's run, by a clock that is so much ahead of the authority's."""
    at = house.now + ahead
    return await keeper.carry_out(await keeper.plan(TERMS, day_of(at)), at, believe_clock=not ahead)


async def blocked(house: House, keeper: Keeper) -> None:
    """A call is recorded, and the night's run after the end of its term blocks it."""
    await house.record()
    await later(house, 0.001)
    await later(house, OVER_DAYS)
    await run(house, keeper)


async def blocked_for_weeks(house: House, keeper: Keeper) -> None:
    """The same, and four weeks have gone by since, all of it logged and stamped."""
    await blocked(house, keeper)
    await later(house, 0.001)
    await later(house, 28.1)
