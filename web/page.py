"""The citizens' call page: what may be called, and the live text of one's own call. Nobody signs in here."""

import asyncio

from fastapi import APIRouter, WebSocket
from pydantic import ValidationError
from starlette.websockets import WebSocketDisconnect

from web.adapters.wire import NONSENSE, TOO_MANY, Wire, converse
from web.forms import Active, Listen
from web.house import Asking, house_of

router = APIRouter(prefix="/page")

LISTENERS = 1000  # as many calls as one Asterisk is asked to hold; more open pages are an attack
FIRST_WORD_SECONDS = 5.0  # our page says which call it means as soon as the line is open


@router.get("/numbers")
async def numbers(house: Asking) -> dict[str, object]:
    """List what may be called, the browser's telephone, and whom the demonstration may pretend to be."""
    line = house.page.telephone()
    return {
        "numbers": [
            {"number": n.number, "shown": n.shown, "about": dict(n.about)} for n in house.page.numbers()
        ],
        "telephone": {
            "socket": line.socket,
            "uri": line.uri,
            "user": line.user,
            "password": line.password,
        },
        "demonstration": house.settings.demonstration,
        "callers": [{"number": c.number, "about": dict(c.about)} for c in house.page.callers()]
        if house.settings.demonstration
        else [],
    }


class Seats:
    """How many pages read along at this moment; one per application."""

    def __init__(self, free: int = LISTENERS) -> None:
        self.free = free


@router.websocket("/updates")
async def updates(socket: WebSocket) -> None:
    """Tell the page what its call is being told. The token is 128 random bits of the page's own making."""
    seats: Seats = socket.app.state.seats
    await socket.accept()
    wire = Wire(socket, house_of(socket).clock)
    if seats.free <= 0:
        await wire.close(TOO_MANY)
        return
    seats.free -= 1
    try:
        await _read_along(socket, wire)
    finally:
        seats.free += 1


async def _read_along(socket: WebSocket, wire: Wire) -> None:
    try:
        async with asyncio.timeout(FIRST_WORD_SECONDS):
            listen = Listen.model_validate_json(await wire.hear())
    except (TimeoutError, ValidationError):
        await wire.close(NONSENSE)
        return
    except WebSocketDisconnect:
        return
    await converse(wire, house_of(socket).page.updates(listen.token), _hear_nothing, _always)


async def _hear_nothing(word: str) -> None:
    """Allow a sign of life; this page only reads."""
    Active.model_validate_json(word)


async def _always() -> bool:
    return True
