"""The evidence of identifications, in SQL: one row for each, never changed."""

import uuid
from dataclasses import asdict

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.tables import proofs
from ivr.ports.proving import Proof


class SqlProofs:
    """Proofs over one AsyncEngine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, proof: Proof) -> None:
        """Keep a proof; it is on disk when this returns."""
        row = {**asdict(proof), "questions": list(proof.questions), "id": uuid.uuid4().hex}
        async with self._engine.begin() as connection:
            await connection.execute(insert(proofs).values(row))

    async def of(self, call: str) -> Proof | None:
        """Give the highest proof of a call, the last of them; None when nothing was proven in it."""
        theirs = await self.every(call)
        return theirs[0] if theirs else None

    async def every(self, call: str) -> tuple[Proof, ...]:
        """Give all proofs of a call, the highest first, of those the last."""
        theirs = select(proofs).where(proofs.c.call == call)
        async with self._engine.connect() as connection:
            rows = await connection.execute(theirs.order_by(proofs.c.level.desc(), proofs.c.at.desc()))
            return tuple(_proof(row) for row in rows)


def _proof(row: Row[*tuple[object, ...]]) -> Proof:
    return Proof(
        row.call,
        row.person,
        row.level,
        row.method,
        tuple(row.questions),
        row.at,
        protected=row.protected,
        procedure=row.procedure,
    )
