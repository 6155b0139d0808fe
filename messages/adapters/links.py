"""Short links in SQL: what each leads to, until when, and how often it was opened."""

from collections.abc import Callable

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.tables import links
from messages.links import expires_at, leads_somewhere, token


class SqlLinks:
    """Links under one address (`https://institution.example/l/`); an empty one leaves every link as it is."""

    def __init__(self, engine: AsyncEngine, key: bytes, under: str, clock: Callable[[], float]) -> None:
        self._engine, self._key, self._under, self._clock = engine, key, under, clock
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    async def short(self, target: str, at: float) -> str:
        """Give a short link; the target itself where none is offered, or nothing of the web is meant."""
        if not self._under or not leads_somewhere(target):
            return target
        word = token(self._key, target, at)
        kept = self._insert(links).values(token=word, target=target, expires_at=expires_at(at))
        kept = kept.on_conflict_do_update(
            index_elements=[links.c.token], set_={"expires_at": kept.excluded.expires_at}
        )
        async with self._engine.begin() as connection:
            await connection.execute(kept)
        return self._under + word

    async def opened(self, word: str) -> str | None:
        """Give what a token leads to, and count; None for one that is unknown or too old."""
        this = (links.c.token == word) & (links.c.expires_at > self._clock())
        counted = update(links).where(this).values(opened=links.c.opened + 1).returning(links.c.target)
        async with self._engine.begin() as connection:
            target: str | None = (await connection.execute(counted)).scalar_one_or_none()
        return target

    async def tidy(self) -> None:
        """Forget links that lead nowhere any more."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(links).where(links.c.expires_at <= self._clock()))

    async def figures(self) -> tuple[tuple[str, int], ...]:
        """Give how often each target was opened by a link that is still good, most first."""
        count = func.sum(links.c.opened)
        query = select(links.c.target, count).group_by(links.c.target).order_by(count.desc(), links.c.target)
        async with self._engine.connect() as connection:
            return tuple((target, int(opened)) for target, opened in await connection.execute(query))
