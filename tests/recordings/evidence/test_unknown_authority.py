"""A time stamp of an authority that who checks does not know shows them no time; it makes a good package no bad one."""

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import update

from recordings.adapters.evidence.development import stamped
from recordings.adapters.evidence.key_files import pem
from recordings.adapters.evidence.keys import Identity, Keys, Role, issue
from recordings.adapters.evidence.package import verify
from recordings.adapters.tables import recordings
from recordings.evidence import cades, names, stamps
from recordings.evidence.findings import Check, Verdict
from recordings.evidence.trust import Trust
from server.evidence_cli import EXIT_RESERVED, concluded
from tests.recordings.evidence.forging import files_of, packed, resealed, signed_again
from tests.recordings.evidence.house import House

BITS = 2048
WEEK = 7 * 86_400.0


@pytest.fixture(scope="module")
def theirs() -> Identity:
    """An authority below a root of its own, of names that nobody here has heard of."""
    at = 1_700_000_000.0
    above, private = (rsa.generate_private_key(65537, BITS) for _ in range(2))
    root = Identity(above, (issue(Role.ROOT, "Another State", above, None, at),))
    return Identity(private, (issue(Role.AUTHORITY, "Another State", private, root, at), *root.chain))


def by(authority: Identity, over: bytes, at: float) -> bytes:
    return stamped(stamps.request(over), authority, at)


async def made(house: House) -> dict[str, bytes]:
    await house.record()
    return files_of(await house.package())


async def checked(
    house: House, files: dict[str, bytes], trust: Trust | None = None
) -> tuple[int, dict[Check, Verdict]]:
    """Seal the manifest anew and check: the exit code, and the worst of each check that is not good."""
    files = await asyncio.to_thread(resealed, files, house.keys.identity(Role.SEAL))
    found = verify(packed(files, house.folder / "theirs.asice"), trust or house.trust)
    worst: dict[Check, Verdict] = {}
    for one in sorted(found, key=lambda one: one.verdict is Verdict.WRONG):
        if one.verdict is not Verdict.GOOD:
            worst[one.check] = one.verdict
    return concluded(found)[0], worst


async def test_beside_a_head_with_a_good_stamp_the_package_holds_with_a_reservation(
    house: House, theirs: Identity
) -> None:
    files = await made(house)
    files[names.STAMP] = by(theirs, files[names.VCON], house.now)
    assert await checked(house, files) == (EXIT_RESERVED, {Check.STAMP: Verdict.REMARK})
    (said, *_) = house.checked(house.folder / "theirs.asice")[Check.STAMP]
    assert "that you do not know" in said.sentence
    assert "SHA-256 is " in said.sentence


async def test_with_no_other_stamp_nobody_shows_a_time_and_it_holds_with_reservations(
    house: House, theirs: Identity
) -> None:
    files = await made(house)
    for over, name in ((names.VCON, names.STAMP), (names.CHECKPOINT, names.HEAD_STAMP)):
        files[name] = by(theirs, files[over], house.now)
    three = dict.fromkeys((Check.STAMP, Check.TIME, Check.HEAD), Verdict.REMARK)
    assert await checked(house, files) == (EXIT_RESERVED, three)
    del files[names.HEAD_STAMP]
    assert await checked(house, files) == (EXIT_RESERVED, three)


async def test_what_is_wrong_stays_wrong_whoever_stamped_it(house: House, theirs: Identity) -> None:
    files = await made(house)
    files[names.STAMP] = by(theirs, b"something else", house.now)
    assert (await checked(house, files))[1][Check.STAMP] is Verdict.WRONG
    whole = by(theirs, files[names.VCON], house.now)
    files[names.STAMP] = whole[:-1] + bytes([whole[-1] ^ 1])  # the signature ends it
    assert (await checked(house, files))[1][Check.STAMP] is Verdict.WRONG
    files[names.STAMP] = by(theirs, files[names.VCON], 1_600_000_000.0)  # before its certificate was made
    assert (await checked(house, files))[1][Check.STAMP] is Verdict.WRONG
    files[names.STAMP] = whole
    files[names.AUDIO] = files[names.AUDIO][:-32_000]
    code, found = await checked(house, files)
    assert (code, found[Check.AUDIO]) == (1, Verdict.WRONG)


