"""Calls that ended while nobody of us listened: the server was down, or its word with Asterisk was lost.

Their snapshots say that they go on, Asterisk says that they do not. Asterisk is right; everybody is told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol

from ivr.facts import CallEnded
from ivr.house import House
from ivr.ports.calls import Kept

ROUND_S: Final = 30.0  # how long such a call may still be shown as going on
YOUNG_S: Final = 60.0  # a call kept since then may have come after Asterisk's list, or be on its way back


class InProgress(Protocol):
    """The calls that are kept, as `ivr.adapters.calls.SqlCalls` gives them."""

    def in_progress(self) -> Iterable[Kept]:
        """Give all that is kept."""
        ...


Alive = Callable[[], Awaitable[frozenset[str] | None]]
"""Asks Asterisk for the calls it has, by id; None when it cannot be asked now."""


async def run(house: House, calls: InProgress, alive: Alive) -> None:
    """Sweep for ever."""
    while True:
        await asyncio.sleep(ROUND_S)
        await sweep(house, calls, alive)


async def sweep(house: House, calls: InProgress, alive: Alive) -> tuple[str, ...]:
    """End every kept call that Asterisk no longer has; give their ids."""
    asked_at = house.clock()
    there = await alive()
    if there is None:
        return ()
    old = [kept for kept in calls.in_progress() if kept.at < asked_at - YOUNG_S and kept.call not in there]
    for kept in old:
        house.publish(CallEnded(kept.call, "unheard", asked_at))
        house.persons.left(kept.call)
        house.calls.finished(kept.call)
        if kept.recording:
            await house.recorder.ended(kept.call, asked_at, heard=False)
    return tuple(kept.call for kept in old)
