"""A recorded day out of the database: the outcomes that began in it, and everybody who may answer. Only reads."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from queues.adapters.tables import agents, outcomes
from queues.agents import Agent
from queues.ports import Outcome


async def recorded_day(
    engine: AsyncEngine, begins: float, ends: float
) -> tuple[list[Outcome], dict[str, Agent]]:
    """Give the outcomes of wishes that began in [begins, ends) (unix seconds), and agents by name."""
    of_day = select(outcomes).where(outcomes.c.since_at >= begins, outcomes.c.since_at < ends)
    async with engine.connect() as connection:
        calls = (await connection.execute(of_day.order_by(outcomes.c.since_at))).all()
        people = (await connection.execute(select(agents))).all()
    known = {
        row.name: Agent(
            row.name, row.display, row.level, dict(row.languages), dict(row.skills), row.team, row.site
        )
        for row in people
    }
    return [_outcome(row) for row in calls], known


def _outcome(row: Any) -> Outcome:  # noqa: ANN401 - a SQLAlchemy row has no static columns; Any stops here
    return Outcome(
        row.call, row.subject, row.language, row.level, row.kind, row.agent, row.since_at, row.ended_at,
        row.waited_s, row.talked_s, row.wrap_s,
    )  # fmt: skip
