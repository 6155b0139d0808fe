"""What the nightly comparison costs when there are many recordings, each with its envelope, its vCon and two entries.

`python -m benchmarks.reconciling [--recordings 100000]`, in SQLite; filling takes longer than comparing. The files are
as long as they should be and have no content, so no audio is read again: that costs what `benchmarks.evidence` says.
"""

import argparse
import asyncio
import json
import tempfile
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha512
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.auditing import Audit
from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.keys import Keys, Role
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.resting import Resting
from recordings.adapters.evidence.tables import evidence
from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import keys, recordings
from recordings.adapters.vault import key_folder
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.stores import Stores
from recordings.evidence.entries import Kind, happened, sealed
from recordings.evidence.vcon import Publisher, Recorded, base64url, evidence_id, vcon
from recordings.naming import encrypted_path, wav_path
from recordings.vault.envelope import DataKey, Keyring, wrap
from recordings.vault.streaming import SEGMENT_BYTES, Layout
from server import database
from server.settings import Settings

BEGAN, EVERY_S, LASTED_S = 1_700_000_000.0, 60.0, 180
BYTES = 44 + LASTED_S * 32_000
AT_ONCE = 2_000
PUBLISHER = Publisher("Benchmark", "https://ventanilla.example")


class House:
    """An installation below a folder, filled with recordings that all agree."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings.model_validate({"runtime": folder})
        self.vault = self.settings.recordings
        key_folder.demonstration(folder / "vault-keys", 2026)
        self.ring = key_folder.load(folder / "vault-keys")
        self.keys = Keys(folder / "evidence", "ventanilla.example/bench", "Benchmark")
        self.keys.prepare(BEGAN)
        self.chain = self.keys.identity(Role.SEAL).chain

    async def fill(self, engine: AsyncEngine, count: int) -> None:
        log = Log(engine)
        for first in range(0, count, AT_ONCE):
            made = [self._one(number) for number in range(first, min(count, first + AT_ONCE))]
            entries = [entry for one in made for entry in one.pop("entries")]
            leaf = await log.append(entries)  # of each the beginning first
            async with engine.begin() as connection:
                for table in (recordings, keys, evidence):
                    rows = [one[table.name] for one in made]
                    if table is evidence:
                        rows = [row | {"leaf": leaf + 2 * place + 1} for place, row in enumerate(rows)]
                    await connection.execute(insert(table), rows)

    def _one(self, number: int) -> dict[str, Any]:
        """The rows of one recording, by table, its entries in the log; and its file."""
        begun = BEGAN + number * EVERY_S
        call = f"ventanilla-{int(begun)}.{number}"
        path, ended = encrypted_path(wav_path(call, begun), stored=False), begun + LASTED_S
        self._lay(self.vault / path)
        digest = sha512(call.encode()).hexdigest()
        recorded = Recorded(
            "", call, begun, ended, LASTED_S * 1000, BYTES, digest, "none", True, False, "n", "es", 100
        )
        named = evidence_id(ended, number)
        written = _signed(vcon(recorded.named(named), PUBLISHER, ended), self.chain)
        key = DataKey(call, sha512(call.encode()).digest()[:32], SEGMENT_BYTES)
        return {
            "entries": (happened(Kind.BEGUN, reference_of(call), begun), sealed(written, ended)),
            recordings.name: _row(call, path, begun, digest),
            keys.name: _envelope(call, key, self.ring),
            evidence.name: _kept(call, named, written, ended),
        }

    def _lay(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            out.truncate(Layout(BYTES).ciphertext_bytes)


def _row(call: str, path: Path, begun: float, digest: str) -> dict[str, Any]:
    said = {"call": call, "state": "sealed", "path": path.as_posix(), "language": "es", "notice_key": "n"}
    times = {
        "begun_at": begun,
        "begun_logged": begun,
        "ended_at": begun + LASTED_S,
        "sealed_at": begun + LASTED_S,
    }
    content = {
        "bytes": BYTES,
        "duration_ms": LASTED_S * 1000,
        "sha512": digest,
        "channels": 2,
        "flaw": "none",
    }
    return said | times | content | {"notice_offset_ms": 100, "orderly": True, "tries": 0}


def _envelope(call: str, key: DataKey, ring: Keyring) -> dict[str, Any]:
    row = {"call": call, "envelope": wrap(key, ring), "kek": ring.current, "plain": BYTES}
    return row | {"made_at": BEGAN, "wrapped_at": BEGAN}


def _kept(call: str, named: str, written: bytes, at: float) -> dict[str, Any]:
    row = {"call": call, "id": named, "vcon": written.decode(), "sha512": sha512(written).hexdigest()}
    # Without a time stamp, as while its authority is away: reading one takes 15 microseconds more (stamps.is_of).
    return row | {"certificate": "c" * 43, "signed_at": at, "tries": 0}


def _signed(composed: dict[str, Any], chain: Sequence[Any]) -> bytes:
    """Give a vCon with a signature of the right length that is none: comparing reads it and does not check it."""
    header = {"x5c": [b64encode(one.public_bytes(Encoding.DER)).decode() for one in chain]}
    payload = base64url(json.dumps(composed, separators=(",", ":")).encode())
    protected = base64url(json.dumps({"alg": "RS256", "uuid": composed["uuid"]}).encode())
    one = {"protected": protected, "header": header, "signature": base64url(bytes(384))}
    return json.dumps({"payload": payload, "signatures": [one]}, separators=(",", ":")).encode()


async def _timed(name: str, work: Callable[[], Awaitable[Sequence[object]]]) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    found = await work()
    took, busy = time.perf_counter() - began, time.process_time() - cpu
    print(f"{name:24} {took:7.1f} s, {busy:7.1f} s of a processor, {len(found)} found")


async def _nobody() -> None:
    return None


async def measured(folder: Path, count: int) -> None:
    """Fill an installation, and compare it twice: the second time nothing is new."""
    house = House(folder)
    await asyncio.to_thread(database.migrate, house.settings.database)
    engine = database.open_engine(house.settings.database)
    began = time.perf_counter()
    await house.fill(engine, count)
    print(f"{count:,} recordings filled in {time.perf_counter() - began:.0f} s")
    stores = Stores(FolderStore(house.vault))
    reconciler = Reconciler(engine, house.vault, lambda _: None, _nobody)

    async def resting() -> Sequence[object]:
        return (await Resting(engine, stores, lambda: house.ring).look()).found

    for turn in ("first", "again"):
        print(turn)
        await _timed("files", reconciler.compared)
        await _timed("audio and signatures", resting)
        await _timed("rows and log", lambda: Audit(engine).look())
    await engine.dispose()


def main() -> None:
    """Measure, in a folder that is gone afterwards."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--recordings", type=int, default=100_000)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measured(Path(folder), asked.parse_args().recordings))


if __name__ == "__main__":
    main()
