"""What the floor remembers over a restart, in SQL, written in groups.

Changes gather while the previous group is being committed, and go to disk together: one commit pays for many
happenings (tens of thousands of rows a second instead of some thousand). Whoever has to be sure awaits.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final, assert_never

from sqlalchemy import Connection, Insert, Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from queues.adapters.lead import Deposed, Lead
from queues.adapters.pen import Pen
from queues.adapters.tables import agent_states, agents, outcomes, places
from queues.agents import Agent, AgentState, State
from queues.ports import Change, Kept, KeptPlace, Outcome, PlaceGone, PlaceTaken, Wrapped
from queues.wishes import Wish, channel_of

log = logging.getLogger("ventanilla.queues")

# A database that cannot be written for a moment is tried again after this long; the changes are kept.
RETRY_S: Final = 0.5
# How long closing waits for the last group.
CLOSE_S: Final = 5.0

Row = dict[str, Any]  # a row of a table: what SQLAlchemy takes, of mixed types


class SqlStore:
    """The store over one AsyncEngine. Call `open` before use and `close` at the end."""

    def __init__(self, engine: AsyncEngine, lead: Lead | None = None) -> None:
        """Write for whoever has the `lead`; without one, for anybody."""
        self._engine, self._lead, self._pen = engine, lead, Pen(engine)
        self._pending: list[Change] = []
        self._group: asyncio.Future[None] | None = None
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start writing groups."""
        self._writer = asyncio.create_task(self._write_groups(), name="queues: store")

    async def close(self) -> None:
        """Write what is pending, then stop."""
        with suppress(TimeoutError, SQLAlchemyError, Deposed):
            async with asyncio.timeout(CLOSE_S):
                await self.save(())
        if self._writer is not None:
            self._writer.cancel()
            with suppress(asyncio.CancelledError):
                await self._writer
        await self._pen.close()

    def save(self, changes: Iterable[Change]) -> asyncio.Future[None]:
        """Queue changes, in order, for the next group; the future is done when they are on disk.

        It raises Deposed when another server leads: then nothing was written, nor will be.
        """
        self._pending.extend(changes)
        if self._group is None:
            self._group = asyncio.get_running_loop().create_future()
            self._group.add_done_callback(_noticed)
        self._wake.set()
        saved = asyncio.shield(self._group)
        saved.add_done_callback(_noticed)
        return saved

    async def enrol(self, people: Iterable[Agent]) -> None:
        """Write agents, new or changed. Nobody is removed: `strike` does that."""
        rows = [_agent_row(agent) for agent in people]
        if rows:
            async with self._engine.begin() as connection:
                await connection.execute(_upsert(connection, agents, "name"), rows)

    async def strike(self, name: str) -> None:
        """Take an agent from the roster; what they did stays on record. Nobody's name is fine."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(agents).where(agents.c.name == name))

    async def agents(self) -> tuple[Agent, ...]:
        """List everybody who may sign in, by name."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(agents).order_by(agents.c.name))
            return tuple(
                Agent(
                    r.name, r.display, r.level, dict(r.languages), dict(r.skills), r.team, r.site, r.outside
                )
                for r in rows
            )

    async def load(self, outcomes_since: float) -> Kept:
        """Give all states and places, and the outcomes that ended from this time on, oldest first."""
        async with self._engine.connect() as connection:
            state_rows = (await connection.execute(select(agent_states))).all()
            place_rows = (await connection.execute(select(places))).all()
            recent = (
                select(outcomes).where(outcomes.c.ended_at >= outcomes_since).order_by(outcomes.c.ended_at)
            )
            outcome_rows = (await connection.execute(recent)).all()
        return Kept(
            [_state(row) for row in state_rows],
            [_place(row) for row in place_rows],
            [_outcome(row) for row in outcome_rows],
        )

    async def _write_groups(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            group, changes, self._group = self._group, self._pending, None
            self._pending = []
            try:
                await self._write_until_it_holds(_latest(changes))
            except Deposed as deposed:
                if self._lead is not None:
                    self._lead.lose()
                if group is not None and not group.done():
                    group.set_exception(deposed)
                continue
            if group is not None and not group.done():
                group.set_result(None)

    async def _write_until_it_holds(self, changes: list[Change]) -> None:
        """Write one group; a database that fails is tried again, since nothing may be lost or reordered."""
        while changes:
            try:
                await self._pen.write(lambda connection: self._write(connection, changes))
            except (DataError, IntegrityError):
                await self._write_singly(changes)
                return
            except (SQLAlchemyError, OSError) as fault:
                log.warning("queue states cannot be written, trying again: %s", type(fault).__name__)
                await asyncio.sleep(RETRY_S)
            else:
                return

    def _write(self, connection: Connection, changes: list[Change]) -> None:
        if self._lead is not None:
            self._lead.demand(connection)
        _write(connection, changes)

    async def _write_singly(self, changes: list[Change]) -> None:
        """Write one by one what the database refused together; one that can never be written is dropped."""
        if len(changes) == 1:
            log.error("the database refuses a %s for good; it is dropped", type(changes[0]).__name__)
            return
        for change in changes:
            await self._write_until_it_holds([change])


def _noticed(saved: asyncio.Future[None]) -> None:
    """Take note of a failure nobody waits for: who leads says it (Lead.hold), not each of a thousand writes."""
    if not saved.cancelled():
        saved.exception()


def _latest(changes: list[Change]) -> list[Change]:
    """Keep only the last change of each agent and place; outcomes all."""
    last: dict[object, Change] = {}
    for change in changes:
        key = _key(change)
        last.pop(key, None)
        last[key] = change
    return list(last.values())


def _key(change: Change) -> object:
    match change:
        case AgentState():
            return ("agent", change.agent)
        case PlaceTaken():
            return ("place", change.place.wish.call)
        case PlaceGone():
            return ("place", change.call)
        case Outcome() | Wrapped():
            return change
        case _:
            assert_never(change)


def _write(connection: Connection, changes: list[Change]) -> None:
    """Write one group, one statement for each kind of change; outcomes before what is added to them."""
    states = [_state_row(change) for change in changes if isinstance(change, AgentState)]
    taken = [_place_row(change.place) for change in changes if isinstance(change, PlaceTaken)]
    gone = [{"gone": change.call} for change in changes if isinstance(change, PlaceGone)]
    ended = [_outcome_row(change) for change in changes if isinstance(change, Outcome)]
    wrapped = [
        {"of": change.call, "by": change.agent, "wrap_s": change.wrap_s}
        for change in changes
        if isinstance(change, Wrapped)
    ]
    statements = (
        (_upsert(connection, agent_states, "agent"), states),
        (_upsert(connection, places, "call"), taken),
        (delete(places).where(places.c.call == bindparam("gone")), gone),
        (insert(outcomes), ended),
        (_ADD_WRAP_UP, wrapped),
    )
    for statement, rows in statements:
        if rows:
            connection.execute(statement, rows)


_ADD_WRAP_UP: Final = (
    update(outcomes)
    .where(
        outcomes.c.call == bindparam("of"), outcomes.c.agent == bindparam("by"), outcomes.c.wrap_s.is_(None)
    )
    .values(wrap_s=bindparam("wrap_s"))
)


def _upsert(connection: Connection | AsyncConnection, table: Table, key: str) -> Insert:
    """Insert or replace by primary key: the one place that depends on the database's dialect."""
    if connection.dialect.name == "postgresql":
        into = postgresql.insert(table)
        rest = {column.name: into.excluded[column.name] for column in table.columns if column.name != key}
        return into.on_conflict_do_update(index_elements=[key], set_=rest)
    into_lite = sqlite.insert(table)
    rest = {column.name: into_lite.excluded[column.name] for column in table.columns if column.name != key}
    return into_lite.on_conflict_do_update(index_elements=[key], set_=rest)


def _agent_row(agent: Agent) -> Row:
    return {
        "name": agent.name,
        "display": agent.display,
        "level": agent.level,
        "languages": dict(agent.languages),
        "skills": dict(agent.skills),
        "team": agent.team,
        "site": agent.site,
        "outside": agent.outside,
    }


def _state_row(state: AgentState) -> Row:
    return {
        "agent": state.agent,
        "state": state.state.value,
        "since_at": state.since,
        "reason": state.reason,
        "call": state.call,
        "until_at": state.until,
        "then": state.then,
        "then_reason": state.then_reason,
        "address": state.address,
    }


def _state(row: Any) -> AgentState:  # noqa: ANN401 - a SQLAlchemy row has no static columns; Any stops here
    return AgentState(
        row.agent, State(row.state), row.since_at, row.reason, row.call, row.until_at, row.then,
        row.then_reason, row.address,
    )  # fmt: skip


def _place_row(place: KeptPlace) -> Row:
    wish = place.wish
    return {
        "call": wish.call,
        "subject": wish.subject,
        "language": wish.language,
        "level": wish.level,
        "priority": wish.priority,
        "since_at": wish.since,
        "agent": place.agent,
        "talk_since_at": place.talk_since,
        "began_at": place.began,
    }


def _place(row: Any) -> KeptPlace:  # noqa: ANN401 - a SQLAlchemy row has no static columns; Any stops here
    channel = channel_of(row.call)
    wish = Wish(row.call, row.subject, row.language, row.level, row.priority, row.since_at, channel)
    return KeptPlace(wish, row.agent, row.talk_since_at, row.began_at)


def _outcome_row(ended: Outcome) -> Row:
    return {
        "call": ended.call,
        "subject": ended.subject,
        "language": ended.language,
        "level": ended.level,
        "kind": ended.kind,
        "agent": ended.agent,
        "since_at": ended.since,
        "ended_at": ended.ended_at,
        "waited_s": ended.waited_s,
        "talked_s": ended.talked_s,
        "wrap_s": ended.wrap_s,
    }


def _outcome(row: Any) -> Outcome:  # noqa: ANN401 - a SQLAlchemy row has no static columns; Any stops here
    return Outcome(
        row.call, row.subject, row.language, row.level, row.kind, row.agent, row.since_at, row.ended_at,
        row.waited_s, row.talked_s, row.wrap_s,
    )  # fmt: skip
