"""A package convinces people who have none of our software: openssl, another JOSE library, the draft's schema."""

import json
import subprocess
import zipfile
from pathlib import Path

from jwcrypto import jwk, jws

from recordings.adapters.evidence.package import verify
from recordings.evidence.findings import Verdict
from recordings.evidence.instructions import commands
from tests.recordings.evidence.house import House


def unpacked(package: Path) -> Path:
    folder = package.with_suffix("")
    with zipfile.ZipFile(package) as opened:
        opened.extractall(folder)
    return folder


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


async def test_our_own_check_finds_nothing_wrong(any_house: House) -> None:
    await any_house.record()
    found = verify(await any_house.package(), any_house.trust)
    assert [finding for finding in found if finding.verdict is not Verdict.GOOD] == []
    assert len(found) >= 9


async def test_every_command_of_the_instructions_succeeds_as_it_stands(house: House) -> None:
    await house.record()
    folder = unpacked(await house.package())
    done = run(commands((folder / "VERIFY.txt").read_text()), folder)
    assert done.returncode == 0, done.stderr
    assert "CAdES Verification successful" in done.stderr
    assert done.stdout.count("Verification: OK") == 2


async def test_another_jose_library_accepts_the_vcon(house: House) -> None:
    await house.record()
    folder = unpacked(await house.package())
    written = (folder / "recording.vcon.jws").read_text()
    token = jws.JWS()
    token.deserialize(written)
    key = jwk.JWK.from_pem((folder / "certs/seal.pem").read_bytes())
    token.verify(key)
    vcon = json.loads(token.payload)
    assert vcon["vcon"] == "0.4.0"


async def test_the_shell_finds_the_entry_in_a_log_of_any_shape(house: House) -> None:
    for number in range(2, 8):
        call = f"ventanilla-179534520{number}.1"
        await house.record(call, 1)
        folder = unpacked(await house.package(call, f"{number}.asice"))
        done = run(commands((folder / "VERIFY.txt").read_text()), folder)
        assert done.returncode == 0, (number, done.stderr)
