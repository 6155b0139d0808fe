"""Encrypts what was sealed, and what lies in the vault from before.

Theory of operation. The table is the queue: rows that are sealed and whose path does not end in `.tink`. For each, in
this order: the file is encrypted beside the vault's rooms and made durable, its plaintext hashed on the way and
compared with the row; it is put into its store; it is read back from there and decrypted, and the hash compared
again; the envelope and the new path are written, durably; and only then the plain file is deleted. Whatever dies in
between, the plain file or the row with its key is there, and the next try does it all again.
"""

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.stereo import remove
from recordings.adapters.vault.audio import VaultAudio
from recordings.adapters.vault.ciphering import NotEncrypted, sha512_of, write_encrypted
from recordings.adapters.vault.rows import KeyRows, Plain, Resting
from recordings.adapters.vault.stores import Stores
from recordings.facts import EncryptionFailed, Fact
from recordings.naming import STORED, encrypted_path, is_of_call
from recordings.ports import Aside, NoAudio, StoreAway
from recordings.recording import seal_again_after
from recordings.vault.envelope import DataKey, Keyring, Locked, unwrap, wrap
from recordings.vault.streaming import (
    KEY_BYTES,
    PREFIX_BYTES,
    SALT_BYTES,
    SEGMENT_BYTES,
    header_of,
)

log = logging.getLogger("ventanilla.recordings")

ROOM = "encrypting"  # beside `running` and `sealed`: what is half made
LOOK_EVERY_S = 15.0  # a recording that was sealed wakes us; this is for what failed, and for old ones


class Encryptor:
    """The one who encrypts. `run` must run as a task; `vault` is the recordings' folder."""

    def __init__(
        self,
        engine: AsyncEngine,
        vault: Path,
        stores: Stores,
        ring: Keyring,
        publish: Callable[[Fact], None],
        clock: Callable[[], float] = time.time,
        aside: Aside = asyncio.to_thread,
    ) -> None:
        self._rows = KeyRows(engine)
        self._vault, self._stores, self._ring = vault, stores, ring
        self._audio = VaultAudio(engine, stores, ring)
        self._publish, self._clock, self._aside = publish, clock, aside
        self._woken = asyncio.Event()
        self._failed: dict[str, tuple[int, float]] = {}  # call → how often, and when last

    def wake(self) -> None:
        """Look at once: something was sealed."""
        self._woken.set()

    async def run(self) -> None:
        """Encrypt what waits, for ever."""
        await asyncio.to_thread(_clear, self._vault / ROOM)
        while True:
            self._woken.clear()
            try:
                await self.encrypt_waiting()
            except (SQLAlchemyError, OSError):
                log.warning("the recordings' keys cannot be read; trying again in %s s", LOOK_EVERY_S)
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def encrypt_waiting(self) -> int:
        """Encrypt every recording that waits; how many were."""
        finished, after = 0, ""
        while batch := await self._rows.waiting(after):
            for plain in batch:
                finished += await self._finish(plain)
            after = batch[-1].call
        return finished

    async def _finish(self, plain: Plain) -> bool:
        tries, last = self._failed.get(plain.call, (0, 0.0))
        if self._clock() < last + seal_again_after(tries):
            return False
        try:
            await self._encrypt(plain)
        except NotEncrypted as fault:
            self._fail(plain, tries, fault.reason)
            return False
        except (ValueError, TypeError, OverflowError):  # its row says what none of ours can
            self._fail(plain, tries, "unreadable row")
            return False
        self._failed.pop(plain.call, None)
        return True

    async def _encrypt(self, plain: Plain) -> None:
        """Do all of it, in order. Raises NotEncrypted."""
        if not is_of_call(plain.path, plain.call):
            raise NotEncrypted("unreadable row")
        key = DataKey(plain.call, secrets.token_bytes(KEY_BYTES), SEGMENT_BYTES)
        source, room = self._vault / plain.path, self._vault / ROOM / plain.call
        header = header_of(secrets.token_bytes(SALT_BYTES), secrets.token_bytes(PREFIX_BYTES))
        path = encrypted_path(plain.path, stored=self._stores.objects is not None)
        envelope = await asyncio.to_thread(wrap, key, self._ring)
        try:
            peaks = await self._aside(write_encrypted, source, room, key, header, plain.sha512)
            store, name = self._stores.of(path)
            await store.put(name, room)
            await self._read_back(Resting(plain.call, path, plain.bytes, plain.sha512, envelope))
        except (NoAudio, StoreAway) as fault:
            raise NotEncrypted(fault.reason) from fault
        except Locked as fault:
            raise NotEncrypted("locked") from fault
        finally:
            await asyncio.to_thread(remove, room)
        if await self._rows.keep(plain, path, (envelope, self._ring.current), peaks, self._clock()):
            await asyncio.to_thread(remove, source)

    async def _read_back(self, made: Resting) -> None:
        """Make sure that what lies in the store opens, and is what was sealed. Raises NotEncrypted, NoAudio."""
        if made.path.parts[0] == STORED:
            read = await self._downloaded(made)
        else:
            key = await asyncio.to_thread(unwrap, made.envelope or "", made.call, self._ring)
            read = await self._aside(sha512_of, self._vault / made.path, key, made.bytes)
        if read != made.sha512:
            raise NotEncrypted("read back wrong")

    async def _downloaded(self, made: Resting) -> str:
        digest = hashlib.sha512()
        async for piece in self._audio.of(made, 0, made.bytes):
            await asyncio.to_thread(digest.update, piece)
        return digest.hexdigest()

    def _fail(self, plain: Plain, tries: int, reason: str) -> None:
        """Keep the plain file and try again later; said once."""
        self._failed[plain.call] = (tries + 1, self._clock())
        if tries == 0:
            log.error("the recording of call %s is not encrypted yet (%s)", plain.call, reason)
            self._publish(EncryptionFailed(plain.call, reason, self._clock()))


def _clear(room: Path) -> None:
    """Remove what a server that died left half made."""
    for file in room.glob("*"):
        remove(file)
