"""The database asked by a command that needs no server: whatever stands in the way is said in a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from server import database
from server.runtime.trouble import RuntimeTrouble

T = TypeVar("T")


def on_file(url: str, work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """Run work on the database at `url`. Raises RuntimeTrouble with a sentence when it cannot be had."""
    if database.is_missing(url):
        raise RuntimeTrouble("There is no database yet: `ventanilla run` makes it.")

    async def working() -> T:
        engine = database.open_engine(url)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(working())
    except database.TROUBLE as fault:
        raise RuntimeTrouble(_why(url, fault)) from fault


def _why(url: str, fault: Exception) -> str:
    """Tell a database without our tables, or with those of another version, from one that does not answer."""
    try:
        at = asyncio.run(database.present(url))
    except database.TROUBLE:
        return database.away(url, fault)
    if at is None:
        return "The database has no tables yet: `make run` makes them, or run `ventanilla db upgrade`."
    if at != database.newest():
        return f"The database is at revision {at}, not {database.newest()}: run `ventanilla db upgrade`."
    return database.away(url, fault)
