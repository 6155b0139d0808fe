"""What every router needs, carried by the application: ports, accounts, clock; and who is asking."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from web.accounts import Account, Role
from web.adapters.accounts import Accounts
from web.folder_port import DemandPort, FolderPort
from web.ports import (
    DeskPort,
    HookPort,
    ListeningPort,
    PagePort,
    Subject,
    SupervisionPort,
    Telephone,
    TextPort,
    WallPort,
)
from web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class House:
    """The web's surroundings.

    `subjects` gives what the institution's calls are about, as it is now; `access` hears web.facts; neither
    blocks nor raises. `links` gives what a short link's token leads to, None for none, and counts.
    `metrics` gives Prometheus' page and its type, from the header `Accept`.
    """

    desk: DeskPort
    wall: WallPort
    page: PagePort
    text: TextPort
    accounts: Accounts
    subjects: Callable[[], tuple[Subject, ...]]
    settings: WebSettings
    access: Callable[[object], None]
    clock: Callable[[], float] = time.time
    supervision: SupervisionPort | None = None
    listening: ListeningPort | None = None
    folder: FolderPort | None = None
    demand: DemandPort | None = None
    metrics: Callable[[str], Awaitable[tuple[bytes, str]]] | None = None
    hooks: HookPort | None = None
    links: Callable[[str], Awaitable[str | None]] | None = None


class Unwelcome(Exception):  # noqa: N818 - it says what the visitor is
    """Nobody is signed in (401), somebody whose role may not do this (403), or somebody who asks too often (429)."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def house_of(connection: HTTPConnection) -> House:
    """Return what create_app was given."""
    house: House = connection.app.state.house
    return house


def session_of(connection: HTTPConnection) -> str | None:
    """Return the session id the browser sent."""
    return connection.cookies.get(house_of(connection).settings.cookie)


def address_of(connection: HTTPConnection) -> str:
    """Return whose address asks; behind a proxy of ours it is the one the proxy names (adapters/serving.py)."""
    return connection.client.host if connection.client else "unknown"


def telephone_of(connection: HTTPConnection, line: Telephone) -> dict[str, object]:
    """Return what this browser needs to be a telephone: its credentials, and Asterisk as seen from its page."""
    socket = house_of(connection).settings.telephone_sockets.get(
        connection.headers.get("host", "").lower(), ""
    )
    return {"socket": socket, "uri": line.uri, "user": line.user, "password": line.password}


async def guest_or_account(connection: HTTPConnection) -> Account | None:
    """Return who is signed in, if anybody."""
    return await house_of(connection).accounts.account_of(session_of(connection))


async def signed_in(request: Request) -> Account:
    """Return who is signed in; a request is a sign of life."""
    account = await guest_or_account(request)
    if account is None:
        raise Unwelcome(401, "signed_out")
    await house_of(request).accounts.seen(session_of(request) or "")
    return account


async def agent(request: Request) -> str:
    """Return the name of the agent who is asking."""
    account = await signed_in(request)
    if account.role is not Role.AGENT:
        raise Unwelcome(403, "not_an_agent")
    return account.name


async def supervisor(request: Request) -> str:
    """Return the name of the supervisor who is asking."""
    account = await signed_in(request)
    if account.role is not Role.SUPERVISOR:
        raise Unwelcome(403, "not_a_supervisor")
    return account.name


def supervision(request: Request) -> SupervisionPort:
    """Return what supervisors may do here."""
    hands = house_of(request).supervision
    if hands is None:
        raise Unwelcome(404, "not_found")
    return hands


async def ears(request: Request) -> Account:
    """Return who is asking, if their role may listen to recordings at all."""
    account = await signed_in(request)
    if account.role is Role.AGENT:
        raise Unwelcome(403, "not_for_agents")
    return account


def listening(request: Request) -> ListeningPort:
    """Return the recordings."""
    here = house_of(request).listening
    if here is None:
        raise Unwelcome(404, "not_found")
    return here


Asking = Annotated[House, Depends(house_of)]
Someone = Annotated[Account, Depends(signed_in)]
Agent = Annotated[str, Depends(agent)]
Supervisor = Annotated[str, Depends(supervisor)]
Supervising = Annotated[SupervisionPort, Depends(supervision)]
Ears = Annotated[Account, Depends(ears)]
ListeningHere = Annotated[ListeningPort, Depends(listening)]
