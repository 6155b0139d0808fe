"""Sealed recordings as bytes: decrypted piece by piece and only where asked, or read as they are if not encrypted."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.vault.rows import KeyRows, Resting
from recordings.adapters.vault.stores import Stores
from recordings.ports import NoAudio, Store, StoreAway
from recordings.vault.envelope import Keyring, Locked, unwrap
from recordings.vault.streaming import HEADER_BYTES, Cipher, Layout, NotAuthentic, Segment

PLAIN_PIECE = 1 << 20
SEGMENTS_AT_ONCE = 16  # a megabyte: one question to a store, some milliseconds of a thread


@dataclass(frozen=True, slots=True)
class _Opened:
    store: Store
    name: str
    layout: Layout
    cipher: Cipher


class VaultAudio:
    """The Audio of a vault."""

    def __init__(self, engine: AsyncEngine, stores: Stores, ring: Keyring) -> None:
        self._rows = KeyRows(engine)
        self._stores = stores
        self._ring = ring

    async def length(self, call: str) -> int:
        """Say how many bytes a recording has, once it is sure that all of it is there. Raises NoAudio."""
        resting = await self._rows.resting(call)
        try:
            await self._demand(resting)
        except NoAudio as none:
            await self._demand(await self._moved(resting, none))
        return resting.bytes

    async def _demand(self, resting: Resting) -> None:
        if resting.envelope is None:
            await self._demand_size(resting, resting.bytes)
        else:
            await self._opened(resting, resting.envelope)

    async def read(self, call: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`. Raises NoAudio."""
        resting = await self._rows.resting(call)
        at, end = max(0, start), resting.bytes if end is None else min(end, resting.bytes)
        while True:
            try:
                async for piece in self.of(resting, at, end):
                    yield piece
                    at += len(piece)
            except NoAudio as none:
                resting = await self._moved(resting, none)
            else:
                return

    async def _moved(self, resting: Resting, why: NoAudio) -> Resting:
        """Say where a file lies that was encrypted and put elsewhere just now. Raises NoAudio as it was else."""
        now = await self._rows.resting(resting.call)
        if why.reason != "gone" or now.path == resting.path:
            raise why
        return now

    async def of(self, resting: Resting, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes of what lies somewhere. Raises NoAudio."""
        if resting.envelope is None:
            await self._demand_size(resting, resting.bytes)
            store, name = self._stores.of(resting.path)
            for at in range(start, end, PLAIN_PIECE):
                yield await _asked(store, name, at, min(end, at + PLAIN_PIECE))
            return
        opened = await self._opened(resting, resting.envelope)
        for together in _batches(opened.layout.touched(start, end)):
            cipher = await _asked(opened.store, opened.name, together[0].start, together[-1].end)
            plain = await asyncio.to_thread(_decrypted, opened.cipher, together, cipher)
            from_here = together[0].plain_start
            yield plain[max(0, start - from_here) : end - from_here]

    async def _opened(self, resting: Resting, envelope: str) -> _Opened:
        """Open the envelope, and make sure that the file is as long as it was: a piece of it cannot tell."""
        try:
            key = unwrap(envelope, resting.call, self._ring)
            layout = Layout(resting.bytes, key.segment)
            store, name = await self._demand_size(resting, layout.ciphertext_bytes)
            cipher = Cipher(key.key, await _asked(store, name, 0, HEADER_BYTES), resting.call)
        except Locked as locked:
            raise NoAudio("locked") from locked
        except (NotAuthentic, ValueError) as wrong:
            raise NoAudio("damaged") from wrong
        return _Opened(store, name, layout, cipher)

    async def _demand_size(self, resting: Resting, wanted: int) -> tuple[Store, str]:
        store, name = self._stores.of(resting.path)
        try:
            size = await store.size(name)
        except StoreAway as away:
            raise NoAudio("away") from away
        if size != wanted:
            raise NoAudio("damaged")
        return store, name


async def _asked(store: Store, name: str, start: int, end: int) -> bytes:
    try:
        return await store.read(name, start, end)
    except StoreAway as away:
        raise NoAudio("away") from away


def _batches(segments: Iterator[Segment]) -> Iterator[list[Segment]]:
    batch: list[Segment] = []
    for segment in segments:
        batch.append(segment)
        if len(batch) == SEGMENTS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _decrypted(cipher: Cipher, segments: list[Segment], file: bytes) -> bytes:
    """Decrypt neighbouring segments; `file` holds exactly them. Raises NoAudio."""
    begin = segments[0].start
    try:
        return b"".join(cipher.open(one, file[one.start - begin : one.end - begin]) for one in segments)
    except NotAuthentic as wrong:
        raise NoAudio("damaged") from wrong
