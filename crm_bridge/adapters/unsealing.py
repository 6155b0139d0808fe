"""Opening a protected person's folder: one of the named staff asks with a reason, a second person says yes or no.

It holds for one agent in one contact. Nobody agrees with themselves.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.tables import unsealings
from crm_bridge.facts import Fact, UnsealingAsked, UnsealingDecided

STANDS_S = 1_800.0
"""How long a question waits for its second person: a contact that lasts longer asks again."""


@dataclass(frozen=True, slots=True)
class Unsealing:
    """A question for a second person; `asked_at` unix seconds."""

    id: str
    call: str
    agent: str
    reason: str
    asked_at: float


class Unsealings:
    """The table of who asked, why, and who agreed."""

    def __init__(
        self, engine: AsyncEngine, publish: Callable[[Fact], None], clock: Callable[[], float]
    ) -> None:
        self._engine, self._publish, self._clock = engine, publish, clock

    async def ask(self, call: str, agent: str, reason: str) -> Unsealing:
        """Put the question; one that waits for this agent in this contact already is given back."""
        for waiting in await self.waiting():
            if (waiting.call, waiting.agent) == (call, agent):
                return waiting
        one = Unsealing(uuid.uuid4().hex, call, agent, reason, self._clock())
        row = {"id": one.id, "call": call, "agent": agent, "reason": reason, "asked_at": one.asked_at}
        async with self._engine.begin() as connection:
            await connection.execute(insert(unsealings).values(row))
        self._publish(UnsealingAsked(call, agent, reason, one.asked_at))
        return one

    async def waiting(self) -> tuple[Unsealing, ...]:
        """Give the questions that wait for a second person, oldest first."""
        since = self._clock() - STANDS_S
        query = select(unsealings).where(unsealings.c.decided_at.is_(None), unsealings.c.asked_at > since)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(unsealings.c.asked_at))).all()
        return tuple(_unsealing(row) for row in rows)

    async def decide(self, unsealing: str, second: str, *, granted: bool) -> bool:
        """Say yes or no to a question of somebody else's; False when it waits no more, or is one's own."""
        at = self._clock()
        theirs = (
            unsealings.c.id == unsealing,
            unsealings.c.agent != second,
            unsealings.c.decided_at.is_(None),
            unsealings.c.asked_at > at - STANDS_S,
        )
        said = {"second": second, "granted": granted, "decided_at": at}
        async with self._engine.begin() as connection:
            query = update(unsealings).where(*theirs).values(**said)
            row = (await connection.execute(query.returning(unsealings))).one_or_none()
        if row is None:
            return False
        self._publish(UnsealingDecided(row.call, row.agent, second, granted, at))
        return True

    async def stands(self, call: str, agent: str) -> bool:
        """Say whether a second person agreed that this agent opens the folder in this contact."""
        theirs = (unsealings.c.call == call, unsealings.c.agent == agent)
        query = select(unsealings.c.granted).where(*theirs, unsealings.c.granted.is_(True))
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).first() is not None


def _unsealing(row: Row[*tuple[object, ...]]) -> Unsealing:
    return Unsealing(row.id, row.call, row.agent, row.reason, row.asked_at)
