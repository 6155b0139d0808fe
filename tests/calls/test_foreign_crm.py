"""A call into a centre whose CRM is the stranger's: card, link, folder, webhooks, and every message as published.

The short forms: tests/crm_bridge/test_connectors.py, tests/server/test_contract.py, tests/server/test_hooks.py.
"""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import websockets

from server.probe.catalogue import Catalogue
from server.runtime.broker import SERVER_USER
from tests.calls.centre import Centre, Desk
from tests.calls.conftest import OpenCentre
from tests.calls.steering import talking
from tests.crm_bridge.strangers import HOOK_SECRET, Stranger, a_stranger
from tests.server.test_contract import fits, of_mqtt, of_the_desk

pytestmark = [pytest.mark.asterisk, pytest.mark.slow, pytest.mark.timeout(600)]

MARIAS_NUMBER, WITHIN_S = "+34915551234", 30.0
Said = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
async def stranger(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stranger]:
    async with a_stranger(tmp_path_factory.mktemp("stranger")) as running:
        yield running


@pytest.fixture(scope="module")
async def house(open_centre: OpenCentre, stranger: Stranger) -> Centre:
    """A centre of which the stranger's program is the CRM."""
    wishes = {
        "crm": "http",
        "crm_options": stranger.options,
        "pop_url": "https://crm.example/?tel={telephone}&request={request}&who={citizen}",
        "webhook_url": f"{stranger.url}/hooks/ventanilla",
        "webhook_secret": HOOK_SECRET,
        "crm_webhook_secret": HOOK_SECRET,
    }
    return await asyncio.to_thread(open_centre, **wishes)


@asynccontextmanager
async def listening(house: Centre) -> AsyncIterator[Said]:
    """Everything that goes over MQTT, topic and message."""
    said: Said = []

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            said.append((str(message.topic), json.loads(bytes(message.payload))))

    secret, port = house.installation.secrets.mqtt_server, house.settings.ports.mqtt
    async with aiomqtt.Client("127.0.0.1", port, username=SERVER_USER, password=secret) as client:
        await client.subscribe("ventanilla/#")
        hearing = asyncio.create_task(listen(client), name="hearing")
        yield said
        hearing.cancel()


async def told(house: Centre, desk: Desk, count: int) -> list[dict[str, Any]]:
    """The first messages on an agent's desk."""
    cookie = "; ".join(f"{name}={value}" for name, value in desk.client.cookies.items())
    address = house.page.replace("http", "ws") + "/desk/updates"
    async with websockets.connect(
        address, additional_headers={"Cookie": cookie, "Origin": house.page}
    ) as line:
        return [json.loads(await asyncio.wait_for(line.recv(), WITHIN_S)) for _ in range(count)]


def rows(stranger: Stranger, query: str) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(stranger.database)) as db:
        return [json.loads(row[0]) for row in db.execute(query)]


async def until(so: Callable[[], Any] | Callable[[], Awaitable[Any]], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not so():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.1)


async def test_a_call_with_a_strangers_crm_is_in_it_and_every_message_is_as_published(
    house: Centre, stranger: Stranger, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with listening(house) as said:
        async with talking(house, catalogue, tmp_path, MARIAS_NUMBER) as floor:
            messages = await told(house, floor.desks["ana"], 4)
            await floor.telephones["ana"].hang_up()
            await floor.state("ana", "wrap_up")
            await floor.ask("ana", "finish", outcome="resolved", notes="Todo claro.")
        card = next(message["card"] for message in messages if message["type"] == "card")
        assert (card["who"], card["proven"], card["crm"], card["citizen"]) == (
            "María G. L.",
            False,
            "ok",
            None,
        )
        link = f"https://crm.example/?tel=%2B34915551234&request={card['request']}&who="
        assert card["pop"] == {"url": link, "opens": False}
        await until(
            lambda: rows(stranger, "SELECT record FROM contacts WHERE record LIKE '%resolved%'"), "noted"
        )
        await until(lambda: any(one["type"] == "CallEnded" for _, one in said), "the call's end on MQTT")
        await until(
            lambda: any(hook["type"] == "CallEnded" for hook in rows(stranger, "SELECT body FROM hooks")),
            "told",
        )
    (request,) = rows(stranger, "SELECT record FROM requests")
    (contact,) = rows(stranger, "SELECT record FROM contacts")
    assert (request["reference"], request["state"]) == (card["request"], "resolved")
    assert (contact["contact"], contact["agent"], contact["notes"]) == (floor.call, "ana", "Todo claro.")
    _as_published(said, messages)
    _told_in_order(said, rows(stranger, "SELECT body FROM hooks ORDER BY rowid"), floor.call)


def _as_published(said: Said, messages: list[dict[str, Any]]) -> None:
    for _, message in said:
        fits(of_mqtt(message["type"]), message)
    for message in messages:
        fits(of_the_desk(message["type"]), message)
    assert {"CallArrived", "AgentRinging", "TalkStarted", "CardPushed", "BoardChanged"} <= {
        message["type"] for _, message in said
    }
    personal = [topic for topic, message in said if "915551234" in json.dumps(message)]
    assert set(personal) == {"ventanilla/inss/agents/ana/card"}


def _told_in_order(said: Said, hooks: list[dict[str, Any]], call: str) -> None:
    """The webhooks are the facts of MQTT, in the same order, without anything personal."""
    ours = [message for _, message in said if message.get("call") == call and message["type"] != "CardPushed"]
    theirs = [hook["data"] | {"type": hook["type"]} for hook in hooks if hook["data"].get("call") == call]
    assert [one["type"] for one in theirs] == [one["type"] for one in ours][: len(theirs)]
    assert theirs[0]["type"] == "CallArrived"
    assert "915551234" not in json.dumps(hooks)
    assert "mark" not in json.dumps([hook["data"] for hook in hooks])
