"""Every attack on a package, made by somebody who can seal its manifest anew, and the checks they do not get past."""

import base64
import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Update, delete, update

from recordings.adapters.evidence.auditing import Audit, consistent_heads
from recordings.adapters.evidence.keys import Identity, Keys, Role, issue
from recordings.adapters.evidence.tables import evidence, heads, log, stamps, tiles
from recordings.adapters.evidence.witness import HeadsFile
from recordings.adapters.tables import recordings
from recordings.evidence import names
from recordings.evidence.entries import Entry, Kind
from recordings.evidence.findings import Check
from recordings.evidence.stamps import BadStamp
from tests.recordings.evidence.forging import files_of, forged, packed, signed_again, stamped_again, wrongs
from tests.recordings.evidence.house import CALL, House

MANIFESTED = {Check.MANIFEST}
OTHERS = tuple(f"ventanilla-179534520{number}.1" for number in range(3, 7))


def nothing(_vcon: dict[str, Any]) -> None:
    return


async def made(house: House) -> Path:
    await house.record()
    return await house.package()


async def test_an_honest_package_is_accepted_also_when_sealed_again(house: House) -> None:
    package = await made(house)
    assert wrongs(house, package) == set()
    assert await forged(house, package, lambda files: files.clear() if not files else None) == set()


async def test_1_exchanged_audio_is_seen_by_its_hash(house: House) -> None:
    def swap(files: dict[str, bytes]) -> None:
        files["recording.wav"] = files["recording.wav"][:-4] + b"\x00\x01\x00\x01"

    assert await forged(house, await made(house), swap) == {Check.AUDIO}


async def test_2_audio_cut_short_is_seen_by_its_hash(house: House) -> None:
    def cut(files: dict[str, bytes]) -> None:
        files["recording.wav"] = files["recording.wav"][:-32_000]

    assert await forged(house, await made(house), cut) == {Check.AUDIO}


async def test_3_edited_metadata_is_seen_by_signature_stamp_and_log(house: House) -> None:
    def edit(files: dict[str, bytes]) -> None:
        outer = json.loads(files[names.VCON])
        vcon = json.dumps({"uuid": "x", "vcon": "0.4.0", "dialog": []}).encode()
        outer["payload"] = urlsafe_b64encode(vcon).rstrip(b"=").decode()
        files[names.VCON] = json.dumps(outer).encode()

    found = await forged(house, await made(house), edit)
    assert {Check.SIGNATURE, Check.STAMP, Check.LOG} <= found


async def test_3b_a_header_more_that_no_signature_covers_is_seen_by_stamp_and_log(house: House) -> None:
    def add(files: dict[str, bytes]) -> None:
        outer = json.loads(files[names.VCON])
        outer["signatures"][0]["header"]["note"] = "slipped in"
        files[names.VCON] = json.dumps(outer, separators=(",", ":")).encode()

    assert await forged(house, await made(house), add) == {Check.STAMP, Check.LOG}


async def test_4_a_self_made_key_of_the_same_name_is_seen_by_chain_stamp_and_log(
    house: House, strangers: Keys
) -> None:
    package, other = await made(house), strangers.identity(Role.SEAL)
    found = await forged(house, package, lambda files: signed_again(files, other, nothing))
    assert found == {Check.CERTIFICATE, Check.STAMP, Check.LOG}


async def test_4b_with_a_fresh_stamp_by_chain_and_log(house: House, strangers: Keys) -> None:
    package, other = await made(house), strangers.identity(Role.SEAL)

    def sign(files: dict[str, bytes]) -> None:
        signed_again(files, other, nothing)
        stamped_again(house, files, house.now)

    assert await forged(house, package, sign) == {Check.CERTIFICATE, Check.LOG}


async def test_4c_another_valid_certificate_beside_the_signature_is_seen_by_the_thumbprint(
    house: House,
) -> None:
    package = await made(house)
    house.keys.retire(Role.SEAL, house.now + 3_600)
    newer = house.keys.identity(Role.SEAL)

    def exchange(files: dict[str, bytes]) -> None:
        mine = files[names.VCON]
        signed_again(files, newer, nothing)
        theirs = json.loads(files[names.VCON])["signatures"][0]["header"]
        outer = json.loads(mine)
        outer["signatures"][0]["header"] = theirs
        files[names.VCON] = json.dumps(outer, separators=(",", ":")).encode()

    assert await forged(house, package, exchange) == {Check.SIGNATURE, Check.STAMP, Check.LOG}


