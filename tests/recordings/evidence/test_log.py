"""The log's tree, notes and proofs: pure, and in both databases."""

import asyncio
import random
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as some

from recordings.adapters.evidence.log import Log
from recordings.evidence import proofs
from recordings.evidence.entries import Entry, Kind, happened, sealed
from recordings.evidence.merkle import (
    EMPTY,
    consistency,
    consistent,
    included,
    inclusion,
    leaf_hash,
    root_of,
)
from recordings.evidence.notes import BadNote, Checkpoint, Key, checkpoint_of, cosign, key_of, opened, sign
from recordings.evidence.proofs import BadProof, Proof
from recordings.evidence.tiles import Place, grow, growing, hash_of, wanted
from tests.recordings.evidence.house import House


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(f"entry {number}".encode()) for number in range(count)]


def tiles_of(hashes: list[bytes], step: int) -> dict[Place, bytes]:
    tiles: dict[Place, bytes] = {}
    for at in range(0, len(hashes), step):
        edge = {place: tiles[place] for place in growing(at) if place in tiles}
        tiles |= grow(edge, at, hashes[at : at + step])
    return tiles


def test_the_examples_of_certificate_transparency_give_their_roots() -> None:
    """The first roots of the reference tests that implementations of RFC 6962 share."""
    inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    hashes = [leaf_hash(bytes.fromhex(text)) for text in inputs]
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_of(hashes[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root_of(hashes).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(some.integers(1, 700), some.integers(0, 699), some.integers(1, 300))
def test_every_entry_of_any_log_is_proven_out_of_its_tiles(size: int, index: int, step: int) -> None:
    index %= size
    hashes = leaves(size)
    tiles = tiles_of(hashes, step)
    root = root_of(hashes)
    assert hash_of((0, size), tiles) == root
    ranges = inclusion(index, size)
    assert wanted(ranges) <= tiles.keys()
    path = [hash_of(one, tiles) for one in ranges]
    assert included(hashes[index], index, size, path, root)
    assert not included(hashes[index], (index + 1) % size, size, path, root) or size == 1
    assert not included(leaf_hash(b"another"), index, size, path, root)
    assert not included(hashes[index], index, size, [*path, EMPTY], root)


@given(some.integers(1, 700), some.integers(1, 700))
def test_every_log_is_proven_to_go_on_from_every_older_one(size: int, old: int) -> None:
    old = min(old, size)
    hashes = leaves(size)
    tiles = tiles_of(hashes, 100)
    path = [hash_of(one, tiles) for one in consistency(old, size)]
    assert consistent(old, size, root_of(hashes[:old]), root_of(hashes), path)
    other = [*leaves(size)]
    other[random.Random(size).randrange(old)] = leaf_hash(b"rewritten")  # noqa: S311 - which one is all the same
    rewritten = tiles_of(other, 100)
    lied = [hash_of(one, rewritten) for one in consistency(old, size)]
    assert not consistent(old, size, root_of(hashes[:old]), root_of(other), lied)
    assert not consistent(old, size, root_of(hashes[:old]), root_of(other), path)


def test_a_level_above_the_tiles_is_proven_too() -> None:
    hashes = leaves(66_000)
    tiles = tiles_of(hashes, 66_000)
    assert hash_of((0, 66_000), tiles) == root_of(hashes)
    path = [hash_of(one, tiles) for one in inclusion(65_536, 66_000)]
    assert included(hashes[65_536], 65_536, 66_000, path, root_of(hashes))


def test_the_log_takes_hashes_and_random_ids_and_nothing_of_a_person() -> None:
    for said in ("María", "12345678Z citizen", "", "+34654321987", "X" * 5, "a" * 200):
        with pytest.raises(ValueError, match="hashes only"):
            happened(Kind.LISTENED, said, 1.0)
    with pytest.raises(ValueError, match="hashes only"):
        happened(Kind.SEALED, "0" * 128, 1.0)


KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"log").digest())
NAMED = Key("log.example/inss", KEY.public_key().public_bytes_raw())


