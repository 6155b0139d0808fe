"""Keeps the members of Asterisk's queue `net` like the signed-in agents, for when we are not there."""

import asyncio
import logging
from contextlib import suppress
from typing import Final, Protocol, assert_never

from queues.adapters.floor import Floor
from queues.adapters.rounds import Rounds
from queues.net import Add, Member, Pause, Remove, Step, corrections, wanted

log = logging.getLogger("ventanilla.queues")

# Changes of a moment go together; a shift that signs in at once is one round.
GATHER_S: Final = 0.05
# What others changed in Asterisk's queue (its console, a reload) is put right after at most this long.
COMPARE_EVERY_S: Final = 60.0
# Asterisk did not answer: it is asked again after this long.
RETRY_S: Final = 2.0


class NetPort(Protocol):
    """What the mirror asks of Asterisk; fulfilled by queues.adapters.ami.Ami."""

    async def members(self) -> dict[str, Member] | None:
        """List the members, by agent; None when Asterisk does not answer."""

    async def add_member(self, agent: str, member: Member) -> bool:
        """Make an agent a member."""

    async def remove_member(self, endpoint: str) -> bool:
        """Take a telephone out."""

    async def pause_member(self, endpoint: str, *, paused: bool) -> bool:
        """Pause or resume a member."""


class Mirror:
    """One-way: our agents into Asterisk's queue. `correct` does one round; `open` keeps doing it."""

    def __init__(self, floor: Floor, asterisk: NetPort) -> None:
        self._floor, self._asterisk = floor, asterisk
        self._due = asyncio.Event()
        self._rounds = Rounds("queues: net mirror", self._mirror_when_due)

    async def open(self) -> None:
        """Mirror now, after every change, and now and then."""
        self._floor.watch(self._due.set)
        self._due.set()
        self._rounds.open()

    async def close(self) -> None:
        """Stop; the members stay as they are, which is the point."""
        await self._rounds.close()

    def soon(self) -> None:
        """Compare now: the connection came back."""
        self._due.set()

    async def correct(self) -> bool:
        """Compare and put right; False when Asterisk could not be asked or refused."""
        have = await self._asterisk.members()
        if have is None:
            return False
        hall = self._floor.hall
        members = wanted(hall.people, hall.states.values(), hall.router.rules.external)
        steps = corrections(members, have)
        done = [await self._do(step) for step in steps]
        return all(done)

    async def _mirror_when_due(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(COMPARE_EVERY_S):
                await self._due.wait()
        await asyncio.sleep(GATHER_S)
        self._due.clear()
        if not await self.correct():
            await asyncio.sleep(RETRY_S)
            self._due.set()

    async def _do(self, step: Step) -> bool:
        match step:
            case Add(agent, member):
                return await self._asterisk.add_member(agent, member)
            case Remove(endpoint):
                return await self._asterisk.remove_member(endpoint)
            case Pause(endpoint, paused):
                return await self._asterisk.pause_member(endpoint, paused=paused)
            case _:
                assert_never(step)
