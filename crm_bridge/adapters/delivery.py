"""Handing the outbox over to a CRM: in order for each request, once for each key, and no write holds up the others.

Theory of operation. A pass takes the oldest writes that wait and hands them over, those about one request one after the
other, several requests beside one another where the connector says that its CRM bears it (`lanes`). A write that the
CRM does not take leaves its request for later, a little longer each time; the others go on. So a write that a CRM
chokes on, again and again, costs nobody else anything. A CRM that is down fails whatever comes: then the breaker
opens, and the pass ends. Nothing is ever given up: only the CRM's own word (WriteNotTaken) ends a write. That word on
an `open` ends what its call says of the request as well: whatever has its number in the CRM may be somebody else's.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from crm_bridge.adapters.asking import Asking
from crm_bridge.adapters.ledger import Ledger, Waiting
from crm_bridge.facts import Fact, WriteRefused
from crm_bridge.ports import Connector, CrmDown, WriteNotTaken
from crm_bridge.writes import Continue, Open, Write

log = logging.getLogger("ventanilla.crm_bridge")

# How soon a CRM that came back gets what waited, when no new write wakes the delivery before.
RETRY_S = 5.0
# The longest that one request's writes are left alone: a CRM that was mended takes them within the minute.
LONGEST_REST_S = 60.0
# From so many tries on a write is the CRM's trouble with this one, not a CRM that was away: somebody should look.
STUCK_TRIES = 8
NEVER_OPENED = "its request was refused: see the open of this reference"
# More requests than this never fail beside others that go well: the CRM is ill, and the next pass comes soon.
MOST_PASSED_OVER = 200


class Delivery:
    """The way from the outbox into the CRM."""

    def __init__(
        self,
        ledger: Ledger,
        connector: Connector,
        asking: Asking,
        publish: Callable[[Fact], None],
        clock: Callable[[], float],
        limit_s: float,
    ) -> None:
        self._ledger, self._connector, self._asking = ledger, connector, asking
        self._publish, self._clock, self._limit_s = publish, clock, limit_s
        self._lanes = asyncio.Semaphore(max(1, int(getattr(connector, "lanes", 1))))
        self._resting: dict[str, tuple[int, float]] = {}
        self._unopened = dict[str, set[str | None]]()
        self._delivering = asyncio.Lock()

    async def deliver(self) -> int:
        """Hand over what waits; how many writes the CRM took or refused for good."""
        handed = 0
        async with self._delivering:
            passing_over = self._at_rest()
            while batch := await self._ledger.waiting(passing_over):
                for request, took, whole in await self._batch(batch):
                    handed += took
                    if not whole:
                        passing_over.add(request)
                if self._asking.left_alone or len(passing_over) > MOST_PASSED_OVER:
                    break
        return handed

    async def _batch(self, batch: Iterable[Waiting]) -> list[tuple[str, int, bool]]:
        """Hand a batch over; what was taken is noted in one transaction, for the calls write into the same tables.

        Dying before that repeats the batch, of which the CRM knows the keys.
        """
        taken: list[Waiting] = []
        lanes = _by_request(batch)
        self._unopened = await self._ledger.unopened([lane[0].request for lane in lanes])
        try:
            return await asyncio.gather(*(self._lane(lane, taken) for lane in lanes))
        finally:
            await asyncio.shield(self._ledger.taken(taken, self._clock()))

    def _at_rest(self) -> set[str]:
        now = self._clock()
        return {request for request, (_, until) in self._resting.items() if now < until}

    async def _lane(self, lane: list[Waiting], taken: list[Waiting]) -> tuple[str, int, bool]:
        """Hand over one request's writes, in order; how many, and whether all of them."""
        request, took = lane[0].request, 0
        async with self._lanes:
            for waiting in lane:
                if self._asking.left_alone or not await self._hand_over(waiting, taken):
                    return request, took, False
                took += 1
        self._resting.pop(request, None)
        return request, took, True

    async def _hand_over(self, waiting: Waiting, taken: list[Waiting]) -> bool:
        """Hand one write over; False when it has to wait."""
        write = waiting.write
        if write is None:
            await self._refused(waiting, "not a write of this version")
            return True
        if self._is_astray(waiting, write):
            await self._refused(waiting, NEVER_OPENED)
            return True
        try:
            await self._asking.ask(lambda: self._connector.write(waiting.key, write), self._limit_s)
        except WriteNotTaken as refusal:
            await self._refused(waiting, str(refusal))
            if isinstance(write, Open):
                self._unopened.setdefault(waiting.request, set()).add(waiting.call)
        except CrmDown:
            await self._later(waiting)
            return False
        else:
            taken.append(waiting)
        return True

    def _is_astray(self, waiting: Waiting, write: Write) -> bool:
        """Whether it belongs to a request that was never opened, not to the one with its number in the CRM.

        To the former belongs what is said by the call that would have opened it, and by calls that were joined to that
        call. A citizen's own later call belongs to the latter: it was found in their folder.
        """
        calls = self._unopened.get(waiting.request)
        if calls is None or isinstance(write, Open):
            return False
        if isinstance(write, Continue) and write.joins:
            calls.add(waiting.call)
            return True
        return waiting.call is not None and waiting.call in calls

    async def _later(self, waiting: Waiting) -> None:
        times, _ = self._resting.get(waiting.request, (0, 0.0))
        rest_s = min(RETRY_S * 2**times, LONGEST_REST_S)
        self._resting[waiting.request] = (min(times + 1, 10), self._clock() + rest_s)
        await self._ledger.tried(waiting)
        if waiting.tries + 1 == STUCK_TRIES and not self._asking.left_alone:
            kind = type(waiting.write).__name__.lower()
            log.error("the CRM did not take %s of request %s %d times", kind, waiting.request, STUCK_TRIES)

    async def _refused(self, waiting: Waiting, reason: str) -> None:
        await self._ledger.refused(waiting, self._clock(), reason)
        kind = type(waiting.write).__name__.lower() if waiting.write else "unreadable"
        log.error("the CRM refuses to %s request %s: %s", kind, waiting.request, reason)
        self._publish(WriteRefused(waiting.call, waiting.request, kind, self._clock()))


def _by_request(batch: Iterable[Waiting]) -> list[list[Waiting]]:
    lanes: dict[str, list[Waiting]] = {}
    for waiting in batch:
        lanes.setdefault(waiting.request, []).append(waiting)
    return list(lanes.values())
