"""Looking at all sealed recordings, some every night: on from where the time was over, and round again.

What was found bad is looked at first each time, for half the time at most, and named until it is well. While a store
is away nothing is passed over that was not looked at.
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
"""Looks at some calls' recordings, and gives what is wrong by call; nothing of a call that is well. May raise Away."""


class Away(Exception):  # noqa: N818 - a state of the other side
    """A store does not answer, so not all were looked at. `found`: what is wrong with those that were."""

    def __init__(self, found: Found) -> None:
        super().__init__("a store is away")
        self.found = found


@dataclass(frozen=True, slots=True)
class Looked:
    """How many of how many recordings were looked at, and what is wrong with them."""

    at: int
    there: int
    found: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class _Came:
    """How far a round has come: after which call it goes on, which were bad, and after which of these it goes on."""

    after: str = ""
    bad: frozenset[str] = frozenset()
    again: str = ""


class Rounds:
    """The rounds of one kind. `place`: the file that says how far they came, None to begin anew; `clock`: seconds."""

    def __init__(
        self, engine: AsyncEngine, place: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine, self._place, self._clock = engine, place, clock

    async def go(self, look: Look, at_once: int, for_s: float) -> Looked:
        """Go on for some seconds, to the end of what is looked at at once; at most one round. Raises OSError."""
        begun, before = self._clock(), await asyncio.to_thread(_read, self._place)
        found, left, again = await self._bad(look, at_once, before, begun + for_s / 2)
        count, after = 0, before.after
        await self._write(after, {*found, *left}, again)
        async for calls in self._round(before.after, at_once):
            if self._clock() >= begun + for_s:
                break
            try:
                found |= await look([call for call in calls if call not in before.bad])
            except Away as away:
                found |= away.found
                break
            done, count, after = count // BATCH, count + len(calls), calls[-1]
            if done < count // BATCH:
                await self._write(after, {*found, *left}, again)
        await self._write(after, {*found, *left}, again)
        wrong = tuple(one for call in sorted(found) for one in found[call])
        return Looked(count, await self._count(), (*wrong, *_waiting(len(left - found.keys()))))

    async def _bad(
        self, look: Look, at_once: int, before: _Came, until: float
    ) -> tuple[dict[str, Sequence[Difference]], set[str], str]:
        """Look at those that were bad, some at least; what is wrong, which were not looked at, where it goes on."""
        bad = sorted(before.bad, key=lambda call: (call <= before.again, call))
        found, again = dict[str, Sequence[Difference]](), before.again
        for first in range(0, len(bad), at_once):
            if first and self._clock() >= until:
                return found, set(bad[first:]), again
            calls = bad[first : first + at_once]
            try:
                found |= await look(calls)
            except Away as away:
                return found | dict(away.found), set(bad[first:]), calls[-1]
            again = calls[-1]
        return found, set(), again

    async def _write(self, after: str, bad: set[str], again: str) -> None:
        await asyncio.to_thread(_write, self._place, _Came(after, frozenset(bad), again))

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


def _waiting(many: int) -> tuple[Difference, ...]:
    said = f"{many} recordings were bad when they were last looked at, and could not be looked at again now."
    return (Difference("bad before", said),) if many else ()


async def _nothing() -> AsyncIterator[Sequence[str]]:
    return
    yield ()


def _read(place: Path | None) -> _Came:
    """Read how far a round came; a file that is spoilt begins a new one."""
    try:
        kept = json.loads(place.read_text(encoding="utf-8")) if place else {"after": "", "bad": []}
        return _Came(str(kept["after"]), frozenset(map(str, kept["bad"])), str(kept.get("again", "")))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return _Came()


def _write(place: Path | None, came: _Came) -> None:
    """Write it whole or not at all. Raises OSError."""
    if place is None:
        return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place.with_name(f".{place.name}.new")
    kept = {"after": came.after, "bad": sorted(came.bad), "again": came.again}
    fresh.write_text(json.dumps(kept), encoding="utf-8")
    fresh.replace(place)
