"""The way to a real CRM, made ill by a test: between the connector and the server that really answers."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal, assert_never

import httpx

from crm_bridge.adapters.exchange import MOST_BYTES
from crm_bridge.connectors.odoo import Odoo
from crm_bridge.connectors.tryton import Tryton

Manners = Literal[
    "answers", "hangs", "refuses", "breaks off", "takes and breaks off", "502", "no JSON", "a list", "endless"
]
TROUBLES = {"refuses": httpx.ConnectError("nobody there"), "breaks off": httpx.RemoteProtocolError("gone")}
NONSENSE = {
    "502": (502, b"<h1>Bad Gateway</h1>"),
    "no JSON": (200, b"<h1>Sign in</h1>"),
    "a list": (200, b'[{"id": "x"}, null, 7]'),
    "endless": (200, b'"' + b"x" * (MOST_BYTES + 1)),
}
Meanwhile = Callable[[], Awaitable[None]]


class Twist(httpx.AsyncBaseTransport):
    """Passes on to the real server, or misbehaves in its place. `drops` is a field that answers lack."""

    def __init__(self) -> None:
        self._there = httpx.AsyncHTTPTransport()
        self.manners: Manners = "answers"
        self.drops = ""
        self.meanwhile: tuple[str, Meanwhile] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._let_happen(await request.aread())
        match self.manners:
            case "answers":
                return await self._answered(request)
            case "takes and breaks off":
                await (await self._there.handle_async_request(request)).aread()
                raise httpx.ReadError("gone")
            case "hangs":
                await asyncio.Event().wait()
                raise AssertionError
            case "refuses" | "breaks off":
                raise TROUBLES[self.manners]
            case "502" | "no JSON" | "a list" | "endless":
                status, said = NONSENSE[self.manners]
                return httpx.Response(status, content=said)
            case _:
                assert_never(self.manners)

    async def _let_happen(self, said: bytes) -> None:
        """Once, just before a call of this name goes out, let something else happen."""
        if self.meanwhile and self.meanwhile[0].encode() in said:
            (_, happen), self.meanwhile = self.meanwhile, None
            await happen()

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        answer = await self._there.handle_async_request(request)
        if not self.drops:
            return answer
        return httpx.Response(answer.status_code, json=self._without(json.loads(await answer.aread())))

    def _without(self, value: Any) -> Any:  # noqa: ANN401 (JSON)
        match value:
            case dict():
                return {name: self._without(one) for name, one in value.items() if name != self.drops}
            case list():
                return [self._without(one) for one in value]
            case _:
                return value

    async def aclose(self) -> None:
        await self._there.aclose()


def twisted(crm: Tryton | Odoo) -> Twist:
    """Put a twist into a connector's way."""
    client, twist = crm._line._client, Twist()
    crm._line._client = httpx.AsyncClient(base_url=client.base_url, timeout=client.timeout, transport=twist)
    return twist
