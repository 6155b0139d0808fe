"""The memory of identification protocols, in SQL. Persons and numbers are kept as keyed hashes only.

A protocol is counted from the moment it is opened: the row is committed before the counting, so that two
calls at once cannot both slip under the limit (at worst both are refused).
"""

import hmac
import uuid
from collections.abc import Callable

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ivr.adapters.tables import asked, attempts
from ivr.ports.proving import Refusals

_OPEN, _REFUSED, _PROVEN = "open", "refused", "proven"


class SqlAttempts:
    """Attempts over one AsyncEngine. `key` is a secret of this installation; `window_s` says how long one counts.

    Where it does not `remember` the questions, they may be put again and again: for the demonstration, whose
    few people are everybody's.
    """

    def __init__(
        self, engine: AsyncEngine, key: bytes, window_s: Callable[[], float], *, remember: bool = True
    ) -> None:
        self._engine = engine
        self._key = key
        self._window_s = window_s
        self._remember = remember

    async def open(self, call: str, who: str, number: str, at: float) -> Refusals:
        """Begin a protocol, or go on with the call's open one; give the counts with it."""
        person, caller = self._hash(who), self._hash(number)
        async with self._engine.begin() as connection:
            await connection.execute(delete(attempts).where(attempts.c.opened_at < at - self._window_s()))
            if await _protocol(connection, call, person) is None:
                row = {"id": uuid.uuid4().hex, "call": call, "person": person, "number": caller}
                await connection.execute(insert(attempts).values(**row, opened_at=at, outcome=_OPEN))
        return await self._refusals(person, number, at)

    async def refused_for_number(self, number: str, at: float) -> int:
        """Count the protocols against a number, or a trunk's hidden ones, in the window."""
        return await self._count(attempts.c.number == self._hash(number), at)

    async def asked(self, call: str, who: str, since: float) -> frozenset[str]:
        """Give the questions put to somebody since then, but for those of the call's open protocol."""
        if not self._remember:
            return frozenset()
        person = self._hash(who)
        async with self._engine.begin() as connection:
            await connection.execute(delete(asked).where(asked.c.at < since))
            now = await _protocol(connection, call, person)
            before = select(asked.c.question).where(asked.c.person == person, asked.c.attempt != (now or ""))
            return frozenset((await connection.execute(before)).scalars())

    async def ask(self, call: str, who: str, question: str, at: float) -> None:
        """Remember that the call's open protocol puts this question."""
        person = self._hash(who)
        async with self._engine.begin() as connection:
            now = await _protocol(connection, call, person)
            mine = (asked.c.attempt == now) & (asked.c.question == question)
            if now is None or (await connection.execute(select(asked.c.at).where(mine))).first():
                return
            row = {"attempt": now, "question": question, "person": person, "at": at}
            await connection.execute(insert(asked).values(row))

    async def forget(self, call: str, who: str) -> None:
        """Let the questions of the call's open protocol be put again."""
        async with self._engine.begin() as connection:
            now = await _protocol(connection, call, self._hash(who))
            await connection.execute(delete(asked).where(asked.c.attempt == (now or "")))

    async def close(self, call: str, who: str, at: float, *, counts: bool) -> None:  # noqa: ARG002 - the port's
        """End the call's open protocol."""
        ended = update(attempts).where(_open_protocol(call, self._hash(who)))
        async with self._engine.begin() as connection:
            await connection.execute(ended.values(outcome=_REFUSED if counts else _PROVEN))

    async def _refusals(self, person: str, number: str, at: float) -> Refusals:
        return Refusals(
            person=await self._count(attempts.c.person == person, at),
            number=await self.refused_for_number(number, at),
            persons=await self._persons(attempts.c.number == self._hash(number), at),
        )

    async def _count(self, whose: ColumnElement[bool], at: float) -> int:
        counted = select(func.count()).select_from(attempts).where(whose, attempts.c.outcome != _PROVEN)
        return await self._number(counted.where(attempts.c.opened_at >= at - self._window_s()))

    async def _persons(self, whose: ColumnElement[bool], at: float) -> int:
        """Count the different persons of protocols, the proven ones too: who proves many is worth a look."""
        different = select(func.count(attempts.c.person.distinct())).where(whose)
        return await self._number(different.where(attempts.c.opened_at >= at - self._window_s()))

    async def _number(self, query: Select[int]) -> int:
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).scalar_one()

    def _hash(self, plain: str) -> str:
        return hmac.digest(self._key, plain.encode(), "sha256").hex()


def _open_protocol(call: str, person: str) -> ColumnElement[bool]:
    return (attempts.c.call == call) & (attempts.c.person == person) & (attempts.c.outcome == _OPEN)


async def _protocol(connection: AsyncConnection, call: str, person: str) -> str | None:
    """Give the id of the call's open protocol for this person."""
    found = await connection.execute(select(attempts.c.id).where(_open_protocol(call, person)))
    return found.scalars().first()
