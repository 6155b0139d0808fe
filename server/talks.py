"""Whose contact a wrap-up belongs to: who had the caller has it, a colleague who was only asked has none."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from queues.facts import TalkEnded
from server.facts_store import facts


class Talks:
    """The conversations that have ended: heard, or, of those before a restart, read from the table of facts.

    `TalkEnded` is said of who had the caller, and of nobody else.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._last: dict[str, str] = {}  # an agent's last call

    def hear(self, fact: object) -> None:
        """Take note of a conversation that is over."""
        match fact:
            case TalkEnded(call=call, agent=agent):
                self._last[agent] = call

    async def had(self, agent: str, call: str) -> bool:
        """Say whether this agent had the caller of a call that they wrap up."""
        if agent in self._last:
            return self._last[agent] == call
        theirs = (facts.c.type == TalkEnded.__name__, facts.c.call == call, facts.c.agent == agent)
        async with self._engine.connect() as connection:
            return (await connection.execute(select(facts.c.id).where(*theirs).limit(1))).first() is not None
