"""The signed vCon: General JWS JSON (RFC 7515, 7.2.1), RS256, `x5t#S256` protected, `x5c` unprotected.

The draft's own example says `alg` and `x5c` in both headers, which RFC 7515 (section 4) forbids and other libraries
refuse; we follow the RFC. Since `x5c` is not signed, the thumbprint that is decides whose key it must be.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import Certificate, InvalidVersion, load_der_x509_certificate
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from recordings.evidence.vcon import base64url

ALGORITHM = "RS256"
CONTENT_TYPE = "vcon+json"
MOST_BYTES = 4_000_000
"""Of a signed vCon. The longest that we write, a day's call with hundreds of marks, is a hundredth of it."""


class BadSignature(ValueError):  # noqa: N818 - the trade's word
    """A signed vCon cannot be read, or its signature is not what it should be."""


class _Registry(jws.JWSRegistry):
    """joserfc's rules, with room for a vCon and its chain of certificates."""

    max_header_length = 65_536
    max_payload_length = MOST_BYTES


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed vCon as it was read, nothing of it checked yet."""

    protected: Mapping[str, Any]
    chain: tuple[Certificate, ...]
    payload: bytes
    written: bytes

    @property
    def vcon(self) -> dict[str, Any]:
        """The vCon inside. Raises BadSignature when it is none."""
        try:
            inside = json.loads(self.payload)
        except (ValueError, RecursionError) as wrong:
            raise BadSignature("what was signed is not JSON") from wrong
        if not isinstance(inside, dict):
            raise BadSignature("what was signed is no vCon")
        return inside


def sign(vcon: Mapping[str, Any], private: RSAPrivateKey, chain: Sequence[Certificate]) -> bytes:
    """Sign a vCon with the key of the first certificate; give the file's bytes."""
    protected = {
        "alg": ALGORITHM,
        "cty": CONTENT_TYPE,
        "uuid": vcon["uuid"],
        "x5t#S256": thumbprint(chain[0]),
    }
    header = {
        "x5c": [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in chain]
    }
    payload = json.dumps(vcon, ensure_ascii=False, separators=(",", ":")).encode()
    made = jws.serialize_json(
        [{"protected": protected, "header": header}], payload, _key(private), registry=_registry()
    )
    return json.dumps(made, separators=(",", ":")).encode()


def _key(private: RSAPrivateKey) -> RSAKey:
    """Let joserfc sign with a key that it is told the public half of only: one in a token has no other."""
    public = private.public_key()
    return RSAKey(private, RSAKey(public, public).as_dict())


def read(written: bytes) -> Signed:
    """Read a signed vCon without believing it. Raises BadSignature."""
    if len(written) > MOST_BYTES:
        raise BadSignature(f"longer than {MOST_BYTES} bytes")
    try:
        outer = json.loads(written)
        (one,) = outer["signatures"]
        protected = json.loads(_decoded(one["protected"]))
        chain = tuple(load_der_x509_certificate(base64.b64decode(der)) for der in one["header"]["x5c"])
        payload = _decoded(outer["payload"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidVersion) as wrong:
        raise BadSignature("not a General JWS with one signature and its certificates") from wrong
    if not isinstance(protected, dict) or not chain:
        raise BadSignature("its protected header is no object, or it has no certificate")
    return Signed(protected, chain, payload, written)


def check(signed: Signed) -> None:
    """Check signature and thumbprint against the first certificate; the chain is somebody else's to check.

    Raises BadSignature.
    """
    if signed.protected.get("x5t#S256") != thumbprint(signed.chain[0]):
        raise BadSignature("the certificate beside the signature is not the one that was signed with")
    try:
        public = signed.chain[0].public_key()
    except (UnsupportedAlgorithm, ValueError) as wrong:
        raise BadSignature("the certificate's key is of a kind that is not known") from wrong
    if not isinstance(public, RSAPublicKey):
        raise BadSignature("the certificate's key is not RSA")
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    try:
        jws.deserialize_json(json.loads(signed.written), RSAKey.import_key(pem), registry=_registry())
    except (JoseError, ValueError) as wrong:
        raise BadSignature("the signature is not of this text") from wrong
    if signed.vcon.get("uuid") != signed.protected.get("uuid"):
        raise BadSignature("the header's uuid is not the vCon's")


def thumbprint(certificate: Certificate) -> str:
    """Give a certificate's SHA-256 as `x5t#S256` has it."""
    return base64url(certificate.fingerprint(hashes.SHA256()))


def _registry() -> _Registry:
    # `uuid` is the draft's header and not RFC 7515's.
    return _Registry(algorithms=[ALGORITHM], strict_check_header=False)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as wrong:
        raise ValueError("not base64url") from wrong
