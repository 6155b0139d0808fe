import httpx
import pytest
from sqlalchemy import select, update

from tests.web.serve import Office
from web.accounts import TRIES_TOGETHER, Account, Role
from web.adapters.accounts import NameNotValidError
from web.adapters.tables import accounts, sessions, tries
from web.facts import SignedIn, SignedOut, SignInRefused

ANA = {"name": "ana", "password": "ana-ventanilla"}


async def test_the_right_password_opens_a_session(office: Office, client: httpx.AsyncClient) -> None:
    answer = await client.post("/session", json=ANA)
    assert answer.json() == {"name": "ana", "display": "Ana Ruiz", "role": "agent"}
    assert (await client.get("/session")).json()["name"] == "ana"
    assert isinstance(office.facts[-1], SignedIn)


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(client: httpx.AsyncClient) -> None:
    cookie = (await client.post("/session", json=ANA)).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie


async def test_neither_the_session_nor_the_password_is_stored_as_it_is(
    office: Office, client: httpx.AsyncClient
) -> None:
    await client.post("/session", json=ANA)
    session = client.cookies["ventanilla"]
    async with office.engine.connect() as connection:
        kept = (await connection.execute(select(sessions.c.fingerprint))).scalar_one()
        hashes = (await connection.execute(select(accounts.c.password_hash))).scalars().all()
        tried = (await connection.execute(select(tries))).all()
    assert session not in kept
    assert all(hashed.startswith("$argon2id$") for hashed in hashes)
    assert tried == []


@pytest.mark.parametrize("form", [{**ANA, "password": "wrong"}, {"name": "nobody", "password": "wrong"}])
async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    office: Office, client: httpx.AsyncClient, form: dict[str, str]
) -> None:
    answer = await client.post("/session", json=form)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"code": "sign_in_refused"}}
    assert "set-cookie" not in answer.headers
    assert office.facts == [SignInRefused(throttled=False, at=office.facts[0].at)]  # type: ignore[attr-defined] # the one fact


async def test_after_too_many_tries_even_the_right_password_waits(
    office: Office, client: httpx.AsyncClient
) -> None:
    for _ in range(TRIES_TOGETHER):
        await client.post("/session", json={**ANA, "password": "wrong"})
    answer = await client.post("/session", json=ANA)
    assert answer.json() == {"error": {"code": "sign_in_refused"}}
    assert office.facts[-1].throttled  # type: ignore[attr-defined] # SignInRefused
    jordi = {"name": "jordi", "password": "jordi-ventanilla"}
    assert (await client.post("/session", json=jordi)).status_code == 200


async def test_names_nobody_has_are_throttled_like_real_ones(
    office: Office, client: httpx.AsyncClient
) -> None:
    for _ in range(TRIES_TOGETHER + 1):
        await client.post("/session", json={"name": "nobody", "password": "wrong"})
    assert [fact.throttled for fact in office.facts] == [False] * TRIES_TOGETHER + [True]  # type: ignore[attr-defined] # SignInRefused


async def test_tries_are_forgiven_when_the_window_has_passed(
    office: Office, client: httpx.AsyncClient
) -> None:
    for _ in range(TRIES_TOGETHER):
        await client.post("/session", json={**ANA, "password": "wrong"})
    async with office.engine.begin() as connection:
        await connection.execute(update(tries).values(at=tries.c.at - 3600))
    assert (await client.post("/session", json=ANA)).status_code == 200


async def test_signing_out_ends_the_session_and_leaves_the_place(
    office: Office, client: httpx.AsyncClient
) -> None:
    await client.post("/session", json=ANA)
    await client.post("/desk/sign-in", json={"address": "browser"})
    session = client.cookies["ventanilla"]
    await client.delete("/session")
    assert office.desk.state_of("ana")["state"] == "signed_out"
    assert isinstance(office.facts[-1], SignedOut)
    again = await client.get("/session", headers={"cookie": f"ventanilla={session}"})
    assert again.json() == {}


@pytest.mark.parametrize(("column", "age"), [("seen_at", 46 * 60), ("started_at", 11 * 3600)])
async def test_a_session_left_alone_or_too_old_is_over(
    office: Office, client: httpx.AsyncClient, column: str, age: int
) -> None:
    await client.post("/session", json=ANA)
    async with office.engine.begin() as connection:
        await connection.execute(update(sessions).values({column: sessions.c[column] - age}))
    answer = await client.post("/desk/ready", json={})
    assert answer.status_code == 401
    assert answer.json() == {"error": {"code": "signed_out"}}


async def test_a_closed_account_is_out_at_once(office: Office, client: httpx.AsyncClient) -> None:
    await client.post("/session", json=ANA)
    await office.accounts.close("ana")
    assert (await client.get("/session")).json() == {}
    assert (await client.post("/session", json=ANA)).status_code == 401


async def test_the_demonstrations_accounts_can_be_found(office: Office) -> None:
    await office.accounts.add(Account("rosa", "Rosa Vidal", Role.AGENT), "a long password of her own")
    assert await office.accounts.demonstration_names() == (
        "ana",
        "jordi",
        "marta",
        "nuria",
        "pilar",
        "rosa",
        "tomas",
    )


@pytest.mark.parametrize("name", ["Ana", "../ana", "ana maria", "", "a" * 40])
async def test_a_name_that_could_not_be_a_telephones_is_refused(office: Office, name: str) -> None:
    with pytest.raises(NameNotValidError):
        await office.accounts.add(Account(name, "X", Role.AGENT), "secret")
