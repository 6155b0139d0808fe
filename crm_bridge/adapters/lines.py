"""HTTP lines to a CRM by aiohttp, below httpx: its parser is C, and its pool costs nothing however many lines it has.

A card asks four things at once, a hundred cards a second four hundred: httpx's own transport takes 1.7 ms of our only
event loop for each, this one 0.4 (docs/benchmarks.md).
"""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import aiohttp
import httpx
from yarl import URL

KEPT_S = 30.0
"""How long an idle line is kept: shorter than the minute after which a proxy before a CRM usually drops one."""


class Lines(httpx.AsyncBaseTransport):
    """A pool of lines; opens with its client, and follows nothing by itself."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool."""
        believed = httpx.create_ssl_context()
        pool = aiohttp.TCPConnector(limit=self._most, keepalive_timeout=KEPT_S, ssl=believed)
        self._session = aiohttp.ClientSession(
            connector=pool,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # httpx does
            trust_env=True,  # an institution's proxy, as httpx reads it
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close the pool and every line."""
        del kind, value, traceback
        await self.aclose()

    async def aclose(self) -> None:
        """Close every line."""
        if self._session is not None:
            await self._session.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its answer's body is read as it is asked for. Raises httpx.TransportError."""
        if self._session is None:
            raise httpx.ConnectError("the lines are not open")
        limits = request.extensions.get("timeout", {})
        try:
            answer = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),  # as it was filled, byte for byte
                headers=request.headers.multi_items(),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(connect=limits.get("connect"), sock_read=limits.get("read")),
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            raise _said(fault, request) from fault
        return httpx.Response(
            answer.status, headers=list(answer.headers.items()), stream=_Body(answer, request)
        )


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer, self._request = answer, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._answer.content.iter_any():
                yield part
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            raise _said(fault, self._request) from fault

    async def aclose(self) -> None:
        """Give the line back if all was read, else close it."""
        self._answer.release()


def _said(fault: Exception, request: httpx.Request) -> httpx.TransportError:
    """Say a trouble as httpx does, by its kind: words of a library could hold an address."""
    match fault:
        case aiohttp.ClientConnectorError():
            kind: type[httpx.TransportError] = httpx.ConnectError
        case TimeoutError():
            kind = httpx.ReadTimeout
        case _:
            kind = httpx.ReadError
    return kind(type(fault).__name__, request=request)
