"""One server leads: a lock that dies with its holder, and a number that grows with each who takes it.

Two servers on one database would give one agent two callers. So a server takes a lock before it reads a
state: on SQLite the kernel's, on a file beside the database; on PostgreSQL an advisory one of a session. Both are
free the moment their holder dies, so that a restart waits for nobody's lease. Whoever takes the lock counts the
term one up, and every group of writes demands that the term is still its own: should two ever believe to lead
(the file was removed, the session was cut), the older one's first write is refused and it steps down.

A database that does not answer is no reason to step down: callers must not wait for it, and nobody else can
take the lead meanwhile.
"""

import asyncio
import fcntl
import logging
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Self

from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from queues.adapters.tables import lead

log = logging.getLogger("ventanilla.queues")

# A server that is stopped in order closes its door and writes its last group; a new one waits for that.
TAKE_S: Final = 5.0
TRY_EVERY_S: Final = 0.1
# A leader that writes nothing hears within this much that another leads.
LOOK_EVERY_S: Final = 2.0
# A look at a database that is there takes milliseconds.
LOOK_S: Final = 5.0
# PostgreSQL's advisory locks are numbers: "VENT".
ADVISORY: Final = 0x56454E54


class LedByAnother(Exception):  # noqa: N818 - an answer, with its remedy
    """Somebody else leads; the argument is a sentence for the operator."""


class Deposed(Exception):  # noqa: N818 - an answer as well
    """Another server has taken the lead since."""

    def __init__(self) -> None:
        super().__init__(
            "Another server has taken the lead of this database: this one stops, so that no agent gets two callers."
        )


class Lead:
    """The lead of one database, from `take` to `give_up`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.term = 0
        self._engine = engine
        self._locked = False
        self._file: IO[str] | None = None
        self._session: AsyncConnection | None = None
        self._lost = asyncio.Event()

    async def take(self, within: float = TAKE_S) -> Self:
        """Take the lead and count the term up. Raises LedByAnother when nobody gives it up in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not await self._lock():  # noqa: ASYNC110 - another process gives it up, which no event tells
                    await asyncio.sleep(TRY_EVERY_S)
        if not self._locked:
            raise LedByAnother(await self._who_leads())
        self.term = await self._next_term()
        return self

    async def hold(self) -> None:
        """Look every few seconds whether the lead is still ours. Raises Deposed when it is not; else never ends."""
        while not self._lost.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._lost.wait()
            await self._look()
        raise Deposed

    def demand(self, connection: Connection) -> None:
        """Make sure, in the transaction of a write, that its term is the present one. Raises Deposed.

        It may be another thread's: who hears Deposed calls `lose` on the loop.
        """
        if not self.term:
            return  # a store that nobody leads with: the roster's command line, a test
        # An update and no question: it makes whoever takes the lead wait until this write is done.
        ours = connection.execute(update(lead).where(lead.c.term == self.term).values(term=self.term))
        if not ours.rowcount:
            raise Deposed

    def lose(self) -> None:
        """Lead no more: `hold` says so."""
        self._lost.set()

    async def give_up(self) -> None:
        """Let the next one lead; harmless when nothing is held."""
        self._locked = False
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._session is not None:
            session, self._session = self._session, None
            await _closed(session)

    # The lock ----------------------------------------------------------------------------------------

    async def _lock(self) -> bool:
        place = self._engine.url.database
        if self._engine.dialect.name == "postgresql":
            self._locked = await self._lock_session()
        else:
            self._locked = place in {None, ":memory:"} or self._lock_file(f"{place}.lead")
        return self._locked

    def _lock_file(self, place: str) -> bool:
        held = Path(place).open("a")  # noqa: SIM115 - held open: it is the lock
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            return False
        self._file = held
        return True

    async def _lock_session(self) -> bool:
        session = await self._engine.connect()
        await session.execution_options(isolation_level="AUTOCOMMIT")
        got = (await session.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY})).scalar()
        if not got:
            await session.close()
            return False
        self._session = session
        return True

    # The term ----------------------------------------------------------------------------------------

    async def _next_term(self) -> int:
        holder = f"process {os.getpid()} on {socket.gethostname()}"[:80]
        async with self._engine.begin() as connection:
            counted = await connection.execute(update(lead).values(term=lead.c.term + 1, holder=holder))
            if not counted.rowcount:
                await connection.execute(lead.insert().values(id=1, term=1, holder=holder))
            return int((await connection.execute(select(lead.c.term))).scalar_one())

    async def _who_leads(self) -> str:
        async with self._engine.connect() as connection:
            holder = (await connection.execute(select(lead.c.holder))).scalar_one_or_none()
        return (
            f"Another server leads this database already ({holder or 'it has just begun'}): stop that one first. "
            "Two would give one agent two callers."
        )

    async def _look(self) -> None:
        """Find out whether somebody else leads; an answer that does not come says nothing."""
        try:
            async with asyncio.timeout(LOOK_S):
                await self._keep_session()
                async with self._engine.connect() as connection:
                    term = (await connection.execute(select(lead.c.term))).scalar_one()
        except (SQLAlchemyError, OSError, TimeoutError) as fault:
            log.warning("whether this server still leads cannot be asked: %s", type(fault).__name__)
            return
        if term != self.term:
            self._lost.set()

    async def _keep_session(self) -> None:
        """Touch the session that holds the lock; one that was cut is taken anew, unless somebody else was quicker."""
        if self._session is None:
            return
        try:
            await self._session.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            cut, self._session = self._session, None
            await _closed(cut)
            if not await self._lock_session():
                self._lost.set()


async def _closed(session: AsyncConnection) -> None:
    """Close the session itself, not only give it back to the pool: the lock is the session's."""
    with suppress(SQLAlchemyError, OSError):
        await session.invalidate()
        await session.close()
