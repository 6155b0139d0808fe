"""Where a foreign CRM says what has changed: signed, so it needs neither a session nor a page of ours."""

from fastapi import APIRouter, Request

from web.defence import SIGNED
from web.house import Asking, Unwelcome
from web.ports import Unsigned

router = APIRouter()


@router.post(SIGNED)
async def crm(request: Request, house: Asking) -> dict[str, object]:
    """Take a webhook (Standard Webhooks 1.0.0); `taken` is false for one that was taken before."""
    if house.hooks is None:
        raise Unwelcome(404, "not_found")
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        return {"taken": await house.hooks.take(headers, await request.body())}
    except Unsigned:
        raise Unwelcome(401, "not_signed") from None
