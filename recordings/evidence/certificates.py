"""Chains of certificates: from the one that signed, each issued by the next, to a root that somebody trusts.

Revocation is not asked for: a package is verified offline, years later, and the time stamp says when the signature
existed. A key that was given up early is in the list of retired keys (trust.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    ExtensionNotFound,
    InvalidVersion,
    load_pem_x509_certificates,
)

LONGEST_CHAIN = 6


@dataclass(frozen=True, slots=True)
class NoWay:
    """Why certificates lead to no root that somebody trusts.

    unknown: the last of them does not even say that such a root issued it, so it may be an honest stranger's; who names
    one that did not issue it is none.
    """

    why: str
    unknown: bool = False


def chain_fault(
    chain: Sequence[Certificate], roots: Sequence[Certificate], at: float, others: Sequence[Certificate] = ()
) -> str | None:
    """Say what is wrong with a chain at a moment (unix seconds), None when it leads to one of `roots`."""
    found = way_up(chain, roots, at, others)
    return found.why if isinstance(found, NoWay) else None


def way_up(
    chain: Sequence[Certificate], roots: Sequence[Certificate], at: float, others: Sequence[Certificate] = ()
) -> tuple[Certificate, ...] | NoWay:
    """Give the certificates from the first of a chain up to one of `roots`, or why there is no way at that moment.

    `others` are certificates that may stand in between when the chain has not got them.
    """
    if not chain:
        return NoWay("there is no certificate")
    known, way = [*chain[1:], *others], [chain[0]]
    while len(way) <= LONGEST_CHAIN:
        current = way[-1]
        if not _valid(current, at):
            return NoWay(f"the certificate of {_name(current)} was not valid on {_day(at)}")
        if current in roots:
            return tuple(way)
        above = _issuer(current, [*roots, *known])
        if above is None:
            why = f"the certificate of {_name(current)} does not lead to a root that is trusted"
            return NoWay(why, unknown=all(root.subject != current.issuer for root in roots))
        way.append(above)
    return NoWay(f"the chain has more than {LONGEST_CHAIN} certificates")


def pems(written: bytes) -> list[Certificate]:
    """Read PEM certificates; none when there is nothing of the kind."""
    try:
        return load_pem_x509_certificates(written)
    except (ValueError, InvalidVersion):
        return []


def _issuer(certificate: Certificate, among: Sequence[Certificate]) -> Certificate | None:
    for candidate in among:
        if candidate != certificate and _issued(certificate, candidate) and _may_issue(candidate):
            return candidate
    return None


def _issued(certificate: Certificate, by: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_issue(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except (ExtensionNotFound, ValueError):
        return False


def _valid(certificate: Certificate, at: float) -> bool:
    return certificate.not_valid_before_utc.timestamp() <= at <= certificate.not_valid_after_utc.timestamp()


def _name(certificate: Certificate) -> str:
    return certificate.subject.rfc4514_string()


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
