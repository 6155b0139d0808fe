"""The promises' places in line: each is a session of the floor's like any other, with nobody on the line."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress

from queues import virtual
from queues.adapters.floor import Floor
from queues.callbacks import Callback, Stage, as_moved
from queues.ports import Reservation
from queues.wishes import Wish


class Standing:
    """Which promises stand in line, by the call they were asked in."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def line_up(
        self,
        promise: Callback,
        group: asyncio.TaskGroup,
        stand: Callable[[Callback], Coroutine[None, None, None]],
    ) -> None:
        """Let a promise `stand`, once, until it is served or steps aside."""
        call = promise.asked.call
        if call not in self._tasks:
            task = group.create_task(stand(promise), name=f"callback {promise.call}")
            self._tasks[call] = task
            task.add_done_callback(lambda _: self._tasks.pop(call, None))

    async def reserved(self, wish: Wish) -> Reservation:
        """Wait for an agent. Raises Superseded."""
        while True:
            with suppress(TimeoutError):  # nobody on this line hears music for an hour
                return await self._floor.wait(wish)

    def step_aside(self, promise: Callback) -> None:
        """Stand in no line until it is lined up again."""
        standing = self._tasks.get(promise.asked.call)
        if standing is not None:
            standing.cancel()
        elif promise.call in self._floor.hall.places:
            self.leave(promise.call)

    def leave(self, call: str) -> None:
        """Give a place up; the turn is the promise's."""
        virtual.aside(self._floor.hall, call, self._floor.now())
        self._floor.settle()

    def moved(self, promise: Callback) -> Callback:
        """Give a promise as a supervisor has moved it in line."""
        place = self._floor.hall.places.get(promise.call)
        return as_moved(promise, None if place is None else place.wish)

    def talks(self, call: str) -> bool:
        """Say whether an agent talks with whoever was called."""
        place = self._floor.hall.places.get(call)
        return place is not None and place.talk_since is not None

    def follow(self, before: Callback, now: Callback) -> None:
        """Bring the line in accord with what a promise has become."""
        standing = self._tasks.get(now.asked.call)
        if standing is not None and before.stage is Stage.WAITING and not now.open:
            standing.cancel()
        virtual.follow(self._floor.hall, before, now, self._floor.now())
