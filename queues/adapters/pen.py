"""One transaction at a time, in as few steps of the event loop as there can be.

aiosqlite goes to its thread and back for every statement, and on a loaded machine each way is a wait for the processor
while SQLite's one write lock is held. So on SQLite a whole group is written by one thread of its own, in one go;
asyncpg has no such thread, and writes as it is.

Other rooms write to the same file. SQLite's own waiting for them sleeps longer each time, up to a tenth of a second,
whether or not the lock is free by then; an agent and a caller wait meanwhile. So this thread asks every millisecond.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

# Longest wait for another writer, as in server/database.py; and how often it is looked whether the wait is over.
BUSY_S: Final = 10.0
ASK_EVERY_S: Final = 0.001

Work = Callable[[Connection], None]


class Pen:
    """Writes to the database of an AsyncEngine. `close` it at the end."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._plain: Engine | None = None
        self._thread: ThreadPoolExecutor | None = None
        if engine.dialect.name == "sqlite" and engine.url.database not in {None, ":memory:"}:
            self._plain = create_engine(
                engine.url.set(drivername="sqlite"), connect_args={"timeout": 0}, hide_parameters=True
            )
            event.listen(self._plain, "connect", _as_the_others)
            event.listen(self._plain, "begin", _begin)
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="queues: pen")

    async def write(self, work: Work) -> None:
        """Do all of `work` in one transaction. Raises what it raises, and then nothing was written."""
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, work)
        else:
            async with self._engine.begin() as connection:
                await connection.run_sync(work)

    async def close(self) -> None:
        """Put it down."""
        if self._thread is not None and self._plain is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._plain.dispose)
            self._thread.shutdown(wait=False)

    def _write(self, work: Work) -> None:
        until = time.monotonic() + BUSY_S
        while self._plain is not None:
            try:
                with self._plain.begin() as connection:
                    work(connection)
            except OperationalError as fault:
                if not _is_busy(fault) or time.monotonic() > until:
                    raise
                time.sleep(ASK_EVERY_S)
            else:
                return


def _as_the_others(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
    """Be as the server's other connections are; that the file is in WAL mode stands in the file."""
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Whoever's commit fills the journal (1,000 pages) copies it into the file and waits for the disk, twice. Not the
    # promise of an agent: the next commit of any other connection does it, the fact of this very promise's for one.
    cursor.execute("PRAGMA wal_autocheckpoint=0")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock at once: who has it at the beginning is not refused in the middle."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _is_busy(fault: OperationalError) -> bool:
    return getattr(fault.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY")
