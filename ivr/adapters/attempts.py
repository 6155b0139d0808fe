"""The memory of identification protocols, in SQL. Documents and numbers are kept as keyed hashes only.

A protocol is counted from the moment it is opened: the row is committed before the counting, so that two
calls at once cannot both slip under the limit (at worst both are refused).
"""

import hmac
import uuid

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.tables import attempts
from ivr.ports import Refusals

_OPEN, _REFUSED, _PROVEN = "open", "refused", "proven"


class SqlAttempts:
    """Attempts over one AsyncEngine. `key` is a secret of this installation; `window_s` how long one counts."""

    def __init__(self, engine: AsyncEngine, key: bytes, window_s: float) -> None:
        self._engine = engine
        self._key = key
        self._window_s = window_s

    async def open(self, call: str, document: str, number: str | None, at: float) -> Refusals:
        """Begin a protocol, or go on with the call's open one; give the counts with it."""
        person, caller = self._hash(document), self._hash(number)
        async with self._engine.begin() as connection:
            await connection.execute(delete(attempts).where(attempts.c.opened_at < at - self._window_s))
            mine = select(attempts.c.id).where(_open_protocol(call, person))
            if (await connection.execute(mine)).first() is None:
                row = {"id": uuid.uuid4().hex, "call": call, "person": person, "number": caller}
                await connection.execute(insert(attempts).values(**row, opened_at=at, outcome=_OPEN))
        return Refusals(
            await self._count(attempts.c.person == person, at),
            await self.refused_for_number(number, at),
        )

    async def refused_for_number(self, number: str | None, at: float) -> int:
        """Count the protocols against a number in the window; 0 for a hidden one."""
        return 0 if number is None else await self._count(attempts.c.number == self._hash(number), at)

    async def close(self, call: str, document: str, at: float, *, proven: bool) -> None:  # noqa: ARG002 - the port's
        """End the call's open protocol."""
        ended = update(attempts).where(_open_protocol(call, self._hash(document)))
        async with self._engine.begin() as connection:
            await connection.execute(ended.values(outcome=_PROVEN if proven else _REFUSED))

    async def _count(self, whose: ColumnElement[bool], at: float) -> int:
        counted = select(func.count()).select_from(attempts).where(whose, attempts.c.outcome != _PROVEN)
        async with self._engine.connect() as connection:
            recent = counted.where(attempts.c.opened_at >= at - self._window_s)
            return (await connection.execute(recent)).scalar_one()

    def _hash(self, plain: str | None) -> str | None:
        return None if plain is None else hmac.digest(self._key, plain.encode(), "sha256").hex()


def _open_protocol(call: str, person: str | None) -> ColumnElement[bool]:
    return (attempts.c.call == call) & (attempts.c.person == person) & (attempts.c.outcome == _OPEN)
