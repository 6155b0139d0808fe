"""A vault with keys, stores and the task that encrypts, on either database."""

import hashlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from secrets import randbits

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recordings.adapters.evidence.desk import Desk
from recordings.adapters.evidence.happenings import logged, unlogged
from recordings.adapters.evidence.keys import Identity, Role, issue
from recordings.adapters.evidence.log import Log, size
from recordings.adapters.evidence.tables import heads
from recordings.adapters.shelf import Shelf
from recordings.adapters.tables import insert_once, keys, metadata, recordings
from recordings.adapters.vault import key_folder
from recordings.adapters.vault.audio import VaultAudio
from recordings.adapters.vault.encrypting import Encryptor
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.stores import Stores
from recordings.evidence import jws
from recordings.evidence.entries import sealed
from recordings.evidence.vcon import Publisher, evidence_id, vcon
from recordings.marks import Notice
from recordings.naming import wav_path
from recordings.ports import Audio, Store
from recordings.recording import Flaw, Sealed, Taken
from recordings.vault.envelope import Keyring
from recordings.wave import header
from tests.databases import DIALECTS, opened

BEGAN = 1_795_345_200.0  # 22 November 2026


@pytest.fixture(scope="session")
def demonstration_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of keys, to be copied: an RSA pair takes half a second."""
    folder = tmp_path_factory.mktemp("keys") / "keys"
    key_folder.demonstration(folder, 2026)
    return folder


@cache
def seal_of_tests() -> Identity:
    """A key that signs vCons, with its certificate."""
    private = rsa.generate_private_key(65537, 2048)
    return Identity(private, (issue(Role.ROOT, "INSS", private, None, BEGAN),))


async def _kept(
    desk: Desk, name: str, signed: tuple[str, bytes, str], at: float, connection: AsyncConnection, leaf: int
) -> None:
    await desk.signed(connection, name, *signed, leaf, at)


def call(number: int) -> str:
    return f"ventanilla-{int(BEGAN)}.{number}"


def noise(seed: int, count: int) -> bytes:
    """The same bytes for the same seed."""
    return random.Random(seed).randbytes(count)  # noqa: S311 - made-up sound, no secret


def sound(seconds: float, seed: int = 1) -> bytes:
    """A WAV file of noise: caller and agent, 8 kHz."""
    frames = int(seconds * 8_000)
    return header(frames) + noise(seed, frames * 4)


@dataclass
class Room:
    """A vault's parts; `facts` is what was told; `notary`: whether one sees to what is sealed."""

    engine: AsyncEngine
    vault: Path
    ring: Keyring
    objects: Store | None = None
    facts: list[object] = field(default_factory=list)
    now: float = BEGAN + 600
    notary: bool = False

    def __post_init__(self) -> None:
        self.shelf, self.rows = Shelf(self.engine), KeyRows(self.engine)
        self.stores = Stores(FolderStore(self.vault), self.objects)
        self.use(self.ring)

    def use(self, ring: Keyring) -> None:
        """Take other keys, as a restarted server would."""
        self.ring = ring
        self.audio: Audio = VaultAudio(self.engine, self.stores, ring)
        self.encryptor = Encryptor(
            self.engine, self.vault, self.stores, ring, self.facts.append, lambda: self.now
        )

    async def seal(self, plain: bytes, number: int = 1, began: float = BEGAN) -> str:
        """Lay down a sealed recording as the recorder leaves it."""
        name = call(number)
        path = wav_path(name, began)
        await self.shelf.begin(name, Notice("notice.recorded", "es", 100), began)
        (self.vault / path).parent.mkdir(parents=True, exist_ok=True)
        (self.vault / path).write_bytes(plain)
        whole = Sealed(len(plain), (len(plain) - 44) // 4, hashlib.sha512(plain).hexdigest(), 0)
        await self.shelf.sealed(Taken(name, began, began + 9), whole, Flaw.NONE, path, began + 10)
        if self.notary:
            await self.noted(began + 60)
        return name

    async def rest(self, plain: bytes, number: int = 1, began: float = BEGAN) -> str:
        """Seal and encrypt."""
        name = await self.seal(plain, number, began)
        assert await self.encryptor.encrypt_waiting() == 1
        return name

    async def noted(self, at: float) -> None:
        """Do what the notary does: sign what is over, log what happened, publish a head; here without stamps."""
        log, desk = Log(self.engine), Desk(self.engine)
        if found := await unlogged(self.engine):
            await log.append([one.entry for one in found], lambda connection, _: logged(connection, found))
        for recorded in await desk.unsigned(0.0):
            seal, named = seal_of_tests(), evidence_id(at, randbits(74))
            composed = vcon(recorded.named(named), Publisher("INSS", "https://ventanilla.example"), at)
            signed = (named, jws.sign(composed, seal.private, seal.chain), jws.thumbprint(seal.chain[0]))
            await log.append([sealed(signed[1], at)], partial(_kept, desk, recorded.call, signed, at))
        async with self.engine.begin() as connection:
            row = {"size": await size(connection), "root": "", "note": "", "at": at}
            await insert_once(connection, heads, row)

    async def heard(self, name: str, start: int = 0, end: int | None = None) -> bytes:
        return b"".join([piece async for piece in self.audio.read(name, start, end)])

    async def row(self, name: str) -> Row[tuple[object, ...]]:
        async with self.engine.connect() as connection:
            return (await connection.execute(select(recordings).where(recordings.c.call == name))).one()

    async def put_keys(self, rows: list[dict[str, object]]) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(delete(keys))
            same = {"made_at": BEGAN, "wrapped_at": BEGAN}
            await connection.execute(insert(keys), [row | same for row in rows])

    def told(self, kind: type) -> list[object]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


@pytest.fixture(params=DIALECTS)
async def room(
    request: pytest.FixtureRequest, tmp_path: Path, demonstration_keys: Path
) -> AsyncIterator[Room]:
    async with opened(request.param, tmp_path, metadata) as engine:
        (tmp_path / "vault").mkdir()
        yield Room(engine, tmp_path / "vault", key_folder.load(demonstration_keys))
