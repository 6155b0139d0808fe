"""The agent's desk: requests as POST, news over a WebSocket."""

from collections.abc import AsyncIterator
from typing import Literal

from fastapi import APIRouter, Request, WebSocket

from web.accounts import Role
from web.adapters.wire import NOT_YOURS, SIGNED_OUT, Wire, converse, to_the_end
from web.facts import CardViewed
from web.forms import (
    Active,
    BeginConsent,
    CardShown,
    Code,
    Colleague,
    ConsentEpisode,
    DeskWord,
    Finish,
    Nothing,
    PassOn,
    Pause,
    Rang,
    TakePlace,
)
from web.house import Agent, Asking, House, guest_or_account, house_of, session_of, telephone_of
from web.ports import ConsentStep, Message
from web.subjects import demand_known

router = APIRouter(prefix="/desk")


@router.post("/sign-in")
async def take_place(form: TakePlace, agent: Agent, house: Asking) -> dict[str, object]:
    """Take the agent's place, with this browser, a SIP address or the number outside on file as telephone."""
    await house.desk.sign_in(agent, form.address)
    return {}


@router.post("/ready")
async def ready(_: Nothing, agent: Agent, house: Asking) -> dict[str, object]:
    """Let calls come."""
    await house.desk.ready(agent)
    return {}


@router.post("/pause")
async def pause(form: Pause, agent: Agent, house: Asking) -> dict[str, object]:
    """Let no call come, and say why."""
    await house.desk.pause(agent, form.reason)
    return {}


@router.post("/sign-out")
async def sign_out(_: Nothing, agent: Agent, house: Asking) -> dict[str, object]:
    """Leave the place but stay signed in to the page."""
    await house.desk.sign_out(agent)
    return {}


@router.post("/finish")
async def finish(form: Finish, agent: Agent, house: Asking) -> dict[str, object]:
    """End the wrap-up with an outcome and notes."""
    await house.desk.wrap_up_done(agent, form.outcome, form.notes)
    return {}


@router.post("/pass")
async def pass_on(form: PassOn, agent: Agent, house: Asking) -> dict[str, object]:
    """Pass the caller to the second level, or to another queue."""
    demand_known(house, form.subject)
    await house.desk.pass_on(agent, form.subject, form.level)
    return {}


@router.get("/colleagues")
async def colleagues(agent: Agent, house: Asking) -> dict[str, object]:
    """List who may be asked or given the caller."""
    return {"colleagues": house.desk.colleagues(agent)}


@router.post("/consult")
async def consult(form: Colleague, agent: Agent, house: Asking) -> dict[str, object]:
    """Ring a colleague; the caller hears music."""
    await house.desk.steer(agent, "consult", form.agent)
    return {}


@router.post("/hand")
async def hand(form: Colleague, agent: Agent, house: Asking) -> dict[str, object]:
    """Give the caller to a colleague without asking before."""
    await house.desk.steer(agent, "hand", form.agent)
    return {}


@router.post("/code")
async def code(form: Code, agent: Agent, house: Asking) -> dict[str, object]:
    """Have the caller key a one-time code, alone with the machine."""
    await house.desk.steer(agent, "prove", form.procedure)
    return {}


@router.post("/legs/{move}")
async def legs(
    move: Literal["hold", "resume", "back", "complete", "meet"], _: Nothing, agent: Agent, house: Asking
) -> dict[str, object]:
    """Hold and resume; let the colleague go, give them the caller, or meet all together."""
    await house.desk.steer(agent, move)
    return {}


@router.get("/acts")
async def acts(_: Agent, house: Asking) -> dict[str, object]:
    """List what a caller can agree to on record."""
    return {"acts": house.desk.acts()}


@router.post("/consent")
async def consent(form: BeginConsent, agent: Agent, house: Asking) -> dict[str, object]:
    """Begin a consent episode: the statement is read from now on."""
    await house.desk.consent_begin(agent, form.act, form.detail)
    return {}


@router.post("/consent/{step}")
async def consent_step(
    step: ConsentStep, form: ConsentEpisode, agent: Agent, house: Asking
) -> dict[str, object]:
    """Go on with it: the statement was read, the caller accepts or refuses, it is interrupted."""
    await house.desk.consent_step(agent, form.episode, step)
    return {}


@router.get("/telephone")
async def telephone(agent: Agent, request: Request, house: Asking) -> dict[str, object]:
    """Give the agent's browser its SIP credentials."""
    return telephone_of(request, house.desk.telephone(agent))


@router.websocket("/updates")
async def updates(socket: WebSocket) -> None:
    """Tell the agent's page its state, its card and how many wait."""
    house = house_of(socket)
    await socket.accept()
    wire = Wire(socket, house.clock)
    account = await guest_or_account(socket)
    if account is None or account.role is not Role.AGENT:
        await wire.close(NOT_YOURS if account else SIGNED_OUT)
        return

    async def welcome() -> bool:
        return await guest_or_account(socket) is not None

    async def heard(word: str) -> None:
        await _hear(house, account.name, session_of(socket) or "", word)

    await converse(wire, _noted(house, account.name), heard, welcome)


async def _noted(house: House, agent: str) -> AsyncIterator[Message]:
    """Let the updates pass, and state for the record whose card goes to whose screen."""
    async with to_the_end(house.desk.updates(agent)) as messages:
        async for message in messages:
            if message.get("type") == "card":
                house.access(CardViewed(str(message.get("call")), agent, house.clock()))
            yield message


async def _hear(house: House, agent: str, session: str, word: str) -> None:
    match DeskWord.validate_json(word):
        case CardShown(call=call, shown_at=at):
            house.desk.stamp(agent, call, "card_shown", at)
        case Rang(call=call, rang_at=at):
            house.desk.stamp(agent, call, "rang", at)
        case Active():
            await house.accounts.seen(session)
