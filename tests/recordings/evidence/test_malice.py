"""Packages made to bring the check down, or to show a stranger another head than the one that was checked."""

import asyncio
import base64
import json
import zipfile
from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest

from recordings.adapters.evidence.keys import Role
from recordings.adapters.evidence.package import verify
from recordings.evidence import cades, names
from recordings.evidence.findings import Check, Verdict
from tests.recordings.evidence.forging import files_of, packed, payload, resealed, wrongs
from tests.recordings.evidence.house import House

OTHER = "ventanilla-1795345209.2"
RSA, NO_KIND = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d010163")


@pytest.mark.parametrize("encoding", [b"big5", b"nonsense", b"utf-7"])
async def test_a_manifest_in_a_writing_that_nobody_reads_is_a_finding(house: House, encoding: bytes) -> None:
    await house.record()
    files = files_of(await house.package())
    files[names.MANIFEST] = files[names.MANIFEST].replace(b"UTF-8", encoding)
    assert {Check.MANIFEST, Check.SEAL} <= wrongs(house, packed(files, house.folder / "x.asice"))


async def test_a_damaged_deflate_is_a_finding(house: House) -> None:
    file = house.folder / "z.asice"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(names.MIMETYPE, names.TYPE)
        made.writestr(zipfile.ZipInfo(names.VCON), b"abcdefgh" * 90, zipfile.ZIP_DEFLATED)
        inside = made.getinfo(names.VCON)
    begins, raw = inside.header_offset + 30 + len(names.VCON), bytearray(file.read_bytes())
    raw[begins : begins + inside.compress_size] = b"\xff" * inside.compress_size
    file.write_bytes(raw)
    (finding,) = verify(file, house.trust)
    assert (finding.verdict, "damaged" in finding.sentence) == (Verdict.WRONG, True)


async def test_a_certificate_with_a_key_of_no_known_kind_is_a_finding(house: House) -> None:
    await house.record()
    files = files_of(await house.package())
    outer = json.loads(files[names.VCON])
    one = outer["signatures"][0]
    odd = base64.b64decode(one["header"]["x5c"][0]).replace(RSA, NO_KIND)
    print_ = urlsafe_b64encode(sha256(odd).digest()).rstrip(b"=").decode()
    protected = {"alg": "RS256", "uuid": payload(files[names.VCON])["uuid"], "x5t#S256": print_}
    one["protected"] = urlsafe_b64encode(json.dumps(protected).encode()).rstrip(b"=").decode()
    one["header"]["x5c"][0] = base64.b64encode(odd).decode()
    files[names.VCON] = json.dumps(outer).encode()
    found = wrongs(house, packed(files, house.folder / "k.asice"))
    assert {Check.SIGNATURE, Check.CERTIFICATE, Check.STAMP} <= found
    assert Check.CONTAINER not in found


async def test_whatever_a_parser_throws_is_a_finding(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.record()
    package = await house.package()

    def thrown(*_given: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(cades, "check", thrown)
    (finding,) = verify(package, house.trust)
    assert (finding.check, finding.verdict) == (Check.CONTAINER, Verdict.WRONG)


async def test_a_checkpoint_that_is_not_the_proofs_is_wrong(house: House) -> None:
    await house.record()
    old = files_of(await house.package())
    await house.record(OTHER)
    files = files_of(await house.package(OTHER, "new.asice"))
    files[names.CHECKPOINT] = old[names.CHECKPOINT]
    files = await asyncio.to_thread(resealed, files, house.keys.identity(Role.SEAL))
    assert wrongs(house, packed(files, house.folder / "o.asice")) == {Check.HEAD}
