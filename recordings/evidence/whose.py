"""Whose a certificate is: a root says who issued it, and issues others' as well. Pure.

A name is a line: `organizationIdentifier=VATES-Q2827003A` (ETSI EN 319 412-1: one for each organisation, the same in
every certificate it buys), `subject=` and all of it as RFC 4514 writes it, or `sha256=` and the certificate's
thumbprint as `x5t#S256`, for who would rather name each.
"""

from collections.abc import Iterable

from cryptography.x509 import Certificate, ObjectIdentifier

from recordings.evidence.jws import thumbprint

_ORGANIZATION = ObjectIdentifier("2.5.4.97")
ORGANIZATION, SUBJECT, SHA256 = "organizationIdentifier", "subject", "sha256"


def name_of(certificate: Certificate) -> str:
    """Name a certificate as widely as is certain: by its organisation, else by its subject."""
    return next(iter(_names(certificate)))


def is_named(certificate: Certificate, names: Iterable[str]) -> bool:
    """Whether one of some names is a certificate's."""
    return not set(_names(certificate)).isdisjoint(names)


def names_in(written: str) -> tuple[str, ...]:
    """Read names, one in each line; empty lines and those that begin with # are none."""
    lines = (" ".join(line.split()) for line in written.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _names(certificate: Certificate) -> list[str]:
    subject = certificate.subject
    said = [str(one.value) for one in subject.get_attributes_for_oid(_ORGANIZATION)]
    by_organization = [f"{ORGANIZATION}={said[0]}"] if len(said) == 1 else []
    whole = f"{SUBJECT}={subject.rfc4514_string()}"
    return [" ".join(one.split()) for one in (*by_organization, whole, f"{SHA256}={thumbprint(certificate)}")]
