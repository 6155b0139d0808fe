"""What every router needs, carried by the application: ports, accounts, clock; and who is asking."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from web.accounts import Account, Role
from web.adapters.accounts import Accounts
from web.ports import DeskPort, PagePort, TextPort, WallPort
from web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class House:
    """The web's surroundings. `access` hears web.facts; it never blocks and never raises."""

    desk: DeskPort
    wall: WallPort
    page: PagePort
    text: TextPort
    accounts: Accounts
    settings: WebSettings
    access: Callable[[object], None]
    clock: Callable[[], float]


class Unwelcome(Exception):  # noqa: N818 - it says what the visitor is
    """Nobody is signed in (401), or somebody whose role may not do this (403)."""

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


Asking = Annotated[House, Depends(house_of)]
Someone = Annotated[Account, Depends(signed_in)]
Agent = Annotated[str, Depends(agent)]
