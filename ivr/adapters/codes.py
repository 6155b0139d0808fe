"""One-time codes in SQL: keyed hashes, counted before they are given, spent by one statement.

A code that was taken in one transaction cannot be taken in another: the row is marked only if it is not
marked yet, and only who marked it was right.
"""

import hmac
import secrets
import uuid
from collections.abc import Callable

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ivr import codes
from ivr.adapters.tables import code_blocks as blocks
from ivr.adapters.tables import codes as table
from ivr.codes import Given, Issued, Limits
from ivr.ports.proving import CodeVerdict


class SqlCodes:
    """Codes over one AsyncEngine. `key` is a secret of this installation; `limits` are asked each time."""

    def __init__(
        self,
        engine: AsyncEngine,
        key: bytes,
        limits: Callable[[], Limits],
        below: codes.Below = secrets.randbelow,
    ) -> None:
        self._engine = engine
        self._key = key
        self._limits = limits
        self._below = below

    async def issue(
        self, call: str, person: str, procedure: str, length: int, at: float, to: str
    ) -> str | None:
        """Make a code in place of any before it; None when the person or the number `to` has had too many."""
        code, who, where = codes.make(length, self._below), self._marked(person), self._marked(to)
        mark, theirs = uuid.uuid4().hex, table.c.person == who
        row = {
            "id": mark, "call": call, "person": who, "procedure": procedure, "number": where,
            "code": codes.hashed(self._key, (call, person, procedure), code), "issued_at": at, "tries": 0,
        }  # fmt: skip
        async with self._engine.begin() as connection:
            await connection.execute(delete(table).where(table.c.issued_at < at - codes.DAY_S))
            await connection.execute(insert(table).values(row))
        if await self._refused(who, where, mark, at):
            async with self._engine.begin() as connection:
                await connection.execute(delete(table).where(table.c.id == mark))
            return None
        async with self._engine.begin() as connection:
            older = theirs & (table.c.id != mark) & table.c.spent_at.is_(None)
            await connection.execute(update(table).where(older).values(spent_at=at))
        return code

    async def _refused(self, who: str, where: str, mark: str, at: float) -> bool:
        """Whether no code is to be given: the person is blocked or has had enough, or the number has."""
        async with self._engine.begin() as connection:
            blocked = (
                await connection.execute(select(blocks).where(blocks.c.person == who))
            ).first() is not None
            rows = (await connection.execute(select(table).where(table.c.person == who))).all()
            query = select(table.c.issued_at).where(table.c.number == where)
            there = list((await connection.execute(query)).scalars())
            before = [Given(row.issued_at, row.tries, row.right) for row in rows if row.id != mark]
            if not blocked and codes.guessed(before, at, self._limits()):
                await connection.execute(insert(blocks).values(person=who, since=at))
                blocked = True
        times = [row.issued_at for row in rows]
        return (
            blocked or codes.too_many(times, at, self._limits()) or len(there) > self._limits().per_number_day
        )

    async def unblock(self, person: str) -> bool:
        """Let a person have codes again, with a day's worth of new ones; False when they were not blocked."""
        who = self._marked(person)
        async with self._engine.begin() as connection:
            lifted = (await connection.execute(delete(blocks).where(blocks.c.person == who))).rowcount == 1
            if lifted:
                await connection.execute(delete(table).where(table.c.person == who))
        return lifted

    async def take_back(self, call: str, person: str, procedure: str) -> None:
        """Drop the newest code of a call, which was never sent: it counts for nothing."""
        mine = (table.c.call == call) & (table.c.person == self._marked(person))
        newest = select(table.c.id).where(mine, table.c.procedure == procedure, table.c.tries == 0)
        async with self._engine.begin() as connection:
            mark = (await connection.execute(newest.order_by(table.c.issued_at.desc()).limit(1))).scalar()
            await connection.execute(delete(table).where(table.c.id == (mark or "")))

    async def check(self, call: str, person: str, procedure: str, keyed: str, at: float) -> CodeVerdict:
        """Try what was keyed."""
        tried = codes.hashed(self._key, (call, person, procedure), keyed)
        mine = (table.c.call == call) & (table.c.person == self._marked(person))
        async with self._engine.begin() as connection:
            newest = select(table).where(mine, table.c.procedure == procedure)
            row = (await connection.execute(newest.order_by(table.c.issued_at.desc()).limit(1))).first()
            verdict = codes.judge(_issued(row), tried, at, self._limits())
            if row is None or verdict == "expired":
                return verdict
            return verdict if await _noted(connection, row, verdict, at) else "expired"

    def _marked(self, named: str) -> str:
        """Give a person, or a number, as it stands in the tables: nobody reads back who it was."""
        return hmac.digest(self._key, named.encode(), "sha256").hex()


async def _noted(
    connection: AsyncConnection, row: Row[*tuple[object, ...]], verdict: CodeVerdict, at: float
) -> bool:
    """Count the try, and spend the code if it was right; False when another try came in between."""
    as_seen = (table.c.id == row.id) & (table.c.tries == row.tries) & table.c.spent_at.is_(None)
    values = {
        "tries": row.tries + 1,
        "spent_at": at if verdict == "right" else None,
        "right": verdict == "right",
    }
    return (await connection.execute(update(table).where(as_seen).values(values))).rowcount == 1


def _issued(row: Row[*tuple[object, ...]] | None) -> Issued | None:
    if row is None:
        return None
    return Issued(row.code, row.issued_at, row.tries, spent=row.spent_at is not None)
