"""Another customer of the institution's own certificate authority is not the institution, nor is one of its people."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from recordings.adapters.evidence.key_files import pem
from recordings.adapters.evidence.keys import Identity, Role, issue, trusted
from recordings.adapters.evidence.package import verify
from recordings.evidence.findings import Check, Verdict
from recordings.evidence.jws import thumbprint
from recordings.evidence.trust import BadTrust
from recordings.evidence.whose import is_named, name_of, names_in
from tests.recordings.evidence.forging import (
    files_of,
    forged,
    packed,
    resealed,
    signed_again,
    stamped_again,
    wrongs,
)
from tests.recordings.evidence.house import House
from tests.recordings.evidence.outsiders import run


def another_customer(house: House) -> Identity:
    """Somebody else with a certificate of the root that issued ours."""
    private, root = rsa.generate_private_key(65537, 2048), house.keys.identity(Role.ROOT)
    certificate = issue(Role.SEAL, "Ayuntamiento de Otro Lugar", private, root, house.now - 86_400)
    return Identity(private, (certificate, *root.chain))


async def test_a_package_sealed_by_another_customer_of_the_same_authority_is_refused(house: House) -> None:
    await house.record()
    package = await house.package()
    other = another_customer(house)
    files = await asyncio.to_thread(resealed, files_of(package), other)
    again = packed(files, house.folder / "theirs.asice")
    assert wrongs(house, again) == {Check.SEAL}
    assert "not in seal.names" in house.checked(again)[Check.SEAL][0].sentence

    def sign(files: dict[str, bytes]) -> None:
        signed_again(files, other, lambda _: None)
        stamped_again(house, files, house.now)

    assert await forged(house, package, sign) == {Check.CERTIFICATE, Check.LOG}


async def test_without_names_any_customer_is_believed_and_that_is_a_reservation(house: House) -> None:
    await house.record()
    package = await house.package()
    (house.keys.trust_folder / "seal.names").unlink()
    files = await asyncio.to_thread(resealed, files_of(package), another_customer(house))
    again = packed(files, house.folder / "theirs.asice")
    assert wrongs(house, again) == set()
    (said,) = house.checked(again)[Check.SEAL]
    assert (said.verdict, "seal.names" in said.sentence) == (Verdict.REMARK, True)


async def test_our_own_seals_are_named_at_every_start_and_what_an_operator_wrote_stays(house: House) -> None:
    names = house.keys.trust_folder / "seal.names"
    ours = name_of(house.keys.identity(Role.SEAL).chain[0])
    assert names_in(names.read_text()) == (ours,)
    names.write_text(f"# the city's, until 2026\norganizationIdentifier=VATES-P0000000A\n{ours}")
    house.keys.retire(Role.SEAL, house.now)
    assert len(names_in(names.read_text())) == 2, "the next one has the same subject"
    names.write_text("# none of ours")
    house.keys.prepare(house.now)
    assert names.read_text() == f"# none of ours\n{ours}\n"
    assert [one for one in verify(await made(house), house.trust) if one.verdict is Verdict.WRONG] == []


def test_names_that_cannot_be_read_are_an_error_not_an_empty_list_and_are_not_written_over(
    house: House,
) -> None:
    names, spoilt = house.keys.trust_folder / "seal.names", b"# the city's, de A Coru\xf1a\n"
    names.write_bytes(spoilt)
    with pytest.raises(BadTrust, match=r"seal\.names, which says whose seals are believed, cannot be read"):
        trusted(house.keys.trust_folder)
    house.keys.prepare(house.now)
    assert names.read_bytes() == spoilt


async def made(house: House) -> Path:
    await house.record()
    return await house.package()


@pytest.mark.parametrize(
    ("organization", "name"),
    [
        (
            ["VATES-Q2827003A"],
            "organizationIdentifier=VATES-Q2827003A + commonName=Sello electrónico del INSS",
        ),
        ([], "subject=CN=Sello electrónico del INSS,O=INSS"),
    ],
)
def test_a_seal_is_named_by_its_organisation_and_its_own_name_else_by_its_subject(
    organization: list[str], name: str
) -> None:
    private = rsa.generate_private_key(65537, 2048)
    subject = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "INSS"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Sello electrónico del INSS"),
        *(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, one) for one in organization),
    ]
    certificate = _certificate(private, x509.Name(subject))
    renewed = _certificate(rsa.generate_private_key(65537, 2048), x509.Name(subject))
    other = _certificate(private, x509.Name(subject[:1]))
    assert name_of(certificate) == name
    assert [is_named(one, [name]) for one in (certificate, renewed, other)] == [True, True, False]


SEALS, SIGNATURES = b"\x02", b"\x01"
PERSON = [x509.NameAttribute(NameOID.GIVEN_NAME, "Marta"), x509.NameAttribute(NameOID.SURNAME, "García")]
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def statements(kind: bytes) -> x509.ExtensionType:
    """QcType (ETSI EN 319 412-5) of one kind, as an authority writes it."""
    types = b"\x06\x07" + bytes.fromhex("04008e460106") + kind
    inner = b"\x06\x06" + bytes.fromhex("04008e460106") + b"\x30" + bytes([len(types)]) + types
    one = b"\x30" + bytes([len(inner)]) + inner
    return x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), b"\x30" + bytes([len(one)]) + one
    )


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def of_the_institute(
    private: rsa.RSAPrivateKey,
    *extensions: x509.ExtensionType,
    called: str = "Sello del INSS",
    more: Sequence[x509.NameAttribute[str]] = (),
    by: Identity | None = None,
) -> x509.Certificate:
    """One of the certificates that the same organisation has of the same authority."""
    said = [
        x509.NameAttribute(NameOID.COMMON_NAME, called),
        x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "VATES-Q2827003A"),
        x509.NameAttribute(NameOID.SERIAL_NUMBER, "Q2827003A"),
        *more,
    ]
    return _certificate(private, x509.Name(said), *extensions, by=by)


ORGANISATION = "organizationIdentifier=VATES-Q2827003A"
ITSELF = f"{ORGANISATION} + commonName=Sello del INSS + serialNumber=Q2827003A"


def test_an_organisation_alone_names_its_seals_and_nothing_else_that_it_has(
    private: rsa.RSAPrivateKey,
) -> None:
    seal = of_the_institute(private, statements(SEALS))
    assert is_named(seal, [ORGANISATION])
    for other in (
        of_the_institute(private, called="Marta García", more=PERSON),
        of_the_institute(private, statements(SIGNATURES), called="Marta García"),
        of_the_institute(private, SERVER, called="sede.inss.example"),
        of_the_institute(private, statements(SEALS), SERVER),
        of_the_institute(private),
    ):
        assert not is_named(other, [ORGANISATION])
        assert is_named(other, [f"sha256={thumbprint(other)}"]), "who names it itself knows what it is"


def test_a_seal_is_told_from_the_same_organisations_others_by_its_own_name(
    private: rsa.RSAPrivateKey,
) -> None:
    seal = of_the_institute(private)
    assert is_named(seal, [ITSELF])
    assert is_named(seal, ["commonName=Sello del INSS"])
    press = of_the_institute(private, statements(SEALS), called="Sello de prensa del INSS")
    assert is_named(press, [ORGANISATION])
    assert not is_named(press, [ITSELF, "commonName=Sello del INSS"])
    for impostor in (
        of_the_institute(private, more=PERSON),
        of_the_institute(private, statements(SIGNATURES)),
        of_the_institute(private, SERVER),
        of_the_institute(private, x509.BasicConstraints(ca=True, path_length=None)),
    ):
        assert not is_named(impostor, [ITSELF]), "it calls itself by the seal's name, and is none"


def test_a_name_with_a_plus_in_it_is_one_name(private: rsa.RSAPrivateKey) -> None:
    seal = of_the_institute(private, called="Sello + firma")
    assert name_of(seal) == f"{ORGANISATION} + commonName=Sello + firma"
    assert is_named(seal, [name_of(seal)])


def test_a_seal_is_named_by_what_openssl_prints_of_it(private: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    seal = of_the_institute(private)
    (tmp_path / "seal.pem").write_bytes(pem(seal))
    printed = sh("openssl x509 -in seal.pem -noout -fingerprint -sha256 | cut -d= -f2", tmp_path)
    of_key = sh(
        "openssl x509 -in seal.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum", tmp_path
    )
    key = of_key.split()[0]
    assert len(key) == 64
    for name in (f"sha256={printed}", f"sha256={printed.replace(':', '').lower()}", f"key={key}"):
        assert is_named(seal, [name]), name
        assert not is_named(seal, [f"{name[:-1]}{'0' if name[-1] != '0' else '1'}"]), name
    renewed = of_the_institute(private, called="Sello nuevo")
    assert [is_named(renewed, [f"sha256={printed}"]), is_named(renewed, [f"key={key}"])] == [False, True]


def sh(command: str, folder: Path) -> str:
    done = run(["bash", "-c", command], folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def test_what_a_person_of_the_institution_seals_or_signs_is_not_the_institutions(house: House) -> None:
    """A civil servant's certificate of the same organisation, below the same root: a package of theirs is refused."""
    await house.record()
    package, root = await house.package(), house.keys.identity(Role.ROOT)
    key = rsa.generate_private_key(65537, 2048)
    hers = of_the_institute(key, called="Marta García", more=PERSON, by=root)
    marta = Identity(key, (hers, *root.chain))
    names = house.keys.trust_folder / "seal.names"
    names.write_text(f"{names.read_text()}{ORGANISATION}\n")
    files = await asyncio.to_thread(resealed, files_of(package), marta)
    assert wrongs(house, packed(files, house.folder / "hers.asice")) == {Check.SEAL}

    def sign(files: dict[str, bytes]) -> None:
        signed_again(files, marta, lambda _: None)
        stamped_again(house, files, house.now)

    assert await forged(house, package, sign) == {Check.CERTIFICATE, Check.LOG}


def _certificate(
    private: rsa.RSAPrivateKey,
    subject: x509.Name,
    *extensions: x509.ExtensionType,
    by: Identity | None = None,
) -> x509.Certificate:
    above = by.chain[0].subject if by else subject
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(above)
    builder = builder.public_key(private.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    signing = by.private if by else private
    return builder.not_valid_after(datetime(2029, 1, 1, tzinfo=UTC)).sign(signing, hashes.SHA256())
