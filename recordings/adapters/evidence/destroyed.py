"""Reads out of the log which recordings may be destroyed, and which were with its word."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.tables import heads, log
from recordings.evidence.destroyed import TERMS, Explained


async def explained(engine: AsyncEngine, at: float) -> Explained:
    """Read what the log has of terms and holds; `at`: now (unix seconds)."""
    entries = select(log.c.leaf, log.c.line).where(log.c.kind.in_(TERMS)).order_by(log.c.leaf)
    published = select(heads.c.size, heads.c.at).order_by(heads.c.size)
    async with engine.connect() as connection:
        lines = [(row.leaf, row.line) for row in (await connection.execute(entries)).all()]
        seen = [(row.size, row.at) for row in (await connection.execute(published)).all()]
    return Explained(seen, at).take(lines)
