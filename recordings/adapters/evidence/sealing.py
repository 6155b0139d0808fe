"""A process of its own that signs, stamps and checks: RSA and ASN.1 in Python would hold up the calls' event loop.

A thread is not enough: one that computes lets the loop wait for Python's lock, five milliseconds at a time. The
process has the private keys; the server never reads one. It dies with the server, however that dies.
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Protocol, TypeVar

from recordings.adapters.evidence.authority import stamped
from recordings.adapters.evidence.keys import Keys, Role, trusted
from recordings.evidence import jws, notes, stamps
from recordings.evidence.stamps import Stamp

T = TypeVar("T")

ANSWER_S = 30.0
"""Longest wait for one signature; it takes some ten milliseconds, the first, with its start, two seconds."""


class Seals(Protocol):
    """Who signs for the notary."""

    async def vcon(self, composed: Mapping[str, Any]) -> tuple[bytes, str]:
        """Sign a vCon; the file, and the thumbprint of whose key it was."""

    async def head(self, text: str) -> str:
        """Sign a checkpoint's text; the note."""

    async def stamp(self, request: bytes) -> bytes:
        """Answer for the authority for development."""

    async def checked(self, reply: bytes, content: bytes) -> Stamp:
        """Check an authority's answer over some bytes. Raises BadStamp."""


class SealingProcess:
    """The process, started when it is first asked. `folder`: of the keys; `origin`, `owner`: as Keys has them."""

    def __init__(self, folder: Path, origin: str, owner: str) -> None:
        self._pool = ProcessPoolExecutor(
            max_workers=1,
            mp_context=get_context("spawn"),
            initializer=_begin,
            initargs=(folder, origin, owner),
        )

    async def vcon(self, composed: Mapping[str, Any]) -> tuple[bytes, str]:
        """Sign a vCon; the file, and the thumbprint of whose key it was."""
        return await self._asked(_vcon, dict(composed))

    async def head(self, text: str) -> str:
        """Sign a checkpoint's text."""
        return await self._asked(_head, text)

    async def stamp(self, request: bytes) -> bytes:
        """Answer for the authority for development."""
        return await self._asked(_stamp, request)

    async def checked(self, reply: bytes, content: bytes) -> Stamp:
        """Check an authority's answer. Raises BadStamp."""
        return await self._asked(_checked, reply, content)

    async def close(self) -> None:
        """End the process."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    async def _asked(self, work: Callable[..., T], *given: object) -> T:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(ANSWER_S):
            return await loop.run_in_executor(self._pool, work, *given)


_keys: list[Keys] = []


def _begin(folder: Path, origin: str, owner: str) -> None:
    """Make what keys are missing, and die when the server does: its end of the pipe would not tell us."""
    os.umask(0o077)
    os.nice(5)  # calls go first
    keys = Keys(folder, origin, owner)
    keys.prepare(time.time())
    _keys.append(keys)
    threading.Thread(target=_die_with_the_server, name="the server's end", daemon=True).start()


def _die_with_the_server() -> None:
    server = parent_process()
    if server is not None:
        server.join()
    os._exit(0)


def _vcon(composed: Mapping[str, Any]) -> tuple[bytes, str]:
    seal = _keys[0].identity(Role.SEAL)
    return jws.sign(composed, seal.private, seal.chain), jws.thumbprint(seal.chain[0])


def _head(text: str) -> str:
    key, private = _keys[0].log()
    return notes.sign(text, key, private)


def _stamp(request: bytes) -> bytes:
    return stamped(request, _keys[0].identity(Role.AUTHORITY), time.time())


def _checked(reply: bytes, content: bytes) -> Stamp:
    return stamps.check(reply, content, trusted(_keys[0].trust_folder).stamp_roots)
