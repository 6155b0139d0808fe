"""Asking a CRM with a time limit and a circuit breaker: a caller never waits for a CRM that is ill."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import TypeVar

from crm_bridge.breaker import Breaker
from crm_bridge.card import CrmState
from crm_bridge.facts import CrmBack, CrmLost, Fact
from crm_bridge.ports import CrmDown, WriteNotTaken

log = logging.getLogger("ventanilla.crm_bridge")
T = TypeVar("T")


class CrmSlow(CrmDown):
    """The CRM did not answer in the time it was given."""


class Asking:
    """The one way to a connector: each question is limited, and one that is ill is left alone for a while."""

    def __init__(self, connector: str, publish: Callable[[Fact], None], clock: Callable[[], float]) -> None:
        self._connector = connector
        self._publish = publish
        self._clock = clock
        self._breaker = Breaker()

    @property
    def state(self) -> CrmState:
        """What a card says of the CRM when it asks nothing."""
        return "down" if self._breaker.tripped else "ok"

    async def ask(self, question: Callable[[], Awaitable[T]], limit_s: float) -> T:
        """Ask, for at most `limit_s` seconds. Raises CrmSlow, CrmDown (its own faults too)."""
        if not self._breaker.allows(self._clock()):
            raise CrmDown("left alone for a while after failures in a row")
        try:
            async with asyncio.timeout(limit_s):
                answer = await question()
        except WriteNotTaken:
            self._succeeded()
            raise
        except TimeoutError as fault:
            self._failed()
            raise CrmSlow("no answer in time") from fault
        except CrmDown:
            self._failed()
            raise
        except Exception as fault:  # a foreign connector's fault must not end a call: this is the door
            self._failed()
            log.error("the connector %s has a fault: %s", self._connector, _where(fault))
            raise CrmDown("the connector has a fault") from fault
        self._succeeded()
        return answer

    def _failed(self) -> None:
        was = self._breaker.tripped
        self._breaker = self._breaker.failed(self._clock())
        if self._breaker.tripped and not was:
            log.warning("the CRM %s does not answer; cards go without it", self._connector)
            self._publish(CrmLost(None, self._connector, self._clock()))

    def _succeeded(self) -> None:
        if self._breaker.tripped:
            log.warning("the CRM %s answers again", self._connector)
            self._publish(CrmBack(None, self._connector, self._clock()))
        self._breaker = self._breaker.succeeded()


def _where(fault: Exception) -> str:
    """Name a fault by its kind and place: its words could hold a citizen's number."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} in {last.name}, line {last.lineno} of {last.filename}"