def test_a_note_is_opened_with_the_key_that_signed_it_and_no_other() -> None:
    text = Checkpoint(NAMED.name, 7, EMPTY).text
    note = sign(text, NAMED, KEY)
    assert opened(note, (key_of(NAMED.written),)).text == text
    assert checkpoint_of(text) == Checkpoint(NAMED.name, 7, EMPTY)
    stranger = Key(NAMED.name, sha256(b"x").digest())
    with pytest.raises(BadNote, match="nobody known"):
        opened(note, (stranger,))
    with pytest.raises(BadNote, match="not of this text"):
        opened(note.replace("\n7\n", "\n8\n"), (NAMED,))


def test_a_witness_signs_with_its_time() -> None:
    text = Checkpoint(NAMED.name, 7, EMPTY).text
    witness = Key("witness.example", NAMED.public, 4)
    note = sign(text, NAMED, KEY) + cosign(text, witness, KEY, 1_795_345_200)
    signers = opened(note, (NAMED, witness)).signers
    assert [(key.name, at) for key, at in signers] == [
        ("log.example/inss", None),
        ("witness.example", 1_795_345_200),
    ]


@pytest.mark.parametrize(
    "note",
    [
        "",
        "a",
        "a\n\n",
        "a\n\nb\n",
        "a\n1\n\n— x y\n",
        "a\t\n\n— x AAAA\n",
        "\n\n— log AAAA\n",
        "a\n" * 20_000,
    ],
)
def test_what_is_no_note_is_refused_in_a_sentence(note: str) -> None:
    with pytest.raises(BadNote):
        opened(note, (NAMED,))


@given(some.text(max_size=300))
def test_no_text_at_all_gets_past_the_reading_of_proofs(text: str) -> None:
    with pytest.raises(BadProof):
        proofs.check(proofs.proof_of(text), b"entry", NAMED)


def test_a_proof_is_read_as_it_was_written_and_holds_for_its_entry_only() -> None:
    entry = sealed(b"a signed vCon", 1.0)
    hashes = [leaf_hash(b"before"), leaf_hash(entry.bytes), leaf_hash(b"after")]
    note = sign(Checkpoint(NAMED.name, 3, root_of(hashes)).text, NAMED, KEY)
    proof = Proof(1, (hashes[0], hashes[2]), note)
    assert proofs.proof_of(proof.written) == proof
    assert proofs.check(proof, entry.bytes, NAMED) == 3
    with pytest.raises(BadProof, match="not below"):
        proofs.check(proof, sealed(b"another", 1.0).bytes, NAMED)
    other = Key("other.example", NAMED.public)
    with pytest.raises(BadProof, match="not the log's"):
        proofs.check(proof, entry.bytes, other)


async def test_many_entries_stand_in_the_database_as_they_were_added(any_house: House) -> None:
    log = any_house.log
    entries = [Entry(Kind.LISTENED, f"listened {number} abc", float(number)) for number in range(700)]
    for at in (0, 1, 2, 257, 300, 699):
        following = {0: 1, 1: 2, 2: 257, 257: 300, 300: 699, 699: 700}[at]
        assert await log.append(entries[at:following]) == at
    hashes = [leaf_hash(entry.bytes) for entry in entries]
    assert await log.root(700) == root_of(hashes)
    assert await log.root(300) == root_of(hashes[:300])
    for leaf in (0, 255, 256, 511, 512, 699):
        path = await log.inclusion(leaf, 700)
        assert included(hashes[leaf], leaf, 700, path, root_of(hashes))
    path = await log.consistency(300, 700)
    assert consistent(300, 700, root_of(hashes[:300]), root_of(hashes), path)


async def test_two_who_write_at_once_both_stand_in_the_log(any_house: House) -> None:
    """The server and the command line are two processes: two logs over one database."""
    one, other = any_house.log, Log(any_house.engine)

    async def write(log: Log, name: str) -> None:
        for number in range(10):
            await log.append([Entry(Kind.LISTENED, f"listened {number} {name}", 0.0)])

    await asyncio.gather(write(one, "a"), write(other, "b"))
    lines = await one.lines()
    assert len(set(lines)) == 20
    assert await one.root(20) == root_of([leaf_hash(line) for line in lines])
