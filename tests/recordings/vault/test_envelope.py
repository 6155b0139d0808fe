"""The envelope of a recording's key: opened by a JOSE library that is not ours, refused to the wrong keys."""

import json
import shutil
import stat
from pathlib import Path

import pytest
from jwcrypto import jwe, jwk

from recordings.adapters.vault import key_folder
from recordings.adapters.vault.key_folder import KeysUnusable
from recordings.vault.envelope import DataKey, Keyring, Locked, kek_of, rewrapped, unwrap, wrap

CALL = "ventanilla-1795345200.1"
KEY = DataKey(CALL, bytes(range(32)), 65_536)


@pytest.fixture
def folder(demonstration_keys: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demonstration_keys, tmp_path / "keys"))


@pytest.fixture
def ring(folder: Path) -> Keyring:
    return key_folder.load(folder)


def by_outsider(envelope: str, key: jwk.JWK) -> dict[str, object]:
    sent = jwe.JWE(algs=["A256KW", "RSA-OAEP-256", "A256GCM"])
    sent.deserialize(envelope)
    sent.decrypt(key)
    return dict(json.loads(sent.payload))


def test_both_recipients_open_it_with_another_library(folder: Path, ring: Keyring) -> None:
    envelope = wrap(KEY, ring)
    kek = jwk.JWK.from_json((folder / "kek-2026.jwk").read_text())
    escrow = jwk.JWK.from_pem((folder / "escrow.private.pem").read_bytes())
    letter = by_outsider(envelope, kek)
    assert letter == by_outsider(envelope, escrow)
    assert letter["kid"] == CALL
    assert jwk.JWK(kty="oct", k=letter["k"]).get_op_key("sign") == letter["k"]
    assert unwrap(envelope, CALL, ring) == KEY


def test_the_vault_needs_no_private_escrow_key(folder: Path, ring: Keyring) -> None:
    (folder / "escrow.private.pem").unlink()
    assert unwrap(wrap(KEY, ring), CALL, key_folder.load(folder)) == KEY


def test_an_envelope_of_another_call_is_refused(ring: Keyring) -> None:
    with pytest.raises(Locked):
        unwrap(wrap(KEY, ring), "ventanilla-1795345200.2", ring)


def test_a_key_of_the_same_name_that_is_not_the_same_opens_nothing(tmp_path: Path, ring: Keyring) -> None:
    key_folder.demonstration(tmp_path / "others", 2026)
    with pytest.raises(Locked):
        unwrap(wrap(KEY, ring), CALL, key_folder.load(tmp_path / "others"))


@pytest.mark.parametrize("broken", ["", "{}", "[]", '{"recipients": []}', '{"recipients": [{"header": 1}]}'])
def test_what_is_no_envelope_is_refused(broken: str, ring: Keyring) -> None:
    with pytest.raises(Locked):
        unwrap(broken, CALL, ring)


def test_a_changed_envelope_is_refused(ring: Keyring) -> None:
    sent = json.loads(wrap(KEY, ring))
    sent["tag"] = sent["tag"][::-1]
    with pytest.raises(Locked):
        unwrap(json.dumps(sent), CALL, ring)


def test_a_new_year_rotates_and_a_retired_key_opens_nothing_until_then(folder: Path, ring: Keyring) -> None:
    envelope = wrap(KEY, ring)
    key_folder.new_kek(folder, 2027)
    key_folder.retire(folder, "kek-2026")
    now = key_folder.load(folder)
    assert now.current == "kek-2027"
    with pytest.raises(Locked):
        unwrap(envelope, CALL, now)
    rotated = rewrapped(envelope, CALL, key_folder.load(folder, with_retired=True))
    assert rotated is not None
    assert kek_of(rotated) == "kek-2027"
    assert unwrap(rotated, CALL, now) == KEY
    assert rewrapped(rotated, CALL, now) is None


def test_the_newest_key_cannot_be_retired_and_no_key_is_ever_replaced(folder: Path) -> None:
    with pytest.raises(KeysUnusable):
        key_folder.retire(folder, "kek-2026")
    before = (folder / "kek-2026.jwk").read_text()
    with pytest.raises(KeysUnusable):
        key_folder.new_kek(folder, 2026)
    key_folder.demonstration(folder, 2026)
    assert (folder / "kek-2026.jwk").read_text() == before


def test_a_key_that_was_retired_is_never_made_again(folder: Path) -> None:
    key_folder.new_kek(folder, 2027)
    key_folder.retire(folder, "kek-2026")
    with pytest.raises(KeysUnusable, match="retired"):
        key_folder.new_kek(folder, 2026)
    key_folder.demonstration(folder, 2026)
    assert sorted(file.name for file in folder.glob("kek-*")) == ["kek-2027.jwk"]


def test_keys_are_for_their_owner_only_and_the_check_says_what_they_are(folder: Path) -> None:
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert [one for one in key_folder.faults(folder, 2026) if "demonstration's" in one]
    assert [one for one in key_folder.faults(folder, 2027) if "kek-2026" in one]
    (folder / "kek-2026.jwk").chmod(0o644)
    assert [one for one in key_folder.faults(folder, 2026) if "read by others" in one]


def test_keys_of_ones_own_are_not_complained_of_unless_the_escrows_private_half_is_here(folder: Path) -> None:
    (folder / "kek-2026.jwk").unlink()
    key_folder.new_kek(folder, 2026)
    assert ["escrow.private.pem" in one for one in key_folder.faults(folder, 2026)] == [True]
    (folder / "escrow.private.pem").unlink()
    assert key_folder.faults(folder, 2026) == []


@pytest.mark.parametrize("text", ["", "{}", '{"kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAA"}', '{"kty": "EC"}'])
def test_a_damaged_key_is_named(folder: Path, text: str) -> None:
    (folder / "kek-2026.jwk").write_text(text)
    with pytest.raises(KeysUnusable, match=r"kek-2026\.jwk"):
        key_folder.load(folder)


def test_a_missing_or_damaged_escrow_is_named(folder: Path) -> None:
    (folder / "escrow.pem").write_text("nothing")
    with pytest.raises(KeysUnusable, match=r"escrow\.pem"):
        key_folder.load(folder)
