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
from messages.adapters.filing import Filing, Unfiled
from messages.adapters.links import SqlLinks
from messages.adapters.postman import Postman
from messages.adapters.sendings import Sendings
from messages.facts import MessageSent
from messages.hours import Quiet
from messages.seal import Seal
from server.carriers import channels_of
from server.core import Core

log = logging.getLogger("ventanilla.messages")

AGAIN_S = 1.0
LOOK_S = 60.0
"""What could not be filed when it was sent is found within; what is sent wakes who files it."""
FILED_WITHIN_S = 3600.0
"""How long a call's request is waited for; what was sent outside any has no folder."""
TIDY_S = 86_400.0


def postman_of(core: Core) -> Postman:
    """Give who sends this installation's messages; one without a carrier only lets go of codes that are too old."""
    settings, alias = core.settings, core.flows.current().messages.alias
    channels = channels_of(settings.sms, settings.mail, alias, core.post.wording)
    sendings = Sendings(core.engine, time.time, Seal(core.secrets.register.encode()))
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
    """Puts into the folder what was sent to a citizen in a call: which message, by which channel, never its words.

    What is not there yet is asked of the sendings, so a kill between the sending and the folder loses nothing.
    """

    def __init__(self, bridge: Bridge, filing: Filing) -> None:
        self._bridge, self._filing = bridge, filing
        self._woken = asyncio.Event()

    def hear(self, fact: object) -> None:
        """Look soon: something was sent."""
        if isinstance(fact, MessageSent):
            self._woken.set()

    async def run(self) -> None:
        """Write, until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.round()
            except (SQLAlchemyError, OSError, CrmDown) as fault:
                log.error("messages that were sent are not in their folders yet: %s", type(fault).__name__)
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def round(self) -> None:
        """File everything that was sent. Raises SQLAlchemyError, OSError, CrmDown."""
        after = 0
        while several := await self._filing.unfiled(after):
            for one in several:
                await self._file(one)
            after = several[-1].sending

    async def _file(self, one: Unfiled) -> None:
        """File one message; a call without a request is looked at again for a while, its request may come late."""
        filed = await self._bridge.message_sent(one.call, one.letter, one.message, one.channel)
        if filed or self._filing.clock() - one.sent_at > FILED_WITHIN_S:
            await self._filing.done(one.sending)
