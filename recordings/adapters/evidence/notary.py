"""The notary: recordings that are over are signed, logged and stamped; the log's heads signed, stamped and published.

Theory of operation. The tables are the queue: a recording that is over (sealed, empty or missing) without evidence is
signed and entered into the log in one transaction; evidence without a stamp waits for the authority, as long as that is
away, and nothing else waits for it. Killed anywhere, the next round goes on: a signature that was not written down is
made again. Signatures are made in another process (sealing.py), bytes of recordings are never read here.
"""

import asyncio
import base64
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from secrets import randbits

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.evidence.authority import Authority, AuthorityDown
from recordings.adapters.evidence.desk import STAMP_AGAIN_S, Desk, Unstamped
from recordings.adapters.evidence.happenings import known, logged, unlogged
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.sealing import Seals
from recordings.adapters.evidence.witness import Witness
from recordings.evidence import stamps
from recordings.evidence.entries import sealed
from recordings.evidence.notes import Checkpoint
from recordings.evidence.stamps import BadStamp, Stamp
from recordings.evidence.vcon import Publisher, Recorded, evidence_id, vcon
from recordings.facts import (
    AuthorityBack,
    AuthorityLost,
    ConsentUnheard,
    EvidenceMade,
    EvidenceStamped,
    Fact,
    LogDoubted,
    LogHeadPublished,
)

log = logging.getLogger("ventanilla.evidence")

LOOK_EVERY_S = 2.0
AGAIN_S = 10.0
"""Pause after a round that failed: a process that cannot begin costs a second of a processor each time."""
WAITS_S = 600.0
"""Evidence that waits for so long is told: a database that is away for a moment is told by others."""
HEAD_EVERY_S = 60.0
"""A head is published a minute after it grew, at the latest."""
LOOK_BACK_S = 2 * 86_400.0
WHOLE_EVERY_S = 3_600.0
"""Rounds look at calls that ended lately; once an hour, and at the start, at all of them."""
_ID_BITS = 74


@dataclass(frozen=True, slots=True)
class Practice:
    """How a notary works: who it signs for, the log's name; `qualified`: its authority is said to be qualified."""

    publisher: Publisher
    origin: str
    qualified: bool = False


async def at_once() -> None:
    """Wait for nothing."""


