"""HTTP as a connector speaks it: who we are, one request and its JSON, and which of its troubles is which."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Collection
from typing import Any, Protocol

import httpx

from crm_bridge.filling import Filled
from crm_bridge.mapping import Auth
from crm_bridge.ports import CrmDown, OddAnswer, WriteNotTaken

# Longer than the bridge ever waits (crm_bridge.adapters.bridge.Limits): it sets the limits, this frees the socket.
LIMITS = httpx.Timeout(10.0)
# A CRM that takes more at once than this has never been seen; ours asks four things for a card.
MOST_LINES = 50
LARGEST_ANSWER = (
    4_000_000  # bytes; a hundred contacts with the longest notes there can be, escaped, are 2.4 million
)
SOONER_S = 60.0  # how long before its end a token is asked for anew
TOKEN_LIMIT_S = 5.0
OK = range(200, 300)


class Asks(Protocol):
    """What a connector needs of a CRM's HTTP."""

    async def ask(self, asked: Filled, nobody: Collection[int]) -> Any:  # noqa: ANN401 (JSON)
        """Ask a question. None for nobody. Raises CrmDown."""
        ...

    async def tell(self, told: Filled, refused: Collection[int]) -> None:
        """Say a part of a write. Raises CrmDown, WriteNotTaken."""
        ...


class Wire:
    """One CRM's HTTP, for as long as its client is open."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, asked: Filled, nobody: Collection[int]) -> Any:  # noqa: ANN401 (JSON)
        """Ask a question, once more when the line breaks: it changes nothing. None for nobody. Raises CrmDown."""
        try:
            status, body = await self._exchange(asked)
        except httpx.TransportError:
            status, body = await self._again(asked)
        if status in nobody or status == httpx.codes.NO_CONTENT:
            return None
        if status not in OK:
            raise CrmDown(_said(status))
        return _parsed(body)

    async def _again(self, asked: Filled) -> tuple[int, bytes]:
        try:
            return await self._exchange(asked)
        except httpx.TransportError as fault:
            raise CrmDown(f"the CRM cannot be reached: {type(fault).__name__}") from fault

    async def tell(self, told: Filled, refused: Collection[int]) -> None:
        """Say a part of a write, once: the outbox says it again, with its key. Raises CrmDown, WriteNotTaken."""
        try:
            status, body = await self._exchange(told)
        except httpx.TransportError as fault:
            raise CrmDown(f"the CRM cannot be reached: {type(fault).__name__}") from fault
        if status in refused:
            raise WriteNotTaken(f"the CRM answered {status}{_reason(body)}")
        if status not in OK:
            # Also 401, 403 and 404: an expired token or a wrong address must not lose what was written.
            raise CrmDown(_said(status))

    async def _exchange(self, asked: Filled) -> tuple[int, bytes]:
        content = None if asked.body is None else asked.body.encode()
        headers = dict(asked.headers)
        if content is not None:
            headers.setdefault("content-type", "application/json")
        async with self._client.stream(
            asked.method, asked.path, params=asked.query or None, content=content, headers=headers
        ) as answer:
            return answer.status_code, await _body(answer)


class Once:
    """A wire for one question of ours that takes several of the CRM's: what is the same request is asked once."""

    def __init__(self, wire: Asks) -> None:
        self._wire, self._known = wire, dict[Filled, Any]()

    async def ask(self, asked: Filled, nobody: Collection[int]) -> Any:  # noqa: ANN401 (JSON)
        """Ask, or give what was answered. Raises CrmDown."""
        if asked not in self._known:
            self._known[asked] = await self._wire.ask(asked, nobody)
        return self._known[asked]

    async def tell(self, told: Filled, refused: Collection[int]) -> None:
        """Say a part of a write; what was answered before may be different from now on."""
        self._known.clear()
        await self._wire.tell(told, refused)


async def _body(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_bytes():
        body.extend(part)
        if len(body) > LARGEST_ANSWER:
            raise OddAnswer("the CRM's answer is larger than any folder")
    return bytes(body)


def _said(status: int) -> str:
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return f"the CRM answered {status}: it does not take our token (crm_options.token, and `auth` of the mapping)"
    return f"the CRM answered {status}"


def _parsed(body: bytes) -> Any:  # noqa: ANN401 (JSON)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise CrmDown("the CRM's answer is no JSON") from fault


def _reason(body: bytes) -> str:
    """Give the `code` of a refusal, a word; its other words could hold something personal."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    code = said.get("code") if isinstance(said, dict) else None
    return f" {code}" if isinstance(code, str) and code.isidentifier() and len(code) <= 40 else ""  # noqa: PLR2004


def credentials(auth: Auth, token: str) -> httpx.Auth | None:
    """Give how a client says who we are."""
    match auth.kind:
        case "none":
            return None
        case "basic":
            return httpx.BasicAuth(auth.user, token)
        case "oauth2":
            return ClientCredentials(auth, token)
        case "header":
            return _Header(auth.header, token)
        case _:
            return _Header("authorization", f"Bearer {token}")


class _Header(httpx.Auth):
    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers[self._name] = self._value
        yield request


class ClientCredentials(httpx.Auth):
    """OAuth 2.0 client credentials (RFC 6749, 4.4): a token is asked for when there is none, and after a 401."""

    requires_response_body = False

    def __init__(self, auth: Auth, secret: str) -> None:
        self._auth, self._secret = auth, secret
        self._token, self._until = "", 0.0
        self._asking = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with the token we have, and once more with a new one if that is not taken any more."""
        token = await self._have("")
        request.headers["authorization"] = f"Bearer {token}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            request.headers["authorization"] = f"Bearer {await self._have(token)}"
            yield request

    async def _have(self, refused: str) -> str:
        async with self._asking:
            if self._token in {"", refused} or time.monotonic() > self._until:
                await self._fetch()
            return self._token

    async def _fetch(self) -> None:
        form = {"grant_type": "client_credentials", "scope": self._auth.scope}
        async with httpx.AsyncClient(timeout=TOKEN_LIMIT_S) as client:
            answer = await client.post(
                self._auth.url,
                data={name: value for name, value in form.items() if value},
                auth=(self._auth.user, self._secret),
            )
        said = answer.json() if answer.is_success else {}
        if not isinstance(said, dict) or not isinstance(said.get("access_token"), str):
            raise CrmDown(f"no token was given ({answer.status_code})")
        self._token = said["access_token"]
        lasts = said.get("expires_in")
        self._until = (
            time.monotonic() + (float(lasts) if isinstance(lasts, int | float) else 300.0) - SOONER_S
        )
