"""What Asterisk's own records of calls (CDR) say of conversations, and what our database does."""

import csv
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from queues.adapters.tables import agent_states, outcomes, places
from tests.conftest import RunningAsterisk

UNIQUEID, _LINKEDID, _CHANNEL, DSTCHANNEL, _START, ANSWER, _END, _DURATION, _BILLSEC, DISPOSITION = range(10)


def conversations(asterisk: RunningAsterisk) -> list[str]:
    """The calls that were answered by an agent's telephone, by Asterisk's records; one for each conversation."""
    file: Path = asterisk.places.logs / "cdr-custom" / "calls.csv"
    rows = list(csv.reader(file.read_text().splitlines())) if file.exists() else []
    return sorted(
        row[UNIQUEID]
        for row in rows
        if row[DSTCHANNEL].startswith("PJSIP/agent-") and row[DISPOSITION] == "ANSWERED" and row[ANSWER]
    )


async def answered(engine: AsyncEngine) -> list[str]:
    """The calls whose wish ended in a conversation, by our database; one for each."""
    async with engine.connect() as connection:
        rows = await connection.execute(select(outcomes.c.call).where(outcomes.c.kind == "answered"))
        return sorted(row.call for row in rows)


async def left_behind(engine: AsyncEngine) -> tuple[list[str], list[str]]:
    """The calls that still have a place, and the agents who still have a call."""
    async with engine.connect() as connection:
        placed = (await connection.execute(select(places.c.call))).scalars().all()
        busy = select(agent_states.c.agent).where(
            agent_states.c.state.in_(["reserved", "ringing", "talking"])
        )
        return list(placed), list((await connection.execute(busy)).scalars().all())
