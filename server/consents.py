"""Consent episodes for callers' sessions: what the conversation asks of the recordings, said in their words."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from ivr.ports.consent import Asked, Moments, OffTheRecord
from recordings.adapters.consents import About, Consents
from recordings.episodes import MACHINE, Answered, Outcome, Unheard, statement

log = logging.getLogger("ventanilla.recordings")


class SpokenConsents:
    """The machine's side of every episode. Fulfils ivr.ports.consent.Consents."""

    def __init__(self, consents: Consents) -> None:
        self._consents = consents

    async def begin(self, asked: Asked, at: float) -> str | None:
        """Open an episode; None when the call is not recorded, or it cannot be written down."""
        about = About(asked.call, asked.leg, asked.person, asked.level, asked.act)
        said = statement(asked.statement, asked.language, asked.text)
        try:
            episode = await self._consents.begin(about, said, MACHINE, at)
        except (SQLAlchemyError, OSError) as fault:
            log.error("call %s: an episode cannot be opened: %s", asked.call, type(fault).__name__)
            return None
        return episode.id if episode is not None else None

    async def read(self, episode: str, span: Moments) -> None:
        """Note that the statement was read."""
        await self._consents.read(episode, *span)

    async def answered(self, episode: str, key: str, span: Moments, *, accepted: bool) -> None:
        """Note the key. Raises OffTheRecord."""
        outcome: Answered = Outcome.ACCEPTED if accepted else Outcome.REFUSED
        try:
            await self._consents.answered(episode, f"key:{key}", outcome, span)
        except Unheard as mute:
            raise OffTheRecord from mute

    async def interrupted(self, episode: str, why: str) -> None:
        """Note that it came to no answer."""
        await self._consents.interrupted(episode, why)
