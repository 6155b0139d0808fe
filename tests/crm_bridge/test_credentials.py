"""How the HTTP connector says who we are; a token that is not taken any more is renewed once."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from crm_bridge.adapters.http import credentials
from crm_bridge.mapping import Auth
from crm_bridge.ports import CrmDown

SECRET = "s3cret: ñ"


@dataclass
class Door:
    """Gives tokens t1, t2, …, and takes whichever it is told to."""

    takes: str = ""
    given: int = 0
    asked: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    port: int = 0
    lends: bool = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        kept = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        said = {name.lower(): value for name, value in kept.items()}
        body = (await reader.readexactly(int(lines.get("content-length", "0")))).decode()
        if head.startswith("POST /token"):
            self.given += 1
            self.forms.append(f"{said['authorization']} {body}")
            status, answer = (
                (200, {"access_token": f"t{self.given}", "expires_in": 3600}) if self.lends else (400, {})
            )
        else:
            self.asked.append(said.get("authorization", said.get("x-api-key", "")))
            status, answer = (200, {}) if not self.takes or self.takes in self.asked[-1] else (401, {})
        text = json.dumps(answer)
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-length: {len(text)}\r\nconnection: close\r\n\r\n{text}".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def a_door() -> AsyncIterator[Door]:
    door = Door()
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    yield door
    server.close()


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (Auth(kind="none"), ""),
        (Auth(kind="bearer"), "Bearer abc"),
        (Auth(kind="basic", user="ivr"), "Basic " + base64.b64encode(b"ivr:abc").decode()),
        (Auth(kind="header", header="x-api-key"), "abc"),
    ],
)
async def test_each_way_reaches_the_crm_as_it_must(auth: Auth, said: str) -> None:
    async with a_door() as door, httpx.AsyncClient(auth=credentials(auth, "abc")) as client:
        await client.get(f"http://127.0.0.1:{door.port}/citizens/x")
    assert door.asked == [said]


async def test_a_token_is_asked_for_once_for_many_and_anew_when_it_is_not_taken_any_more() -> None:
    async with a_door() as door:
        auth = Auth(kind="oauth2", url=f"http://127.0.0.1:{door.port}/token", user="ivr", scope="crm.all")
        async with httpx.AsyncClient(auth=credentials(auth, "s3cret")) as client:
            address = f"http://127.0.0.1:{door.port}/citizens/x"
            answers = await asyncio.gather(*(client.get(address) for _ in range(5)))
            assert ({one.status_code for one in answers}, door.given) == ({200}, 1)
            door.takes = "t2"
            assert (await client.get(address)).status_code == 200
            assert door.asked[-2:] == ["Bearer t1", "Bearer t2"]
            door.takes = "nothing"
            assert (await client.get(address)).status_code == 401
    basic = base64.b64encode(b"ivr:s3cret").decode()
    assert door.forms[0] == f"Basic {basic} grant_type=client_credentials&scope=crm.all"


async def test_where_no_token_is_given_the_crm_is_down() -> None:
    async with a_door() as door:
        door.lends = False
        auth = Auth(kind="oauth2", url=f"http://127.0.0.1:{door.port}/token", user="ivr")
        async with httpx.AsyncClient(auth=credentials(auth, SECRET)) as client:
            with pytest.raises(CrmDown, match=r"no token was given \(400\)") as down:
                await client.get(f"http://127.0.0.1:{door.port}/citizens/x")
    assert "s3cret" not in str(down.value)
