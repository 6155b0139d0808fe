"""Whether a time stamp is whole: made over these bytes, with the key of its certificate, whoever that is.

rfc3161-client (stamps.py) answers both questions at once, and only of an authority whose root one has.
"""

# ruff: noqa: PLC0415 - pyHanko takes most of a second to import, and only stamps of strangers need it

from hashlib import new as new_hash

from asn1crypto import tsp, x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

_DIGESTS = ("sha256", "sha384", "sha512")


def fault_of(reply: bytes, stamped: bytes, authority: Certificate) -> str | None:
    """Say what is wrong with a stamp over some bytes; None when it is whole."""
    from pyhanko.sign.general import CMSExtractionError
    from pyhanko.sign.validation.errors import SignatureValidationError

    try:
        return _fault(tsp.TimeStampResp.load(reply, strict=True), stamped, authority)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        SignatureValidationError,
        CMSExtractionError,
    ) as wrong:
        return f"it cannot be read as a time stamp ({type(wrong).__name__})"


def _fault(reply: tsp.TimeStampResp, stamped: bytes, authority: Certificate) -> str | None:
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    signed = reply["time_stamp_token"]["content"]
    content = signed["encap_content_info"]["content"]
    imprint = content.parsed["message_imprint"]
    named = imprint["hash_algorithm"]["algorithm"].native
    if named not in _DIGESTS or imprint["hashed_message"].native != new_hash(named, stamped).digest():
        return "it is of other bytes"
    (signer,) = signed["signer_infos"]
    digest = new_hash(signer["digest_algorithm"]["algorithm"].native, bytes(content)).digest()
    certificate = x509.Certificate.load(authority.public_bytes(Encoding.DER))
    intact, valid = validate_sig_integrity(signer, certificate, "tst_info", digest)
    return None if intact and valid else "it was not signed with its certificate's key"
