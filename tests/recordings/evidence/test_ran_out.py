"""A certificate that ran out, and no time stamp: whether it was valid when its key signed cannot be said."""

import asyncio
import time
from pathlib import Path

import pytest

from recordings.adapters.evidence.keys import Keys, Role
from recordings.adapters.evidence.package import verify
from recordings.evidence import names
from recordings.evidence.findings import Check, Finding, Verdict
from recordings.evidence.instructions import commands
from tests.recordings.evidence.conftest import OWNER
from tests.recordings.evidence.forging import files_of, packed, resealed, signed_again
from tests.recordings.evidence.house import ORIGIN, House
from tests.recordings.evidence.outsiders import run, unpacked
from tests.recordings.evidence.test_stamped_seal import asking

YEAR = 365 * 86_400.0
SAID = "whether it was valid then cannot be said"


def said(house: House, package: Path, check: Check, years: float) -> list[Finding]:
    found = verify(package, house.trust, time.time() + years * YEAR)
    return [one for one in found if one.check is check]


async def test_of_a_seal_without_a_stamp_nobody_can_say_it_when_its_certificate_ran_out(house: House) -> None:
    await house.record()
    package = await house.package()
    assert [one.verdict for one in said(house, package, Check.SEAL, 2.9)] == [Verdict.GOOD]
    (finding,) = said(house, package, Check.SEAL, 3.1)
    assert (finding.verdict, SAID in finding.sentence) == (Verdict.REMARK, True)
    assert [one.verdict for one in said(house, package, Check.CERTIFICATE, 3.1)] == [Verdict.GOOD], "stamped"
    asking(house)
    package = await house.package(name="stamped.asice")
    assert [one.verdict for one in said(house, package, Check.SEAL, 3.1)] == [Verdict.GOOD]


async def test_of_a_vcon_without_a_stamp_nobody_can_say_it_either_whatever_the_vcon_says(
    house: House,
) -> None:
    await house.record()
    seal = house.keys.identity(Role.SEAL)
    files = files_of(await house.package())
    signed_again(files, seal, lambda vcon: vcon.update({}))
    for name in (names.STAMP, names.HEAD_STAMP):
        del files[name]
    package = packed(await asyncio.to_thread(resealed, files, seal), house.folder / "bare.asice")
    assert [one.verdict for one in said(house, package, Check.CERTIFICATE, 2.9)] == [Verdict.GOOD]
    (finding,) = said(house, package, Check.CERTIFICATE, 3.1)
    assert (finding.verdict, SAID in finding.sentence) == (Verdict.REMARK, True)


@pytest.fixture
def old(house: House, tmp_path: Path) -> House:
    """An installation whose seal ran out a year ago."""
    keys = Keys(tmp_path / "old", ORIGIN, OWNER)
    keys.prepare(time.time() - 4 * YEAR)
    return House(house.engine, tmp_path, keys)


async def test_by_hand_it_is_a_reservation_and_without_a_stamp_of_the_vcon_it_fails(old: House) -> None:
    old.authority_away = True
    await old.record()
    folder = unpacked(await old.package())
    done = run(["bash", "-c", commands((folder / names.TEXT).read_text())], folder)
    assert "WITH RESERVATIONS: sealer.pem\nnotAfter=" in done.stdout
    assert "whether the certificate was valid then cannot be said" in (folder / names.TEXT).read_text()
    lines = done.stdout.splitlines()
    assert (done.returncode != 0, lines[-1].startswith("notAfter=")) == (True, True), done.stdout[-300:]
