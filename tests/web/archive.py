"""Recordings of made-up people in a real vault, behind an office's pages."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import MetaData, insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from crm_bridge.adapters.tables import calls as requested
from ivr.adapters.tables import proofs
from recordings.adapters.tables import episodes
from recordings.adapters.vault import key_folder
from recordings.adapters.vault.keeping_rows import KeepingRows
from recordings.adapters.vault.listenings import Listenings
from recordings.adapters.vault.searching import Searching
from recordings.listening import Keeping
from recordings.marks import Kind
from recordings.ports import Store
from recordings.wave import header
from server.calls_of import CallsOf
from server.facts_store import facts as said
from server.listening import Listening
from server.tables import ALL
from tests.recordings.vault.conftest import Room
from tests.web.serve import Office, open_office

SECONDS = 120
RATE = 8_000
PERSON, REFERENCE = "c-100", "2026-0000123-8"


@dataclass
class Counted:
    """A store that remembers which bytes were asked of it."""

    behind: Store
    read_bytes: int = 0
    ranges: list[tuple[int, int]] = field(default_factory=list)

    async def put(self, name: str, source: Path) -> None:
        await self.behind.put(name, source)

    async def size(self, name: str) -> int:
        return await self.behind.size(name)

    async def read(self, name: str, start: int, end: int) -> bytes:
        self.read_bytes += end - start
        self.ranges.append((start, end))
        return await self.behind.read(name, start, end)

    async def remove(self, name: str) -> None:
        await self.behind.remove(name)


@dataclass
class Archive:
    """An office whose recordings are real."""

    office: Office
    room: Room
    listening: Listening
    store: Counted
    calls: dict[str, str]
    plain: bytes
    shielded: set[str]

    def told(self, kind: type) -> list[object]:
        return self.room.told(kind)


def speech() -> bytes:
    """Two minutes: the caller speaks in the first half of each ten seconds, the agent in the second; noise of each."""
    chance = np.random.default_rng(1)
    frames = np.zeros((SECONDS * RATE, 2), dtype="<i2")
    for at in range(0, SECONDS, 10):
        for channel, since in ((0, at), (1, at + 5)):
            part = slice(since * RATE, (since + 4) * RATE)
            frames[part, channel] = chance.normal(0, 5_000, 4 * RATE).clip(-32_000, 32_000)
    return header(len(frames)) + frames.tobytes()


async def _furnish(room: Room) -> tuple[dict[str, str], bytes]:
    plain, began = speech(), time.time() - 3_600
    calls = {}
    for number, kind in enumerate(("usual", "protected", "blocked"), start=1):
        name = await room.seal(plain, number, began + number)
        calls[kind] = name
        proven = {
            "id": f"proof-{number}",
            "call": name,
            "person": PERSON if kind != "protected" else "c-200",
            "level": 2,
            "method": "code",
            "questions": [],
            "protected": kind == "protected",
            "at": began,
        }
        told = {"type": "TalkStarted", "call": name, "agent": "jordi", "at": began + number + 5, "body": "{}"}
        asked = {"call": name, "request": REFERENCE, "subject": "pension", "own": True, "at": began}
        async with room.engine.begin() as connection:
            await connection.execute(insert(proofs).values(proven))
            await connection.execute(insert(said).values(told))
            await connection.execute(insert(requested).values(asked))
    await room.encryptor.encrypt_waiting()
    for kind, offset in (
        (Kind.HELD, 40),
        (Kind.BACK, 55),
        (Kind.MUTED, 80),
        (Kind.UNMUTED, 88),
    ):
        await room.shelf.mark(calls["usual"], kind, began + 1 + offset)
    async with room.engine.begin() as connection:
        await connection.execute(insert(episodes).values(_episode(calls["usual"], began)))
    await KeepingRows(room.engine, lambda _: None).become(calls["blocked"], Keeping.BLOCKED, began)  # type: ignore[arg-type, return-value] # no days are asked for here
    return calls, plain


def _episode(call: str, began: float) -> dict[str, object]:
    return {
        "id": "e1",
        "call": call,
        "leg": "PJSIP/trunk-1",
        "citizen": PERSON,
        "level": 2,
        "act": "bank_account",
        "statement_id": "consent.bank_account",
        "language": "es",
        "text": "Texto",
        "sha512": "0" * 128,
        "asked_by": "machine",
        "began_ms": 60_000,
        "begun_at": began,
        "statement_from_ms": 60_500,
        "statement_to_ms": 68_000,
        "answer_from_ms": 69_000,
        "answer_to_ms": 70_000,
        "answer": "key:1",
        "outcome": "accepted",
        "heard_by": "machine",
    }


async def _tables(engine: AsyncEngine) -> None:
    for metadata in ALL:
        if not _is_webs(metadata):
            async with engine.begin() as connection:
                await connection.run_sync(metadata.create_all)


def _is_webs(metadata: MetaData) -> bool:
    return any(name.startswith("web_") for name in metadata.tables)


@pytest.fixture
async def archive(tmp_path: Path, demonstration_keys: Path) -> AsyncIterator[Archive]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'archive.sqlite3'}")
    await _tables(engine)
    keys = Path(await asyncio.to_thread(shutil.copytree, demonstration_keys, tmp_path / "keys"))
    (tmp_path / "vault").mkdir()
    room = Room(engine, tmp_path / "vault", key_folder.load(keys), now=time.time())
    calls, plain = await _furnish(room)
    store = Counted(room.stores.folder)
    object.__setattr__(room.stores, "folder", store)

    async def person_of(document: str) -> str | None:
        return PERSON if document == "12345678Z" else None

    shielded = set[str]()

    async def is_shielded(person: str) -> bool:
        return person in shielded

    def acts() -> dict[str, dict[str, str]]:
        return {"bank_account": {"es": "Cambio de cuenta bancaria"}}

    rows = (Searching(engine), room.rows, KeepingRows(engine, lambda _: None), Listenings(engine))  # type: ignore[arg-type, return-value] # no days are asked for here
    listening = Listening(
        rows, room.audio, CallsOf(engine), (person_of, is_shielded), room.facts.append, acts
    )
    async with open_office(tmp_path, listening=listening) as office:
        yield Archive(office, room, listening, store, calls, plain, shielded)
    await engine.dispose()
