"""Spoken messages of callers who did not want to wait: a file of Asterisk's, a row, a request that owns both."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import wave
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Column, Double, Float, MetaData, String, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.ports import CrmDown
from ivr.ports.floor import WishForm
from ivr.ports.register import RegistryDown
from server.facts import VoiceMessageLeft

log = logging.getLogger("ventanilla.messages")

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})
voice_messages = Table(
    "server_voice_messages",
    metadata,
    Column("call", String(64), primary_key=True),
    Column("request", String(40), nullable=False),
    Column("number", String(20)),
    Column("person", String(40)),
    Column("language", String(8), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("path", String(120), nullable=False),
    Column("asked_at", Double, nullable=False),
    Column("left_at", Double),
    Column("seconds", Float),
    Column("sha512", String(128)),
    Column("kept_at", Double),
    Column("ending", String(10)),
)

BEGIN_S = 3.0
"""How long a caller waits in silence for the request to be written down."""
LEAST_S = 1.0
"""Shorter is a click, a breath or the tone's end."""
ENDING = ".wav"


class VoiceMessages:
    """What the conversation asks for a message. `folder` is one that Asterisk can write into."""

    def __init__(
        self,
        engine: AsyncEngine,
        bridge: Bridge,
        folder: Path,
        publish: Callable[[object], None],
        clock: Callable[[], float],
    ) -> None:
        self._engine, self._bridge, self._folder = engine, bridge, folder.resolve()
        self._publish, self._clock = publish, clock
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    def offered(self) -> bool:
        """Tell whether a message can be taken: always, as far as is known beforehand."""
        return True

    async def begin(self, wish: WishForm) -> Path:
        """Open the request and the row, then give the file without its ending. Raises RegistryDown."""
        file = self._folder / wish.call
        try:
            async with asyncio.timeout(BEGIN_S):
                await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True, mode=0o700)
                request = await self._bridge.open_or_continue(wish.call, wish.person, wish.subject)
                await self._write(wish, request, file.name + ENDING)
        except (SQLAlchemyError, OSError, CrmDown, TimeoutError) as fault:
            raise RegistryDown from fault
        return file

    async def _write(self, wish: WishForm, request: str, path: str) -> None:
        row = {
            "call": wish.call, "request": request, "number": wish.caller, "person": wish.person,
            "language": wish.language, "subject": wish.subject, "path": path, "asked_at": self._clock(),
        }  # fmt: skip
        async with self._engine.begin() as connection:
            await connection.execute(self._insert(voice_messages).values(row).on_conflict_do_nothing())

    async def left(self, call: str) -> str | None:
        """Measure what was said; the reference of its request, None when it is too short. Raises RegistryDown."""
        try:
            async with asyncio.timeout(BEGIN_S):
                return await self._left(call)
        except (SQLAlchemyError, OSError, CrmDown, TimeoutError) as fault:
            raise RegistryDown from fault

    async def _left(self, call: str) -> str | None:
        seconds, digest = await asyncio.to_thread(_measured, self._folder / (call + ENDING))
        if seconds < LEAST_S:
            return None
        at = self._clock()
        mine = voice_messages.c.call == call
        async with self._engine.begin() as connection:
            found = await connection.execute(select(voice_messages.c.request).where(mine))
            request = str(found.scalar_one())
            values = {"left_at": at, "seconds": seconds, "sha512": digest}
            await connection.execute(update(voice_messages).where(mine).values(values))
        await self._bridge.note(call, MACHINE, "pending", f"Voice message of {seconds:.0f} s: {call}{ENDING}")
        self._publish(VoiceMessageLeft(call, request, seconds, at))
        return request


MACHINE = "ventanilla"
"""Who writes the notes that nobody of flesh has written."""


def _measured(file: Path) -> tuple[float, str]:
    """Give length in seconds and SHA-512 of a sound file; nothing for one that is none."""
    try:
        content = file.read_bytes()
        with wave.open(str(file)) as sound:
            return sound.getnframes() / sound.getframerate(), hashlib.sha512(content).hexdigest()
    except (wave.Error, EOFError, FileNotFoundError):
        return 0.0, ""
