"""SQLite through aiosqlite with one trip to its thread for each statement, where SQLAlchemy makes four or five.

aiosqlite has a thread for each connection, and whatever is asked goes there and back: a cursor, the statement, its
rows, the cursor's end, and when the connection is put back a rollback of nothing. Each trip is two changes of thread
and a wait for the interpreter; seven questions for one card were 35 of them. A write holds SQLite's one lock from its
first statement to its commit, trips included, and everybody else's write waits for it. So here a statement is one
trip, rows and all, and a transaction that was never begun is not ended.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import EMPTY_DICT

T = TypeVar("T")
Said = tuple[Any, int, int | None, list[Any]]
"""What a statement says: description, rowcount, lastrowid, rows."""


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """A statement and what it said; between statements nothing of it is left in SQLite."""

    __slots__ = ("_said", "_there")

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        self._adapt_connection = adapt_connection
        self._there = cast("Connection", adapt_connection)
        self._connection = adapt_connection._connection  # noqa: SLF001 - as the class we come from does
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()
        self._said: Said = (None, -1, None, [])

    @property
    def description(self) -> Any:  # noqa: ANN401 - the form of PEP 249
        """The columns of what was selected; None for a statement that selects nothing."""
        return self._said[0]

    @property
    def rowcount(self) -> int:
        """How many rows were changed; -1 where SQLite does not say."""
        return self._said[1]

    @property
    def lastrowid(self) -> Any:  # noqa: ANN401 - SQLAlchemy says int; SQLite says None before the first row
        """The key of the row that was inserted last."""
        return self._said[2]

    async def _async_soft_close(self) -> None:
        """Do nothing: it is closed."""

    def close(self) -> None:
        """Drop what was not read."""
        self._rows.clear()

    async def _execute_async(self, operation: Any, parameters: Any) -> None:  # noqa: ANN401 - of PEP 249
        given = () if parameters is None else (parameters,)
        await self._ask(lambda cursor: cursor.execute(operation, *given))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Sequence[Any]) -> None:  # noqa: ANN401
        await self._ask(lambda cursor: cursor.executemany(operation, seq_of_parameters))

    async def _ask(self, words: Callable[[sqlite3.Cursor], object]) -> None:
        async with self._adapt_connection._execute_mutex:  # noqa: SLF001 - as the class we come from does
            self._said = await self._there.trip(lambda plain: _asked(plain, words))
        self._rows = deque(self._said[3])


class Connection(AsyncAdapt_aiosqlite_connection):
    """A connection that knows whether a transaction is open, and does not go and ask."""

    __slots__ = ("_settled",)
    _cursor_cls = Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:  # noqa: ANN401 - as the class we come from has it
        super().__init__(dbapi, connection)
        self._settled = True

    async def trip(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in the connection's thread; who is cancelled meanwhile does not know what became of it."""
        self._settled = False
        try:
            answer: T = await self._connection._execute(lambda: ask(self._connection._conn))  # noqa: SLF001 - it has no public door that gives rows and columns at once
        except Exception:  # said by SQLite: it is over; a cancellation is not one
            self._settled = True
            raise
        self._settled = True
        return answer

    def rollback(self) -> None:
        """End what was begun, if anything was."""
        if self._begun():
            super().rollback()

    def commit(self) -> None:
        """Write what was begun, if anything was."""
        if self._begun():
            super().commit()

    def _begun(self) -> bool:
        return bool(self._connection._connection) and (not self._settled or self._connection.in_transaction)  # noqa: SLF001 - as the class we come from asks


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """aiosqlite as SQLAlchemy takes it (`module=` of create_async_engine), with these connections."""

    def connect(self, *arg: Any, **kw: Any) -> Connection:  # noqa: ANN401 - as the class we come from has it
        """Open one."""
        return Connection(self, super().connect(*arg, **kw)._connection)  # noqa: SLF001 - what it is made of


def driver() -> Driver:
    """Give the driver."""
    return Driver(aiosqlite, sqlite3)


def _asked(plain: sqlite3.Connection, words: Callable[[sqlite3.Cursor], object]) -> Said:
    """Ask, in the connection's thread."""
    cursor = plain.cursor()
    try:
        words(cursor)
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, cursor.rowcount, cursor.lastrowid, rows
    finally:
        cursor.close()
