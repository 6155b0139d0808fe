"""RFC 3161 time stamps: the question to an authority, and whether its answer is one to what was asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha512

from asn1crypto import core, tsp
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

from recordings.evidence.certificates import NoWay, way_up
from recordings.evidence.jws import thumbprint
from recordings.evidence.tokens import fault_of

DEVELOPMENT = "Time stamps of Ventanilla for development"
"""What the name of an installation's own authority begins with, in its certificate."""
_STATEMENTS, _QUALIFIED = "1.3.6.1.5.5.7.1.3", "0.4.0.19422.1.1"
"""Where a stamp says what it is (qcStatements), and that it is a qualified one (ETSI EN 319 422, 9.1)."""
LONGEST = 65_536
"""Bytes of an answer; a qualified authority's, with three certificates, is a tenth of it."""


class BadStamp(ValueError):  # noqa: N818 - the trade's word
    """A time stamp cannot be read, is of something else, or of an authority that is not trusted."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time stamp says: when (unix seconds), whose, until when its authority's certificate is valid.

    thumbprint: of that certificate, as `x5t#S256`. qualified: it says so of itself, and only a trusted list can say
    whether it is. root: of the root that it leads to, empty when that is none one trusts.
    """

    at: float
    authority: str
    valid_until: float
    thumbprint: str
    qualified: bool
    root: str = ""


class UnknownAuthority(BadStamp):
    """A time stamp is whole, and of an authority that leads to no root one trusts, nor claims to."""

    def __init__(self, stamp: Stamp) -> None:
        super().__init__(f"nobody you trust has issued the certificate of its authority, {stamp.authority}")
        self.stamp = stamp


def request(stamped: bytes) -> bytes:
    """Give the question for a time stamp over the SHA-512 of some bytes, with a nonce, its certificate wanted."""
    builder = TimestampRequestBuilder().data(stamped).hash_algorithm(HashAlgorithm.SHA512)
    return bytes(builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes())


def check(
    reply: bytes,
    stamped: bytes,
    roots: Sequence[Certificate],
    others: Sequence[Certificate] = (),
    *,
    strangers: bool = True,
) -> Stamp:
    """Check a stamp over some bytes. Raises BadStamp, UnknownAuthority of one that is whole.

    `others`: certificates between the authority's and the root, when the answer does not have them. Without
    `strangers` a stranger's is not looked into: that takes pyHanko, and nobody loads that while calls go on.
    """
    answer, at, authority, way = _read(reply, roots, others)
    until = authority.not_valid_after_utc.timestamp()
    name = authority.subject.rfc4514_string()
    stamp = Stamp(at, name, until, thumbprint(authority), _says_qualified(reply))
    if isinstance(way, NoWay) and not strangers:
        raise BadStamp(way.why)
    if isinstance(way, NoWay):
        raise _not_trusted(way, reply, stamped, authority, stamp)
    _verified(answer, stamped, way)
    return replace(stamp, root=thumbprint(way[-1]))


def _not_trusted(way: NoWay, reply: bytes, stamped: bytes, authority: Certificate, stamp: Stamp) -> BadStamp:
    """Say what a stamp is that leads to no root which is trusted: a stranger's only if all else of it is well."""
    fault = fault_of(reply, stamped, authority) if way.unknown else way.why
    return BadStamp(fault) if fault else UnknownAuthority(stamp)


def root_of(reply: bytes, roots: Sequence[Certificate]) -> Certificate | None:
    """Give that root which a stamp's authority leads to; None when it is none of these, or this is no stamp."""
    try:
        way = _read(reply, roots, ())[3]
    except BadStamp:
        return None
    return None if isinstance(way, NoWay) else way[-1]


def _read(
    reply: bytes, roots: Sequence[Certificate], others: Sequence[Certificate]
) -> tuple[TimeStampResponse, float, Certificate, tuple[Certificate, ...] | NoWay]:
    """Read a stamp: its answer, time, authority's certificate, and the way from there to a root. Raises BadStamp."""
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
    authority = _authority(answer, [*inside, *others])
    return answer, at, authority, way_up([authority, *inside], roots, at, others)


def is_of(reply: bytes, stamped: bytes) -> bool:
    """Say whether a reply can be read, and says that it is over these bytes; whoever made it."""
    try:
        return bool(_answer(reply).tst_info.message_imprint.message == sha512(stamped).digest())
    except (BadStamp, ValueError, TypeError):
        return False


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


def _authority(answer: TimeStampResponse, certificates: Sequence[Certificate]) -> Certificate:
    """Give the certificate of who signed, as the signature names it; there may be others', of other stamps.

    More than one of that name and number would leave it open whose stamp it is.
    """
    try:
        named = [(one.issuer, one.serial_number) for one in answer.signed_data.signer_infos]
    except (ValueError, TypeError) as wrong:
        raise BadStamp("it cannot be read as a time stamp") from wrong
    known = [one for one in dict.fromkeys(certificates) if _may_stamp(one)]
    may = [one for one in known if [(one.issuer, one.serial_number)] == named]
    if len(may) != 1:
        raise BadStamp("it does not have the certificate of exactly one authority")
    return may[0]


def _says_qualified(reply: bytes) -> bool:
    """Whether a stamp says of itself that it is a qualified one."""
    try:
        token = tsp.TimeStampResp.load(reply)["time_stamp_token"]["content"]
        extensions = token["encap_content_info"]["content"].parsed["extensions"]
        said = [
            core.Sequence.load(one["extn_value"].native).native.values()
            for one in extensions
            if one["extn_id"].dotted == _STATEMENTS
        ]
        return any(statement["0"] == _QUALIFIED for statements in said for statement in statements)
    except (ValueError, TypeError, KeyError, AttributeError):
        return False


def _may_stamp(certificate: Certificate) -> bool:
    try:
        use = certificate.extensions.get_extension_for_class(ExtendedKeyUsage)
    except (ExtensionNotFound, ValueError):
        return False
    return use.critical and list(use.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _verified(answer: TimeStampResponse, stamped: bytes, way: Sequence[Certificate]) -> None:
    """Check the signature of the authority, and that it is over these bytes. Raises BadStamp.

    Nothing else that came with the stamp is shown to the verifier: it takes for trusted what it is given.
    """
    builder = VerifierBuilder().tsa_certificate(way[0]).add_root_certificate(way[-1])
    for one in way[1:-1]:
        builder = builder.add_intermediate_certificate(one)
    try:
        builder.build().verify_message(answer, stamped)
    except (VerificationError, ValueError) as wrong:
        raise BadStamp(f"it is not of these bytes, or not the authority's ({wrong})") from wrong
