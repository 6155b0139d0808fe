"""The agent's end of a conversation in writing: a WebSocket beside the one for the desk's news."""

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from web.accounts import Role
from web.adapters.wire import NOT_YOURS, SIGNED_OUT, TOO_MANY, Wire, converse
from web.house import House, guest_or_account, house_of
from web.text_forms import AgentWord, DeskEnter, DeskTyping, End, Take
from web.text_limits import Pace

router = APIRouter(prefix="/desk")


@router.websocket("/text")
async def text(socket: WebSocket) -> None:
    """Tell the desk what its caller writes, and take what the agent writes."""
    house = house_of(socket)
    await socket.accept()
    wire = Wire(socket, house.clock)
    account = await guest_or_account(socket)
    if account is None or account.role is not Role.AGENT:
        await wire.close(NOT_YOURS if account else SIGNED_OUT)
        return
    pace = Pace()

    async def welcome() -> bool:
        return await guest_or_account(socket) is not None

    async def heard(word: str) -> None:
        if not pace.word():
            await wire.tell({"type": "refused", "reason": "too_fast"})
            raise WebSocketDisconnect(TOO_MANY)
        _hear(house, account.name, word)

    await converse(wire, house.text.contacts(account.name), heard, welcome)


def _hear(house: House, agent: str, word: str) -> None:
    match AgentWord.validate_json(word):
        case Take(call=call):
            house.text.take(agent, call)
        case DeskTyping(call=call, text=written):
            house.text.agent_typed(agent, call, written)
        case DeskEnter(call=call, text=written):
            house.text.agent_entered(agent, call, written)
        case End(call=call):
            house.text.agent_ended(agent, call)
