"""`/metrics` for Prometheus: to this machine only, or to whoever has the token when one is set."""

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response

from web.house import Asking, Unwelcome, address_of

router = APIRouter()
_PROXIES = frozenset({"forwarded", "x-forwarded-for", "x-real-ip"})


@router.get("/metrics")
async def metrics(request: Request, house: Asking) -> Response:
    """Give the figures of this moment."""
    if house.metrics is None:
        raise Unwelcome(404, "not_found")
    token = house.settings.metrics_token
    if not (_has(request, token) if token else _near(request)):
        raise Unwelcome(403, "not_for_you")
    page, kind = await house.metrics(request.headers.get("accept", ""))
    return Response(page, media_type=None, headers={"content-type": kind, "cache-control": "no-store"})


def _has(request: Request, token: str) -> bool:
    """Say whether the request bears the token (RFC 6750), in a time that does not depend on how much of it."""
    kind, _, said = request.headers.get("authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(said.encode(), token.encode())


def _near(request: Request) -> bool:
    """Say whether the request comes from this machine, and not through a proxy that stands on it."""
    if _PROXIES & {name.lower() for name in request.headers}:
        return False
    try:
        return ip_address(address_of(request)).is_loopback
    except ValueError:
        return False
