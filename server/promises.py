"""What the centre promises a caller for later: a request of the bridge, a call back.

One open promise for each number and for each person: who asks again keeps what they have, and may change its
hours; who asks for a number that somebody else was promised a call at learns nothing of that. The database holds
the rule, so two calls at once make one promise, and so does a call that is taken up again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Column, Double, Index, MetaData, Row, String, Table, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.ports import CrmDown
from crm_bridge.writes import Contacted
from ivr.ports.register import RegistryDown
from ivr.ports.requests import CallBack, Promise

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(column_0_label)s"})
promises = Table(
    "server_promises",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("request", String(40), nullable=False),
    Column("call", String(64), nullable=False),
    Column("number", String(20), nullable=False),
    Column("person", String(40)),
    Column("language", String(8), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("hours", String(20), nullable=False),
    Column("promised_at", Double, nullable=False),
    Column("kept_at", Double),  # or expired: `ending` says which (server/owed.py)
    Column("ending", String(10)),
)
_OPEN = promises.c.kept_at.is_(None)
for _whose in ("number", "person"):
    Index(
        f"uq_server_promises_open_{_whose}",
        promises.c[_whose],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )

JOINED = "joined"
"""The ending of what another promise keeps: it was never open, and stays on record so that it is not made again."""
PROMISE_S = 3.0
"""How long a caller waits in silence for a promise to be written down."""


class Promises:
    """The requests of the conversation, on the bridge and our own table."""

    def __init__(
        self, engine: AsyncEngine, bridge: Bridge, clock: Callable[[], float], limit_s: float = PROMISE_S
    ) -> None:
        self._engine, self._bridge, self._clock, self._limit_s = engine, bridge, clock, limit_s
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    async def call_back(self, back: CallBack, key: str) -> Promise:
        """Promise to ring back. Raises RegistryDown."""
        try:
            async with asyncio.timeout(self._limit_s):
                return await self._promise(back, key)
        except (SQLAlchemyError, OSError, CrmDown, TimeoutError) as fault:
            raise RegistryDown from fault

    async def take_over(self, back: CallBack, key: str) -> bool:
        """Promise it for a person to keep, unless number or person is rung anyway: that promise stays as it is.

        Once for each key, however often it is asked and whatever ended since. False while somebody else has a
        promise at that number: ask again when it has ended. Raises SQLAlchemyError, OSError, CrmDown.
        """
        rows = await self._open_or(back, key)
        if any(row.key == key for row in rows):
            return True
        if rings := next((row for row in rows if _reaches(row, back)), None):
            await self._write(back, key, rings.request, kept_at=self._clock(), ending=JOINED)
            return True
        if rows:
            return False
        await self._given(back, key)
        return any(row.key == key for row in await self._open_or(back, key))

    async def _promise(self, back: CallBack, key: str) -> Promise:
        standing = await self._standing(back, key)
        if standing is not None:
            await self._move(standing, back)
            return standing
        return await self._given(back, key)

    async def _given(self, back: CallBack, key: str) -> Promise:
        request = await self._bridge.open_or_continue(back.call, back.person, "callback")
        await self._write(back, key, request)
        await self._note(request, back)
        # Read, not believed: another call may have been faster with the same number.
        return await self._standing(back, key) or Promise(request, new=True)

    async def _write(self, back: CallBack, key: str, request: str, **ended: float | str) -> None:
        """Write a promise down, unless one stands in its way. `ended`: kept_at and ending of one that began so."""
        row = {
            "key": key,
            "request": request,
            "call": back.call,
            "number": back.number,
            "person": back.person,
            "language": back.language,
            "subject": back.subject,
            "hours": back.hours,
            "promised_at": self._clock(),
            **ended,
        }
        async with self._engine.begin() as connection:
            await connection.execute(self._insert(promises).values(row).on_conflict_do_nothing())

    async def _move(self, standing: Promise, back: CallBack) -> None:
        """Write down the hours now wished of a promise that is theirs."""
        if standing.reference is None:
            return
        theirs = update(promises).where(promises.c.request == standing.reference, _OPEN)
        async with self._engine.begin() as connection:
            await connection.execute(theirs.values(hours=back.hours))
        await self._note(standing.reference, back)

    async def _note(self, request: str, back: CallBack) -> None:
        """Write number and hours into the request, where whoever works on it reads them."""
        await write_number(
            self._bridge, request, back.call, back.number, (back.hours, back.language), self._clock()
        )

    async def _standing(self, back: CallBack, key: str) -> Promise | None:
        rows = await self._open_or(back, key)
        own = next((row for row in rows if row.key == key), None)
        if own is not None:
            return Promise(own.request, new=True)
        theirs = next((row.request for row in rows if _is_of(row, back)), None)
        return Promise(theirs, new=False) if rows else None

    async def _open_or(self, back: CallBack, key: str) -> Sequence[Row[Any]]:
        """Give the open promises at this number or to this person, the oldest first, and the one of this key."""
        whose = promises.c.number == back.number
        if back.person is not None:
            whose = or_(whose, promises.c.person == back.person)
        query = select(promises).where(or_(promises.c.key == key, _OPEN & whose))
        async with self._engine.connect() as connection:
            return (await connection.execute(query.order_by(promises.c.promised_at))).all()


async def write_number(
    bridge: Bridge, request: str, call: str, number: str, how: tuple[str, str], at: float
) -> None:
    """Put a number to ring into its request's contacts, once for number, hours and language; the state stays."""
    contact = f"{call}-ring-back-{how[0]}"
    words = f"Ring back {number}. Hours: {how[0]}. Language: {how[1]}."
    said = Contacted(request, contact, "desk", "inside", "callback", at, notes=words)
    await bridge.post(f"{contact}:{number}", call, said)


def _is_of(row: Row[Any], back: CallBack) -> bool:
    """Say whether a promise was made to who asks now, as far as call, proof and calling number tell."""
    proven = back.person is not None and row.person == back.person
    return bool(proven or row.call == back.call or row.number == back.caller)


def _reaches(row: Row[Any], back: CallBack) -> bool:
    """Say whether a promise rings who is owed a call: them, or their number and nobody known to be another."""
    if back.person is not None and row.person == back.person:
        return True
    return bool(row.number == back.number and None in {back.person, row.person})