async def test_4d_another_certificate_of_the_same_key_is_seen_by_the_thumbprint_too(house: House) -> None:
    """The signature holds for the key, and whoever is named beside it is another: `x5c` is not signed."""
    package, mine = await made(house), house.keys.identity(Role.SEAL)
    other = issue(Role.SEAL, "Somebody else", mine.private, house.keys.identity(Role.ROOT), house.now)
    shown = base64.b64encode(other.public_bytes(Encoding.DER)).decode()

    def exchange(files: dict[str, bytes]) -> None:
        outer = json.loads(files[names.VCON])
        outer["signatures"][0]["header"]["x5c"][0] = shown
        files[names.VCON] = json.dumps(outer, separators=(",", ":")).encode()

    assert await forged(house, package, exchange) == {
        Check.SIGNATURE,
        Check.CERTIFICATE,
        Check.STAMP,
        Check.LOG,
    }


async def test_5_an_insider_who_has_key_and_authority_is_seen_by_the_log_alone(house: House) -> None:
    def sign(files: dict[str, bytes]) -> None:
        signed_again(files, house.keys.identity(Role.SEAL), lambda vcon: vcon["attachments"].pop())
        stamped_again(house, files, house.now)

    assert await forged(house, await made(house), sign) == {Check.LOG}


async def test_5b_one_who_rewrites_the_log_too_is_seen_by_whoever_has_an_older_head(house: House) -> None:
    published = house.folder / "elsewhere.jsonl"
    await made(house)
    old = await house.log.head()
    assert old is not None
    await HeadsFile(published, lambda: house.now).cosigned(old.note, old.size, house.log)
    await rewritten(house)
    package = await house.package(name="forged.asice")
    assert wrongs(house, package) == set(), "no container can show it"
    said = await consistent_heads(house.log, [old.note], house.trust.logs)
    assert said is not None
    assert "rewritten" in said
    differences = await Audit(house.engine, published, lambda: house.now).look()
    assert {one.what for one in differences} == {"rewritten"}


async def rewritten(house: House) -> None:
    """The whole log thrown away, what is signed signed again with other words, and all of it logged anew."""
    async with house.engine.begin() as connection:
        for table in (evidence, log, tiles, heads, stamps):
            await connection.execute(delete(table))
        await connection.execute(update(recordings).values(flaw="partial", begun_logged=None))
    house.now += 61
    await house.notary.round()
    house.now += 61
    await house.notary.round()


async def test_6_a_recording_that_says_it_is_older_is_seen_by_its_stamp(house: House) -> None:
    await house.record()
    async with house.engine.begin() as connection:
        for column in (recordings.c.begun_at, recordings.c.ended_at):
            await connection.execute(update(recordings).values({column: column - 581_578}))
    package = await house.package()
    files = files_of(package)
    assert names.LATE in files, "whoever exports it says so"
    del files[names.LATE]
    assert await forged(house, package, lambda all_: all_.__delitem__(names.LATE)) == {Check.TIME}
    (finding,) = house.checked(package)[Check.TIME]
    assert "proves no time before its own" in finding.sentence


async def with_four(house: House) -> str:
    """Four recordings logged, and the head that somebody kept."""
    for call in OTHERS:
        await house.record(call, 1)
    house.now += 61
    await house.notary.round()
    head = await house.log.head()
    assert head is not None
    return head.note


async def put(house: House, lines: list[tuple[str, str, float]]) -> None:
    """Write the log as an insider would: these entries, and tiles that fit them."""
    async with house.engine.begin() as connection:
        for table in (log, tiles):
            await connection.execute(delete(table))
    await house.log.append([Entry(Kind(kind), line, at) for kind, line, at in lines])


async def entries(house: House) -> list[tuple[str, str, float]]:
    async with house.engine.connect() as connection:
        rows = (await connection.execute(log.select().order_by(log.c.leaf))).all()
    return [(row.kind, row.line, row.at) for row in rows]


