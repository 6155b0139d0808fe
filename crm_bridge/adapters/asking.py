"""Asking a CRM with a time limit and a circuit breaker: a caller never waits for a CRM that is ill."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from crm_bridge.breaker import Breaker
from crm_bridge.facts import CrmBack, CrmLost, Fact
from crm_bridge.ports import CrmDown, OddAnswer, WriteNotTaken

log = logging.getLogger("ventanilla.crm_bridge")
T = TypeVar("T")


class CrmSlow(CrmDown):
    """The CRM did not answer in the time it was given."""


class Asking:
    """The way to a connector for one purpose: each question is limited; after failures in a row none is asked.

    Cards, the register and writes ask apart: a CRM that is too slow for a card may be quick enough for a caller.
    """

    def __init__(
        self, connector: str, what: str, publish: Callable[[Fact], None], clock: Callable[[], float]
    ) -> None:
        self._connector = connector
        self._what = what
        self._publish = publish
        self._clock = clock
        self._breaker = Breaker()
        self._abandoned: set[asyncio.Future[Any]] = set()

    @property
    def left_alone(self) -> bool:
        """Whether nothing is asked now, after failures in a row."""
        return not self._breaker.allows(self._clock())

    async def ask(self, question: Callable[[], Awaitable[T]], limit_s: float) -> T:
        """Ask, for at most `limit_s` seconds. Raises CrmSlow, CrmDown (its own faults too)."""
        asked_at = self._clock()
        if not self._breaker.allows(asked_at):
            raise CrmDown("left alone for a while after failures in a row")
        self._breaker = self._breaker.tried(asked_at)
        try:
            answer = await self._within(limit_s, question)
        except WriteNotTaken:
            self._succeeded()
            raise
        except OddAnswer as odd:
            self._succeeded()
            log.warning("the CRM %s, asked for %s: %s", self._connector, self._what, odd)
            raise
        except TimeoutError as fault:
            self._failed(asked_at)
            raise CrmSlow("no answer in time") from fault
        except CrmDown:
            self._failed(asked_at)
            raise
        except Exception as fault:  # a foreign connector's fault must not end a call: this is the door
            self._failed(asked_at)
            log.error("the connector %s has a fault: %s", self._connector, _where(fault))
            raise CrmDown("the connector has a fault") from fault
        self._succeeded()
        return answer

    async def _within(self, limit_s: float, question: Callable[[], Awaitable[T]]) -> T:
        """Wait for the answer, no longer than the limit: not even for the question to be taken back.

        A database driver may need longer to give up a query than a card may take.
        """
        asked = asyncio.ensure_future(question())
        try:
            await asyncio.wait({asked}, timeout=limit_s)
            if asked.done():
                return asked.result()
            raise TimeoutError
        finally:
            if not asked.done():
                asked.cancel()
                self._abandoned.add(asked)
                asked.add_done_callback(self._forget)

    def _forget(self, asked: "asyncio.Future[Any]") -> None:
        self._abandoned.discard(asked)
        if not asked.cancelled():
            asked.exception()  # looked at, so that nobody reports it as lost: the question was given up

    def _failed(self, asked_at: float) -> None:
        was = self._breaker.tripped
        self._breaker = self._breaker.failed(self._clock(), asked_at)
        if self._breaker.tripped and not was:
            log.warning("the CRM %s does not answer for %s", self._connector, self._what)
            self._publish(CrmLost(None, self._connector, self._what, self._clock()))

    def _succeeded(self) -> None:
        if self._breaker.tripped:
            log.warning("the CRM %s answers again for %s", self._connector, self._what)
            self._publish(CrmBack(None, self._connector, self._what, self._clock()))
        self._breaker = self._breaker.succeeded()


def _where(fault: Exception) -> str:
    """Name a fault by its kind and place: its words could hold a citizen's number."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} in {last.name}, line {last.lineno} of {last.filename}"
