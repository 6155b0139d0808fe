"""The supervisor's wall: one WebSocket with the live board, and what a supervisor may do."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Request, WebSocket

from web.accounts import Role
from web.adapters.wire import NOT_YOURS, SIGNED_OUT, Wire, converse, to_the_end
from web.forms import CALL, Active, CloseQueue, ForceAgent, MoveCaller, Nothing, SpyOn, TakeOver
from web.house import (
    Asking,
    House,
    Supervising,
    Supervisor,
    guest_or_account,
    house_of,
    session_of,
    telephone_of,
)
from web.ports import Close, Force, Message, Move, Spy
from web.subjects import demand_known

router = APIRouter(prefix="/wall")


@router.post("/telephone")
async def telephone(_: Nothing, who: Supervisor, request: Request, hands: Supervising) -> dict[str, object]:
    """Give the supervisor's browser its SIP credentials."""
    return telephone_of(request, hands.telephone(who))


@router.post("/spy")
async def spy(form: SpyOn, who: Supervisor, hands: Supervising) -> dict[str, object]:
    """Listen to an agent's conversation, whisper to the agent, talk with both, or stop."""
    await hands.spy(who, Spy(form.agent, form.how, form.reason))
    return {}


@router.post("/take-over")
async def take_over(form: TakeOver, who: Supervisor, hands: Supervising) -> dict[str, object]:
    """Take the agent's place in the conversation."""
    await hands.take_over(who, form.agent, form.reason)
    return {}


@router.post("/force")
async def force(form: ForceAgent, who: Supervisor, hands: Supervising) -> dict[str, object]:
    """Change an agent's state."""
    await hands.force(who, form.agent, Force(form.to, form.reason))
    return {}


@router.post("/move")
async def move(form: MoveCaller, who: Supervisor, house: Asking, hands: Supervising) -> dict[str, object]:
    """Change what a waiting caller wants, or their priority."""
    demand_known(house, form.subject)
    hands.move(who, form.call, Move(form.subject, form.level, form.priority, form.reason))
    return {}


@router.get("/why/{call}")
async def why(
    call: Annotated[str, Path(pattern=CALL)], _: Supervisor, hands: Supervising
) -> dict[str, object]:
    """Say why a waiting caller is not served yet."""
    return dict(hands.why(call))


@router.post("/close")
async def close(form: CloseQueue, who: Supervisor, house: Asking, hands: Supervising) -> dict[str, object]:
    """Close a queue or all now, or open them again."""
    if form.subject != "all":
        demand_known(house, form.subject)
    await hands.close(who, Close(form.subject, form.waiting, form.reason))
    return {}


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
