"""Signing in and out: POST, GET and DELETE /session."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, Request, Response

from web.accounts import Account, Role
from web.adapters.accounts import Refusal, Welcome
from web.facts import SignedIn, SignedOut, SignInRefused
from web.forms import SignIn
from web.house import Asking, House, Someone, Unwelcome, address_of, guest_or_account, session_of
from web.ports import NotNow

router = APIRouter()

LEAVING_SECONDS = 3.0  # the router answers at once or is down; signing out of the page must not hang on it


@router.post("/session")
async def come_in(form: SignIn, request: Request, response: Response, house: Asking) -> dict[str, object]:
    """Open a session; one neutral refusal, whether name, password or number of tries was wrong."""
    match await house.accounts.sign_in(form.name, form.password, address_of(request)):
        case Refusal(throttled):
            house.access(SignInRefused(throttled, house.clock()))
            raise Unwelcome(401, "sign_in_refused")
        case Welcome(session, account):
            await _end_former(request, house)
            _hand_cookie(response, house, session)
            house.access(SignedIn(account.name, house.clock()))
            return _card_of(account)


@router.get("/session")
async def who_am_i(request: Request) -> dict[str, object]:
    """Say who is signed in; an empty object when nobody is."""
    account = await guest_or_account(request)
    return _card_of(account) if account else {}


@router.delete("/session")
async def leave(account: Someone, request: Request, response: Response, house: Asking) -> dict[str, object]:
    """End the session, and leave the agent's place so that no call rings at an empty desk."""
    if account.role is Role.AGENT:
        with suppress(NotNow, TimeoutError):
            async with asyncio.timeout(LEAVING_SECONDS):
                await house.desk.sign_out(account.name)
    await _end_former(request, house)
    response.delete_cookie(
        house.settings.cookie, path="/", secure=house.settings.secure, httponly=True, samesite="strict"
    )
    house.access(SignedOut(account.name, house.clock()))
    return {}


async def _end_former(request: Request, house: House) -> None:
    if former := session_of(request):
        await house.accounts.sign_out(former)


def _hand_cookie(response: Response, house: House, session: str) -> None:
    response.set_cookie(
        house.settings.cookie,
        session,
        max_age=int(house.settings.session_seconds),
        path="/",
        secure=house.settings.secure,
        httponly=True,
        samesite="strict",
    )


def _card_of(account: Account) -> dict[str, object]:
    return {"name": account.name, "display": account.display, "role": account.role.value}
