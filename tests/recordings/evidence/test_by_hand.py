"""By hand, with what VERIFY.txt says, a package is refused for the same reasons as by `verify`."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from recordings.adapters.evidence.keys import Keys, Role
from recordings.evidence import names
from recordings.evidence.instructions import commands
from tests.recordings.evidence.forging import files_of, packed, resealed, signed_again
from tests.recordings.evidence.house import House
from tests.recordings.evidence.outsiders import run, unpacked


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The keys of any public authority, and of a customer of it."""
    others = Keys(tmp_path_factory.mktemp("public"), "public.example/log", "A public authority")
    others.prepare(time.time() - 86_400)
    return others


def believed_by_the_machine(keys: Keys, folder: Path) -> dict[str, str]:
    """The environment of a machine that believes somebody's root, as all machines believe a hundred authorities."""
    folder.mkdir()
    root = keys.identity(Role.ROOT).chain[0]
    (folder / "public.pem").write_bytes(root.public_bytes(Encoding.PEM))
    assert run(["openssl", "rehash", str(folder)], folder).returncode == 0
    return {**os.environ, "SSL_CERT_DIR": str(folder)}


@pytest.mark.parametrize("signed", ["manifest", "vCon"])
async def test_what_a_customer_of_an_authority_signed_that_only_the_machine_believes_is_refused(
    house: House, public: Keys, signed: str
) -> None:
    await house.record()
    files, theirs = files_of(await house.package()), public.identity(Role.SEAL)
    if signed == "vCon":
        signed_again(files, theirs, lambda vcon: vcon.update({}))
        files[names.SEAL_CERTIFICATE] = theirs.chain[0].public_bytes(Encoding.PEM)
    sealer = house.keys.identity(Role.SEAL) if signed == "vCon" else theirs
    folder = unpacked(packed(await asyncio.to_thread(resealed, files, sealer), house.folder / "forged.asice"))
    machine = believed_by_the_machine(public, house.folder / "etc-ssl-certs")
    done = run(["sh", "-c", commands((folder / names.TEXT).read_text())], folder, env=machine)
    assert done.returncode != 0
    if signed == "vCon":
        assert "Verified OK" in done.stdout, "the control: it is their certificate that is refused"
        assert "certs/seal.pem: OK" not in done.stdout
    else:
        assert "CAdES Verification successful" not in done.stderr
