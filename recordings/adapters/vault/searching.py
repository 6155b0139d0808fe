"""Which recordings there are, for people who look for one."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.tables import episodes, keeping, marks, recordings
from recordings.listening import Keeping, Role, visible
from recordings.recording import State

MOST = 200
MOST_CALLS = 5_000  # of a person or an agent, the newest: a database takes so many in one question
_SHOWN = (State.SEALED, State.EMPTY, State.MISSING, State.DESTROYED, State.ENDED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: begun since and before (unix seconds), and whatever else is not empty.

    calls: only these; state: of the recording (sealed, partial, empty, missing) or of its keeping (blocked, destroyed,
    held).
    """

    since: float
    before: float
    calls: frozenset[str] | None = None
    act: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A recording as a list shows it; `at` unix seconds, `acts` with their outcomes."""

    call: str
    at: float
    duration_ms: int | None
    language: str
    state: str
    flaw: str | None
    keeping: Keeping
    hold: str | None
    sha512: str | None
    acts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """A moment of a recording: its kind, and from when to when in milliseconds (the same for a point)."""

    kind: str
    begin_ms: int
    end_ms: int
    about: str = ""


class Searching:
    """The recordings of one database, to be looked for."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, wanted: Wanted, role: Role) -> tuple[Found, ...]:
        """Give what is wanted and visible for this role, the newest first, at most MOST."""
        if wanted.calls is not None and not wanted.calls:
            return ()
        query = _within(_query(), wanted)
        if not visible(role, Keeping.BLOCKED):
            query = query.where(or_(keeping.c.keeping.is_(None), keeping.c.keeping != Keeping.BLOCKED))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(recordings.c.begun_at.desc()).limit(MOST))).all()
            acts = await self._acts([row.call for row in rows])
        return tuple(_found(row, acts) for row in rows)

    async def one(self, call: str) -> Found | None:
        """Give one recording, whoever may see it."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_query().where(recordings.c.call == call))).one_or_none()
        return _found(row, await self._acts([call])) if row is not None else None

    async def marks(self, call: str) -> tuple[Marked, ...]:
        """Give the marks and episodes of a recording, in the order of time; the notice lies before all of it."""
        notice = select(recordings.c.notice_key, recordings.c.language).where(recordings.c.call == call)
        async with self._engine.connect() as connection:
            noticed = (await connection.execute(notice)).one_or_none()
            points = (await connection.execute(select(marks).where(marks.c.call == call))).all()
            held = (await connection.execute(select(episodes).where(episodes.c.call == call))).all()
        found = [Marked(row.kind, row.offset_ms, row.offset_ms) for row in points]
        found += [Marked("episode", row.began_ms, _end_of(row), f"{row.act} {row.outcome}") for row in held]
        first = [Marked("notice", 0, 0, noticed.language)] if noticed is not None else []
        return (*first, *sorted(found, key=lambda mark: (mark.begin_ms, mark.kind)))

    async def _acts(self, calls: list[str]) -> Mapping[str, tuple[tuple[str, str], ...]]:
        query = select(episodes.c.call, episodes.c.act, episodes.c.outcome).where(episodes.c.call.in_(calls))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(episodes.c.began_ms))).all()
        found: dict[str, tuple[tuple[str, str], ...]] = {}
        for row in rows:
            found[row.call] = (*found.get(row.call, ()), (row.act, row.outcome))
        return found


def _query() -> Select[tuple[object, ...]]:
    return select(recordings, keeping.c.keeping, keeping.c.hold).join_from(
        recordings, keeping, keeping.c.call == recordings.c.call, isouter=True
    )


def _within(query: Select[tuple[object, ...]], wanted: Wanted) -> Select[tuple[object, ...]]:
    """Narrow a query to what is wanted."""
    table = recordings
    query = query.where(
        table.c.begun_at >= wanted.since, table.c.begun_at < wanted.before, table.c.state.in_(_SHOWN)
    )
    if wanted.calls is not None:
        query = query.where(table.c.call.in_(sorted(wanted.calls)[-MOST_CALLS:]))
    if wanted.act:
        query = query.where(table.c.call.in_(select(episodes.c.call).where(episodes.c.act == wanted.act)))
    match wanted.state:
        case "":
            return query
        case "held":
            return query.where(keeping.c.hold.is_not(None))
        case Keeping.BLOCKED:
            return query.where(keeping.c.keeping == Keeping.BLOCKED)
        case "partial":
            return query.where(table.c.flaw == "partial")
        case State.SEALED:
            return query.where(and_(table.c.state == State.SEALED, table.c.flaw != "partial"))
        case state:
            return query.where(table.c.state == state)


def _found(row: Row[tuple[object, ...]], acts: Mapping[str, tuple[tuple[str, str], ...]]) -> Found:
    destroyed = row.state == State.DESTROYED
    return Found(
        row.call,
        row.begun_at,
        row.duration_ms,
        row.language,
        row.state,
        row.flaw,
        Keeping.DESTROYED if destroyed else Keeping(row.keeping or Keeping.ACTIVE),
        row.hold,
        row.sha512,
        acts.get(row.call, ()),
    )


def _end_of(row: Row[tuple[object, ...]]) -> int:
    """Say where an episode ends: with its answer, else with its statement, else where it began."""
    ends = (row.answer_to_ms, row.statement_to_ms, row.began_ms)
    return next(int(one) for one in ends if one is not None)