class Notary:
    """The notary of one database. `run` must run as a task."""

    def __init__(
        self,
        engine: AsyncEngine,
        seals: Seals,
        authority: Authority,
        practice: Practice,
        publish: Callable[[Fact], None],
        clock: Callable[[], float] = time.time,
        witnesses: tuple[Witness, ...] = (),
    ) -> None:
        # Returns when nothing more urgent goes on: each round begins after it. Set by who knows.
        self.calm: Callable[[], Awaitable[None]] = at_once
        self._engine, self._desk, self._log = engine, Desk(engine), Log(engine)
        self._seals, self._authority, self._practice = seals, authority, practice
        self._publish, self._clock, self._witnesses = publish, clock, witnesses
        self._whole_at = self._asked_at = 0.0
        self._away = self._consented = False
        self._said: set[str] = set()
        self._failing_since: float | None = None

    async def run(self) -> None:
        """Work, for ever."""
        while True:
            pause = LOOK_EVERY_S
            await self.calm()
            try:
                await self.round()
                self._failing_since = None
            except Exception as fault:  # noqa: BLE001 - a door: whatever happens here, calls go on and evidence waits
                self._failed(type(fault).__name__)
                pause = AGAIN_S
            await asyncio.sleep(pause)

    def _failed(self, why: str) -> None:
        """Say in the log that a round failed, and to those who watch once when every round has for so long."""
        log.error("evidence waits: %s", why)
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
        elif now - self._failing_since >= WAITS_S:
            self._failing_since = inf
            minutes = f"{WAITS_S / 60:.0f}"
            self._publish(LogDoubted(f"Nothing was signed or logged for {minutes} minutes ({why}).", now))

    async def round(self) -> None:
        """Do what is to be done now."""
        now = self._clock()
        whole = now - self._whole_at >= WHOLE_EVERY_S
        await self.enter_happenings()
        await self.sign_waiting(whole=whole)
        if whole:
            await self._look_for_stamps()
            self._whole_at = now
        await self.publish_head()
        await self.stamp_waiting()

    # --- signing ---

    async def sign_waiting(self, *, whole: bool = True) -> int:
        """Sign every recording that is over and has no evidence (not `whole`: of the last two days); how many."""
        ended_after, done = 0.0 if whole else self._clock() - LOOK_BACK_S, 0
        failed: set[str] = set()
        while batch := await self._desk.unsigned(ended_after, failed):
            for recorded in batch:
                try:
                    await self._sign(recorded)
                    done += 1
                except (TypeError, ValueError, LookupError, ArithmeticError) as fault:
                    failed.add(recorded.call)
                    self._cannot(recorded.call, fault)
        return done

    def _cannot(self, call: str, fault: Exception) -> None:
        """Say once that a row cannot be signed as it is; it is tried again, and nothing else waits for it."""
        if call not in self._said:
            self._said.add(call)
            why = f"The recording of call {call} cannot be signed: its row is not what it should be"
            log.error("%s (%s)", why, type(fault).__name__)
            self._publish(LogDoubted(f"{why}.", self._clock()))

    async def _sign(self, recorded: Recorded) -> None:
        at = self._clock()
        self._look_whether_heard(recorded)
        named = evidence_id(at, randbits(_ID_BITS))
        composed = vcon(recorded.named(named), self._practice.publisher, at)
        written, certificate = await self._seals.vcon(composed)
        entry = sealed(written, at)

        async def keep(connection: AsyncConnection, leaf: int) -> None:
            await self._desk.signed(connection, recorded.call, named, written, certificate, leaf, at)

        leaf = await self._log.append([entry], keep)
        self._consented |= bool(recorded.episodes)
        self._publish(EvidenceMade(recorded.call, named, leaf, at))

    def _look_whether_heard(self, recorded: Recorded) -> None:
        """Say, before anything is signed, which acceptance cannot be heard: somebody must ask the citizen again."""
        for one in recorded.unheard:
            if one.id not in self._said:
                self._said.add(one.id)
                why = (recorded.call, one.act, recorded.flaw)
                log.error("call %s: the consent to %s is not on its recording, which is %s", *why)
                self._publish(ConsentUnheard(recorded.call, one.id, one.act, recorded.flaw, self._clock()))

    async def enter_happenings(self) -> int:
        """Enter into the log what happened to recordings; how many entries."""
        found = await unlogged(self._engine)
        there = await known(self._engine, found) if found else frozenset()
        if old := [one for one in found if one.entry.line in there]:
            async with self._engine.begin() as connection:
                await logged(connection, old)
        new = [one for one in found if one.entry.line not in there]
        if new:
            await self._log.append(
                [one.entry for one in new], lambda connection, _leaf: logged(connection, new)
            )
        return len(new)

    # --- the log's heads ---

    async def publish_head(self) -> bool:
        """Sign and publish the log's head when it has grown: at once for a consent, else once a minute; whether."""
        now, last = self._clock(), await self._log.head()
        size = await self._log.size()
        if size == 0 or (last is not None and size == last.size):
            return False
        if last is not None and now - last.at < HEAD_EVERY_S and not self._consented:
            return False
        root = await self._log.root(size)
        note = await self._seals.head(Checkpoint(self._practice.origin, size, root).text)
        for witness in self._witnesses:
            note += await witness.cosigned(note, size, self._log)
        written = base64.b64encode(root).decode()
        await self._log.publish(size, written, note, now)
        self._consented = False
        self._publish(LogHeadPublished(size, written, note, now))
        return True

    # --- time stamps ---

    async def stamp_waiting(self) -> int:
        """Have stamped what has no stamp, or one that runs out; how many. An authority that is away is asked once."""
        now, done = self._clock(), 0
        if self._away and now - self._asked_at < STAMP_AGAIN_S:
            return 0
        self._asked_at = now
        while batch := await self._desk.unstamped(now):
            for waiting in batch:
                try:
                    stamp = await self._stamp(waiting)
                except (AuthorityDown, BadStamp) as why:
                    await self._refused(waiting, str(why))
                    return done
                done += 1
                self._answered(waiting, stamp)
        return done

    async def _look_for_stamps(self) -> None:
        """Say whose stamps are gone, which are made anew: they show a later time, and the package says so."""
        if gone := await self._desk.lost():
            why = f"The time stamps of {gone} recordings are gone: others are made, which are late."
            log.error("%s", why)
            self._publish(LogDoubted(why, self._clock()))

    async def _stamp(self, waiting: Unstamped) -> Stamp:
        """Have one stamped, and check the stamp before it is kept. Raises AuthorityDown, BadStamp."""
        reply = await self._authority.stamp(stamps.request(waiting.content))
        stamp = await self._seals.checked(reply, waiting.content)
        await self._desk.stamped(waiting, reply, stamp)
        return stamp

    def _answered(self, waiting: Unstamped, stamp: Stamp) -> None:
        if self._away:
            self._away = False
            self._publish(AuthorityBack(self._clock()))
        if self._practice.qualified and not stamp.qualified and stamp.thumbprint not in self._said:
            self._said.add(stamp.thumbprint)
            log.warning(
                "the stamps of %s do not say that they are qualified: ask its provider", stamp.authority
            )
        if waiting.call:
            self._publish(
                EvidenceStamped(waiting.call, waiting.subject, waiting.number, stamp.at, self._clock())
            )

    async def _refused(self, waiting: Unstamped, why: str) -> None:
        now = self._clock()
        await self._desk.trouble(waiting, why, now)
        if not self._away:
            self._away = True
            log.error("the time stamp authority gives no stamps: %s", why)
            self._publish(AuthorityLost(why, now))
