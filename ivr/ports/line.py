"""Asterisk, as one call's conversation sees it."""

# ruff: noqa: D102 - a class says what its properties are; its methods say themselves what they do

from collections.abc import Awaitable
from typing import Protocol

from ivr.agi import Greeting, Reply


class Hanging(Protocol):
    """Something that comes to pass once and can be waited for: an asyncio.Event, seen from here."""

    async def wait(self) -> object: ...


class Line(Protocol):
    """One call's line to Asterisk, as `ivr.adapters.line.Line` is one.

    lost: it broke, and nobody said that the caller had hung up: Asterisk may have died.
    """

    @property
    def greeting(self) -> Greeting: ...
    @property
    def hung_up(self) -> Hanging: ...
    @property
    def lost(self) -> bool: ...
    def send(self, command: bytes) -> Awaitable[Reply]:
        """Send one prepared command; await its answer. Raises HungUp when the caller has left."""
        ...
