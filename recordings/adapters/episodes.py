"""The consent episodes' rows: each is written before its audio, and changed only while it is open."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.tables import episodes, insert_once, marks, recordings
from recordings.episodes import Episode, Outcome, Span, Statement
from recordings.marks import Kind
from recordings.recording import State


class Episodes:
    """The episodes of one vault's recordings."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def episodes_of(self, call: str) -> tuple[Episode, ...]:
        """Give a call's episodes in the order they began."""
        wanted = select(episodes).where(episodes.c.call == call)
        return await self._read(wanted.order_by(episodes.c.began_ms, episodes.c.id))

    async def episode(self, episode: str) -> Episode | None:
        """Give one; None when there is none of this id."""
        found = await self._read(select(episodes).where(episodes.c.id == episode))
        return found[0] if found else None

    async def open_ones(self) -> tuple[Episode, ...]:
        """Give every episode that nobody has ended."""
        wanted = select(episodes).where(episodes.c.outcome == Outcome.OPEN)
        return await self._read(wanted.order_by(episodes.c.begun_at))

    async def recorded_since(self, call: str) -> float | None:
        """Say when a call's recording began (unix seconds); None when it is not being recorded."""
        wanted = select(recordings.c.begun_at).where(
            recordings.c.call == call, recordings.c.state == State.RECORDING
        )
        async with self._engine.connect() as connection:
            began_at: float | None = (await connection.execute(wanted)).scalar_one_or_none()
        return began_at

    async def begin(self, episode: Episode) -> bool:
        """Write an episode's row; False when it stands there already."""
        async with self._engine.begin() as connection:
            return await insert_once(connection, episodes, _row(episode))

    async def change(self, episode: str, step: Callable[[Episode], Episode]) -> Episode | None:
        """Let a step happen to an open episode, alone; None when there is none of this id. Raises IllegalStep."""
        async with self._engine.begin() as connection:
            found = await _locked(connection, episode)
            if found is None:
                return None
            changed = step(found)
            await connection.execute(update(episodes).where(episodes.c.id == episode).values(_row(changed)))
        return changed

    async def gaps_of(self, episode: str) -> tuple[tuple[int, bool], ...]:
        """Give where the recording of an episode's call became mute (True), and where it was not any more."""
        call = select(episodes.c.call).where(episodes.c.id == episode).scalar_subquery()
        kinds = (Kind.MUTED, Kind.UNMUTED)
        query = select(marks.c.offset_ms, marks.c.kind).where(marks.c.call == call, marks.c.kind.in_(kinds))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple((row.offset_ms, row.kind == Kind.MUTED) for row in rows)

    async def _read(self, query: Any) -> tuple[Episode, ...]:  # noqa: ANN401 - a select of these columns
        async with self._engine.connect() as connection:
            return tuple(map(_episode, (await connection.execute(query)).all()))


async def _locked(connection: AsyncConnection, episode: str) -> Episode | None:
    """Read a row that is about to be changed; written to itself first, so that nobody else changes it meanwhile."""
    this = episodes.c.id == episode
    await connection.execute(update(episodes).where(this).values(id=episodes.c.id))
    found = (await connection.execute(select(episodes).where(this))).one_or_none()
    return _episode(found) if found is not None else None


def _row(episode: Episode) -> Mapping[str, object]:
    plain = asdict(episode)
    said, answer = episode.statement_ms or (None, None), episode.answer_ms or (None, None)
    for name in ("statement", "statement_ms", "answer_ms"):
        del plain[name]
    return plain | {
        "statement_id": episode.statement.id,
        "language": episode.statement.language,
        "text": episode.statement.text,
        "sha512": episode.statement.sha512,
        "statement_from_ms": said[0],
        "statement_to_ms": said[1],
        "answer_from_ms": answer[0],
        "answer_to_ms": answer[1],
    }


def _episode(row: Row[Any]) -> Episode:
    return Episode(
        id=row.id,
        call=row.call,
        leg=row.leg,
        citizen=row.citizen,
        level=row.level,
        act=row.act,
        statement=Statement(row.statement_id, row.language, row.text, row.sha512),
        asked_by=row.asked_by,
        began_ms=row.began_ms,
        begun_at=row.begun_at,
        statement_ms=_span(row.statement_from_ms, row.statement_to_ms),
        answer_ms=_span(row.answer_from_ms, row.answer_to_ms),
        answer=row.answer,
        outcome=Outcome(row.outcome),
        heard_by=row.heard_by,
    )


def _span(begin: int | None, end: int | None) -> Span | None:
    return (begin, end) if begin is not None and end is not None else None
