"""Looking at all sealed recordings, some every night: on from where the time was over, and round again.

What was found bad is looked at each time, whatever else is, and named until it is well.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.tables import recordings
from recordings.evidence.happened import Difference
from recordings.recording import State

BATCH = 500
Found = Mapping[str, Sequence[Difference]]
Look = Callable[[Sequence[str]], Awaitable[Found]]
"""Looks at some calls' recordings, and gives what is wrong by call; nothing of a call that is well."""


@dataclass(frozen=True, slots=True)
class Looked:
    """How many of how many recordings were looked at, and what is wrong with them."""

    at: int
    there: int
    found: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class _Came:
    """How far a round has come: after which call it goes on, and which were bad."""

    after: str = ""
    bad: frozenset[str] = frozenset()


class Rounds:
    """The rounds of one kind. `place`: the file that says how far they came, None to begin anew; `clock`: seconds."""

    def __init__(
        self, engine: AsyncEngine, place: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine, self._place, self._clock = engine, place, clock

    async def go(self, look: Look, at_once: int, for_s: float) -> Looked:
        """Go on for some seconds, to the end of what is looked at at once; at most one round. Raises OSError."""
        until, before = self._clock() + for_s, await asyncio.to_thread(_read, self._place)
        bad, found, count, after = sorted(before.bad), dict[str, Sequence[Difference]](), 0, before.after
        for first in range(0, len(bad), at_once):
            found |= await look(bad[first : first + at_once])
        async for calls in self._round(before.after, at_once):
            if self._clock() >= until:
                break
            found |= await look([call for call in calls if call not in before.bad])
            if count // BATCH < (count + len(calls)) // BATCH:
                await asyncio.to_thread(_write, self._place, _Came(calls[-1], frozenset(found)))
            count, after = count + len(calls), calls[-1]
        await asyncio.to_thread(_write, self._place, _Came(after, frozenset(found)))
        wrong = tuple(one for call in sorted(found) for one in found[call])
        return Looked(count, await self._count(), wrong)

    async def _round(self, begin: str, at_once: int) -> AsyncIterator[Sequence[str]]:
        """Give every sealed recording once, in the order of their calls, from behind one on and round to it."""
        async for calls in self._after(begin, at_once):
            yield calls
        async for calls in self._after("", at_once) if begin else _nothing():
            if rest := [call for call in calls if call <= begin]:
                yield rest
            if len(rest) < len(calls):
                return

    async def _after(self, after: str, at_once: int) -> AsyncIterator[Sequence[str]]:
        query = (
            select(recordings.c.call).where(recordings.c.state == State.SEALED).order_by(recordings.c.call)
        )
        while True:
            async with self._engine.connect() as connection:
                further = query.where(recordings.c.call > after).limit(BATCH)
                calls = list((await connection.execute(further)).scalars())
            for first in range(0, len(calls), at_once):
                yield calls[first : first + at_once]
            if not calls:
                return
            after = calls[-1]

    async def _count(self) -> int:
        query = select(func.count()).select_from(recordings).where(recordings.c.state == State.SEALED)
        async with self._engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())


async def _nothing() -> AsyncIterator[Sequence[str]]:
    return
    yield ()


def _read(place: Path | None) -> _Came:
    """Read how far a round came; a file that is spoilt begins a new one."""
    try:
        kept = json.loads(place.read_text(encoding="utf-8")) if place else {"after": "", "bad": []}
        return _Came(str(kept["after"]), frozenset(map(str, kept["bad"])))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return _Came()


def _write(place: Path | None, came: _Came) -> None:
    """Write it whole or not at all. Raises OSError."""
    if place is None:
        return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place.with_name(f".{place.name}.new")
    fresh.write_text(json.dumps({"after": came.after, "bad": sorted(came.bad)}), encoding="utf-8")
    fresh.replace(place)
