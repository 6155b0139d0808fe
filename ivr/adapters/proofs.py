"""The evidence of identifications, in SQL: one row for each, never changed."""

import uuid
from dataclasses import asdict

from sqlalchemy import insert, select
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
        theirs = select(proofs).where(proofs.c.call == call)
        highest = theirs.order_by(proofs.c.level.desc(), proofs.c.at.desc()).limit(1)
        async with self._engine.connect() as connection:
            row = (await connection.execute(highest)).first()
        if row is None:
            return None
        return Proof(
            row.call, row.person, row.level, row.method, tuple(row.questions), row.at, protected=row.protected
        )
