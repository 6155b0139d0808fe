"""Our own time stamp authority, for development: where nobody else's stamp is to be had, and none is believed."""

from datetime import UTC, datetime
from hashlib import new as new_hash
from typing import Any

from asn1crypto import cms, core, keys, tsp, x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from recordings.adapters.evidence.keys import Identity

POLICY = "1.3.6.1.4.1.32473.1"
"""A number that is set apart for examples (RFC 5612), since nobody's policy is kept."""


def stamped(request: bytes, identity: Identity, at: float) -> bytes:
    """Answer a request as an authority: for development, where nobody else's stamp is to be had."""
    query = tsp.TimeStampReq.load(request)
    certificate = x509.Certificate.load(identity.chain[0].public_bytes(serialization.Encoding.DER))
    reply = _Ours(identity.private, certificate, datetime.fromtimestamp(at, UTC)).request_tsa_response(query)
    return bytes(reply.dump())


class _Ours(DummyTimeStamper):
    """pyHanko's authority for tests, under a policy that is nobody else's, with a key that is read once."""

    def __init__(self, private: RSAPrivateKey, certificate: x509.Certificate, at: datetime) -> None:
        super().__init__(certificate, keys.PrivateKeyInfo(), fixed_dt=at)
        self._private = private

    def _build_tst_info(self, *given: Any) -> tsp.TSTInfo:  # noqa: ANN401 - pyHanko's own signature
        told = super()._build_tst_info(*given)
        told["policy"] = POLICY
        return told

    def _sign_tst_info(
        self, tst_info_data: bytes, md_algorithm: str, dt: datetime
    ) -> tuple[bytes, cms.CMSAttributes]:
        """Sign as pyHanko does, which would check the key anew for each stamp: a tenth of a second."""
        said = {
            "content_type": "tst_info",
            "signing_time": cms.Time({"utc_time": core.UTCTime(dt)}),
            "signing_certificate_v2": as_signing_certificate_v2(self.tsa_cert),
            "message_digest": new_hash(md_algorithm, tst_info_data).digest(),
        }
        attributes = cms.CMSAttributes(
            [cms.CMSAttribute({"type": name, "values": (value,)}) for name, value in said.items()]
        )
        hashed = get_pyca_cryptography_hash(md_algorithm)
        return self._private.sign(attributes.dump(), PKCS1v15(), hashed), attributes
