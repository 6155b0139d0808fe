"""The post of the house: who sends what lies in the outbox, its quiet hours, and what goes on file of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.ports import CrmDown
from dialplans.institution import Institution
from messages.adapters.links import SqlLinks
from messages.adapters.postman import Postman
from messages.adapters.sendings import Sendings
from messages.facts import MessageSent
from messages.hours import Quiet
from server.carriers import channels_of
from server.core import Core

log = logging.getLogger("ventanilla.messages")

BEHIND_MAX = 10_000
"""Messages whose note for the folder may wait while the database is away; the outbox knows them all the same."""
AGAIN_S = 1.0
TIDY_S = 86_400.0


def postman_of(core: Core) -> Postman:
    """Give who sends this installation's messages; one without a carrier only lets go of codes that are too old."""
    settings, alias = core.settings, core.flows.current().messages.alias
    channels = channels_of(settings.sms, settings.mail, alias)
    sendings = Sendings(core.engine, time.time)
    always = settings.demonstration and settings.always_open  # as people answer at any hour then
    quiet = never_quiet if always else quiet_hours(core.flows.current)
    postman = Postman(sendings, channels, core.bus.publish, time.time, quiet)
    core.post.wake = postman.wake
    return postman


def never_quiet(_: float) -> None:
    """Let everything go at any hour."""


def quiet_hours(institution: Callable[[], Institution]) -> Callable[[float], float | None]:
    """Give when the quiet ends that reigns at a time, by the institution's file as it is now."""

    def until(at: float) -> float | None:
        limits, zone = institution().messages, institution().time_zone
        return Quiet(limits.quiet_from, limits.quiet_until, zone).until(at)

    return until


async def tidied(links: SqlLinks) -> None:
    """Forget links that lead nowhere any more, every day, until cancelled."""
    while True:
        try:
            await links.tidy()
        except (SQLAlchemyError, OSError) as fault:
            log.error("old links are not forgotten yet: %s", type(fault).__name__)
        await asyncio.sleep(TIDY_S)


class OnFile:
    """Puts into the folder what was sent to a citizen in a call: which message, by which channel, never its words."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._sent: asyncio.Queue[MessageSent] = asyncio.Queue(BEHIND_MAX)

    def hear(self, fact: object) -> None:
        """Note what was sent; a code is a step of proving, and no news for a folder."""
        if isinstance(fact, MessageSent) and fact.call is not None and fact.message != "code":
            try:
                self._sent.put_nowait(fact)
            except asyncio.QueueFull:
                log.error("message %d is not in any folder: the database is too far behind", fact.letter)

    async def run(self) -> None:
        """Write, until cancelled."""
        while True:
            fact = await self._sent.get()
            try:
                await self._bridge.message_sent(fact.call or "", fact.letter, fact.message, fact.channel)
            except (SQLAlchemyError, OSError, CrmDown) as fault:
                log.error("message %d is not in its folder yet: %s", fact.letter, type(fault).__name__)
                await asyncio.sleep(AGAIN_S)
                self.hear(fact)
