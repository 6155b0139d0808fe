"""A vault with a recorder and a reconciler on either database."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.reconciler import Reconciler
from recordings.adapters.recorder import Recorder
from recordings.adapters.tables import metadata, quarantine, recordings
from tests.databases import DIALECTS, opened

CALL = "ventanilla-1795345200.1"
# One second of a caller at +1000 and an agent at -1000, interleaved as MixMonitor's option D writes it.
SECOND = b"\xe8\x03\x18\xfc" * 8_000


@dataclass
class Room:
    """A vault, its rows, and the facts that were told; Asterisk's calls are what `alive` says."""

    engine: AsyncEngine
    vault: Path
    facts: list[object] = field(default_factory=list)
    alive: frozenset[str] | None = frozenset()
    now: float = 0.0

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.engine, self.vault, self.facts.append, lambda: self.now)
        self.reconciler = Reconciler(
            self.engine, self.vault, self.facts.append, self._calls, lambda: self.now
        )

    async def _calls(self) -> frozenset[str] | None:
        return self.alive

    def told(self, kind: type) -> list[object]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def begin(self, audio: bytes, call: str = CALL) -> Path:
        """Begin a recording and write what Asterisk would have written."""
        path = await self.recorder.begin(call, "es", "notice.recorded", 4_200, self.now)
        assert path is not None
        path.write_bytes(audio)
        return path

    async def row(self, call: str = CALL) -> Row[*tuple[object, ...]]:
        async with self.engine.connect() as connection:
            return (await connection.execute(select(recordings).where(recordings.c.call == call))).one()

    async def quarantined(self) -> list[str]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(select(quarantine.c.path))).scalars())


@pytest.fixture(params=DIALECTS)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with opened(request.param, tmp_path, metadata) as engine:
        made = Room(engine, tmp_path / "vault")
        made.now = time.time()  # files are stamped by the machine's clock
        yield made
