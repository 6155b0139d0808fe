"""Short links out of messages: one step to what they lead to, counted, and nothing kept of who took it."""

import re
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse, Response

from web.house import Asking

router = APIRouter()

GONE = Path(__file__).parent / "static" / "link.html"
_TOKEN = re.compile(r"[a-z2-7]{8}")


@router.get("/l/{token}")
async def link(token: str, house: Asking) -> Response:
    """Lead on; a link that is too old, mistyped, or was never ours, says so kindly."""
    known = house.links is not None and _TOKEN.fullmatch(token)
    target = await house.links(token) if known and house.links is not None else None
    if target is None:
        return FileResponse(GONE, HTTPStatus.GONE)
    return RedirectResponse(target, HTTPStatus.FOUND)
