"""Puts every recording's key into a new envelope, under the newest key. No audio is touched."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from recordings.adapters.vault.rows import KeyRows
from recordings.vault.envelope import Keyring, Locked, rewrapped


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many envelopes were made anew, and which calls' could not be opened."""

    rewrapped: int
    locked: tuple[str, ...]


async def rotate(rows: KeyRows, ring: Keyring, clock: Callable[[], float]) -> Rotated:
    """Rotate all that is under another key than the ring's current one; may be stopped and begun again."""
    done, locked, after = 0, list[str](), ""
    while batch := await rows.not_under(ring.current, after):
        for call, envelope in batch:
            try:
                made = await asyncio.to_thread(rewrapped, envelope, call, ring)
            except Locked:
                locked.append(call)
                continue
            done += bool(made) and await rows.rewrap(call, envelope, made or "", ring.current, clock())
        after = batch[-1][0]
    return Rotated(done, tuple(locked))
