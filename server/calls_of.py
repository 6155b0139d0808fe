"""Which calls are whose, asked of the rooms' tables: what joins a recording to a person, a request, an agent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.tables import calls as requested
from ivr.adapters.tables import proofs
from server.facts_store import facts

TALKS = ("TalkStarted", "HandedOver")
PROTECTED = "protected"
"""The subject of calls that only the team for protected persons takes."""
_REFERENCE = re.compile(r"\d{4}-\d{7}-\d")


@dataclass(frozen=True, slots=True)
class About:
    """What a list shows of a call beside its recording; `person`: the proven citizen's id."""

    agents: tuple[str, ...] = ()
    request: str | None = None
    subject: str | None = None
    person: str | None = None
    level: int = 0
    protected: bool = False


def is_reference(typed: str) -> bool:
    """Say whether somebody typed a request's reference, not a person's document."""
    return _REFERENCE.fullmatch(typed) is not None


class CallsOf:
    """The calls in one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def person(self, person: str) -> frozenset[str]:
        """Give the calls in which this citizen proved who they are."""
        return await self._calls(select(proofs.c.call).where(proofs.c.person == person))

    async def persons(self, call: str) -> frozenset[str]:
        """Give who proved in a call who they are."""
        return await self._calls(select(proofs.c.person).where(proofs.c.call == call))

    async def request(self, reference: str) -> frozenset[str]:
        """Give the calls of a request."""
        return await self._calls(select(requested.c.call).where(requested.c.request == reference))

    async def agent(self, agent: str, since: float, before: float) -> frozenset[str]:
        """Give the calls in which this agent talked."""
        when = (facts.c.at >= since, facts.c.at < before)
        return await self._calls(
            select(facts.c.call).where(facts.c.agent == agent, facts.c.type.in_(TALKS), *when)
        )

    async def talks(self, call: str) -> tuple[tuple[str, float], ...]:
        """Give which agents began to talk in a call, and when (unix seconds)."""
        query = select(facts.c.agent, facts.c.at).where(facts.c.call == call, facts.c.type == TALKS[0])
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(facts.c.at))).all()
        return tuple((row.agent, row.at) for row in rows)

    async def about(self, calls: Iterable[str]) -> Mapping[str, About]:
        """Give what is known of calls."""
        wanted = sorted(set(calls))
        talked = select(facts.c.call, facts.c.agent).where(facts.c.call.in_(wanted), facts.c.type.in_(TALKS))
        asked = select(requested).where(requested.c.call.in_(wanted))
        proven = select(proofs).where(proofs.c.call.in_(wanted)).order_by(proofs.c.level, proofs.c.at)
        async with self._engine.connect() as connection:
            agents: dict[str, dict[str, None]] = {}
            for row in (await connection.execute(talked.order_by(facts.c.id))).all():
                agents.setdefault(row.call, {})[row.agent] = None
            requests = {row.call: row for row in (await connection.execute(asked)).all()}
            persons = {row.call: row for row in (await connection.execute(proven)).all()}
        return {
            call: _about(tuple(agents.get(call, ())), requests.get(call), persons.get(call))
            for call in wanted
        }

    async def protected(self, call: str) -> bool:
        """Say whether a call is a protected person's: by its own proofs, any proof of theirs, or its subject."""
        persons = select(proofs.c.person).where(proofs.c.call == call)
        mine = or_(proofs.c.call == call, proofs.c.person.in_(persons))
        marked = select(proofs.c.call).where(mine, proofs.c.protected)
        team = select(requested.c.call).where(requested.c.call == call, requested.c.subject == PROTECTED)
        return bool(await self._calls(marked) | await self._calls(team))

    async def _calls(self, query: object) -> frozenset[str]:
        async with self._engine.connect() as connection:
            found = await connection.execute(query)  # type: ignore[call-overload] # a select of one column
            return frozenset(found.scalars())


def _about(agents: tuple[str, ...], request: object, proof: object) -> About:
    return About(
        agents,
        getattr(request, "request", None),
        getattr(request, "subject", None),
        getattr(proof, "person", None),
        getattr(proof, "level", 0),
        bool(getattr(proof, "protected", False)) or getattr(request, "subject", None) == PROTECTED,
    )
