"""Witnesses: others who see the log grow, and sign that they did (c2sp.org/tlog-witness), or only keep its heads.

A log that is rewritten shows only to somebody who has an older head. So the heads go to a file that may lie on another
machine, to MQTT, and to witnesses under another administration; none of them is waited for longer than a moment.
"""

import base64
import json
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import httpx

from recordings.adapters.evidence.elsewhere import Elsewhere
from recordings.adapters.evidence.log import Log
from recordings.evidence.notes import BadNote, Key, opened, parts

log = logging.getLogger("ventanilla.evidence")

ANSWER_S = 5.0
"""Longest wait for a witness, or for a file: a head without its signature is published all the same."""
MOST_BYTES = 8_192


class Witness(Protocol):
    """Who is shown each head."""

    async def cosigned(self, note: str, size: int, grown: Log) -> str:
        """Show a head; give the signature lines to be put below it, none when there are none. Never raises."""


class HttpWitness:
    """A witness that speaks c2sp.org/tlog-witness. `alarm` is told in a sentence when it refuses our log."""

    def __init__(
        self, address: str, key: Key, client: httpx.AsyncClient, alarm: Callable[[str], None]
    ) -> None:
        self._address, self._key, self._client, self._alarm = address.rstrip("/"), key, client, alarm
        self._seen = 0

    async def cosigned(self, note: str, size: int, grown: Log) -> str:
        """Show it a head with the proof that the log goes on from what it saw last."""
        answer = await self._asked(note, size, grown)
        if answer is not None and answer.status_code == httpx.codes.CONFLICT:
            told = answer.text.strip()
            if not told.isdigit() or int(told) > size or int(told) == self._seen:
                self._alarm(f"the witness {self._key.name} has seen a log that ours does not go on from")
                return ""
            self._seen = int(told)  # after a restart it knows better than we do
            answer = await self._asked(note, size, grown)
        return self._taken(note, size, answer) if answer is not None else ""

    async def _asked(self, note: str, size: int, grown: Log) -> httpx.Response | None:
        proof = await grown.consistency(self._seen, size) if 0 < self._seen < size else ()
        lines = "".join(f"{base64.b64encode(hash_).decode()}\n" for hash_ in proof)
        try:
            return await self._client.post(
                f"{self._address}/add-checkpoint",
                content=f"old {self._seen}\n{lines}\n{note}".encode(),
                timeout=ANSWER_S,
            )
        except httpx.HTTPError as fault:
            log.warning("the witness %s does not answer: %s", self._key.name, type(fault).__name__)
            return None

    def _taken(self, note: str, size: int, answer: httpx.Response) -> str:
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            self._alarm(f"the witness {self._key.name} refuses our log: it does not go on from what it saw")
            return ""
        if answer.status_code != httpx.codes.OK or len(answer.content) > MOST_BYTES:
            log.warning("the witness %s answered with %s", self._key.name, answer.status_code)
            return ""
        text, _ = parts(note)
        try:
            opened(f"{text}\n{answer.text}", (self._key,))
        except BadNote as fault:
            log.warning("the witness %s gave no signature of its own: %s", self._key.name, fault)
            return ""
        self._seen = size
        return answer.text


class HeadsFile:
    """A file that every head is added to, one JSON object a line; a place on another machine is a good one."""

    def __init__(self, file: Path, clock: Callable[[], float]) -> None:
        self._file, self._clock, self._there = file, clock, Elsewhere(ANSWER_S)

    async def cosigned(self, note: str, size: int, grown: Log) -> str:
        """Add a head; it signs nothing."""
        del grown
        line = json.dumps({"at": self._clock(), "size": size, "checkpoint": note}, ensure_ascii=False)
        try:
            await self._there.do(partial(_add, self._file, f"{line}\n"))
        except OSError as fault:
            why = "it does not answer" if isinstance(fault, TimeoutError) else fault.strerror
            log.error("the log's head was not written to %s: %s", self._file.name, why)
        return ""


def _add(file: Path, line: str) -> None:
    """Add a line, in one of its own: what was torn off by a power cut must not take the next head with it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+b") as out:
        size = out.seek(0, os.SEEK_END)
        out.seek(max(size - 1, 0))
        torn = size > 0 and out.read(1) != b"\n"
        out.write(b"\n" * torn + line.encode())
        out.flush()
        os.fsync(out.fileno())
