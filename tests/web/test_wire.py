"""The WebSockets, spoken to by a plain client."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.web.house import CALL
from tests.web.patience import PATIENCE, until
from tests.web.samples import card
from tests.web.serve import Office
from web.facts import CardViewed

TOKEN = "0123456789abcdef" * 2


async def cookie_of(office: Office, name: str) -> dict[str, str]:
    async with httpx.AsyncClient(base_url=office.url, headers={"origin": office.url}) as client:
        await client.post("/session", json={"name": name, "password": f"{name}-ventanilla"})
        return {"cookie": f"ventanilla={client.cookies['ventanilla']}"}


def dial(office: Office, path: str, headers: Mapping[str, str] = {}, origin: str | None = None) -> connect:
    address = office.url.replace("http", "ws") + path
    return connect(address, additional_headers=headers, origin=origin or office.url)  # type: ignore[arg-type] # Origin is a NewType of str


async def hear(line: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            message: dict[str, Any] = json.loads(await line.recv())
            if message["type"] == kind:
                return message


async def ended(line: ClientConnection) -> int:
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionClosed):
            async for _ in line:
                pass
        await line.wait_closed()
    assert line.close_code is not None
    return line.close_code


async def test_the_present_state_comes_first_and_then_the_card_before_anything_else(office: Office) -> None:
    async with dial(office, "/desk/updates", await cookie_of(office, "jordi")) as line:
        assert (await hear(line, "state"))["state"] == "signed_out"
        office.desk.reserve("jordi", card())
        message = await hear(line, "card")
    assert message["v"] == 1
    assert message["reserved_at"] <= message["sent_at"]
    assert message["card"]["who"] == "Mercè Vila Roca"
    assert office.facts[-1] == CardViewed(CALL, "jordi", office.facts[-1].at)  # type: ignore[attr-defined] # the fact itself


async def test_a_page_that_reconnects_gets_state_and_card_again(office: Office) -> None:
    cookie = await cookie_of(office, "jordi")
    office.desk.reserve("jordi", card())
    for _ in range(2):
        async with dial(office, "/desk/updates", cookie) as line:
            assert (await hear(line, "state"))["call"] == CALL
            assert (await hear(line, "card"))["card"]["language"] == "ca"


async def test_the_pages_stamps_reach_the_desk(office: Office) -> None:
    async with dial(office, "/desk/updates", await cookie_of(office, "jordi")) as line:
        await line.send(json.dumps({"type": "card_shown", "call": CALL, "shown_at": 1795330000.25}))
        await line.send(json.dumps({"type": "rang", "call": CALL, "rang_at": 1795330000.75}))
        await line.send("no word")
        await hear(line, "refused")
    assert [(what, at) for _, _, what, at in office.desk.stamps] == [
        ("card_shown", 1795330000.25),
        ("rang", 1795330000.75),
    ]


async def test_one_agent_never_sees_anothers_card(office: Office) -> None:
    async with dial(office, "/desk/updates", await cookie_of(office, "ana")) as line:
        await hear(line, "beat")
        office.desk.reserve("jordi", card())
        office.desk.count_waiting("ana", 7)
        async with asyncio.timeout(PATIENCE):
            first = json.loads(await line.recv())
    assert (first["type"], first["count"]) == ("waiting", 7)


async def test_a_page_that_talks_nonsense_is_let_go(office: Office) -> None:
    async with dial(office, "/desk/updates", await cookie_of(office, "ana")) as line:
        for _ in range(10):
            await line.send('{"type": "rang", "call": "x"}')
        assert await ended(line) == 4400


async def test_a_word_that_is_far_too_long_ends_only_its_own_line(office: Office) -> None:
    cookie = await cookie_of(office, "ana")
    async with dial(office, "/desk/updates", cookie) as line, dial(office, "/desk/updates", cookie) as other:
        await hear(other, "waiting")
        await line.send("x" * 100_000)
        await ended(line)
        office.desk.count_waiting("ana", 3)
        assert (await hear(other, "waiting"))["count"] == 3


@pytest.mark.parametrize(
    ("path", "who", "code"),
    [
        ("/desk/updates", None, 4401),
        ("/wall/updates", None, 4401),
        ("/wall/updates", "ana", 4403),
        ("/desk/updates", "pilar", 4403),
    ],
)
async def test_whoever_may_not_listen_is_told_why(
    office: Office, path: str, who: str | None, code: int
) -> None:
    async with dial(office, path, await cookie_of(office, who) if who else {}) as line:
        assert await ended(line) == code


@pytest.mark.parametrize("path", ["/desk/updates", "/wall/updates", "/page/updates"])
async def test_another_sites_page_gets_no_websocket(office: Office, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await dial(office, path, await cookie_of(office, "ana"), origin="https://evil.example")
    assert refused.value.response.status_code == 403


async def test_a_session_that_ends_takes_its_lines_along(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.adapters.wire.BEAT_SECONDS", 0.05)
    async with dial(office, "/wall/updates", await cookie_of(office, "pilar")) as line:
        await hear(line, "board")
        await office.accounts.close("pilar")
        assert await ended(line) == 4401


async def test_the_wall_hears_every_change(office: Office) -> None:
    async with dial(office, "/wall/updates", await cookie_of(office, "pilar")) as line:
        assert len((await hear(line, "board"))["waiting"]) == 4
        await until(lambda: office.wall.feed.listeners == 1)
        office.wall.change(waiting=[])
        assert (await hear(line, "board"))["waiting"] == []
    await until(lambda: office.wall.feed.listeners == 0)


async def test_a_call_page_reads_only_the_call_whose_token_it_knows(office: Office) -> None:
    async with dial(office, "/page/updates") as line:
        await line.send(json.dumps({"type": "listen", "token": TOKEN}))
        await until(lambda: office.page.feed(TOKEN).listeners == 1)
        office.page.feed("f" * 32).say({"type": "said", "text": "De otra persona", "language": "es"})
        office.page.feed(TOKEN).say({"type": "said", "text": "Buenos días", "language": "es"})
        assert (await hear(line, "said"))["text"] == "Buenos días"


@pytest.mark.parametrize("word", ["", "{}", '{"type": "listen", "token": "short"}', '{"type": "active"}'])
async def test_a_call_page_without_a_proper_token_is_let_go(office: Office, word: str) -> None:
    async with dial(office, "/page/updates") as line:
        await line.send(word)
        assert await ended(line) == 4400


async def test_a_page_that_never_says_what_it_wants_is_let_go(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.page.FIRST_WORD_SECONDS", 0.05)
    async with dial(office, "/page/updates") as line:
        assert await ended(line) == 4400
