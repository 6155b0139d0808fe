"""The keys of one installation by role, made when they are missing, in files that nobody else can read.

`<folder>/<role>/<number>.key.pem` is a private key (0600), `<number>.pem` its certificate; of the log
`<number>.vkey`. The highest number that has a private key signs. Retiring destroys the private key and keeps the
certificate: what it has signed can be checked, and nothing more can be signed with it.
A seal may lie in a token instead: then `<number>.key.uri` says where (RFC 7512), and the key is made and retired there.
`<folder>/trust/` is what outsiders are given, and what `verify` believes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from recordings.adapters.evidence.key_files import destroy, number, pem, public_of, text, write, write_private
from recordings.adapters.evidence.token import TokenAway, TokenKey
from recordings.evidence.certificates import pems
from recordings.evidence.fingerprints import thumbprint_of
from recordings.evidence.instructions import instructions
from recordings.evidence.jws import thumbprint
from recordings.evidence.names import TEXT
from recordings.evidence.notes import Key
from recordings.evidence.stamps import DEVELOPMENT
from recordings.evidence.token_uri import BadToken, parsed
from recordings.evidence.trust import SEALS, BadTrust, Trust, log_keys, retired_keys, written_retirements
from recordings.evidence.whose import is_named, name_of, names_in

RSA_BITS = 3072
ELSEWHERE = ".uri"
"""Of the file that says where a key lies that is in no file."""
RETIRED = "retired.json"
_YEARS = {"root": 20, "seal": 3, "authority": 8}
_AHEAD = timedelta(hours=1)
"""A certificate is valid from an hour before it is made: other machines' clocks are behind."""


