"""A time stamp authority at an address (RFC 3161, 3.4). Our own, for development, is the sealing process."""

from typing import Protocol

import httpx

from recordings.evidence.stamps import LONGEST

ANSWER_S = 10.0
"""Longest wait for an authority; one that is well takes a tenth of a second, and the notary asks again later."""


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
