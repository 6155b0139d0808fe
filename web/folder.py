"""The citizen's folder on the desk, requests, the work between calls; and the second person's word."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from web.accounts import Role
from web.folder_forms import REFERENCE, UNSEALING, Decide, FinishWork, HandleRequest, Unseal
from web.folder_port import DemandPort, FolderPort, Handle, Which
from web.forms import Nothing
from web.house import Agent, Someone, Supervisor, Unwelcome, house_of

router = APIRouter()

FURTHEST = 100_000
"""A page that nobody turns to by hand: further on there is nothing."""


def folders(request: Request) -> FolderPort:
    """Return whoever reads folders here."""
    port = house_of(request).folder
    if port is None:
        raise Unwelcome(404, "not_found")
    return port


def demand_of(request: Request) -> DemandPort:
    """Return whoever counts requests here."""
    port = house_of(request).demand
    if port is None:
        raise Unwelcome(404, "not_found")
    return port


Reading = Annotated[FolderPort, Depends(folders)]
Counting = Annotated[DemandPort, Depends(demand_of)]
Reference = Annotated[str, Path(pattern=REFERENCE)]
From = Annotated[int, Query(ge=0, le=FURTHEST)]


@router.get("/desk/folder")
async def folder(
    agent: Agent, port: Reading, which: Which = "open", requests_from: From = 0, contacts_from: From = 0
) -> dict[str, object]:
    """Give a page of the folder of whoever is in the agent's contact."""
    return dict(await port.folder(agent, which, requests_from, contacts_from))


@router.get("/desk/catalogue")
async def catalogue(_: Someone, port: Reading) -> dict[str, object]:
    """Give the areas and types that can be chosen, and who works here."""
    return dict(port.catalogue())


@router.get("/desk/requests/{reference}")
async def one_request(reference: Reference, agent: Agent, port: Reading) -> dict[str, object]:
    """Give one request with its contacts and what belongs to it."""
    return dict(await port.request(agent, reference))


@router.post("/desk/requests/{reference}")
async def handle(reference: Reference, form: HandleRequest, agent: Agent, port: Reading) -> dict[str, object]:
    """Continue, take, assign, prioritise, classify, escalate or close a request."""
    return dict(await port.handle(agent, reference, Handle(**form.model_dump())))


@router.post("/desk/unseal")
async def unseal(form: Unseal, agent: Agent, port: Reading) -> dict[str, object]:
    """Ask for a protected person's folder, with the reason."""
    return dict(await port.unseal(agent, form.reason))


@router.get("/unsealings")
async def unsealings(who: Someone, port: Reading) -> dict[str, object]:
    """List what waits for a second person, for whoever may be one."""
    waiting = await port.unsealings(who.name, supervises=who.role is Role.SUPERVISOR)
    return {"waiting": [dict(one) for one in waiting]}


@router.post("/unsealings/{unsealing}")
async def decide(
    unsealing: Annotated[str, Path(pattern=UNSEALING)], form: Decide, who: Someone, port: Reading
) -> dict[str, object]:
    """Say yes or no as the second person."""
    await port.decide(who.name, unsealing, supervises=who.role is Role.SUPERVISOR, granted=form.granted)
    return {}


@router.get("/desk/due")
async def work(agent: Agent, port: Reading) -> dict[str, object]:
    """Say how many due requests are offered, and which one the agent has."""
    return dict(await port.work(agent))


@router.post("/desk/due/take")
async def take_work(_: Nothing, agent: Agent, port: Reading) -> dict[str, object]:
    """Take the first that is offered."""
    return dict(await port.take_work(agent))


@router.post("/desk/due/leave")
async def leave_work(_: Nothing, agent: Agent, port: Reading) -> dict[str, object]:
    """Give it back unfinished."""
    await port.leave_work(agent)
    return {}


@router.post("/desk/due/finish")
async def finish_work(form: FinishWork, agent: Agent, port: Reading) -> dict[str, object]:
    """Write how it ended."""
    return dict(await port.finish_work(agent, form.outcome, form.notes))


@router.get("/requests/demand")
async def demand(_: Supervisor, port: Counting) -> dict[str, object]:
    """Give what was asked today, for supervisors."""
    return dict(await port.demand())


@router.get("/requests/due")
async def due(who: Supervisor, port: Reading) -> dict[str, object]:
    """List what is due within a day, for who assigns it; it names no citizen."""
    return dict(await port.due(who))


@router.get("/requests/{reference}")
async def directed(reference: Reference, who: Supervisor, port: Reading) -> dict[str, object]:
    """Give one request as a supervisor sees it."""
    return dict(await port.directed(who, reference))


@router.post("/requests/{reference}")
async def direct(
    reference: Reference, form: HandleRequest, who: Supervisor, port: Reading
) -> dict[str, object]:
    """Assign, prioritise or escalate a request."""
    return dict(await port.direct(who, reference, Handle(**form.model_dump())))
