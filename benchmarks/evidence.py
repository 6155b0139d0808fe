"""What evidence costs: sealing and encrypting, signing and stamping, exporting, verifying, a large log, the loop's lag.

`make bench-evidence`, about two minutes. Audio is random, so that nothing is easy on it. Figures are multiples of the
length of what was said, or stand beside a plain peer in the same run: `cp` and `openssl dgst -sha512` of the same file.
"""

import argparse
import asyncio
import gc
import hashlib
import os
import random
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.machine import process_cpu
from recordings.adapters.evidence.export import Exports
from recordings.adapters.evidence.keys import Keys, trusted
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.notary import Notary, Practice
from recordings.adapters.evidence.package import verify
from recordings.adapters.evidence.sealing import SealingProcess
from recordings.adapters.evidence.tables import log as log_table
from recordings.adapters.evidence.tables import tiles as tiles_table
from recordings.adapters.recorder import Recorder
from recordings.adapters.tables import metadata
from recordings.adapters.vault import key_folder
from recordings.adapters.vault.audio import VaultAudio
from recordings.adapters.vault.encrypting import Encryptor
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.stores import Stores
from recordings.evidence.entries import Entry, Kind
from recordings.evidence.findings import Verdict
from recordings.evidence.merkle import included, leaf_hash
from recordings.evidence.tiles import grow
from recordings.evidence.vcon import Publisher
from server.database import open_engine

BYTES_A_SECOND = 32_000
ORIGIN, OWNER = "ventanilla.example/bench", "Benchmark"
TICK_S = 0.001
CALLS, TURNS_A_SECOND = 100, 10
BLOCKED_S = 0.005


@dataclass
class Lag:
    """How late the event loop's ticks came, in seconds of the clock; and for how much of it no processor was free."""

    late: list[float] = field(default_factory=list)
    blocked: list[float] = field(default_factory=list)
    """What is left of each when the time is taken off in which the machine had no processor for the loop's thread."""

    def told(self) -> str:
        return f"by the clock {_spread(self.late)}; of it not for want of a processor {_spread(self.blocked)}"

    @property
    def over(self) -> float:
        """How many of a thousand looks came more than BLOCKED_S late by the clock."""
        return 1000 * sum(one > BLOCKED_S for one in self.late) / len(self.late)


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    over = sum(one > BLOCKED_S for one in ordered)
    return (
        f"p99 {ordered[int(len(ordered) * 0.99)] * 1000:.2f}, longest {ordered[-1] * 1000:.1f} ms, "
        f"{over} of {len(ordered):,} over {BLOCKED_S * 1000:.0f} ms"
    )


class Watch:
    """Looks at the loop a thousand times a second; what it sees goes to `seen`, nowhere while that is None."""

    def __init__(self) -> None:
        self.seen: Lag | None = None

    async def run(self) -> None:
        waits = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        try:
            while True:
                due, waited = time.perf_counter() + TICK_S, _without_processor(waits)
                await asyncio.sleep(TICK_S)
                late = time.perf_counter() - due
                if self.seen is not None:
                    self.seen.late.append(late)
                    self.seen.blocked.append(max(0.0, late - (_without_processor(waits) - waited)))
        finally:
            os.close(waits)


def _without_processor(schedstat: int) -> float:
    """How many seconds a thread could have run and had no processor (the kernel's sched-stats.rst)."""
    return int(os.pread(schedstat, 80, 0).split()[1]) / 1e9


