"""Consent episodes as they are held: begun, read, answered or interrupted, each on disk before anybody goes on.

Who asks says moments in unix seconds; here they become offsets in the call's recording. An episode that is open
when its recording is sealed is interrupted: nobody can answer any more. The machine's own are interrupted when a
server begins, since their conversation begins anew; an agent's goes on as the talk does.
"""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.episodes import Episodes
from recordings.adapters.growth import Growth
from recordings.episodes import (
    MACHINE,
    VOICE,
    Answered,
    Episode,
    IllegalStep,
    NotHeard,
    Outcome,
    Span,
    Statement,
    answered,
    interrupted,
    read,
    recorded,
    voiced,
)
from recordings.facts import ConsentBegun, ConsentEnded, Fact
from recordings.marks import offset_ms

log = logging.getLogger("ventanilla.recordings")

SERVER_LOST, CALL_OVER = "server_lost", "call_over"
UNKNOWN = "there is no such episode"


@dataclass(frozen=True, slots=True)
class About:
    """What an episode is bound to: the call and its leg, the person and what is proven of them, the act."""

    call: str
    leg: str
    citizen: str | None
    level: int
    act: str


class Consents:
    """The episodes of one vault's recordings. `take_up` before the first call comes."""

    def __init__(
        self,
        engine: AsyncEngine,
        growth: Growth,
        publish: Callable[[Fact], None],
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], object] = uuid.uuid4,
    ) -> None:
        self.rows = Episodes(engine)
        self._growth = growth
        self._publish = publish
        self._clock = clock
        self._new_id = new_id

    async def take_up(self) -> tuple[Episode, ...]:
        """Interrupt what a lost server's machine was asking; give the agents' episodes that are still open."""
        left = await self.rows.open_ones()
        for one in left:
            if one.asked_by == MACHINE:
                await self.interrupted(one.id, SERVER_LOST)
        return tuple(one for one in left if one.asked_by != MACHINE)

    async def begin(self, about: About, statement: Statement, asked_by: str, at: float) -> Episode | None:
        """Write the row of an episode whose first word comes now; None when the call is not being recorded."""
        recorded_since = await self.rows.recorded_since(about.call)
        if recorded_since is None:
            return None
        episode = Episode(
            id=str(self._new_id()),
            call=about.call,
            leg=about.leg,
            citizen=about.citizen,
            level=about.level,
            act=about.act,
            statement=statement,
            asked_by=asked_by,
            began_ms=offset_ms(recorded_since, at),
            begun_at=at,
        )
        await self.rows.begin(episode)
        told = (about.act, about.level, statement.language, asked_by, at)
        self._publish(ConsentBegun(about.call, episode.id, *told))
        return episode

    async def read(self, episode: str, begun: float, ended: float) -> Episode:
        """Note that the statement was read to its end. Raises IllegalStep, LookupError."""
        return await self._change(episode, lambda one: read(one, _span(one, begun, ended)))

    async def answered(
        self,
        episode: str,
        answer: str,
        outcome: Answered,
        moments: tuple[float, float],
        heard_by: str = MACHINE,
    ) -> Episode:
        """Note the answer; what accepts, by voice or by key, must be on the record, with the whole statement.

        Raises IllegalStep (NotHeard when no voice can have been recorded, Unheard in a gap), LookupError.
        """

        def step(one: Episode) -> Episode:
            return answered(one, answer, outcome, _span(one, *moments), heard_by)

        if outcome is Outcome.ACCEPTED:
            await self._on_the_record(episode, step, moments, by_voice=answer == VOICE)
        changed = await self._change(episode, step)
        self._tell(changed, "")
        return changed

    async def _on_the_record(
        self,
        episode: str,
        step: Callable[[Episode], Episode],
        moments: tuple[float, float],
        *,
        by_voice: bool,
    ) -> None:
        """Make sure that statement and answer are on the record. Raises IllegalStep, LookupError."""
        one = await self.rows.episode(episode)
        if one is None:
            raise LookupError(UNKNOWN)
        step(one)  # what cannot happen is refused at once
        gaps = await self.rows.gaps_of(episode)
        if not by_voice:
            recorded(one, _span(one, *moments), gaps)
            return
        voiced(one, _span(one, *moments), gaps)
        if not await self._growth.over(one.call, one.begun_at, moments[1]):
            raise NotHeard(one, str(Outcome.ACCEPTED))

    async def interrupted(self, episode: str, why: str, heard_by: str | None = None) -> Episode | None:
        """Note that it came to no answer; None when it had ended already."""
        try:
            changed = await self._change(episode, lambda one: interrupted(one, heard_by))
        except IllegalStep:
            return None
        self._tell(changed, why)
        return changed

    async def call_over(self, call: str) -> None:
        """Interrupt whatever is still open in a call that is over."""
        for one in await self.rows.episodes_of(call):
            if one.is_open:
                await self.interrupted(one.id, CALL_OVER)

    async def _change(self, episode: str, step: Callable[[Episode], Episode]) -> Episode:
        changed = await self.rows.change(episode, step)
        if changed is None:
            raise LookupError(UNKNOWN)
        return changed

    def _tell(self, one: Episode, why: str) -> None:
        log.info("call %s: consent to %s was %s", one.call, one.act, one.outcome)
        self._publish(ConsentEnded(one.call, one.id, one.act, one.outcome, why, self._clock()))


def _span(episode: Episode, begun: float, ended: float) -> Span:
    """Say where moments lie in the recording, from where its episode begins."""
    first = episode.began_ms + offset_ms(episode.begun_at, begun)
    return first, max(first, episode.began_ms + offset_ms(episode.begun_at, ended))
