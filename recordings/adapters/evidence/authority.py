"""Time stamp authorities: a qualified one over HTTP (RFC 3161, 3.4), and our own for development."""

from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
from asn1crypto import keys, tsp, x509
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from recordings.adapters.evidence.keys import Identity
from recordings.evidence.stamps import LONGEST

ANSWER_S = 10.0
"""Longest wait for an authority; one that is well takes a tenth of a second, and the notary asks again later."""
POLICY = "1.3.6.1.4.1.32473.1"
"""Of our own authority: a number that is set apart for examples (RFC 5612), since nobody's policy is kept."""


class AuthorityDown(Exception):  # noqa: N818 - it is an answer, not an error
    """The authority did not give a stamp; the sentence says why."""


class Authority(Protocol):
    """Who stamps."""

    async def stamp(self, request: bytes) -> bytes:
        """Answer a request (DER) with a reply (DER). Raises AuthorityDown."""


class HttpAuthority:
    """An authority at an address."""

    def __init__(self, address: str, client: httpx.AsyncClient) -> None:
        self._address, self._client = address, client

    async def stamp(self, request: bytes) -> bytes:
        """Ask it. Raises AuthorityDown."""
        try:
            answer = await self._client.post(
                self._address,
                content=request,
                headers={"Content-Type": "application/timestamp-query"},
                timeout=ANSWER_S,
            )
        except httpx.HTTPError as fault:
            raise AuthorityDown(f"it does not answer ({type(fault).__name__})") from fault
        if answer.status_code != httpx.codes.OK or len(answer.content) > LONGEST:
            raise AuthorityDown(f"it answered with {answer.status_code}, {len(answer.content)} bytes")
        return answer.content


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