@asynccontextmanager
async def hundred_calls() -> AsyncIterator[Watch]:
    """A hundred connections that speak ten times a second each, and how late the loop is meanwhile."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def call() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(random.random() / TURNS_A_SECOND)  # noqa: S311 - calls do not begin together
        while True:
            writer.write(b"200 result=0\n")
            await reader.readline()
            await asyncio.sleep(1 / TURNS_A_SECOND)

    watch = Watch()
    tasks = [asyncio.create_task(call()) for _ in range(CALLS)]
    await asyncio.sleep(1)
    tasks.append(asyncio.create_task(watch.run()))
    yield watch
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    server.close()


@dataclass
class Centre:
    """All that a recording goes through after its call, on SQLite, as the server has it."""

    engine: AsyncEngine
    folder: Path

    def __post_init__(self) -> None:
        self.keys = Keys(self.folder / "evidence", ORIGIN, OWNER)
        self.keys.prepare(time.time() - 3_600)
        key_folder.demonstration(self.folder / "vault-keys", 2026)
        ring = key_folder.load(self.folder / "vault-keys")
        self.vault = self.folder / "vault"
        stores = Stores(FolderStore(self.vault), None)
        self.ahead = 0.0
        self.seals = SealingProcess(self.folder / "evidence", ORIGIN, OWNER)
        self.recorder = Recorder(
            self.engine, self.vault, lambda _fact: None, self.clock, aside=self.seals.aside
        )
        self.encryptor = Encryptor(
            self.engine, self.vault, stores, ring, lambda _fact: None, aside=self.seals.aside
        )
        practice = Practice(Publisher(OWNER, "https://ventanilla.example"), ORIGIN)
        self.notary = Notary(self.engine, self.seals, self.seals, practice, lambda _fact: None, self.clock)
        self.exports = Exports(self.engine, VaultAudio(self.engine, stores, ring), self.keys)

    def clock(self) -> float:
        return time.time() + self.ahead

    async def over(self, call: str, seconds: int) -> None:
        """A call of so many seconds that is over, its audio on disk as Asterisk leaves it."""
        path = await self.recorder.begin(call, "es", "notice.recorded", 4_200, time.time() - seconds)
        assert path is not None
        path.write_bytes(os.urandom(BYTES_A_SECOND * seconds))
        await self.recorder.ended(call, time.time())

    async def proven(self) -> None:
        """Seal, encrypt, sign, log, stamp, publish the head."""
        self.ahead = 6.0  # a file that has not changed for five seconds is sealed
        await self.recorder.seal_waiting()
        await self.encryptor.encrypt_waiting()
        await self.notary.round()

    def sealing_cpu(self) -> float:
        (process,) = self.seals._pool._processes.values()  # noqa: SLF001 - nobody else needs its number
        assert process.pid is not None
        return process_cpu(process.pid)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the clock and of all processors."""

    wall: float
    cpu: float


async def took(centre: Centre, work: Awaitable[object]) -> Took:
    began, spent, theirs = time.perf_counter(), time.process_time(), centre.sealing_cpu()
    await work
    return Took(time.perf_counter() - began, time.process_time() - spent + centre.sealing_cpu() - theirs)


def peer(file: Path) -> Took:
    """What a plain copy and a plain hash of the same file cost."""
    began, before = time.perf_counter(), os.times()
    subprocess.run(["cp", file, file.with_suffix(".copy")], check=True)
    subprocess.run(["openssl", "dgst", "-sha512", file], check=True, capture_output=True)
    after = os.times()
    return Took(
        time.perf_counter() - began,
        after.children_user + after.children_system - before.children_user - before.children_system,
    )


async def one_long_call(centre: Centre, seconds: int) -> None:
    """A single long recording, from the end of its call to its package, and the package checked."""
    call = "bench-1795345200.1"
    await centre.over(call, seconds)
    whole = await took(centre, centre.proven())
    package = centre.folder / "call.asice"
    exported = await took(centre, centre.exports.export(call, package))
    trust = trusted(centre.keys.trust_folder)
    began, spent = time.perf_counter(), time.process_time()
    found = await asyncio.to_thread(verify, package, trust)
    checked = Took(time.perf_counter() - began, time.process_time() - spent)
    assert all(one.verdict is not Verdict.WRONG for one in found), found  # its stamps are for development
    beside = await asyncio.to_thread(peer, package)
    megabytes = package.stat().st_size / 1e6
    print(f"\none recording of {seconds // 60} minutes, {megabytes:.1f} MB:")
    for what, one in (
        ("sealed, encrypted, signed, logged, stamped", whole),
        ("exported as a package (decrypted, hashed, sealed)", exported),
        ("package verified", checked),
        ("peer: cp and openssl dgst -sha512", beside),
    ):
        print(
            f"  {what:52} {one.wall * 1000:8.1f} ms, {seconds / one.wall:8,.0f} times real time, "
            f"{one.cpu * 3600 / seconds:6.2f} CPU s per recorded hour, {one.wall / beside.wall:5.2f} of the peer"
        )