async def test_7_8_9_an_entry_deleted_moved_or_cut_off_below_a_head_is_seen_by_consistency(
    house: House,
) -> None:
    kept = await with_four(house)
    lines = await entries(house)
    for forged_lines in ([*lines[:1], *lines[2:], lines[0]], [lines[1], lines[0], *lines[2:]], lines[:-1]):
        await put(house, forged_lines)
        said = await consistent_heads(house.log, [kept], house.trust.logs)
        assert said is not None
        assert "rewritten" in said or "gone" in said
    await put(house, lines)
    assert await consistent_heads(house.log, [kept], house.trust.logs) is None


async def test_9b_entries_dropped_above_the_last_head_are_seen_by_reconciling(house: House) -> None:
    await with_four(house)
    assert await Audit(house.engine, None, lambda: house.now).look() == ()
    await house.record(CALL, 1)
    await house.notary.enter_happenings()
    await house.notary.sign_waiting()
    lines = await entries(house)
    await put(house, lines[:-2])
    assert {one.what for one in await Audit(house.engine, None, lambda: house.now).look()} == {
        "not in the log"
    }


async def test_a_recording_that_was_taken_away_with_its_evidence_is_missed_by_reconciling(
    house: House,
) -> None:
    await with_four(house)
    async with house.engine.begin() as connection:
        await connection.execute(delete(recordings).where(recordings.c.call == OTHERS[1]))
        await connection.execute(delete(evidence).where(evidence.c.call == OTHERS[1]))
    found = {one.what for one in await Audit(house.engine, None, lambda: house.now).look()}
    assert found == {"evidence gone", "call gone"}


async def test_a_recording_that_nobody_signs_is_missed_by_reconciling(house: House) -> None:
    await house.record()
    house.now += 600
    found = {one.what for one in await Audit(house.engine, None, lambda: house.now).look()}
    assert found == {"unsigned", "unlogged"}


async def test_a_stamp_of_a_stranger_who_shows_the_authoritys_certificate_is_refused(
    house: House, strangers: Keys
) -> None:
    """The token carries the true certificate and is signed by somebody else: which of the two is believed?"""
    package = await made(house)
    files = files_of(package)
    rogue = strangers.identity(Role.AUTHORITY)
    true = house.keys.identity(Role.AUTHORITY)
    for certificates in ((rogue.chain[0],), (true.chain[0],), (rogue.chain[0], true.chain[0])):
        files[names.STAMP] = rogue_reply(files[names.VCON], rogue, certificates, house.now)
        assert Check.STAMP in wrongs(house, packed(files, house.folder / "rogue.asice")), len(certificates)


def rogue_reply(content: bytes, rogue: Identity, certificates: tuple[Any, ...], at: float) -> bytes:
    from asn1crypto import tsp, x509  # noqa: PLC0415

    from recordings.adapters.evidence.development import stamped  # noqa: PLC0415 - with asn1crypto below, only here
    from recordings.evidence.stamps import request  # noqa: PLC0415

    reply = tsp.TimeStampResp.load(stamped(request(content), rogue, at))
    shown = [x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in certificates]
    reply["time_stamp_token"]["content"]["certificates"] = shown
    return bytes(reply.dump(force=True))


def test_a_reply_that_is_no_stamp_is_refused() -> None:
    from recordings.evidence.stamps import check  # noqa: PLC0415

    for reply in (b"", b"\x30\x03", b"<html>", b"\x00" * 100_000):
        try:
            check(reply, b"x", ())
        except BadStamp:
            continue
        raise AssertionError(reply[:9])


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        (update(recordings).values(state="destroyed"), "destroyed unsaid"),
        (update(recordings).values(state="missing"), "unsealed"),
        (update(evidence).values(vcon=None), "destroyed unsaid"),
        (update(recordings).values(path="sealed/2026/11/22/x.wav.tink"), "key gone"),
    ],
)
async def test_what_was_taken_away_and_called_destroyed_or_missing_is_named_by_reconciling(
    house: House, changed: Update, what: str
) -> None:
    await with_four(house)
    assert await Audit(house.engine, None, lambda: house.now).look() == ()
    async with house.engine.begin() as connection:
        await connection.execute(changed.where(changed.table.c.call == OTHERS[1]))
    (found,) = await Audit(house.engine, None, lambda: house.now).look()
    assert found.what == what
