"""Waiting for what a browser, an Asterisk or the other end of a WebSocket does in its own time."""

import asyncio
from collections.abc import Callable

PATIENCE = 15.0  # seconds; everything here takes milliseconds on a machine that is not busy


async def until(true: Callable[[], object]) -> None:
    """Wait until a condition holds; TimeoutError when it does not in time."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)
