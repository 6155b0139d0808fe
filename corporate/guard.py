"""What stands before every system: a time limit, retries where they are safe, a circuit breaker, doubt.

Retries are safe because questions change nothing and every write carries its key. A system whose answer
cannot be true is down, just as one that does not answer: the caller hears that, and not a made-up amount.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from corporate.answers import CorporateDown, Declined, System
from corporate.breaker import Breaker
from corporate.doubt import Untrue
from corporate.facts import SystemBack, SystemLost

log = logging.getLogger("ventanilla.corporate")
T = TypeVar("T")
Check = Callable[[object, float], T]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a caller waits for a system, in seconds: for each try, and between two of them.

    The caller hears nothing meanwhile, and who hears nothing for long hangs up. With two tries the longest
    question takes 4.2 s and the longest write 8.2 s: a write that was asked for is worth more patience.
    """

    question_s: float = 2.0
    write_s: float = 4.0
    pause_s: float = 0.2
    tries: int = 2


class Guard:
    """The guard before one system. All its questions share one breaker: a system is well or it is not."""

    def __init__(
        self,
        system: System,
        publish: Callable[[object], None],
        clock: Callable[[], float],
        limits: Limits,
    ) -> None:
        self._system: System = system
        self._publish = publish
        self._clock = clock
        self._limits = limits
        self._breaker = Breaker()
        self._abandoned: set[asyncio.Future[Any]] = set()

    async def ask(self, question: str, asking: Callable[[], Awaitable[object]], check: Check[T]) -> T:
        """Ask a question. Raises CorporateDown, Declined."""
        return await self._tries(question, asking, check, self._limits.question_s)

    async def write(self, question: str, asking: Callable[[], Awaitable[object]], check: Check[T]) -> T:
        """Have something written, under a key. Raises CorporateDown, Declined."""
        return await self._tries(question, asking, check, self._limits.write_s)

    async def _tries(
        self, question: str, asking: Callable[[], Awaitable[object]], check: Check[T], limit_s: float
    ) -> T:
        for once_more in reversed(range(self._limits.tries)):
            try:
                return await self._try(question, asking, check, limit_s)
            except CorporateDown:
                if not once_more or not self._breaker.allows(self._clock()):
                    raise
            await asyncio.sleep(self._limits.pause_s)
        raise CorporateDown(self._system)

    async def _try(
        self, question: str, asking: Callable[[], Awaitable[object]], check: Check[T], limit_s: float
    ) -> T:
        if not self._breaker.allows(self._clock()):
            raise CorporateDown(self._system)
        self._breaker = self._breaker.asked()
        try:
            answer = self._believed(question, await self._within(limit_s, asking), check)
        except Declined:
            self._succeeded()
            raise
        except asyncio.CancelledError:
            self._breaker = self._breaker.given_up()
            raise
        except Exception as fault:  # whatever a foreign system throws must not end a call: this is the door
            self._failed()
            if not isinstance(fault, CorporateDown | TimeoutError | Untrue):
                log.error("%s has a fault in %s: %s", self._system, question, _where(fault))
            raise CorporateDown(self._system) from fault
        self._succeeded()
        return answer

    def _believed(self, question: str, answer: object, check: Check[T]) -> T:
        try:
            return check(answer, self._clock())
        except Exception as fault:  # noqa: BLE001 - a shape so wrong that looking at it fails in any way
            field = fault.field if isinstance(fault, Untrue) else "shape"
            log.error("%s answered %s with a %s that cannot be true", self._system, question, field)
            raise Untrue(field) from None  # the fault's words could hold the value

    async def _within(self, limit_s: float, asking: Callable[[], Awaitable[object]]) -> object:
        """Wait for the answer, no longer than the limit: not even for the question to be taken back."""
        asked = asyncio.ensure_future(asking())
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

    def _failed(self) -> None:
        was, now = self._breaker.tripped, self._clock()
        self._breaker = self._breaker.failed(now)
        if self._breaker.tripped and not was:
            log.warning("%s does not answer", self._system)
            self._publish(SystemLost(None, self._system, now))

    def _succeeded(self) -> None:
        if self._breaker.tripped:
            log.warning("%s answers again", self._system)
            self._publish(SystemBack(None, self._system, self._clock()))
        self._breaker = self._breaker.succeeded()


def _where(fault: Exception) -> str:
    """Name a fault by its kind and place: its words could hold a citizen's number."""
    trace = traceback.extract_tb(fault.__traceback__)
    last = trace[-1] if trace else None
    return (
        f"{type(fault).__name__} in {last.name}, line {last.lineno} of {last.filename}"
        if last
        else type(fault).__name__
    )
