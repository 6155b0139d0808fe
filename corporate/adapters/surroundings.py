"""What an implementation of a system is given when it is opened."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True)
class Surroundings:
    """Our database, the clock (unix seconds), and what the operator set under `[corporate.options.<system>]`.

    `turn` is held while writing. SQLite has one writer at a time and makes the others poll until one of them
    has polled too long; in a queue of our own they come in order. PostgreSQL needs none.
    """

    engine: AsyncEngine
    clock: Callable[[], float]
    options: Mapping[str, str] = field(default_factory=dict)
    turn: AbstractAsyncContextManager[object] = field(init=False)

    def __post_init__(self) -> None:
        sqlite = self.engine.dialect.name == "sqlite"
        object.__setattr__(self, "turn", _turn(self.engine) if sqlite else nullcontext())


_TURNS: "WeakKeyDictionary[AsyncEngine, asyncio.Lock]" = WeakKeyDictionary()


def _turn(engine: AsyncEngine) -> asyncio.Lock:
    """Give the one lock of an engine, whoever asks."""
    return _TURNS.setdefault(engine, asyncio.Lock())
