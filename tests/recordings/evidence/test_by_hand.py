"""By hand, with what VERIFY.txt says, a package is refused for the same reasons as by `verify`."""

import asyncio
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import delete, select

from recordings.adapters.evidence.keys import Keys, Role
from recordings.adapters.evidence.package import verify
from recordings.adapters.evidence.tables import stamps
from recordings.evidence import names
from recordings.evidence.findings import Verdict
from recordings.evidence.fingerprints import printed
from recordings.evidence.instructions import commands
from recordings.evidence.instructions_outside import ANCHORS
from recordings.evidence.jws import thumbprint
from recordings.evidence.trust import BadTrust
from tests.recordings.evidence.forging import files_of, packed, resealed, signed_again
from tests.recordings.evidence.house import CALL, House
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


@dataclass
class Asked:
    """A package's folder, and what outsiders are given; its vCon is two hours older than its head."""

    house: House
    package: Path
    folder: Path
    between: float

    def refused(self, retired: str) -> tuple[bool, bool]:
        """Whether `verify` and the commands that compare with what came from outside refuse it."""
        published = self.house.keys.trust_folder
        (published / "retired.json").write_text(retired)
        try:
            ours = any(one.verdict is Verdict.WRONG for one in verify(self.package, self.house.trust))
        except BadTrust:
            ours = True
        done = run(["sh", "-c", f"set -e; TRUST={published}\n{ANCHORS[2]}"], self.folder)
        return ours, done.returncode != 0


@pytest.fixture
async def asked(house: House) -> Asked:
    await house.record()
    await house.package()
    first = select(stamps.c.subject).where(stamps.c.subject.startswith("head:"))
    house.now += 3_600
    between = house.now
    async with house.engine.begin() as connection:
        old = list((await connection.execute(first)).scalars())
    house.now += 3_600
    await house.record("ventanilla-1795345300.2")
    await house.notary.round()
    async with house.engine.begin() as connection:
        await connection.execute(delete(stamps).where(stamps.c.subject.in_(old)))
    await house.exports.export(CALL, house.folder / "late.asice")
    return Asked(house, house.folder / "late.asice", unpacked(house.folder / "late.asice"), between)


async def test_a_list_of_retirements_is_read_as_verify_reads_it(asked: Asked) -> None:
    keys = asked.house.keys
    seal = keys.identity(Role.SEAL).chain[0]
    root, name = keys.identity(Role.AUTHORITY).chain[-1], printed(thumbprint(seal))
    assert asked.refused('{"x": 1.5, "log.example:8443+1+x": 6}') == (False, False)
    for spoilt in ("<html>404 Not Found</html>", "{", "", "null", "[]", '{"x": "1"}', '{"x": 1,}', '{"x" 1}'):
        assert asked.refused(spoilt) == (True, True), spoilt
    for writing in (name.lower(), name.replace(":", ""), thumbprint(seal), printed(thumbprint(root))):
        assert asked.refused(json.dumps({"x": 1, writing: 5})) == (True, True), writing
    after = asked.house.now + 3_600
    assert asked.refused(json.dumps({name: after, printed(thumbprint(root)): after})) == (False, False)
    assert asked.refused(json.dumps({name: asked.between})) == (True, True), "a head since, below an old vCon"
