"""Whose a certificate is: a root issues others' as well, and others to the same organisation. Pure.

A name is a line. It names the seal itself by `key=` (its public key's SHA-256), `sha256=` (the certificate's) or
`subject=` (all of it, as RFC 4514 writes it), or says what must be in the certificate: `organizationIdentifier=` (ETSI
EN 319 412-1: `VATES-Q2827003A`, the same in every certificate that an organisation buys), `commonName=`,
`serialNumber=` (of the subject). Several with ` + ` between them must all be so. An organisation alone names only what
says of itself that it is an electronic seal: its people's and its servers' certificates have the same.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

from asn1crypto import core
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    ExtendedKeyUsage,
    ExtensionNotFound,
    ObjectIdentifier,
    UnrecognizedExtension,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from recordings.evidence.fingerprints import thumbprint_of
from recordings.evidence.jws import thumbprint

ORGANIZATION, COMMON, SERIAL = "organizationIdentifier", "commonName", "serialNumber"
SUBJECT, KEY, SHA256 = "subject", "key", "sha256"
_SAID = {
    ORGANIZATION: ObjectIdentifier("2.5.4.97"),
    COMMON: NameOID.COMMON_NAME,
    SERIAL: NameOID.SERIAL_NUMBER,
}
_BETWEEN = re.compile(rf"\s\+\s(?=(?:{'|'.join((*_SAID, SUBJECT, KEY, SHA256))})=)")
_STATEMENTS = ObjectIdentifier("1.3.6.1.5.5.7.1.3")
_TYPE, _SEAL = "0.4.0.1862.1.6", "0.4.0.1862.1.6.2"
"""In the statements: what the certificate is for, and that it is for seals (ETSI EN 319 412-5, 4.2.3)."""
_PERSONS = (NameOID.GIVEN_NAME, NameOID.SURNAME, NameOID.PSEUDONYM)
_NO_SEALS = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
        ExtendedKeyUsageOID.CODE_SIGNING,
    }
)


def name_of(certificate: Certificate) -> str:
    """Name a seal, so that its successor has the same name: organisation and common name, else its subject."""
    has = _names(certificate)
    said = [f"{word}={has[word]}" for word in (ORGANIZATION, COMMON) if word in has]
    return " + ".join(said) if len(said) > 1 else f"{SUBJECT}={has[SUBJECT]}"


def is_named(certificate: Certificate, names: Iterable[str]) -> bool:
    """Whether one of some names is a certificate's."""
    has = _names(certificate)
    return any(_is(certificate, has, name) for name in names)


def names_in(written: str) -> tuple[str, ...]:
    """Read names, one in each line; empty lines and those that begin with # are none."""
    lines = (" ".join(line.split()) for line in written.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def key_print(certificate: Certificate) -> str:
    """Give the SHA-256 of a public key, in hex: `openssl pkey -pubin -outform DER | sha256sum` says the same."""
    read = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    return sha256(
        read.public_key.dump()
    ).hexdigest()  # not by cryptography, which reads keys of known kinds only


def _is(certificate: Certificate, has: dict[str, str], name: str) -> bool:
    """Whether all that a line says is so; one that does not name the certificate itself names seals only."""
    wanted = [condition.partition("=")[::2] for condition in _BETWEEN.split(name)]
    words = {word for word, _ in wanted}
    if not all(has.get(word) == _plain(word, value) for word, value in wanted):
        return False
    if words & {SUBJECT, KEY, SHA256}:
        return True
    return _says_seal(certificate) or (words != {ORGANIZATION} and not _is_else(certificate))


def _plain(word: str, value: str) -> str:
    """Write a name's value as ours are: of fingerprints there is more than one writing."""
    match word:
        case "sha256":
            return thumbprint_of(value)
        case "key":
            return value.replace(":", "").lower()
        case _:
            return value


def _names(certificate: Certificate) -> dict[str, str]:
    """Give what a certificate may be named by; what stands in its subject twice, by none of the two."""
    subject = certificate.subject
    found = {
        word: [str(one.value) for one in subject.get_attributes_for_oid(oid)] for word, oid in _SAID.items()
    }
    once = {word: values[0] for word, values in found.items() if len(values) == 1}
    whole = once | {
        SUBJECT: subject.rfc4514_string(),
        KEY: key_print(certificate),
        SHA256: thumbprint(certificate),
    }
    return {word: " ".join(value.split()) for word, value in whole.items()}


def _says_seal(certificate: Certificate) -> bool:
    return _SEAL in _types(certificate) and not _is_else(certificate)


def _is_else(certificate: Certificate) -> bool:
    """Whether a certificate says that it is a person's, a server's, an authority's: anything but a seal's."""
    types = _types(certificate)
    if types and _SEAL not in types:
        return True
    return (
        any(certificate.subject.get_attributes_for_oid(one) for one in _PERSONS)
        or not _NO_SEALS.isdisjoint(_uses(certificate))
        or _issues(certificate)
    )


def _types(certificate: Certificate) -> frozenset[str]:
    """Give what the qualified statements of a certificate say it is for; nothing of one that has none."""
    try:
        value = certificate.extensions.get_extension_for_oid(_STATEMENTS).value
        if not isinstance(value, UnrecognizedExtension):
            return frozenset()
        statements = core.Sequence.load(value.value).native.values()
        said = [one["1"].values() for one in statements if one["0"] == _TYPE]
    except (ExtensionNotFound, ValueError, TypeError, KeyError, AttributeError):
        return frozenset()
    return frozenset(str(one) for some in said for one in some)


def _uses(certificate: Certificate) -> frozenset[ObjectIdentifier]:
    try:
        return frozenset(certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value)
    except (ExtensionNotFound, ValueError):
        return frozenset()


def _issues(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except (ExtensionNotFound, ValueError):
        return False
