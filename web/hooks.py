"""Where a foreign CRM says what has changed: signed, so it needs neither a session nor a page of ours."""

from fastapi import APIRouter, Request

from web.defence import SIGNED
from web.house import Asking, Unwelcome
from web.ports import Unsigned

router = APIRouter()
# For the published contract: what is signed is the body as it came, so nothing of it is parsed before.
SAID = {
    "parameters": [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string", **more}}
        for name, more in (
            ("webhook-id", {"pattern": "^[A-Za-z0-9_.-]{1,120}$"}),
            ("webhook-timestamp", {"description": "unix seconds, at most five minutes from our clock"}),
            ("webhook-signature", {"description": "v1,<base64 of HMAC-SHA-256 over id.timestamp.body>"}),
        )
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["type", "data"],
                    "properties": {
                        "type": {"type": "string", "examples": ["citizen.changed"]},
                        "timestamp": {"type": "string", "format": "date-time"},
                        "data": {"type": "object", "properties": {"citizen": {"type": "string"}}},
                    },
                }
            }
        },
    },
}
REFUSED: dict[int | str, dict[str, object]] = {
    401: {"description": "Not signed by this secret, or more than five minutes from our clock."},
    404: {"description": "No secret is set."},
    413: {"description": "Longer than a body may be."},
}


@router.post(SIGNED, openapi_extra=SAID, responses=REFUSED)
async def crm(request: Request, house: Asking) -> dict[str, bool]:
    """Take a webhook (Standard Webhooks 1.0.0); `taken` is false for one that was taken before."""
    if house.hooks is None:
        raise Unwelcome(404, "not_found")
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        return {"taken": await house.hooks.take(headers, await request.body())}
    except Unsigned:
        raise Unwelcome(401, "not_signed") from None
