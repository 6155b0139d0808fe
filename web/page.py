"""The citizens' call page: what may be called, and the live text of one's own call. Nobody signs in here."""

import asyncio

from fastapi import APIRouter, Request, WebSocket
from pydantic import ValidationError
from starlette.websockets import WebSocketDisconnect

from web.adapters.wire import NONSENSE, TOO_MANY, Wire, converse
from web.forms import Active, Listen, Nothing
from web.house import Asking, Unwelcome, address_of, house_of, telephone_of
from web.strangers import Seats, Telephones

router = APIRouter(prefix="/page")

FIRST_WORD_SECONDS = 5.0  # our page says which call it means as soon as the line is open


@router.get("/numbers")
async def numbers(house: Asking) -> dict[str, object]:
    """List what may be called, and whom the demonstration may pretend to be."""
    return {
        "numbers": [
            {"number": n.number, "shown": n.shown, "about": dict(n.about)} for n in house.page.numbers()
        ],
        "demonstration": house.settings.demonstration,
        "callers": [{"number": c.number, "about": dict(c.about)} for c in house.page.callers()]
        if house.settings.demonstration
        else [],
    }


@router.post("/telephone")
async def telephone(_: Nothing, request: Request, house: Asking) -> dict[str, object]:
    """Make this page a telephone that can dial the institution's numbers and nothing else.

    POST, so that the guard demands an Origin of ours: another site's page cannot ask for it. What is given is
    the same for all citizens, so it proves nothing and opens nothing but the numbers anybody may dial.
    """
    telephones: Telephones = request.app.state.telephones
    if not telephones.may_have(address_of(request), house.clock()):
        raise Unwelcome(429, "too_many")
    return telephone_of(request, house.page.telephone())


@router.websocket("/updates")
async def updates(socket: WebSocket) -> None:
    """Tell the page what its call is being told. The token is 128 random bits of the page's own making."""
    seats: Seats = socket.app.state.seats
    await socket.accept()
    wire = Wire(socket, house_of(socket).clock)
    address = address_of(socket)
    if not seats.take(address):
        await wire.close(TOO_MANY)
        return
    try:
        await _read_along(socket, wire)
    finally:
        seats.give_back(address)


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
