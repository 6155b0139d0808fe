"""Facts out of the table, for one span: all of every call that was there in it, and the agents' states around it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from queues.adapters.tables import agents
from server.facts_store import facts
from server.figures.ledger import Ledger
from server.figures.records import Row
from server.figures.spans import Span

STATE = "AgentStateChanged"
BEFORE_S = 86_400.0
"""How far back an agent's last state is looked for: whoever did nothing at all for a day was not at work."""
AFTER_S = 2 * 3600.0
"""How far on states are read for the wrap-ups of the span's contacts: twice the longest that can be set."""
FOUND_S = 3 * 86_400.0
"""How long after a day what its reconciliation found may be said: calls that only Asterisk knows of."""
TYPES = Ledger().types


async def around(engine: AsyncEngine, span: Span, types: Sequence[str] = TYPES) -> list[Row]:
    """Give what a report on this span has to read, in the order it was written."""
    inside = and_(facts.c.at >= span.begins, facts.c.at < span.ends)
    theirs = select(facts.c.call).where(inside, facts.c.call.is_not(None))
    outside = or_(facts.c.at < span.begins, facts.c.at >= span.ends)
    states = and_(
        facts.c.type == STATE, facts.c.at >= span.begins - BEFORE_S, facts.c.at < span.ends + AFTER_S
    )
    differing = and_(
        facts.c.type == "CallDiffers", facts.c.at >= span.begins, facts.c.at < span.ends + FOUND_S
    )
    found: dict[int, Row] = {}
    async with engine.connect() as connection:
        for wanted in (inside, states, differing, and_(outside, facts.c.call.in_(theirs))):
            found |= await _rows(connection, select(facts).where(wanted, facts.c.type.in_(types)))
    return [found[number] for number in sorted(found)]


async def of_type(engine: AsyncEngine, span: Span, types: Sequence[str]) -> list[Row]:
    """Give the facts of these types in a span, in the order they were written."""
    query = select(facts).where(facts.c.at >= span.begins, facts.c.at < span.ends, facts.c.type.in_(types))
    async with engine.connect() as connection:
        found = await _rows(connection, query)
    return [found[number] for number in sorted(found)]


async def levels(engine: AsyncEngine) -> Mapping[str, int]:
    """Give each agent's level as it is now."""
    async with engine.connect() as connection:
        rows = await connection.execute(select(agents.c.name, agents.c.level))
        return {row.name: row.level for row in rows}


async def _rows(connection: AsyncConnection, query: Select[Any]) -> dict[int, Row]:
    rows = (await connection.execute(query)).mappings()
    return {row["id"]: {**json.loads(row["body"]), "type": row["type"]} for row in rows}
