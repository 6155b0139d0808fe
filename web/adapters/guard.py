"""What every request meets first: strangers refused, bodies limited, headers set (ASGI)."""

import asyncio
import json
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.defence import BODY_BYTES, SAFE_METHODS, answer_headers, fault
from web.settings import WebSettings

BODY_SECONDS = 10.0  # 32 kB on the slowest line an office has; a body that drips in is no form

# Files may be kept but are asked for again, so that pages and server never disagree after an update.
_REVALIDATE = (b"cache-control", b"no-cache")
_KEEP_NOTHING = (b"cache-control", b"no-store")

_REMEDIES = {
    "host_not_ours": "Open the address that `make run` printed, or add this one to the web's origins.",
    "origin_not_ours": "Use the pages of this server itself; other sites may not write here.",
    "site_not_ours": "Use the pages of this server itself; other sites may not write here.",
    "body_too_large": f"Send at most {BODY_BYTES} bytes.",
    "body_too_slow": f"Send the whole body within {BODY_SECONDS:g} seconds.",
}


class _RefusedError(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Guard:
    """Wraps the application; only what passed it reaches a router."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self._app = app
        self._settings = settings
        self._headers = [(k.encode(), v.encode()) for k, v in answer_headers(settings)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = _readable(scope)
        try:
            code = fault(scope["type"], scope.get("method", "GET"), headers, self._settings, scope["path"])
            _refuse_for(code)
            if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
                receive = _replayed(await _whole_body(headers, receive), receive)
        except _RefusedError as refused:
            await self._refuse(scope, send, refused)
            return
        await self._app(scope, receive, self._dressed(scope, send))

    def _dressed(self, scope: Scope, send: Send) -> Send:
        keep = _REVALIDATE if scope["path"].startswith("/static/") else _KEEP_NOTHING

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers, keep]
            await send(message)

        return dressed

    async def _refuse(self, scope: Scope, send: Send, refused: _RefusedError) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refused.code})
            return
        error = {"code": refused.code, "remedy": _REMEDIES[refused.code]}
        headers = [(b"content-type", b"application/json")]
        start = {"type": "http.response.start", "status": refused.status, "headers": headers}
        await self._dressed(scope, send)(start)
        await send({"type": "http.response.body", "body": json.dumps({"error": error}).encode()})


def _readable(scope: Scope) -> Mapping[str, str]:
    return {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}


def _refuse_for(code: str | None) -> None:
    if code:
        raise _RefusedError(403, code)


async def _whole_body(headers: Mapping[str, str], receive: Receive) -> bytes:
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:9]) > BODY_BYTES:
        raise _RefusedError(413, "body_too_large")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collected(receive)
    except TimeoutError:
        raise _RefusedError(408, "body_too_slow") from None


async def _collected(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body.extend(message.get("body", b""))
        if len(body) > BODY_BYTES:
            raise _RefusedError(413, "body_too_large")
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
