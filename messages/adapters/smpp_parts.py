"""What the SMPP library asks its user to bring: a queue, a throttle that is open, sequence numbers."""

# ruff: noqa: D102 - the methods are the library's, and so is the word on what each is for

import asyncio

from aiosmpplib import AbstractBroker, AbstractThrottleHandler, SubmitSm
from aiosmpplib.correlator import AbstractCorrelator
from aiosmpplib.protocol import DeliverSm, SmppMessage


class Queue(AbstractBroker):  # type: ignore[misc]
    """What is to be submitted next; what was given up waiting is withdrawn."""

    def __init__(self) -> None:
        self._queue: list[SubmitSm] = []
        self._there = asyncio.Event()

    async def enqueue(self, message: SmppMessage) -> None:
        self._queue.append(message)
        self._there.set()

    async def dequeue(self) -> SmppMessage:
        while not self._queue:
            self._there.clear()
            await self._there.wait()
        return self._queue.pop(0)

    def withdraw(self, message: SmppMessage) -> None:
        self._queue = [one for one in self._queue if one is not message]


class OpenThrottle(AbstractThrottleHandler):  # type: ignore[misc]
    """No throttle of the library's: the line's pace rests when the centre says so (`messages/pace.py`)."""

    async def throttled(self) -> None: ...

    async def not_throttled(self) -> None: ...

    async def allow_request(self) -> bool:
        return True

    async def throttle_delay(self) -> float:
        return 0.0


class Sequences(AbstractCorrelator):  # type: ignore[misc]
    """What the library must find again by its sequence number; the rest is in the outbox."""

    MOST = 1_000

    def __init__(self) -> None:
        self._asked: dict[int, SmppMessage] = {}

    async def put(self, smpp_message: SmppMessage) -> None:
        self._asked[smpp_message.sequence_num] = smpp_message
        while len(self._asked) > self.MOST:
            del self._asked[next(iter(self._asked))]

    async def get(self, response: SmppMessage) -> SmppMessage | None:
        return self._asked.pop(response.sequence_num, None)

    async def put_delivery(self, smsc_message_id: str, submit_sm: SubmitSm) -> None: ...

    async def get_delivery(self, receipt: DeliverSm) -> None: ...

    async def put_delivery_segmented(self, deliver_sm: DeliverSm) -> DeliverSm | None:
        return deliver_sm

    async def get_segmented(self, smpp_seq_num: int, remove: bool = False) -> tuple[None, int]:  # noqa: ARG002, FBT001, FBT002 - the library's own
        return None, 0

    def get_cumulated_status(self, ref_num: int) -> int:  # noqa: ARG002
        return 0

    async def expired(self, smpp_message: SmppMessage) -> None: ...
