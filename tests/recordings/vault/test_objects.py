"""Recordings in an object store: OpenStack Swift with its S3 API, spoken to over HTTP."""

import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from recordings.adapters.reconciler import Reconciler
from recordings.adapters.tables import metadata
from recordings.adapters.vault import key_folder
from recordings.adapters.vault.folder import FolderStore
from recordings.adapters.vault.keeping import Keeper
from recordings.adapters.vault.objects import ObjectStore
from recordings.adapters.vault.proving import Court
from recordings.facts import EncryptionFailed
from recordings.listening import Keeping
from recordings.ports import NoAudio, Store, StoreAway
from recordings.retention import LEAST_BLOCKED_S, Term, Terms
from tests.databases import opened
from tests.object_store import Swift, swift
from tests.recordings.vault.conftest import Room, noise, sound
from tests.recordings.vault.test_keeping import day_of
from tests.web.serve import free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    with swift(tmp_path_factory.mktemp("swift"), tuple(free_port() for _ in range(4))) as served:
        yield served


@pytest.fixture(params=["folder", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    served: Swift = request.getfixturevalue("server")
    return ObjectStore(served.bucket)


@pytest.fixture
async def room(tmp_path: Path, demonstration_keys: Path, server: Swift) -> AsyncIterator[Room]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        (tmp_path / "vault").mkdir()
        ring = key_folder.load(demonstration_keys)
        yield Room(engine, tmp_path / "vault", ring, ObjectStore(server.bucket))


@pytest.mark.parametrize("length", [0, 1, 100_000, 12_000_000])  # the last goes up in parts
async def test_every_store_gives_back_what_it_was_given(store: Store, tmp_path: Path, length: int) -> None:
    content, name = noise(length, length), f"2026/11/22/{length}.wav.tink"
    source = tmp_path / "source"
    source.write_bytes(content)
    await store.put(name, source)
    assert await store.size(name) == length
    for start, end in ((0, min(40, length)), (length // 2, length), (max(0, length - 9), length)):
        if start < end:
            assert await store.read(name, start, end) == content[start:end]
    await store.remove(name)
    await store.remove(name)
    with pytest.raises(NoAudio, match="gone"):
        await store.size(name)
    with pytest.raises(NoAudio, match="gone"):
        await store.read(name, 0, 1)


async def test_a_store_keeps_the_newest_under_a_name_and_says_when_a_piece_is_not_there(
    store: Store, tmp_path: Path
) -> None:
    for content in (b"first one", b"second"):
        (tmp_path / "source").write_bytes(content)
        await store.put("a/b", tmp_path / "source")
    assert await store.read("a/b", 0, 6) == b"second"
    with pytest.raises((NoAudio, StoreAway)):
        await store.read("a/b", 3, 60)


async def test_a_recording_goes_into_the_store_and_nothing_stays_here(room: Room) -> None:
    plain = sound(60)
    name = await room.rest(plain)
    assert [one for one in room.vault.rglob("*") if one.is_file()] == []
    assert (await room.row(name)).path == f"stored/2026/11/22/{name}.wav.tink"
    assert await room.heard(name) == plain
    chance = random.Random(4)  # noqa: S311 - places to look at
    for _ in range(20):
        start = chance.randrange(len(plain))
        assert await room.heard(name, start, start + 5_000) == plain[start : start + 5_000]

    async def nobody() -> frozenset[str]:
        return frozenset()

    assert await Reconciler(room.engine, room.vault, room.facts.append, nobody).look() == ()


async def test_a_destroyed_recording_is_gone_from_the_store(room: Room) -> None:
    room.notary = True
    name = await room.rest(sound(1))
    stored = (await room.row(name)).path.removeprefix("stored/")
    keeper = Keeper(Court(room.engine, day_of), room.stores, room.facts.append)
    terms = Terms(Term(1, 0), {})
    for at in (4e9, 4e9 + LEAST_BLOCKED_S):
        await keeper.carry_out(await keeper.plan(terms, day_of(at)), at, believe_clock=True)
        await room.noted(at + 60)
    assert await keeper.rows.of(name) is Keeping.DESTROYED
    assert room.objects is not None
    with pytest.raises(NoAudio, match="gone"):
        await room.objects.size(stored)


async def test_a_store_that_refuses_our_key_leaves_the_plain_file_where_it_is(
    room: Room, server: Swift
) -> None:
    plain = sound(1)
    name = await room.seal(plain)
    object.__setattr__(room.stores, "objects", ObjectStore(server.wrong_key()))
    assert await room.encryptor.encrypt_waiting() == 0
    assert room.told(EncryptionFailed) == [EncryptionFailed(name, "store away", room.now)]
    assert await room.heard(name) == plain


async def test_a_store_that_is_down_is_tried_again_and_what_is_in_it_is_away_meanwhile(
    room: Room, server: Swift
) -> None:
    plain, later = sound(1), sound(2)
    name, waits = await room.rest(plain, 1), await room.seal(later, 2)
    server.stop()
    try:
        with pytest.raises(NoAudio, match="away"):
            await room.heard(name)
        assert await room.encryptor.encrypt_waiting() == 0
        assert await room.heard(waits) == later
    finally:
        server.start()
    room.now += 60
    assert await room.encryptor.encrypt_waiting() == 1
    assert (await room.heard(name), await room.heard(waits)) == (plain, later)
