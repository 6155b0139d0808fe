"""Whose a citizen is: the agents who spoke with them before, for the steps that prefer those (docs/routing.md).

Only somebody who has proven in this call who they are has agents of their own, and only conversations count in which
they had proven it too: by a telephone number alone nobody learns who served somebody else.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_bridge.adapters.tables import calls as requested
from crm_bridge.requests import NO_OUTCOME, STILL_OPEN, State, after_outcome
from ivr.adapters.tables import proofs
from ivr.ports.floor import WishForm
from queues.adapters.tables import outcomes
from queues.hall import Hall
from queues.wishes import Named
from server.facts_store import facts

log = logging.getLogger("ventanilla.queues")

DAY_S: Final = 86_400.0
SAME_AND_OPEN, SAME_OR_OPEN = 100.0, 50.0
"""What a conversation was worth when it ended: about the same subject and with something left open, or one of both."""
HALVES: Final = 7.0
"""After so many half-lives 100 is less than 1, the least that a step can ask for."""
MOST_TALKS, MOST_NAMED = 20, 3
"""A citizen's last conversations that are looked at; and agents who may be preferred for one caller."""
LOOK_UP_S: Final = 0.25
"""How long a proven caller waits to be put in line for this; then it goes without."""
MOST_LATE: Final = 4
"""Look-ups that go on when nobody waits for them any more: one connection each, so that most of a pool stays free."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that has ended (unix seconds): with whom, about what, of which request; `open`: as it was left."""

    agent: str
    subject: str
    request: str | None
    ended_at: float
    open: bool


def named(talks: Iterable[Talk], subject: str, at: float, half_life_s: float) -> tuple[Named, ...]:
    """Give the agents whose a caller about this subject is, the best first; each by the talk that counts most.

    `talks`: the last first. A request is open as the last of its conversations left it.
    """
    found: dict[str, Named] = {}
    told = dict[str | None, bool]()
    for talk in talks:
        left_open = talk.open if talk.request is None else told.setdefault(talk.request, talk.open)
        score = _worth(left_open=left_open, same=talk.subject == subject)
        one = Named(talk.agent, score, talk.ended_at, half_life_s)
        if score and (talk.agent not in found or one.score_at(at) > found[talk.agent].score_at(at)):
            found[talk.agent] = one
    best = sorted(found.values(), key=lambda one: (-one.score_at(at), one.agent))
    return tuple(best[:MOST_NAMED])


def _worth(*, left_open: bool, same: bool) -> float:
    if left_open and same:
        return SAME_AND_OPEN
    return SAME_OR_OPEN if left_open or same else 0.0


async def talks_of(engine: AsyncEngine, person: str, but: str, since: float) -> list[Talk]:
    """Give a citizen's conversations that ended since then (unix seconds), but for this call's; the last first."""
    proven = select(proofs.c.call).where(proofs.c.person == person, proofs.c.level >= 1)
    answered = (
        select(
            outcomes.c.call, outcomes.c.agent, outcomes.c.subject, outcomes.c.ended_at, requested.c.request
        )
        .join(requested, requested.c.call == outcomes.c.call, isouter=True)
        .where(outcomes.c.call.in_(proven), outcomes.c.call != but, outcomes.c.kind == "answered")
        .where(outcomes.c.agent.is_not(None), outcomes.c.ended_at >= since)
        .order_by(outcomes.c.ended_at.desc(), outcomes.c.id.desc())
        .limit(MOST_TALKS)
    )
    async with engine.connect() as connection:
        rows = (await connection.execute(answered)).all()
        left = await _left(connection, [row.call for row in rows])
    return [
        Talk(row.agent, row.subject, row.request, row.ended_at, left.get((row.call, row.agent), True))
        for row in rows
    ]


async def _left(connection: AsyncConnection, calls: list[str]) -> dict[tuple[str, str], bool]:
    """Say by call and agent whether the conversation left something open: as the agent's outcome has it."""
    noted = select(facts.c.call, facts.c.agent, facts.c.body).where(
        facts.c.call.in_(calls), facts.c.type == "RequestNoted"
    )
    rows = (await connection.execute(noted.order_by(facts.c.id))).all()
    return {
        (row.call, row.agent): after_outcome(State.IN_PROGRESS, _outcome(row.body)) in STILL_OPEN
        for row in rows
    }


def _outcome(body: str) -> str:
    return str(json.loads(body).get("outcome", NO_OUTCOME))


class OwnAgents:
    """Looks up whose a caller is, where the rule that serves them asks for it.

    A look-up that is late is left alone, not cancelled: that would close its connection, for which the caller would
    have to wait, and cost a new one. While too many are late nobody is looked up.
    """

    def __init__(self, engine: AsyncEngine, hall: Hall) -> None:
        self._engine, self._hall = engine, hall
        self._late = set[asyncio.Task[list[Talk]]]()

    async def of(self, wish: WishForm, at: float) -> tuple[Named, ...]:
        """Give the agents whom this caller should get; none who cannot be found in time. Never raises."""
        if not wish.identity or wish.person is None or not self._hall.prefers(wish):
            return ()
        half_life_s = self._hall.router.rules.half_life_days * DAY_S
        try:
            talks = await self._in_time(wish.person, wish.call, at - HALVES * half_life_s)
        except (SQLAlchemyError, OSError, TimeoutError) as fault:
            log.warning("call %s is nobody's: %s", wish.call, type(fault).__name__)
            return ()
        return named(talks, wish.subject, at, half_life_s)

    async def _in_time(self, person: str, but: str, since: float) -> list[Talk]:
        """Give the talks, as `talks_of` has them. Raises TimeoutError when they are late, and what that raises."""
        if len(self._late) >= MOST_LATE:
            raise TimeoutError
        asking = asyncio.create_task(talks_of(self._engine, person, but, since), name="whose a caller is")
        try:
            await asyncio.wait({asking}, timeout=LOOK_UP_S)
        finally:  # whoever hangs up meanwhile leaves it too
            if not asking.done():
                self._late.add(asking)
                asking.add_done_callback(self._ended)
        if not asking.done():
            raise TimeoutError
        return asking.result()

    def _ended(self, late: asyncio.Task[list[Talk]]) -> None:
        self._late.discard(late)
        if not late.cancelled() and (fault := late.exception()) is not None:
            log.warning("a late look-up of whose a caller is failed: %s", type(fault).__name__)
