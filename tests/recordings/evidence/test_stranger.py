"""What a stranger got from outside is what VERIFY.txt has them compare, in the writing that their own tools print."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from recordings.adapters.evidence.keys import Keys, NoKey, Role
from recordings.adapters.evidence.log import Log
from recordings.evidence import names
from recordings.evidence.instructions import commands
from recordings.evidence.jws import thumbprint
from recordings.evidence.notes import Key, cosign, parts
from recordings.evidence.trust import retired_keys, written_retirements
from tests.recordings.evidence.house import CALL, House
from tests.recordings.evidence.outsiders import run, unpacked

PRIVATE = Ed25519PrivateKey.generate()
WITNESS = Key("witness.example/w1", PRIVATE.public_key().public_bytes_raw(), 4)


def openssl(words: str, folder: Path) -> str:
    done = run(["bash", "-c", f"set -o pipefail; {words}"], folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def done_by_hand(
    folder: Path, trust: Path | None = None, shell: str = "bash"
) -> subprocess.CompletedProcess[str]:
    """All commands of VERIFY.txt in a fresh folder, comparing with what came from outside."""
    fresh = folder.with_name(f"{folder.name}-again")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(folder, fresh)
    before = f"TRUST={trust or ''}\n"
    return run([shell, "-c", before + commands((fresh / "VERIFY.txt").read_text())], fresh)


async def packaged(house: House) -> Path:
    await house.record()
    return unpacked(await house.package())


async def test_it_prints_of_each_certificate_what_openssl_prints_of_the_published_one_and_the_receipt(
    house: House,
) -> None:
    folder, published = await packaged(house), house.keys.trust_folder
    receipt = await house.exports.receipt_of(CALL)
    assert receipt is not None
    done = done_by_hand(folder)
    assert done.returncode == 0, done.stderr
    root = openssl("openssl x509 -in seal-root.pem -noout -fingerprint -sha256 | cut -d= -f2", published)
    assert f"root-1.pem: sha256={root}" in done.stdout
    assert root in (folder / "VERIFY.txt").read_text().split("WHAT YOU NEED FROM OUTSIDE")[0]
    key = openssl(
        "openssl x509 -in certs/seal.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum",
        folder,
    )
    assert f"key={key.split()[0]}" in done.stdout
    assert [f'"uuid":"{receipt.reference}"', receipt.short_root] == done.stdout.splitlines()[-2:]
    ours = openssl("sed -n 's/^    //p' VERIFY.txt", published)
    assert commands((folder / "VERIFY.txt").read_text()) == f"set -e\n{ours}\n", "the same from outside"
    plain = done_by_hand(folder, published, "sh")
    assert plain.returncode == 0, plain.stderr


async def test_with_what_came_from_outside_it_compares_by_itself(house: House, strangers: Keys) -> None:
    folder, mixed = await packaged(house), house.folder / "mixed"
    done = done_by_hand(folder, house.keys.trust_folder)
    assert done.returncode == 0, done.stderr
    assert "Seal made by Ventanilla" in done.stdout.split("seal.names:")[1]
    assert done_by_hand(folder, strangers.trust_folder).returncode != 0
    for name in ("seal-root.pem", "authority-root.pem", "log.vkey"):
        shutil.copytree(house.keys.trust_folder, mixed)
        shutil.copy(strangers.trust_folder / name, mixed / name)
        assert done_by_hand(folder, mixed).returncode != 0, name
        shutil.rmtree(mixed)


async def test_a_retired_key_is_named_as_openssl_prints_its_certificate(house: House) -> None:
    folder = await packaged(house)
    seal, stamper, log = published_names(folder)
    name = house.keys.retire(Role.SEAL, house.now - 30)
    file = house.keys.trust_folder / "retired.json"
    assert json.loads(file.read_text()) == {seal: house.now - 30}
    assert house.trust.retired == {name: house.now - 30}
    for role in (Role.AUTHORITY, Role.LOG):
        house.keys.retire(role, house.now - 30)
    assert json.loads(file.read_text()) == dict.fromkeys((seal, stamper, log), house.now - 30)
    file.write_text(file.read_text().replace("{", '{"x": 1,', 1))
    done = done_by_hand(folder, house.keys.trust_folder, "sh")
    assert (done.returncode, f"seal.pem: RETIRADA / RETIRED {seal}" in done.stdout) == (0, True), done.stderr
    assert all(f"RETIRED {one}" in done.stdout for one in (stamper, log))
    house.keys.move_back(seal, house.now - 60)
    with pytest.raises(NoKey, match="already"):
        house.keys.move_back(seal.replace(":", "").lower(), house.now - 45)
    assert house.trust.retired[name] == house.now - 60


def published_names(folder: Path) -> tuple[str, str, str]:
    """What retired.json calls the keys of a package: the seal's, the authority's, the log's."""
    words = "openssl x509 -in certs/{}.pem -noout -fingerprint -sha256 | cut -d= -f2"
    seal, stamper = (openssl(words.format(one), folder) for one in ("seal", "authority"))
    return seal, stamper, (folder / "certs/log.vkey").read_text().strip()


