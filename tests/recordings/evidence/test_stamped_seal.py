"""CAdES-T: the seal of a package has a time stamp of its own, so a key that was retired since has sealed before."""

import asyncio
import subprocess

from recordings.adapters.audio import PlainAudio
from recordings.adapters.evidence.development import stamped
from recordings.adapters.evidence.export import Exports
from recordings.adapters.evidence.keys import Role
from recordings.evidence import cades, names, stamps
from recordings.evidence.findings import Check
from tests.recordings.evidence.forging import files_of, packed, wrongs
from tests.recordings.evidence.house import House
from tests.recordings.evidence.outsiders import instructed, unpacked


def asking(house: House) -> None:
    """Let exports ask the authority."""
    house.exports = Exports(house.engine, PlainAudio(house.engine, house.vault), house.keys, house.seals)


async def test_a_stamped_seal_holds_after_its_key_was_retired_and_openssl_reads_it(house: House) -> None:
    asking(house)
    await house.record()
    package = await house.package()
    assert house.checked(package) == {}
    house.keys.retire(Role.SEAL, house.now + 120)
    assert house.checked(package) == {}
    folder = unpacked(package)
    assert "CAdES Verification successful" in instructed(folder)
    words = ["openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", names.SEAL]
    said = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: ASYNC221 - openssl, ours
    assert "id-smime-aa-timeStampToken" in said


async def test_a_seal_of_a_key_that_was_stolen_before_its_stamp_is_refused(house: House) -> None:
    asking(house)
    await house.record()
    package = await house.package()
    house.keys.retire(Role.SEAL, house.now - 3_600)
    assert Check.SEAL in wrongs(house, package)


async def test_an_authority_that_is_away_leaves_a_seal_without_a_stamp(house: House) -> None:
    asking(house)
    await house.record()
    await house.package()
    house.authority_away = True
    again = await house.package(name="again.asice")
    assert cades.stamp_in(files_of(again)[names.SEAL]) is None
    assert house.checked(again) == {}


async def test_a_stamp_of_something_else_in_a_seal_is_refused(house: House) -> None:
    await house.record()
    package = await house.package()
    files = files_of(package)
    other = stamps.request(b"another signature")
    reply = await asyncio.to_thread(stamped, other, house.keys.identity(Role.AUTHORITY), house.now)
    files[names.SEAL] = cades.stamped(files[names.SEAL], reply)
    forged = packed(files, house.folder / "forged.asice")
    assert wrongs(house, forged) == {Check.SEAL}
    assert "time stamp of the signature" in house.checked(forged)[Check.SEAL][0].sentence
