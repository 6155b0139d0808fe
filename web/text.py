"""The citizens' page for writing instead of speaking: one WebSocket for a call, both ways. Nobody signs in here."""

import asyncio

from fastapi import APIRouter, WebSocket
from pydantic import ValidationError
from starlette.websockets import WebSocketDisconnect

from web.adapters.wire import NONSENSE, TOO_MANY, Wire, converse
from web.forms import Active
from web.house import House, house_of
from web.ports import WritingCaller
from web.text_forms import CallerWord, Enter, Leave, Open, Typing
from web.text_limits import WHOLE_LINE, Pace, TooMany, Writers

__all__ = ["Writers", "router"]

router = APIRouter(prefix="/text")

FIRST_WORD_SECONDS = 5.0  # our page says whose line it is as soon as it is open


@router.websocket("/line")
async def line(socket: WebSocket) -> None:
    """Hold a page's end of its conversation. The token is 128 random bits of the page's own making."""
    writers: Writers = socket.app.state.writers
    await socket.accept()
    wire = Wire(socket, house_of(socket).clock)
    try:
        address = socket.client.host if socket.client else ""
        with writers.seat(address):
            await _write(wire, house_of(socket), address)
    except TooMany:
        await wire.tell({"type": "refused", "reason": "crowded"})
        await wire.close(TOO_MANY)


async def _write(wire: Wire, house: House, address: str) -> None:
    try:
        async with asyncio.timeout(FIRST_WORD_SECONDS):
            opening = Open.model_validate_json(await wire.hear())
    except (TimeoutError, ValidationError):
        await wire.close(NONSENSE)
        return
    except WebSocketDisconnect:
        return
    caller = WritingCaller(
        opening.token, opening.number, opening.language, opening.caller, opening.seen, address
    )
    pace = Pace()

    async def heard(word: str) -> None:
        said = CallerWord.validate_json(word)
        if not pace.word(WHOLE_LINE if isinstance(said, Enter) else 1.0):
            await wire.tell({"type": "refused", "reason": "too_fast"})
            raise WebSocketDisconnect(TOO_MANY)
        _hear(house, opening.token, said)

    await converse(wire, house.text.updates(caller), heard, _always)


def _hear(house: House, token: str, said: Typing | Enter | Leave | Active) -> None:
    match said:
        case Typing(text=text):
            house.text.typed(token, text)
        case Enter(text=text):
            house.text.entered(token, text)
        case Leave():
            house.text.left(token)
        case Active():
            return


async def _always() -> bool:
    return True
