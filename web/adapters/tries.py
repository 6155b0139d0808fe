"""The tries that sign-in counts, in the database so that a restart forgives nobody."""

from sqlalchemy import case, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from web.accounts import TRIES_WINDOW_SECONDS, Tries, fingerprint
from web.adapters.tables import tries


async def count(engine: AsyncEngine, name: str, address: str, at: float) -> Tries:
    """Write down a try of `name` from `address` and return how many the window now holds."""
    who, where = fingerprint(name), fingerprint(address)
    same_account, same_address = tries.c.account == who, tries.c.address == where
    query = select(
        func.sum(case((same_account & same_address, 1), else_=0)),
        func.sum(case((same_address, 1), else_=0)),
        func.sum(case((same_account, 1), else_=0)),
    ).where(same_account | same_address, tries.c.at > at - TRIES_WINDOW_SECONDS)
    async with engine.begin() as connection:
        await connection.execute(delete(tries).where(tries.c.at <= at - TRIES_WINDOW_SECONDS))
        await connection.execute(insert(tries).values(account=who, address=where, at=at))
        together, of_address, of_account = (await connection.execute(query)).one()
    return Tries(int(together), int(of_address), int(of_account))


async def forget(engine: AsyncEngine, name: str, address: str) -> None:
    """Forgive this person at this desk: the right password came."""
    mine = (tries.c.account == fingerprint(name)) & (tries.c.address == fingerprint(address))
    async with engine.begin() as connection:
        await connection.execute(delete(tries).where(mine))
