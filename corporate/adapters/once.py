"""Writes that happen once for each key, whatever repeats them: a retry, a second call, a server that was killed.

The key is claimed first, in the same transaction as the change and its answer. So a replay finds all of it or
nothing: it waits for a claim that is still open (PostgreSQL at the row, SQLite at the database) and then
reads the answer that was given.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import insert_once, orders, serials, taken
from corporate.answers import Declined, Receipt, reference

Answer = dict[str, Any]
Change = Callable[[AsyncConnection], Awaitable[Answer]]


class Once:
    """The one way to write into the reference implementation's tables."""

    def __init__(self, around: Surroundings) -> None:
        self._engine = around.engine
        self._turn = around.turn
        self._clock = around.clock

    async def do(self, key: str, what: tuple[object, ...], change: Change) -> Answer:
        """Make the change, or give the answer it had. Raises Declined when the key belongs to another write."""
        fingerprint = hashlib.sha256(repr(what).encode()).hexdigest()
        async with self._turn, self._engine.begin() as connection:
            row = {"key": key, "what": fingerprint, "answer": "", "at": self._clock()}
            if not await insert_once(connection, taken, row):
                return await _earlier(connection, key, fingerprint)
            answer = await change(connection)
            text = json.dumps(answer)
            await connection.execute(update(taken).where(taken.c.key == key).values(answer=text))
            return answer

    async def number(self, connection: AsyncConnection, letters: str) -> str:
        """Give the next reference of a kind. Its row is locked until the end: none is given twice, none is lost."""
        year = datetime.fromtimestamp(self._clock(), UTC).year
        await insert_once(connection, serials, {"letters": letters, "year": year, "last": 0})
        counted = await connection.execute(
            update(serials)
            .where(serials.c.letters == letters, serials.c.year == year)
            .values(last=serials.c.last + 1)
            .returning(serials.c.last)
        )
        return reference(letters, year, int(counted.scalar_one()))

    async def order(
        self, key: str, letters: str, order: tuple[str, str | None, Answer], also: Change | None = None
    ) -> Receipt:
        """Take an order (kind, person, details) for the institution's people, and give its receipt.

        `also` changes more in the same transaction, before: it may decline.
        """
        kind, person, details = order

        async def change(connection: AsyncConnection) -> Answer:
            if also:
                await also(connection)
            written, at = await self.number(connection, letters), self._clock()
            row = {
                "reference": written,
                "kind": kind,
                "person": person,
                "details": json.dumps(details),
                "at": at,
            }
            await connection.execute(orders.insert().values(row))
            return {"reference": written, "accepted_at": at}

        return Receipt(**await self.do(key, (kind, person, sorted(details.items())), change))


async def _earlier(connection: AsyncConnection, key: str, fingerprint: str) -> Answer:
    row = (await connection.execute(select(taken).where(taken.c.key == key))).one()
    if row.what != fingerprint:
        raise Declined("key_reused")
    answer: Answer = json.loads(row.answer)
    return answer