class Role(StrEnum):
    """What a key is for; each has its own, and none does two things."""

    ROOT = "root"  # issues the two below it; ours only where the institution has no certificates of its own
    SEAL = "seal"  # signs vCons and packages
    AUTHORITY = "authority"  # stamps, for development
    LOG = "log"  # signs the log's heads


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key with its certificate and those above it."""

    private: rsa.RSAPrivateKey
    chain: tuple[x509.Certificate, ...]


class NoKey(Exception):  # noqa: N818 - it is an answer, not an error
    """There is no usable key of a role; the sentence says which, and what mends it."""


class Keys:
    """The keys below one folder. `origin` is the log's name; `owner` stands in the certificates."""

    def __init__(self, folder: Path, origin: str, owner: str) -> None:
        self._folder, self._origin, self._owner = folder, origin, owner
        self._read: dict[
            Path, Identity
        ] = {}  # checking an RSA key takes a tenth of a second, signing nothing

    def prepare(self, at: float) -> None:
        """Make what is missing: half a second of a processor for each RSA key, once."""
        for role in (Role.ROOT, Role.SEAL, Role.AUTHORITY):
            if self._newest(role) is None:
                self._make(role, at)
        if self._newest(Role.LOG) is None:
            self._make_log()
        self._publish()
        self._write_retired_anew()

    def signing(self, role: Role) -> Path:
        """Give the file of the key that signs in a role. Raises NoKey."""
        file = self._newest(role)
        if file is None:
            raise NoKey(
                f"There is no {role} key in {self._folder / role}: start the server once, or restore it."
            )
        return file

    def identity(self, role: Role) -> Identity:
        """Give the key that signs in a role. Raises NoKey."""
        file = self.signing(role)
        if file not in self._read:
            self._read[file] = _identity(file)
        return self._read[file]

    def log(self) -> tuple[Key, ed25519.Ed25519PrivateKey]:
        """Give the log's key. Raises NoKey."""
        file = self.signing(Role.LOG)
        private = _private(file)
        if not isinstance(private, ed25519.Ed25519PrivateKey):
            raise NoKey(f"{file} is no Ed25519 key: restore it.")
        return Key(self._origin, private.public_key().public_bytes_raw()), private

    def retire(self, role: Role, at: float) -> str:
        """Give up the key that signs in a role, and make the next; its name in `retired.json`.

        That is the old certificate's thumbprint, and of the log its verifier key.
        """
        old = self._newest(role)
        if role is Role.ROOT or old is None:
            raise NoKey(
                f"There is no {role} key that could be retired; a root is never, it is replaced by hand."
            )
        self._retired()
        if old.suffix == ELSEWHERE:
            raise NoKey(
                f"The {role} key lies in a token: make the next one there, then `ventanilla evidence token`."
            )
        name = self.log()[0].written if role is Role.LOG else thumbprint(pems(public_of(old).read_bytes())[0])
        # First given up, then the next one made: who dies in between leaves no private key behind that nobody retires.
        self._given_up(old, name, at)
        if role is Role.LOG:
            self._make_log()
        else:
            self._make(role, at)
        self._publish()
        return name

    def move_back(self, name: str, since: float) -> None:
        """Say that a retired key was in other hands before it was retired, by its name there. Raises NoKey.

        A root of authorities may be named too: what leads to it is believed up to that moment only.
        """
        known, name = dict(self._retired()), thumbprint_of(name)
        if name not in known and name not in map(thumbprint, stamp_roots(self.trust_folder)):
            raise NoKey(f"{name} is no retired key: rotate it first, or name it as trust/{RETIRED} does.")
        if name in known and since >= known[name]:
            raise NoKey(f"{name} is not believed since an earlier moment already: that cannot be undone.")
        write(self.trust_folder / RETIRED, written_retirements(known | {name: since}).encode())

    def made(self, key: str) -> tuple[str, float | None]:
        """Give the name of a key, by its role (the one in use) or its name, and since when its certificate is valid.

        None for a log's, which has no certificate, and for a name that no certificate here has. Raises NoKey.
        """
        key = thumbprint_of(key)
        if key == Role.LOG:
            return self.log()[0].written, None
        if key in (Role.SEAL, Role.AUTHORITY):
            files = [public_of(self.signing(Role(key)))]
        else:
            files = [
                one for role in (Role.SEAL, Role.AUTHORITY) for one in (self._folder / role).glob("*.pem")
            ]
        firsts = [one for file in files for one in pems(file.read_bytes())[:1]]
        for one in firsts:
            if key in (Role.SEAL, Role.AUTHORITY, thumbprint(one)):
                return thumbprint(one), one.not_valid_before_utc.timestamp()
        return key, None

    def adopt(self, address: str, certificates: bytes, at: float) -> str | None:
        """Seal with a key that lies in a token from now on; `certificates`: its own and those above it (PEM).

        Without them our root issues one. The seal so far is retired: its name, None when there was none.
        Raises NoKey, and changes nothing then.
        """
        self._retired()
        private, place = _in_token(address), self._place(Role.SEAL).with_suffix(ELSEWHERE)
        chain = pems(certificates)
        if not chain:
            root = self.identity(Role.ROOT)
            chain = [issue(Role.SEAL, self._owner, private, root, at), *root.chain]
        _belongs(private, chain[0], address)
        old = self._newest(Role.SEAL)
        write(public_of(place), b"".join(map(pem, chain)))
        write(place, f"{address}\n".encode())
        if old is None:
            self._publish()
            return None
        return self._given_up(old, thumbprint(pems(public_of(old).read_bytes())[0]), at)

    def _given_up(self, old: Path, name: str, at: float) -> str:
        """Write that a key is retired, and destroy it; one in a token is destroyed there."""
        known = dict(self._retired())
        write(self.trust_folder / RETIRED, written_retirements(known | {name: at}).encode())
        destroy(old)
        self._publish()
        return name

    def _retired(self) -> Mapping[str, float]:
        """Read which keys are retired, before another is. Raises NoKey: nothing may be written over what is broken."""
        try:
            return retirements(self.trust_folder)
        except BadTrust as fault:
            raise NoKey(f"{fault} No key is retired before it is restored.") from fault

    def _write_retired_anew(self) -> None:
        """Write a list of an earlier version as strangers compare it now; one that cannot be read is left as it is."""
        file = self.trust_folder / RETIRED
        with suppress(BadTrust):
            known = retirements(self.trust_folder)
            if known and text(file) != (new := written_retirements(known)):
                write(file, new.encode())

    @property
    def trust_folder(self) -> Path:
        """What outsiders are given."""
        return self._folder / "trust"

    def _newest(self, role: Role) -> Path | None:
        wanted = (f"*.key{kind}" for kind in ((".pem", ELSEWHERE) if role is Role.SEAL else (".pem",)))
        found = sorted((one for kind in wanted for one in (self._folder / role).glob(kind)), key=number)
        return found[-1] if found else None

    def _place(self, role: Role) -> Path:
        """Name the next key of a role; a number is never given twice."""
        used = [number(file) for file in (self._folder / role).glob("*.*")]
        return self._folder / role / f"{max(used, default=0) + 1}.key.pem"

    def _make(self, role: Role, at: float) -> None:
        private, place = rsa.generate_private_key(65537, RSA_BITS), self._place(role)
        above = None if role is Role.ROOT else self.identity(Role.ROOT)
        certificate = issue(role, self._owner, private, above, at)
        chain = [certificate, *(above.chain if above else ())]
        write(public_of(place), b"".join(pem(one) for one in chain))
        write_private(place, private)

    def _make_log(self) -> None:
        private, place = ed25519.Ed25519PrivateKey.generate(), self._place(Role.LOG)
        key = Key(self._origin, private.public_key().public_bytes_raw())
        write(place.with_name(f"{number(place)}.vkey"), f"{key.written}\n".encode())
        write_private(place, private)

    def _publish(self) -> None:
        """Put roots, the log's keys, the retired ones too, and how to check, where outsiders are given them from."""
        keys = sorted((self._folder / Role.LOG).glob("*.vkey"), key=number)
        root = pems(public_of(self._newest(Role.ROOT) or self._place(Role.ROOT)).read_bytes())
        for name in ("seal-root.pem", "authority-root.pem"):
            if not (self.trust_folder / name).exists():
                write(self.trust_folder / name, b"".join(map(pem, root)))
        write(self.trust_folder / "log.vkey", b"".join(file.read_bytes() for file in keys))
        roots = [*pems(text(self.trust_folder / "seal-root.pem").encode()), *stamp_roots(self.trust_folder)]
        write(self.trust_folder / TEXT, instructions(roots).encode())
        self._name_seals()

    def _name_seals(self) -> None:
        """Name our seals where outsiders are told whom to believe; what an operator wrote there stays.

        One that cannot be read stays as it is: signing goes on, and who checks or exports is told (`trusted`).
        """
        file = self.trust_folder / SEALS
        try:
            written = _seals(self.trust_folder)
        except BadTrust:
            return
        ours = [
            one for found in (self._folder / Role.SEAL).glob("*.pem") for one in pems(found.read_bytes())[:1]
        ]
        new = {name_of(one) for one in ours if not is_named(one, names_in(written))}
        if new:
            begun = written if written.endswith("\n") or not written else f"{written}\n"
            write(file, (begun + "".join(f"{name}\n" for name in sorted(new))).encode())


