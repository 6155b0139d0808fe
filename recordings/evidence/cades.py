"""CAdES over a package's manifest (ETSI EN 319 122-1, baseline B), detached, SHA-512, by pyHanko; with a stamp, T.

Not for the event loop: signing takes some tens of milliseconds of Python. Runs in the sealing process, in a thread, or
on the command line.
"""

# ruff: noqa: PLC0415 - pyHanko takes most of a second to import, and only who signs or checks a package needs it

import asyncio
from collections.abc import Sequence
from hashlib import new as new_hash

from asn1crypto import cms, tsp, x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.x509 import Certificate, load_der_x509_certificate

LONGEST = 65_536
_STAMP = "signature_time_stamp_token"


def sign(content: bytes, private: RSAPrivateKey, chain: Sequence[Certificate]) -> bytes:
    """Sign some bytes with the key of the first certificate; give the signature (CMS, DER)."""
    from pyhanko.sign.signers import Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class Ours(Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - pyHanko's own signature
            del digest_algorithm, dry_run
            return private.sign(data, PKCS1v15(), SHA512())

    others = SimpleCertificateStore()  # type: ignore[no-untyped-call] # pyHanko types all but this
    others.register_multiple([_asn1(one) for one in chain[1:]])
    made = asyncio.run(
        Ours(signing_cert=_asn1(chain[0]), cert_registry=others).async_sign_general_data(
            content, digest_algorithm="sha512", detached=True, use_cades=True
        )
    )
    return bytes(made.dump())


def check(signature: bytes, content: bytes) -> tuple[Certificate, ...] | str:
    """Check a signature over some bytes: the signer's certificate and the others in it, or what is wrong.

    Whether anybody trusts that signer is somebody else's question.
    """
    from pyhanko.sign.general import CMSExtractionError, extract_certificate_info, extract_signer_info
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    if len(signature) > LONGEST:
        return "it is too long for a signature"
    try:
        signed = cms.ContentInfo.load(signature, strict=True)["content"]
        inside, signer = extract_certificate_info(signed), extract_signer_info(signed)
        digest = new_hash(signer["digest_algorithm"]["algorithm"].native, content).digest()
        intact, valid = validate_sig_integrity(signer, inside.signer_cert, "data", digest)
        known = tuple(
            load_der_x509_certificate(one.dump()) for one in (inside.signer_cert, *inside.other_certs)
        )
    except (ValueError, TypeError, KeyError, SignatureValidationError, CMSExtractionError) as wrong:
        return f"it cannot be read as CAdES ({type(wrong).__name__})"
    if not intact:
        return "it is of another manifest"
    return known if valid else "it was not made with its certificate's key"


def value_of(signature: bytes) -> bytes:
    """Give the bytes of a signature that its time stamp is over (EN 319 122-1, 5.3). Raises ValueError."""
    return bytes(_signer(cms.ContentInfo.load(signature))["signature"].native)


def stamped(signature: bytes, reply: bytes) -> bytes:
    """Put an authority's reply into a signature: baseline T. Raises ValueError."""
    info = cms.ContentInfo.load(signature)
    token = tsp.TimeStampResp.load(reply)["time_stamp_token"]
    _signer(info)["unsigned_attrs"] = cms.CMSAttributes(
        [cms.CMSAttribute({"type": _STAMP, "values": [token]})]
    )
    return bytes(info.dump())


def stamp_in(signature: bytes) -> bytes | None:
    """Give the time stamp in a signature as an authority's reply; None when there is none, b"" when more than one."""
    unsigned = _signer(cms.ContentInfo.load(signature))["unsigned_attrs"]
    tokens = [value for one in unsigned for value in one["values"] if one["type"].native == _STAMP]
    if not tokens:
        return None
    granted = {"status": {"status": "granted"}, "time_stamp_token": tokens[0]}
    return bytes(tsp.TimeStampResp(granted).dump()) if len(tokens) == 1 else b""


def _signer(info: cms.ContentInfo) -> cms.SignerInfo:
    (signer,) = info["content"]["signer_infos"]
    return signer


def _asn1(certificate: Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
