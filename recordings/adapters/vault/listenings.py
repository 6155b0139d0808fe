"""Who asked to open which recording: a row for each, written before anything is heard."""

from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.tables import keeping, listenings
from recordings.listening import Asked, Keeping, Person, Purpose, Role

MOST_SHOWN = 200


class Listenings:
    """The listenings of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def write(self, asked: Asked) -> None:
        """Write a request down; it is on disk when this returns."""
        row = {
            "id": asked.id,
            "call": asked.call,
            "purpose": asked.purpose,
            "person": asked.person.name,
            "role": asked.person.role,
            "reason": asked.reason,
            "asked_at": asked.asked_at,
            "protected": asked.protected,
            "second": asked.second,
            "seconded_at": asked.seconded_at,
            "opened_at": asked.opened_at,
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(listenings).values(row))

    async def asked(self, listening: str) -> Asked | None:
        """Give one; None when there is none of this id."""
        async with self._engine.connect() as connection:
            row = (
                await connection.execute(select(listenings).where(listenings.c.id == listening))
            ).one_or_none()
        return _asked(row) if row is not None else None

    async def agree(self, listening: str, second: str, at: float) -> bool:
        """Note who agreed; False when somebody has before."""
        free = (listenings.c.id == listening, listenings.c.second.is_(None))
        async with self._engine.begin() as connection:
            done = await connection.execute(
                update(listenings).where(*free).values(second=second, seconded_at=at)
            )
        return done.rowcount == 1

    async def opened(self, listening: str, at: float) -> bool:
        """Note that the first byte goes out now; False when it did before."""
        first = (listenings.c.id == listening, listenings.c.opened_at.is_(None))
        async with self._engine.begin() as connection:
            done = await connection.execute(update(listenings).where(*first).values(opened_at=at))
        return done.rowcount == 1

    async def latest(self, role: Role, call: str = "", limit: int = MOST_SHOWN) -> tuple[Asked, ...]:
        """Give the last ones, the newest first, of a call or all; of blocked recordings to the authority only."""
        query = select(listenings).order_by(listenings.c.asked_at.desc()).limit(min(limit, MOST_SHOWN))
        if call:
            query = query.where(listenings.c.call == call)
        query = _visible(query, role)
        async with self._engine.connect() as connection:
            return tuple(_asked(row) for row in (await connection.execute(query)).all())

    async def waiting(self, role: Role, since: float) -> tuple[Asked, ...]:
        """Give those that wait for a second person since a moment; of blocked recordings to the authority only."""
        query = select(listenings).where(
            listenings.c.protected, listenings.c.second.is_(None), listenings.c.asked_at >= since
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(_visible(query, role).order_by(listenings.c.asked_at))
            return tuple(_asked(row) for row in rows.all())


def _visible(query: Select[Any], role: Role) -> Select[Any]:
    if role is Role.AUTHORITY:
        return query
    return query.where(
        listenings.c.call.not_in(select(keeping.c.call).where(keeping.c.keeping == Keeping.BLOCKED))
    )


def _asked(row: Row[tuple[object, ...]]) -> Asked:
    return Asked(
        row.id,
        row.call,
        Purpose(row.purpose),
        Person(row.person, Role(row.role)),
        row.reason,
        row.asked_at,
        row.protected,
        row.second,
        row.seconded_at,
        row.opened_at,
    )