async def many_calls(centre: Centre, rounds: int, count: int, seconds: int) -> None:
    """Many recordings at once beside a hundred calls: how late the loop is with that and without, in turns."""
    quiet, busy, spent = Lag(), Lag(), Took(0.0, 0.0)
    gc.freeze()  # as the server does it
    async with hundred_calls() as watch:
        for turn in range(rounds):
            for number in range(count):
                await centre.over(f"bench-1795345{turn:03d}.{number + 1}", seconds)
            await asyncio.to_thread(os.sync)  # what was written for the next step is not this one's burden
            watch.seen = busy
            whole = await took(centre, centre.proven())
            watch.seen = quiet
            await asyncio.sleep(whole.wall)
            watch.seen = None
            spent = Took(spent.wall + whole.wall, spent.cpu + whole.cpu)
    said = rounds * count * seconds
    print(f"\n{rounds} times {count} recordings of {seconds} s at once, beside {CALLS} calls:")
    print(
        f"  {said / spent.wall:,.0f} times real time, {spent.cpu * 3600 / said:.2f} CPU s per recorded hour"
    )
    print(f"  {spent.wall / (rounds * count) * 1000:.1f} ms each")
    print("  the loop's lag, the same calls and as long each, in turns:")
    print(f"    with sealing:    {busy.told()}")
    print(f"    without sealing: {quiet.told()}")
    print(
        f"    of 1,000 looks {busy.over:.2f} came over {BLOCKED_S * 1000:.0f} ms late with it, {quiet.over:.2f} without"
    )


async def large_log(engine: AsyncEngine, entries: int) -> None:
    """A log of a million entries: written at once, then a proof for any of them, and one entry more."""
    lines = [
        f"listened {number} {hashlib.sha256(str(number).encode()).hexdigest()[:32]}"
        for number in range(entries)
    ]
    began = time.perf_counter()
    hashes = [leaf_hash(line.encode()) for line in lines]
    made = grow({}, 0, hashes)
    built = time.perf_counter() - began
    async with engine.begin() as connection:
        for at in range(0, entries, 50_000):
            rows = [
                {"leaf": at + number, "kind": "listened", "line": line, "at": 0.0}
                for number, line in enumerate(lines[at : at + 50_000])
            ]
            await connection.execute(insert(log_table), rows)
        rows = [
            {"level": place.level, "number": place.number, "hashes": tile} for place, tile in made.items()
        ]
        await connection.execute(insert(tiles_table), rows)
    log = Log(engine)
    root = await log.root(entries)
    chosen = random.Random(1).sample(range(entries), 200)  # noqa: S311 - which ones is all the same
    proofs, checks = [], []
    path: tuple[bytes, ...] = ()
    for leaf in chosen:
        began = time.perf_counter()
        path = await log.inclusion(leaf, entries)
        proofs.append(time.perf_counter() - began)
        began = time.perf_counter()
        assert included(hashes[leaf], leaf, entries, path, root)
        checks.append(time.perf_counter() - began)
    grown = []
    for number in range(50):
        began = time.perf_counter()
        await log.append([Entry(Kind.LISTENED, f"listened {number} more", 0.0)])
        grown.append(time.perf_counter() - began)
    began = time.perf_counter()
    await log.consistency(entries // 3, entries)
    consistent = time.perf_counter() - began
    print(f"\na log of {entries:,} entries in SQLite ({len(made):,} tiles; hashed in {built:.1f} s):")
    print(
        f"  proof of one entry: median {statistics.median(proofs) * 1000:.2f} ms, longest {max(proofs) * 1000:.1f} ms"
    )
    print(f"  checking it:        median {statistics.median(checks) * 1e6:.0f} µs, {len(path)} hashes")
    print(f"  one entry more:     median {statistics.median(grown) * 1000:.2f} ms")
    print(f"  proof that it goes on from a third of it: {consistent * 1000:.2f} ms")


async def main(long_s: int, rounds: int, count: int, short_s: int, entries: int) -> None:
    """Run all of it in folders of its own."""
    with tempfile.TemporaryDirectory(prefix="ventanilla-bench-") as place:
        engine = open_engine(f"sqlite+aiosqlite:///{place}/one.sqlite3")
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        centre = Centre(engine, Path(place))
        await centre.seals.head("begin\n")
        try:
            await one_long_call(centre, long_s)
            await many_calls(centre, rounds, count, short_s)
        finally:
            await centre.seals.close()
            await engine.dispose()
        large = open_engine(f"sqlite+aiosqlite:///{place}/large.sqlite3")
        async with large.begin() as connection:
            await connection.run_sync(metadata.create_all)
        try:
            await large_log(large, entries)
        finally:
            await large.dispose()


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=int, default=10, help="length of the one long call")
    words.add_argument("--rounds", type=int, default=8, help="how often many recordings at once")
    words.add_argument("--calls", type=int, default=10, help="how many recordings at once")
    words.add_argument("--seconds", type=int, default=120, help="length of each of those")
    words.add_argument("--entries", type=int, default=1_000_000, help="of the large log")
    asked = words.parse_args()
    print(__doc__)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    uvloop.run(main(asked.minutes * 60, asked.rounds, asked.calls, asked.seconds, asked.entries))