async def test_one_who_names_a_root_that_one_trusts_and_that_did_not_issue_it_is_no_stranger(
    house: House, strangers: Keys
) -> None:
    files = await made(house)
    files[names.STAMP] = by(strangers.identity(Role.AUTHORITY), files[names.VCON], house.now)
    assert await checked(house, files) == (1, {Check.STAMP: Verdict.WRONG})


async def test_it_dates_nothing_back(house: House, theirs: Identity) -> None:
    """Who has the seal and the log says that a call is a week older, and has an authority of their own say so too."""
    await house.record()
    async with house.engine.begin() as connection:
        for column in (recordings.c.begun_at, recordings.c.ended_at):
            await connection.execute(update(recordings).values({column: column - WEEK}))
    files = files_of(await house.package())
    del files[names.LATE]
    files[names.STAMP] = by(theirs, files[names.VCON], house.now - WEEK)
    reserved = {Check.STAMP: Verdict.REMARK, Check.TIME: Verdict.REMARK}
    assert await checked(house, files) == (EXIT_RESERVED, reserved)
    (said,) = house.checked(house.folder / "theirs.asice")[Check.TIME]
    assert "proves no time before its own" in said.sentence


async def test_what_a_retired_key_signed_is_not_saved_by_it(house: House, theirs: Identity) -> None:
    files, old = await made(house), house.keys.identity(Role.SEAL)
    house.keys.retire(Role.SEAL, house.now - WEEK)
    signed_again(files, old, lambda vcon: vcon.update(created_at="2026-01-01T00:00:00Z"))
    files[names.STAMP] = by(theirs, files[names.VCON], house.now - 2 * WEEK)
    del files[names.HEAD_STAMP]
    code, found = await checked(house, files)
    assert (code, found[Check.CERTIFICATE]) == (1, Verdict.WRONG)


async def test_nor_is_the_head_of_a_retired_log(house: House, theirs: Identity) -> None:
    files = await made(house)
    files[names.HEAD_STAMP] = by(theirs, files[names.CHECKPOINT], house.now)
    assert await checked(house, files) == (
        EXIT_RESERVED,
        {Check.STAMP: Verdict.REMARK, Check.HEAD: Verdict.REMARK},
    )
    house.keys.retire(Role.LOG, house.now)
    code, found = await checked(house, files)
    assert (code, found[Check.HEAD]) == (1, Verdict.WRONG)


async def test_a_renewal_by_it_takes_nothing_from_the_first_stamp(house: House, theirs: Identity) -> None:
    files = await made(house)
    files[names.renewal(1)] = by(theirs, files[names.VCON] + files[names.STAMP], house.now)
    code, found = await checked(house, files)
    assert (code, found) == (EXIT_RESERVED, {Check.STAMP: Verdict.REMARK})
    assert any(
        names.renewal(1) in one.sentence for one in house.checked(house.folder / "theirs.asice")[Check.STAMP]
    )


async def test_a_manifests_seal_that_it_has_stamped_is_a_seal_without_a_time(
    house: House, theirs: Identity
) -> None:
    files = await asyncio.to_thread(resealed, await made(house), house.keys.identity(Role.SEAL))
    seal = files[names.SEAL]
    files[names.SEAL] = cades.stamped(seal, by(theirs, cades.value_of(seal), house.now))
    found = verify(packed(files, house.folder / "t.asice"), house.trust)
    assert [one.verdict for one in found if one.check is Check.SEAL] == [Verdict.REMARK, Verdict.GOOD]
    assert concluded(found)[0] == EXIT_RESERVED


async def test_a_package_of_before_the_provider_changed_is_not_refused_by_who_knows_the_new_one_only(
    house: House, theirs: Identity
) -> None:
    files = await made(house)
    root = house.keys.trust_folder / "authority-root.pem"
    root.write_bytes(pem(theirs.chain[-1]))
    code, found = await checked(house, files)
    assert (code, found[Check.STAMP], found[Check.HEAD]) == (EXIT_RESERVED, Verdict.REMARK, Verdict.REMARK)
