"""What must still hold years later, with keys given up, with broken rows, and for packages made with malice."""

import asyncio
import json
import os
import stat
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from sqlalchemy import update

from recordings.adapters.evidence.export import NoEvidence
from recordings.adapters.evidence.keys import Role
from recordings.adapters.evidence.package import Writer
from recordings.adapters.tables import recordings
from recordings.evidence import names
from recordings.evidence.findings import Check, Verdict
from recordings.evidence.instructions import commands
from recordings.facts import EvidenceMade, LogDoubted
from tests.recordings.evidence.forging import files_of, forged, packed, resealed, wrongs
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.outsiders import instructed, unpacked

OTHER = "ventanilla-1795345209.2"


async def test_no_command_of_the_instructions_asks_whether_a_certificate_is_valid_today(house: House) -> None:
    """The stamp's day counts; openssl has no clock to be set (-attime would undo -no_check_time)."""
    await house.record()
    folder = unpacked(await house.package())
    said = commands((folder / "VERIFY.txt").read_text()).replace("\\\n", "")
    asking = [
        line
        for line in said.splitlines()
        if line.startswith(("openssl cms", "openssl ts -verify", "openssl verify"))
    ]
    assert len(asking) == 5
    assert all(" -no_check_time" in line for line in asking), asking
    assert "notAfter" in instructed(folder)


@pytest.mark.parametrize("name", ["LATE.txt", "certs/another.pem", "META-INF/more.xml"])
async def test_the_instructions_fail_for_a_file_that_was_slipped_in(house: House, name: str) -> None:
    await house.record()
    folder = unpacked(await house.package())
    (folder / name).write_text("The call was much earlier.")
    with pytest.raises(AssertionError):
        instructed(folder)


def test_a_package_is_for_nobody_else_and_is_written_into_nothing_that_lay_there(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / ".call.asice.part").symlink_to(elsewhere)
    before = os.umask(0o022)
    try:
        writer = Writer(tmp_path / "call.asice")
    finally:
        os.umask(before)
    (part,) = [file for file in tmp_path.glob(".call*") if not file.is_symlink()]
    assert stat.S_IMODE(part.stat().st_mode) == 0o600
    assert not elsewhere.exists()
    writer.abandon()
    assert not part.exists()


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 200_000,
        b'{"dialog":[{"start":"0001-01-01T00:00:00","duration":1}],"created_at":"0001-01-01T00:00:00"}',
        b'{"dialog":[{"start":"2026-01-01T00:00:00Z","duration":1e400}],"created_at":"2026-01-01T00:00:00Z"}',
    ],
)
async def test_a_payload_made_to_bring_the_check_down_is_a_finding(house: House, payload: bytes) -> None:
    await house.record()

    def edit(files: dict[str, bytes]) -> None:
        outer = json.loads(files[names.VCON])
        outer["payload"] = urlsafe_b64encode(payload).rstrip(b"=").decode()
        files[names.VCON] = json.dumps(outer).encode()

    assert Check.SIGNATURE in await forged(house, await house.package(), edit)


async def test_a_row_that_cannot_be_signed_is_told_once_and_holds_up_nobody(house: House) -> None:
    await house.record()
    async with house.engine.begin() as connection:
        await connection.execute(update(recordings).values(duration_ms=None))
    await house.record(OTHER)
    for _ in range(2):
        house.now += 61
        await house.notary.round()
    assert [fact.call for fact in house.told(EvidenceMade)] == [OTHER]  # type: ignore[attr-defined] # told gives facts
    (told,) = house.told(LogDoubted)
    assert CALL in str(told)


async def test_a_manifest_sealed_by_a_retired_key_is_worth_what_has_a_stamp(house: House) -> None:
    await house.record()
    package, old = await house.package(), house.keys.identity(Role.SEAL)
    await house.record(OTHER)
    house.keys.retire(Role.SEAL, house.now)
    assert house.checked(package) == {}, "a routine rotation leaves older packages whole"
    files = files_of(package)
    del files[names.HEAD_STAMP]
    files = await asyncio.to_thread(resealed, files, old)
    (finding,) = house.checked(packed(files, house.folder / "half.asice"))[Check.SEAL]
    assert finding.verdict is Verdict.REMARK
    assert "exported again" in finding.sentence
    house.now += 60
    after = files_of(await house.package(OTHER, "after.asice"))
    files = await asyncio.to_thread(resealed, after, old)
    assert Check.SEAL in wrongs(house, packed(files, house.folder / "forged.asice"))


async def test_retirements_of_every_role_are_given_to_outsiders_and_a_retired_log_adds_nothing(
    house: House,
) -> None:
    await house.record()
    honest, log = await house.package(), house.keys.log()
    names_ = [house.keys.retire(role, house.now) for role in (Role.AUTHORITY, Role.LOG)]
    assert set(names_) <= house.trust.retired.keys()
    assert wrongs(house, honest) == set()
    house.keys.log = lambda: log  # type: ignore[method-assign] # a thief has kept the key
    await house.record(OTHER)
    with pytest.raises(NoEvidence, match="not published yet"):
        await house.package(OTHER, "after.asice")
    list_ = house.keys.trust_folder / "retired.json"
    kept = list_.read_text()
    list_.unlink()  # and makes packages on a machine that has not heard of it
    package = await house.package(OTHER, "after.asice")
    list_.write_text(kept)
    assert wrongs(house, package) == {Check.HEAD}
