"""RFC 3161 time stamps: the question to an authority, and whether its answer is one to what was asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import tsp
from cryptography.x509 import (
    Certificate,
    ExtendedKeyUsage,
    ExtensionNotFound,
    load_der_x509_certificate,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.base import HashAlgorithm

from recordings.evidence.certificates import chain_fault

LONGEST = 65_536
"""Bytes of an answer; a qualified authority's, with three certificates, is a tenth of it."""


class BadStamp(ValueError):  # noqa: N818 - the trade's word
    """A time stamp cannot be read, is of something else, or of an authority that is not trusted."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time stamp says: when (unix seconds), whose, until when its authority's certificate is valid."""

    at: float
    authority: str
    valid_until: float


def request(stamped: bytes) -> bytes:
    """Give the question for a time stamp over the SHA-512 of some bytes, with a nonce, its certificate wanted."""
    builder = TimestampRequestBuilder().data(stamped).hash_algorithm(HashAlgorithm.SHA512)
    return bytes(builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes())


def check(
    reply: bytes, stamped: bytes, roots: Sequence[Certificate], others: Sequence[Certificate] = ()
) -> Stamp:
    """Check a stamp over some bytes. Raises BadStamp.

    `others`: certificates between the authority's and the root, when the answer does not have them.
    """
    if len(reply) > LONGEST:
        raise BadStamp("it is too long for a time stamp")
    if not roots:
        raise BadStamp("no root of an authority is trusted")
    answer = _answer(reply)
    try:
        inside = [load_der_x509_certificate(der) for der in answer.signed_data.certificates]
        at = answer.tst_info.gen_time.timestamp()
    except (ValueError, TypeError) as wrong:
        raise BadStamp("it cannot be read as a time stamp") from wrong
    authority = _authority([*inside, *others])
    fault = chain_fault([authority, *inside], roots, at, others)
    if fault:
        raise BadStamp(fault)
    _verified(answer, stamped, roots, authority, [one for one in (*inside, *others) if one != authority])
    return Stamp(at, authority.subject.rfc4514_string(), authority.not_valid_after_utc.timestamp())


def certificates_of(reply: bytes) -> list[Certificate]:
    """Give the certificates that a stamp carries. Raises BadStamp."""
    return [load_der_x509_certificate(der) for der in _answer(reply).signed_data.certificates]


def _answer(reply: bytes) -> TimeStampResponse:
    """Read a reply; one whose certificates are not in DER's order too. Raises BadStamp."""
    try:
        return decode_timestamp_response(reply)
    except (ValueError, TypeError):
        pass
    try:
        return decode_timestamp_response(_in_order(reply))
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise BadStamp("it cannot be read as a time stamp") from wrong


def _in_order(reply: bytes) -> bytes:
    """Give a reply with its certificates in the order that DER wants of a SET.

    OpenSSL's authorities leave them as they stand in their configuration, and rfc3161-client refuses that. No
    signature covers that order, and what is kept and exported is the reply as it came.
    """
    parsed = tsp.TimeStampResp.load(reply)
    signed = parsed["time_stamp_token"]["content"]
    signed["certificates"] = sorted(signed["certificates"], key=lambda one: bytes(one.dump()))
    return bytes(parsed.dump())


def _authority(certificates: Sequence[Certificate]) -> Certificate:
    """Give the one certificate that may stamp. More than one would leave it open whose stamp it is."""
    may = [one for one in dict.fromkeys(certificates) if _may_stamp(one)]
    if len(may) != 1:
        raise BadStamp("it does not have the certificate of exactly one authority")
    return may[0]


def _may_stamp(certificate: Certificate) -> bool:
    try:
        use = certificate.extensions.get_extension_for_class(ExtendedKeyUsage)
    except (ExtensionNotFound, ValueError):
        return False
    return use.critical and list(use.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _verified(
    answer: TimeStampResponse,
    stamped: bytes,
    roots: Sequence[Certificate],
    authority: Certificate,
    between: Sequence[Certificate],
) -> None:
    """Check the signature of the authority, and that it is over these bytes. Raises BadStamp."""
    builder = VerifierBuilder().tsa_certificate(authority)
    for root in dict.fromkeys(roots):
        builder = builder.add_root_certificate(root)
    for one in dict.fromkeys(between):
        if one not in roots:
            builder = builder.add_intermediate_certificate(one)
    try:
        builder.build().verify_message(answer, stamped)
    except (VerificationError, ValueError) as wrong:
        raise BadStamp(f"it is not of these bytes, or not the authority's ({wrong})") from wrong