def test_a_list_of_an_earlier_version_is_read_and_the_earlier_of_two_writings_counts(keys: Keys) -> None:
    seal = keys.identity(Role.SEAL).chain[0]
    old, new = thumbprint(seal), seal.fingerprint(SHA256()).hex(":").upper()
    assert retired_keys(json.dumps({old: 5})) == {old: 5.0}
    assert retired_keys(json.dumps({new: 7, old: 5})) == {old: 5.0}
    assert written_retirements({old: 5.0, "log.example+1+x": 6.0}).split('"')[1::2] == [
        new,
        "log.example+1+x",
    ]


class Witnessing:
    """A witness that signs every head."""

    async def cosigned(self, note: str, size: int, grown: Log) -> str:
        del size, grown
        return cosign(parts(note)[0], WITNESS, PRIVATE, 1_795_345_200)


async def test_who_has_the_witnesss_key_from_the_witness_checks_its_signature_with_openssl(
    house: House,
) -> None:
    house.notary._witnesses = (Witnessing(),)
    folder, trust = await packaged(house), house.keys.trust_folder
    assert WITNESS.name in (folder / names.CHECKPOINT).read_text()
    keys = trust / "witness.vkey"
    keys.write_text(f"{WITNESS.written}\n")
    done = done_by_hand(folder, trust)
    assert (done.returncode, done.stdout.count("Signature Verified Successfully")) == (0, 2), done.stderr
    other = Key(WITNESS.name, Ed25519PrivateKey.generate().public_key().public_bytes_raw(), 4)
    keys.write_text(f"{other.written}\n")
    assert done_by_hand(folder, trust).returncode != 0
    keys.write_text(Key("elsewhere.example/w", WITNESS.public, 4).written)  # without an end of its line
    done = done_by_hand(folder, trust)
    assert (done.returncode, "WITH RESERVATIONS: elsewhere.example/w" in done.stdout) == (0, True), (
        done.stderr
    )


async def test_what_was_stamped_after_its_key_was_retired_fails_by_hand_too(house: House) -> None:
    folder, published = await packaged(house), house.keys.trust_folder
    keys = published_names(folder)
    for name in keys:
        for at in (house.now - 300, 0):
            (published / "retired.json").write_text(json.dumps({"x": 1, name: at}))
            done = done_by_hand(folder, published, "sh")
            assert done.returncode != 0, (name, at, done.stdout[-300:], done.stderr[-300:])
            assert f"RETIRED {name}" in done.stdout


async def test_a_root_that_the_package_brings_as_known_is_not(house: House, strangers: Keys) -> None:
    folder = await packaged(house)
    shutil.copy(folder / "certs/root.pem", folder / "known-root-9.pem")
    shutil.copy(folder / "certs/authority-root.pem", folder / "known-authority-root-9.pem")
    script = commands((folder / "VERIFY.txt").read_text())
    anchors = script[script.index("openssl cms", script.index("find . -type f")) :]
    done = run(["bash", "-c", f"TRUST={strangers.trust_folder}\nset -e\n{anchors}"], folder)
    assert "NOT KNOWN" in done.stdout
    assert done.returncode != 0


def test_a_list_of_an_earlier_version_is_written_anew_when_the_server_starts(keys: Keys) -> None:
    seal = keys.identity(Role.SEAL).chain[0]
    file = keys.trust_folder / "retired.json"
    file.write_text(json.dumps({thumbprint(seal): 5}))
    keys.prepare(1.0)
    assert json.loads(file.read_text()) == {seal.fingerprint(SHA256()).hex(":").upper(): 5}
    file.write_text("{")
    keys.prepare(1.0)
    assert file.read_text() == "{", "what cannot be read is not written over"
