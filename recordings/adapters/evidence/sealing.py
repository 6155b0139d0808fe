"""A process of its own that signs, stamps and checks, and works on files of recordings: calls go before all that.

A thread is not enough: one that computes lets the calls' event loop wait for Python's lock, and has as good a claim to
a processor as the loop has; the process has a worse one. It has the private keys; the server never reads one. It dies
with the server, however that dies.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

from recordings.evidence.stamps import Stamp

ANSWER_S = 30.0
"""Longest wait for one signature; it takes some ten milliseconds, the first, with its start, two seconds.

Two files may go before it, one that is sealed and one that is encrypted: a second for each hour of a call.
"""
FILE_S = 600.0
"""Longest work on one file: of a day's call it takes half a minute."""
P = ParamSpec("P")
T = TypeVar("T")


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
        self._keys = (folder, origin, owner)
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=1,
            mp_context=get_context("spawn"),
            initializer=_work,
            initargs=("begin", *self._keys),
        )

    async def vcon(self, composed: Mapping[str, Any]) -> tuple[bytes, str]:
        """Sign a vCon; the file, and the thumbprint of whose key it was."""
        signed: tuple[bytes, str] = await self._asked("vcon", dict(composed))
        return signed

    async def head(self, text: str) -> str:
        """Sign a checkpoint's text."""
        note: str = await self._asked("head", text)
        return note

    async def stamp(self, request: bytes) -> bytes:
        """Answer for the authority for development."""
        reply: bytes = await self._asked("stamp", request)
        return reply

    async def checked(self, reply: bytes, content: bytes) -> Stamp:
        """Check an authority's answer. Raises BadStamp."""
        stamp: Stamp = await self._asked("checked", reply, content)
        return stamp

    async def aside(self, work: Callable[P, T], /, *given: P.args, **named: P.kwargs) -> T:
        """Work on a file (ports.Aside); here, in a thread, when the process died of it or before it."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(FILE_S):
                return await loop.run_in_executor(self._pool, partial(work, *given, **named))
        except BrokenProcessPool:
            self._pool = self._new()
            return await asyncio.to_thread(work, *given, **named)

    async def close(self) -> None:
        """End the process."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    async def _asked(self, work: str, *given: object) -> Any:  # noqa: ANN401 - whatever that work gives
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_S):
                return await loop.run_in_executor(self._pool, _work, work, *given)
        except BrokenProcessPool:
            self._pool = self._new()  # killed, or out of memory: the next question starts another
            raise


def _work(name: str, *given: object) -> Any:  # noqa: ANN401 - whatever that work gives
    """Do a work of work.py in the process; only there is it imported, with all that ASN.1 needs."""
    return getattr(import_module("recordings.adapters.evidence.work"), name)(*given)