def trusted(folder: Path) -> Trust:
    """Read whom to believe: `seal-root.pem`, `seal.names`, `authority-root.pem`, `log.vkey` and others (trust.py).

    Raises BadTrust when `retired.json` or `seal.names` is there and cannot be read; without roots and keys nobody is
    believed.
    """
    return Trust(
        seal_roots=tuple(pems(text(folder / "seal-root.pem").encode())),
        stamp_roots=stamp_roots(folder),
        logs=log_keys(text(folder / "log.vkey")),
        witnesses=log_keys(text(folder / "witness.vkey")),
        retired=retirements(folder),
        seals=names_in(_seals(folder)),
    )


def _seals(folder: Path) -> str:
    """Read `seal.names`; empty only when there is none, for with no names everybody is believed. Raises BadTrust."""
    file = folder / SEALS
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as fault:
        why = type(fault).__name__
        raise BadTrust(f"{file}, which says whose seals are believed, cannot be read: {why}.") from fault


def stamp_roots(folder: Path) -> tuple[x509.Certificate, ...]:
    """Read the roots of the authorities that are believed."""
    return tuple(pems(text(folder / "authority-root.pem").encode()))


def retirements(folder: Path) -> Mapping[str, float]:
    """Read since when keys are retired; none when there is no such file. Raises BadTrust."""
    file = folder / RETIRED
    try:
        return retired_keys(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as fault:
        why = fault if isinstance(fault, BadTrust) else type(fault).__name__
        raise BadTrust(f"{file}, which says what keys are retired, cannot be read: {why}.") from fault


def issue(
    role: Role, owner: str, private: rsa.RSAPrivateKey, above: Identity | None, at: float
) -> x509.Certificate:
    """Give a certificate for a key of a role, issued by `above`, by itself when there is nobody."""
    begins = datetime.fromtimestamp(at, UTC) - _AHEAD
    subject = _subject(role, owner)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.chain[0].subject if above else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365 * _YEARS[role]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    issuer = above.private if above else private
    for extension, critical in _extensions(role, issuer):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer, hashes.SHA512())


def _subject(role: Role, owner: str) -> x509.Name:
    names = {
        Role.ROOT: "Root made by Ventanilla, qualified by nobody",
        Role.SEAL: "Seal made by Ventanilla, qualified by nobody",
        Role.AUTHORITY: f"{DEVELOPMENT}, qualified by nobody",
    }
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, owner[:60]),
            x509.NameAttribute(NameOID.COMMON_NAME, names[role]),
        ]
    )


def _extensions(role: Role, issuer: rsa.RSAPrivateKey) -> Sequence[tuple[x509.ExtensionType, bool]]:
    root = role is Role.ROOT
    use = x509.KeyUsage(
        digital_signature=not root,
        content_commitment=not root,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=root,
        crl_sign=root,
        encipher_only=False,
        decipher_only=False,
    )
    constraints = x509.BasicConstraints(ca=root, path_length=0 if root else None)
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    all_have: list[tuple[x509.ExtensionType, bool]] = [(constraints, True), (use, True), (issued_by, False)]
    stamps = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return [*all_have, (stamps, True)] if role is Role.AUTHORITY else all_have


def _identity(file: Path) -> Identity:
    chain = pems(public_of(file).read_bytes())
    private = _in_token(text(file).strip()) if file.suffix == ELSEWHERE else _private(file)
    if not isinstance(private, rsa.RSAPrivateKey) or not chain:
        raise NoKey(f"{file} is no RSA key with a certificate beside it: restore it.")
    _belongs(private, chain[0], str(file))
    return Identity(private, tuple(chain))


def _in_token(address: str) -> rsa.RSAPrivateKey:
    try:
        return TokenKey(parsed(address))
    except (BadToken, TokenAway) as fault:
        raise NoKey(f"The seal's token: {fault}") from fault


def _belongs(private: rsa.RSAPrivateKey, certificate: x509.Certificate, named: str) -> None:
    if private.public_key() != certificate.public_key():
        raise NoKey(f"{named} is not the key of the certificate beside it: restore it.")


def _private(file: Path) -> object:
    try:
        return serialization.load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise NoKey(f"{file} cannot be read as a private key: restore it.") from fault
