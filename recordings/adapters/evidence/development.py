"""Our own time stamp authority, for development: where nobody else's stamp is to be had, and none is believed."""

from datetime import UTC, datetime
from typing import Any

from asn1crypto import keys, tsp, x509
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from recordings.adapters.evidence.keys import Identity

POLICY = "1.3.6.1.4.1.32473.1"
"""A number that is set apart for examples (RFC 5612), since nobody's policy is kept."""


def stamped(request: bytes, identity: Identity, at: float) -> bytes:
    """Answer a request as an authority: for development, where nobody else's stamp is to be had."""
    query = tsp.TimeStampReq.load(request)
    others = SimpleCertificateStore()  # type: ignore[no-untyped-call] # pyHanko types all but this
    reply: tsp.TimeStampResp = _Ours(
        _asn1(identity), _private(identity), others, fixed_dt=datetime.fromtimestamp(at, UTC)
    ).request_tsa_response(query)
    return bytes(reply.dump())


class _Ours(DummyTimeStamper):
    """pyHanko's authority for tests, under a policy that is nobody else's."""

    def _build_tst_info(self, *given: Any) -> tsp.TSTInfo:  # noqa: ANN401 - pyHanko's own signature
        told = super()._build_tst_info(*given)
        told["policy"] = POLICY
        return told


def _asn1(identity: Identity) -> x509.Certificate:
    return x509.Certificate.load(identity.chain[0].public_bytes(serialization.Encoding.DER))


def _private(identity: Identity) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(
        identity.private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
