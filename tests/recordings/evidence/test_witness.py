"""A witness under other hands, over real HTTP, as c2sp.org/tlog-witness has it; and the file of published heads."""

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete

from recordings.adapters.evidence import published, witness
from recordings.adapters.evidence.published import Published
from recordings.adapters.evidence.tables import evidence, heads, log, stamps, tiles
from recordings.adapters.evidence.witness import HeadsFile, HttpWitness
from recordings.evidence.merkle import consistent
from recordings.evidence.notes import Checkpoint, Key, checkpoint_of, cosign, opened
from tests.recordings.evidence.house import House

PRIVATE = Ed25519PrivateKey.generate()
KEY = Key("witness.example/w1", PRIVATE.public_key().public_bytes_raw(), 4)


@dataclass
class Watching:
    """Somebody's witness: it remembers the last head it has seen, and signs what goes on from it."""

    logs: tuple[Key, ...]
    seen: Checkpoint | None = None
    asked: list[str] = field(default_factory=list)

    def answer(self, body: str) -> tuple[int, str]:
        self.asked.append(body)
        head, _, note = body.partition("\n\n")
        old, *proof = head.split("\n")
        text = opened(note, self.logs).text
        shown = checkpoint_of(text)
        last = self.seen.size if self.seen else 0
        if int(old.removeprefix("old ")) != last:
            return 409, f"{last}\n"
        path = [base64.b64decode(line) for line in proof]
        if self.seen and not consistent(last, shown.size, self.seen.root, shown.root, path):
            return (409, f"{last}\n") if last == shown.size else (422, "")
        self.seen = shown
        return 200, cosign(text, KEY, PRIVATE, 1_795_345_200)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length")
        )
        status, said = self.answer((await reader.readexactly(length)).decode())
        body = said.encode()
        writer.write(
            f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serving(watching: Watching) -> AsyncIterator[str]:
    server = await asyncio.start_server(watching, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def watched(house: House) -> AsyncIterator[tuple[House, Watching, list[str]]]:
    watching, alarms = Watching(house.trust.logs), list[str]()
    async with serving(watching) as address, httpx.AsyncClient() as client:
        house.notary._witnesses = (HttpWitness(address, KEY, client, alarms.append),)
        yield house, watching, alarms


async def test_a_witness_signs_every_head_and_the_package_shows_it(
    watched: tuple[House, Watching, list[str]],
) -> None:
    house, watching, alarms = watched
    calls = [f"ventanilla-179534520{number}.1" for number in range(2, 5)]
    packages = []
    for call in calls:
        await house.record(call, 1)
        packages.append(await house.package(call, f"{call}.asice"))
    assert watching.seen is not None
    assert watching.seen.size == await house.log.size()
    (house.keys.trust_folder / "witness.vkey").write_text(f"{KEY.written}\n")
    assert house.checked(packages[-1]) == {}
    assert alarms == []


async def test_a_witness_that_knows_the_log_better_after_our_restart_is_believed(
    watched: tuple[House, Watching, list[str]],
) -> None:
    house, watching, alarms = watched
    await house.record("ventanilla-1795345202.1", 1)
    await house.package("ventanilla-1795345202.1")
    (witness,) = house.notary._witnesses
    assert isinstance(witness, HttpWitness)
    witness._seen = 0
    await house.record("ventanilla-1795345203.1", 1)
    await house.package("ventanilla-1795345203.1", "two.asice")
    assert watching.seen is not None
    assert watching.seen.size == await house.log.size()
    assert alarms == []


async def test_a_log_that_was_rewritten_gets_no_signature_and_an_alarm(
    watched: tuple[House, Watching, list[str]],
) -> None:
    house, watching, alarms = watched
    for number in range(2, 5):
        await house.record(f"ventanilla-179534520{number}.1", 1)
        await house.package(f"ventanilla-179534520{number}.1", f"{number}.asice")
    seen = watching.seen
    async with house.engine.begin() as connection:
        for table in (evidence, log, tiles, heads, stamps):
            await connection.execute(delete(table))
    await house.record("ventanilla-1795345209.1", 1)
    house.now += 61
    await house.notary.round()
    head = await house.log.head()
    assert head is not None
    assert KEY.name not in head.note
    assert watching.seen == seen
    assert alarms
    assert "our log" in alarms[0] or "ours" in alarms[0]


async def test_a_witness_that_is_away_holds_nothing_up(house: House) -> None:
    alarms: list[str] = []
    async with httpx.AsyncClient() as client:
        house.notary._witnesses = (HttpWitness("http://127.0.0.1:9", KEY, client, alarms.append),)
        await house.record()
        package = await house.package()
    assert house.checked(package) == {}
    assert alarms == []


async def test_every_head_is_added_to_the_file_of_heads(house: House, tmp_path: Path) -> None:
    file = HeadsFile(tmp_path / "elsewhere" / "heads.jsonl", lambda: house.now)
    house.notary._witnesses = (file,)
    await house.record()
    await house.package()
    house.now += 61
    await house.record("ventanilla-1795345203.1", 1)
    await house.package("ventanilla-1795345203.1", "two.asice")
    kept = [json.loads(line) for line in (tmp_path / "elsewhere" / "heads.jsonl").read_text().splitlines()]
    sizes = [one["size"] for one in kept]
    assert sizes == sorted(set(sizes))
    assert opened(kept[-1]["checkpoint"], house.trust.logs).signers


async def test_a_file_of_heads_that_hangs_holds_up_neither_the_notary_nor_who_reads_it(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies on another machine, whose server is gone: a hard mount waits for ever."""
    back, asked = threading.Event(), list[str]()

    def hangs(*words: object) -> None:
        asked.append(str(words[0]))
        assert back.wait(60)

    file = tmp_path / "heads.jsonl"
    monkeypatch.setattr(witness, "ANSWER_S", 0.05)
    monkeypatch.setattr(published, "READ_S", 0.05)
    house.notary._witnesses = (HeadsFile(file, lambda: house.now),)
    monkeypatch.setattr(witness, "_add", hangs)
    monkeypatch.setattr(published, "_part", hangs)
    await house.record()
    assert house.checked(await house.package()) == {}, "signed, published, stamped"
    await house.record("ventanilla-1795345203.1", 1)
    await house.package("ventanilla-1795345203.1", "two.asice")
    assert asked == [str(file)], "one that hangs is not asked again"
    with pytest.raises(TimeoutError):
        _ = [head async for head in Published(file).heads()]
    back.set()
