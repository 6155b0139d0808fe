"""Another customer of the institution's own certificate authority is not the institution."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from recordings.adapters.evidence.keys import Identity, Role, issue, trusted
from recordings.adapters.evidence.package import verify
from recordings.evidence.findings import Check, Verdict
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
        (["VATES-Q2827003A"], "organizationIdentifier=VATES-Q2827003A"),
        ([], "subject=CN=Sello electrónico del INSS,O=INSS"),
    ],
)
def test_a_certificate_is_named_by_its_organisation_else_by_its_subject(
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


def _certificate(private: rsa.RSAPrivateKey, subject: x509.Name) -> x509.Certificate:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(private.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    return builder.not_valid_after(datetime(2029, 1, 1, tzinfo=UTC)).sign(private, hashes.SHA256())
