"""The supervisor's wall: one WebSocket with the live board."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, WebSocket

from web.accounts import Role
from web.adapters.wire import NOT_YOURS, SIGNED_OUT, Wire, converse, to_the_end
from web.forms import Active
from web.house import House, guest_or_account, house_of, session_of
from web.ports import Message

router = APIRouter(prefix="/wall")


@router.websocket("/updates")
async def updates(socket: WebSocket) -> None:
    """Tell the board as it is, then each change."""
    house = house_of(socket)
    await socket.accept()
    wire = Wire(socket, house.clock)
    account = await guest_or_account(socket)
    if account is None or account.role is not Role.SUPERVISOR:
        await wire.close(NOT_YOURS if account else SIGNED_OUT)
        return

    async def welcome() -> bool:
        return await guest_or_account(socket) is not None

    async def heard(word: str) -> None:
        Active.model_validate_json(word)
        await house.accounts.seen(session_of(socket) or "")

    await converse(wire, _board_first(house), heard, welcome)


async def _board_first(house: House) -> AsyncIterator[Message]:
    yield {"type": "board", **house.wall.board()}
    async with to_the_end(house.wall.updates()) as boards:
        async for board in boards:
            yield {"type": "board", **board}
