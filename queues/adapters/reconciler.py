"""Compares what the floor believes with what Asterisk has: at connect, after any gap, and every few seconds.

AMI is not a log (asterisk/asterisk issues 2145, 1972): events come late or never. A difference is put right
when two looks in a row agree on it, so that an event under way is not taken for one that was lost; kinds that no event
under way can look like (an expired lease, a telephone that comes or goes) are put right at the first look. Which kind
is which, and which need Asterisk's word, is `queues.reconcile.TRAITS`.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from queues.adapters.floor import Floor
from queues.adapters.rounds import Rounds
from queues.ports import AsteriskPort
from queues.reconcile import Channel, Finding, confirmed, differences, of_telephones
from queues.telephones import owner

# How soon a difference is looked at again before it is put right.
SECOND_LOOK_S: Final = 1.0
# Telephones that come or go are told by events; what those lose is found after this long, or at a new connection.
TELEPHONES_EVERY_S: Final = 30.0


class Reconciler:
    """`look` is one comparison; `open` keeps looking."""

    def __init__(
        self, floor: Floor, asterisk: AsteriskPort, beside: Callable[[], tuple[Channel, ...]] = tuple
    ) -> None:
        """Compare with Asterisk's channels, and `beside` them those of calls that are not in Asterisk."""
        self._floor, self._asterisk, self._beside = floor, asterisk, beside
        self._seen: tuple[Finding, ...] = ()
        self._telephones_seen: tuple[Finding, ...] = ()
        self._due = asyncio.Event()
        self._telephones_at = -TELEPHONES_EVERY_S
        self._knows_telephones = False
        self._rounds = Rounds("queues: reconciler", self._look_and_rest)

    async def open(self) -> None:
        """Begin to look."""
        self._rounds.open()

    async def close(self) -> None:
        """Stop looking."""
        await self._rounds.close()

    def soon(self) -> None:
        """Look at everything now: the connection came back, or somebody has a doubt."""
        self._telephones_at = -TELEPHONES_EVERY_S
        self._due.set()

    async def look(self) -> tuple[Finding, ...]:
        """Compare once; put right and give what is certain."""
        await self._look_at_telephones()
        channels = await self._asterisk.channels()
        listed = None if channels is None else (*channels, *self._beside())
        blind = 0.0 if listed is not None else self._floor.limits.blind_lease_s
        states, now = self._floor.hall.states.values(), self._floor.now() - blind
        found = differences(states, self._floor.unattended(), listed, now)
        certain, self._seen = confirmed(self._seen, found), found
        self._floor.repair(certain)
        return certain

    async def _look_at_telephones(self) -> None:
        if abs(self._floor.now() - self._telephones_at) < TELEPHONES_EVERY_S:
            return
        there = await self._asterisk.reachable()
        if there is None:
            self._knows_telephones = False
            return
        self._telephones_at = self._floor.now()
        if self._knows_telephones:  # then an event was lost, and putting it right is a repair
            hall = self._floor.hall
            ours = {line: is_there for line, is_there in there.items() if owner(line) in hall.people}
            found = of_telephones(hall.absent, ours)
            certain, self._telephones_seen = confirmed(self._telephones_seen, found), found
            self._floor.repair(certain)
            return
        self._knows_telephones = True
        for agent, reachable in there.items():
            self._floor.telephone(agent, reachable=reachable)

    async def _look_and_rest(self) -> None:
        certain = await self.look()
        doubt = len(self._seen) > len(certain)
        with suppress(TimeoutError):
            async with asyncio.timeout(SECOND_LOOK_S if doubt else self._floor.limits.reconcile_every_s):
                await self._due.wait()
        self._due.clear()
