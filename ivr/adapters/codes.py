"""One-time codes in SQL: keyed hashes, counted before they are given, spent by one statement.

A code that was taken in one transaction cannot be taken in another: the row is marked only if it is not
marked yet, and only who marked it was right.
"""

import hmac
import secrets
import uuid

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ivr import codes
from ivr.adapters.tables import codes as table
from ivr.codes import Issued, Limits
from ivr.ports.proving import CodeVerdict


class SqlCodes:
    """Codes over one AsyncEngine. `key` is a secret of this installation."""

    def __init__(
        self, engine: AsyncEngine, key: bytes, limits: Limits, below: codes.Below = secrets.randbelow
    ) -> None:
        self._engine = engine
        self._key = key
        self._limits = limits
        self._below = below

    async def issue(self, call: str, person: str, procedure: str, length: int, at: float) -> str | None:
        """Make a code in place of any before it; None when the person has had too many."""
        code = codes.make(length, self._below)
        mark, theirs = uuid.uuid4().hex, table.c.person == self._person(person)
        row = {
            "id": mark, "call": call, "person": self._person(person), "procedure": procedure,
            "code": codes.hashed(self._key, (call, person, procedure), code), "issued_at": at, "tries": 0,
        }  # fmt: skip
        async with self._engine.begin() as connection:
            await connection.execute(delete(table).where(table.c.issued_at < at - codes.DAY_S))
            await connection.execute(insert(table).values(row))
        if codes.too_many(await self._times(theirs), at, self._limits):
            async with self._engine.begin() as connection:
                await connection.execute(delete(table).where(table.c.id == mark))
            return None
        async with self._engine.begin() as connection:
            older = theirs & (table.c.id != mark) & table.c.spent_at.is_(None)
            await connection.execute(update(table).where(older).values(spent_at=at))
        return code

    async def check(self, call: str, person: str, procedure: str, keyed: str, at: float) -> CodeVerdict:
        """Try what was keyed."""
        tried = codes.hashed(self._key, (call, person, procedure), keyed)
        mine = (table.c.call == call) & (table.c.person == self._person(person))
        async with self._engine.begin() as connection:
            newest = select(table).where(mine, table.c.procedure == procedure)
            row = (await connection.execute(newest.order_by(table.c.issued_at.desc()).limit(1))).first()
            verdict = codes.judge(_issued(row), tried, at, self._limits)
            if row is None or verdict == "expired":
                return verdict
            return verdict if await _noted(connection, row, verdict, at) else "expired"

    async def _times(self, whose: ColumnElement[bool]) -> list[float]:
        async with self._engine.connect() as connection:
            return list((await connection.execute(select(table.c.issued_at).where(whose))).scalars())

    def _person(self, person: str) -> str:
        return hmac.digest(self._key, person.encode(), "sha256").hex()


async def _noted(
    connection: AsyncConnection, row: Row[*tuple[object, ...]], verdict: CodeVerdict, at: float
) -> bool:
    """Count the try, and spend the code if it was right; False when another try came in between."""
    as_seen = (table.c.id == row.id) & (table.c.tries == row.tries) & table.c.spent_at.is_(None)
    values = {"tries": row.tries + 1, "spent_at": at if verdict == "right" else None}
    return (await connection.execute(update(table).where(as_seen).values(values))).rowcount == 1


def _issued(row: Row[*tuple[object, ...]] | None) -> Issued | None:
    if row is None:
        return None
    return Issued(row.code, row.issued_at, row.tries, spent=row.spent_at is not None)
