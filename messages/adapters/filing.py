"""What was sent in a call and stands in no folder yet: read from the sendings, so that no kill loses it."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.tables import outbox, sendings
from messages.limits import call_of
from messages.states import GONE

BATCH = 100


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A message all of which was sent by a channel. `sending`: its first part; `sent_at` unix seconds."""

    sending: int
    call: str
    letter: int
    message: str
    channel: str
    sent_at: float


class Filing:
    """The messages of one outbox that were sent, until each stands in its folder."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine, self.clock = engine, clock

    async def unfiled(self, after: int = 0) -> tuple[Unfiled, ...]:
        """Give the next so many that are not filed, oldest first, from the sending `after` on."""
        gone, other = [one.value for one in GONE], sendings.alias()
        same = (other.c.letter == sendings.c.letter) & (other.c.channel == sendings.c.channel)
        first = (~sendings.c.filed) & sendings.c.state.in_(gone) & (sendings.c.id > after)
        query = (
            select(sendings, outbox.c.key, outbox.c.message)
            .join_from(sendings, outbox)
            .where(first, ~exists().where(same, other.c.state.not_in(gone)))
            .order_by(sendings.c.id)
            .limit(BATCH)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            Unfiled(row.id, call_of(row.key) or "", row.letter, row.message, row.channel, row.changed_at)
            for row in rows
        )

    async def done(self, sending: int) -> None:
        """Write down that one stands in its folder, or that there is no folder for it."""
        async with self._engine.begin() as connection:
            await connection.execute(update(sendings).where(sendings.c.id == sending).values(filed=True))
