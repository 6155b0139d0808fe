"""A seal whose key lies in a token: its address, what is refused, and a real SoftHSM that signs a whole package."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from pkcs11 import KeyType, ObjectClass, Session

from recordings.adapters.evidence.keys import Keys, NoKey, Role
from recordings.adapters.evidence.sealing import SealingProcess
from recordings.adapters.evidence.token import TokenAway, TokenKey
from recordings.evidence import jws
from recordings.evidence.instructions import commands
from recordings.evidence.token_uri import BadToken, parsed
from server.runtime.debian import SOFT_TOKEN, prepare_set
from tests.recordings.evidence.conftest import OWNER
from tests.recordings.evidence.house import ORIGIN, House
from tests.recordings.evidence.outsiders import run, unpacked

ADDRESS = "pkcs11:token=The%20House;object=seal;id=%01%ff?module-path=/usr/lib/t.so&pin-source=file:/etc/pin"
PIN = "314159"


def test_an_address_is_read_as_the_rfc_writes_it() -> None:
    read = parsed(ADDRESS)
    assert (read.token, read.label, read.id) == ("The House", "seal", b"\x01\xff")
    assert (read.module, read.pin_file, read.pin) == (Path("/usr/lib/t.so"), Path("/etc/pin"), None)
    assert parsed("pkcs11:serial=7;object=s;type=private?module-path=/t.so&pin-value=1%202").pin == "1 2"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "file:/etc/key.pem",
        "pkcs11:",
        "pkcs11:token=a?module-path=/t.so",
        "pkcs11:object=a?module-path=/t.so",
        "pkcs11:token=a;object=b",
        "pkcs11:token=a;token=c;object=b?module-path=/t.so",
        "pkcs11:token=a;object=b;type=cert?module-path=/t.so",
        "pkcs11:token=a;object=b;colour=red?module-path=/t.so",
        "pkcs11:token=a;object=b?module-path=/t.so&pin-source=|pinentry",
    ],
)
def test_what_names_no_private_key_is_refused(address: str) -> None:
    with pytest.raises(BadToken):
        parsed(address)


def test_a_token_that_cannot_be_had_changes_nothing(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys.signing(Role.SEAL)
    for address in ("nonsense", ADDRESS):
        with pytest.raises(NoKey):
            keys.adopt(address, b"", time.time())
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(NoKey, match="python-pkcs11"):
        keys.adopt(ADDRESS, b"", time.time())
    assert keys.signing(Role.SEAL) == before


def test_a_key_in_a_token_is_not_rotated_here(keys: Keys) -> None:
    keys.signing(Role.SEAL).with_name("2.key.uri").write_text(ADDRESS)
    with pytest.raises(NoKey, match="lies in a token"):
        keys.retire(Role.SEAL, time.time())


@dataclass(frozen=True, slots=True)
class SoftToken:
    """A SoftHSM with one token and two keys in it."""

    module: Path
    pin: Path

    def address(self, label: str, pin: Path | None = None) -> str:
        source = f"&pin-source=file:{pin or self.pin}"
        return f"pkcs11:token=house;object={label}?module-path={self.module}{source}"

    def open(self, pin: str | None = None) -> Session:
        return pkcs11.lib(str(self.module)).get_token(token_label="house").open(rw=True, user_pin=pin)


@pytest.fixture(scope="module")
def soft(runtime_root: Path, tmp_path_factory: pytest.TempPathFactory) -> SoftToken:
    """Fetched once; the library reads where its tokens lie when it is first loaded, so there is one for all."""
    root, folder = prepare_set(runtime_root, SOFT_TOKEN), tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    (folder / "pin").write_text(f"{PIN}\n")
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        module = root.libraries / "softhsm" / "libsofthsm2.so"
        words = ["--init-token", "--free", "--label", "house", "--pin", PIN, "--so-pin", PIN]
        subprocess.run(
            [root.path / "usr/bin/softhsm2-util", "--module", module, *words],
            env={"SOFTHSM2_CONF": str(folder / "softhsm2.conf"), "LD_LIBRARY_PATH": root.library_path()},
            check=True,
            capture_output=True,
        )
        soft = SoftToken(module, folder / "pin")
        with soft.open(PIN) as session:
            for label in ("first", "second"):
                session.generate_keypair(KeyType.RSA, 2048, label=label, store=True)
    return soft


@pytest.fixture
def in_token(soft: SoftToken, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    monkeypatch.setenv("SOFTHSM2_CONF", str(soft.pin.with_name("softhsm2.conf")))
    return soft


@pytest.mark.slow
async def test_a_package_sealed_by_a_token_convinces_strangers(house: House, in_token: SoftToken) -> None:
    before = house.keys.signing(Role.SEAL)
    retired = house.keys.adopt(in_token.address("first"), b"", time.time())
    assert not before.exists()
    assert retired is not None
    assert retired in house.trust.retired
    await house.record()
    package = await house.package()
    assert house.checked(package) == {}
    folder = unpacked(package)
    assert run(["bash", "-c", commands((folder / "VERIFY.txt").read_text())], folder).returncode == 0


@pytest.mark.slow
async def test_the_sealing_process_signs_with_the_token(keys: Keys, in_token: SoftToken) -> None:
    keys.adopt(in_token.address("first"), b"", time.time())
    process = SealingProcess(keys.trust_folder.parent, ORIGIN, OWNER)
    try:
        written, certificate = await process.vcon({"uuid": "018f", "vcon": "0.4.0"})
    finally:
        await process.close()
    jws.check(jws.read(written))
    assert certificate == jws.thumbprint(keys.identity(Role.SEAL).chain[0])


@pytest.mark.slow
def test_a_session_that_was_lost_is_opened_again_and_a_key_that_is_gone_is_said(in_token: SoftToken) -> None:
    key = TokenKey(parsed(in_token.address("second")))
    key._key.session.close()
    signed = key.sign(b"text", PKCS1v15(), hashes.SHA512())
    key.public_key().verify(signed, b"text", PKCS1v15(), hashes.SHA512())
    with pytest.raises(TypeError):
        key.sign(b"text", PSS(MGF1(hashes.SHA512()), 20), hashes.SHA512())
    in_token.open().get_key(object_class=ObjectClass.PRIVATE_KEY, label="second").destroy()
    with pytest.raises(TokenAway):
        key.sign(b"text", PKCS1v15(), hashes.SHA512())


@pytest.mark.slow
def test_another_key_than_the_certificates_is_refused(keys: Keys, in_token: SoftToken) -> None:
    others = keys.signing(Role.SEAL).with_name("1.pem").read_bytes()
    for address, certificates in ((in_token.address("nobody"), b""), (in_token.address("first"), others)):
        with pytest.raises(NoKey):
            keys.adopt(address, certificates, time.time())
    assert keys.signing(Role.SEAL).suffix == ".pem"


@pytest.mark.slow
def test_a_wrong_pin_is_refused(in_token: SoftToken, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("000000")
    # In a process of its own: whoever has signed in once is signed in.
    opens = "import sys\nfrom recordings.adapters.evidence.keys import *\n_ = TokenKey(parsed(sys.argv[1]))"
    asked = [sys.executable, "-c", opens, in_token.address("first", tmp_path / "pin")]
    refused = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert "PinIncorrect" in refused.stderr
