"""One transaction at a time, in as few steps of the event loop as there can be.

aiosqlite goes to its thread and back for every statement, and on a loaded machine each way is a wait for the processor
while SQLite's one write lock is held. So on SQLite a whole group is written by one thread of its own, in one go;
asyncpg has no such thread, and writes as it is.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

# Longest wait for another writer, as in server/database.py.
BUSY_S: Final = 10.0

Work = Callable[[Connection], None]


class Pen:
    """Writes to the database of an AsyncEngine. `close` it at the end."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._plain: Engine | None = None
        self._thread: ThreadPoolExecutor | None = None
        if engine.dialect.name == "sqlite" and engine.url.database not in {None, ":memory:"}:
            self._plain = create_engine(
                engine.url.set(drivername="sqlite"), connect_args={"timeout": BUSY_S}, hide_parameters=True
            )
            event.listen(self._plain, "connect", _as_the_others)
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
        if self._plain is not None:
            with self._plain.begin() as connection:
                work(connection)


def _as_the_others(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
    """Be as the server's other connections are; that the file is in WAL mode stands in the file."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
