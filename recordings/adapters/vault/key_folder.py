"""The vault's keys as files: one folder that nobody else may read, `kek-<year>.jwk` and `escrow.pem`.

In the demonstration both are made here, and the private half of the escrow with them, so that anybody can see how a
recording is opened without us; such keys say so, and `ventanilla check` repeats it. Real ones are made elsewhere and
laid into the folder that the setting `vault_keys` names. Keys that are no longer to be used go into `retired/`: what
is under them opens for nobody until it is rotated, and only rotation looks there.
"""

import json
import os
import re
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, RSAKey

from recordings.vault.envelope import Keyring
from recordings.vault.streaming import KEY_BYTES

ESCROW, ESCROW_PRIVATE, RETIRED = "escrow.pem", "escrow.private.pem", "retired"
ESCROW_BITS = 3072  # as strong as AES-128 (NIST SP 800-57, part 1, table 2), what CCN-STIC 807 asks of RSA
_KEK = re.compile(r"kek-\d{4}")
_MARK = "demonstration"


class KeysUnusable(Exception):  # noqa: N818 - it says what the keys are
    """The folder's keys cannot be used. The message is a sentence with the remedy."""


def load(folder: Path, *, with_retired: bool = False) -> Keyring:
    """Read the keys. Raises KeysUnusable."""
    keks = _keks(folder)
    if not keks:
        raise KeysUnusable(
            f"{folder} has no key kek-<year>.jwk: make one with `ventanilla vault new-key`, or set vault_keys."
        )
    current = max(keks)
    if with_retired and (folder / RETIRED).is_dir():
        keks = {**_keks(folder / RETIRED), **keks}
    marked = any(key.dict_value.get(_MARK) for key in keks.values())
    return Keyring(keks, current, _escrow(folder / ESCROW), demonstration=marked)


def new_kek(folder: Path, year: int, *, demonstration: bool = False) -> str:
    """Make a year's key-encryption key and give its name. Raises KeysUnusable when there is, or was, one."""
    name = f"kek-{year:04d}"
    if (folder / RETIRED / f"{name}.jwk").exists():
        raise KeysUnusable(
            f"{name} was retired: another of its name would hide what it opens. Take a later year."
        )
    key = {"kty": "oct", "kid": name, "alg": "A256KW", "k": OctKey.generate_key(KEY_BYTES * 8).as_dict()["k"]}
    _write(folder / f"{name}.jwk", json.dumps(key | ({_MARK: True} if demonstration else {})))
    return name


def demonstration(folder: Path, year: int) -> None:
    """Make what lacks of the demonstration's keys: a key for the year, and an escrow with its private half."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / ESCROW).exists():
        pair = rsa.generate_private_key(65537, ESCROW_BITS)
        private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(folder / ESCROW_PRIVATE, private.decode())
        public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _write(folder / ESCROW, public.decode())
    if not any(name >= f"kek-{year:04d}" for name in _keks(folder)):
        new_kek(folder, year, demonstration=True)


def retire(folder: Path, name: str) -> None:
    """Lay a key apart. Raises KeysUnusable for the newest, which new envelopes are made for, and for none."""
    names = sorted(_keks(folder))
    if name not in names[:-1]:
        raise KeysUnusable(
            f"{name} is no key that can be retired: the newest one is needed, others are not here."
        )
    (folder / RETIRED).mkdir(mode=0o700, exist_ok=True)
    (folder / f"{name}.jwk").rename(folder / RETIRED / f"{name}.jwk")


def faults(folder: Path, year: int) -> list[str]:
    """Say in sentences what is wrong with the keys, each with its remedy."""
    try:
        ring = load(folder)
    except KeysUnusable as unusable:
        return [str(unusable)]
    found = []
    if ring.demonstration:
        found.append(
            f"The keys of recordings in {folder} are the demonstration's, made on this machine with the escrow's "
            "private half: set vault_keys to a folder of keys of your own (docs/vault.md)."
        )
    elif (folder / ESCROW_PRIVATE).exists():
        found.append(f"{folder / ESCROW_PRIVATE} opens every recording: keep it away from this machine.")
    if ring.current < f"kek-{year:04d}":
        found.append(f"The newest key of recordings is {ring.current}: make this year's, then rotate.")
    open_to_others = [file for file in (folder, *folder.glob("*.*")) if file.stat().st_mode & 0o077]
    return found + [f"{file} can be read by others: chmod go= it." for file in open_to_others]


def _keks(folder: Path) -> dict[str, OctKey]:
    return {file.stem: _kek(file) for file in sorted(folder.glob("kek-*.jwk")) if _KEK.fullmatch(file.stem)}


def _kek(file: Path) -> OctKey:
    try:
        key = OctKey.import_key(json.loads(file.read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError, JoseError) as wrong:
        raise KeysUnusable(f"{file} is no JWK of type oct: put it right.") from wrong
    if len(key.raw_value) != KEY_BYTES:
        raise KeysUnusable(f"{file} has {len(key.raw_value) * 8} bits: a key of 256 is needed.")
    return key


def _escrow(file: Path) -> RSAKey:
    try:
        key = RSAKey.import_key(file.read_bytes())
    except (OSError, ValueError, TypeError, JoseError) as wrong:
        raise KeysUnusable(
            f"{file} is not there or no RSA public key: it is what recordings are opened with when all else is lost."
        ) from wrong
    return key


def _write(file: Path, text: str) -> None:
    """Write a key, readable by its owner only from the first byte on, and durable. Raises KeysUnusable."""
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(fresh, file)  # a key that is there is never replaced: what it locks would be lost
    except FileExistsError as there:
        raise KeysUnusable(f"{file} exists: a key is never replaced.") from there
    finally:
        fresh.unlink()
