"""Which agent has taken which due request: a row each, so that one request is one agent's and an agent has one."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.tables import claims, insert_once
from crm_bridge.work import WORK_LEASE_S


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that an agent works on, until a time (unix seconds)."""

    request: str
    agent: str
    until: float

    @property
    def contact(self) -> str:
        """Name this piece of work for ever, as a call's id names a call: finished twice, it is one contact."""
        told = f"{self.request}\0{self.agent}\0{self.until!r}"
        return f"work-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


class Claims:
    """The table. Two servers on one database agree, because the database holds the rule."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, request: str, agent: str, at: float) -> bool:
        """Take a request; False when it is somebody's, or the agent has another."""
        row = {"request": request, "agent": agent, "until_at": at + WORK_LEASE_S}
        async with self._engine.begin() as connection:
            await connection.execute(delete(claims).where(claims.c.until_at <= at))
            return await insert_once(connection, claims, row)

    async def leave(self, agent: str) -> None:
        """Give back what the agent had."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(claims).where(claims.c.agent == agent))

    async def done(self, claim: Claim) -> None:
        """Give back what is finished, and nothing that the agent has taken since."""
        this = (
            claims.c.request == claim.request,
            claims.c.agent == claim.agent,
            claims.c.until_at == claim.until,
        )
        async with self._engine.begin() as connection:
            await connection.execute(delete(claims).where(*this))

    async def of(self, agent: str, at: float) -> Claim | None:
        """Give what the agent works on."""
        query = select(claims).where(claims.c.agent == agent, claims.c.until_at > at)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Claim(row.request, row.agent, row.until_at) if row else None

    async def taken(self, at: float) -> frozenset[str]:
        """Give every request that somebody works on."""
        query = select(claims.c.request).where(claims.c.until_at > at)
        async with self._engine.connect() as connection:
            return frozenset((await connection.execute(query)).scalars())
