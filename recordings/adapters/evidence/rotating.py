"""Whether a key may be retired: not before all that it has signed has a time stamp, which shows that it was before."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.desk import head_subject
from recordings.adapters.evidence.keys import Role
from recordings.adapters.evidence.tables import evidence, heads, stamps
from recordings.evidence.packaged import AHEAD_S


async def waits_for_stamp(engine: AsyncEngine, role: Role) -> str | None:
    """Say what the key of a role has signed that no authority has stamped yet; None when nothing waits."""
    match role:
        case Role.SEAL:
            return await _vcons(engine)
        case Role.LOG:
            return await _head(engine)
        case Role.ROOT | Role.AUTHORITY:
            return None


async def _vcons(engine: AsyncEngine) -> str | None:
    waiting = select(func.count()).where(evidence.c.stamped_at.is_(None), evidence.c.vcon.is_not(None))
    async with engine.connect() as connection:
        count = (await connection.execute(waiting)).scalar_one()
    return f"{count} recordings that the seal has signed have no time stamp yet" if count else None


async def _head(engine: AsyncEngine) -> str | None:
    newest = select(func.max(heads.c.size))
    async with engine.connect() as connection:
        size = (await connection.execute(newest)).scalar_one()
        if size is None:
            return None
        stamped = select(stamps.c.at).where(stamps.c.subject == head_subject(size))
        there = (await connection.execute(stamped)).first()
    return None if there else f"the log's head of {size} entries has no time stamp yet"


async def signed_after(engine: AsyncEngine, name: str, since: float) -> tuple[str, ...]:
    """Give the calls whose vCon was signed by a certificate (its thumbprint) and first stamped after a moment."""
    table = evidence.c
    late = (table.certificate == name, table.vcon.is_not(None), table.stamped_at > since + AHEAD_S)
    async with engine.connect() as connection:
        found = await connection.execute(select(table.call).where(*late).order_by(table.signed_at))
    return tuple(found.scalars())
