"""Webhooks: facts go out signed, in order, each until it is taken; what comes in is believed once, no forger's ever."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import MetaData, insert
from sqlalchemy.ext.asyncio import AsyncEngine
from standardwebhooks.webhooks import Webhook

from crm_bridge.adapters.bridge import Bridge
from crm_bridge.facts import CrmTold
from crm_bridge.webhooks import headers_of, keys_of
from server import facts_store, hooks
from server.crm import hook_of, pop_of, told_keys_of
from server.hooks import GIVE_UP_S, Hook, Incoming, Outgoing, tellable
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings
from tests.databases import DIALECTS, opened
from tests.web.serve import free_port
from web.adapters.serving import serving
from web.app import create_app
from web.house import House
from web.settings import WebSettings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEYS = keys_of(SECRET)
AT = 1_795_345_200.0
CALL = "ventanilla-1795345200.1"


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    whole = MetaData()
    for room in (facts_store.metadata, hooks.metadata):
        for table in room.sorted_tables:
            table.to_metadata(whole)
    async with opened(request.param, tmp_path, whole) as engine:
        yield engine


class Receiver:
    """The far end: takes, or answers as it is told."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.taken: list[dict[str, Any]] = []
        self.names: list[str] = []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        status = self.answers.pop(0) if self.answers else 204
        if status == 0:
            raise httpx.ConnectError("nobody there")
        self.names.append(request.headers["webhook-id"])
        if status < 300:
            self.taken.append(Webhook(SECRET).verify(request.content, dict(request.headers)))
        return httpx.Response(status)


async def happen(engine: AsyncEngine, *kinds: str) -> None:
    body = {"call": CALL, "at": AT, "mark": "ab12"}
    async with engine.begin() as connection:
        for kind in kinds:
            row = {"type": kind, "call": CALL, "agent": None, "at": AT, "body": json.dumps(body)}
            await connection.execute(insert(facts_store.facts).values(**row))


def outgoing(engine: AsyncEngine, *types: str) -> Outgoing:
    return Outgoing(engine, Hook("https://crm.example/hooks", KEYS, frozenset(types) or tellable()))


async def test_facts_go_out_signed_in_order_and_none_of_before(engine: AsyncEngine) -> None:
    there, ours = Receiver(), outgoing(engine)
    await happen(engine, "CallArrived")
    assert await ours.tell(there.client) == 0
    await happen(engine, "CallArrived", "StepEntered", "TalkStarted", "CallEnded")
    assert await ours.tell(there.client) == 0
    assert [one["type"] for one in there.taken] == ["CallArrived", "TalkStarted", "CallEnded"]
    assert there.taken[0]["data"] == {"v": 1, "type": "CallArrived", "call": CALL, "at": AT}
    assert there.taken[0]["timestamp"] == "2026-11-22T11:00:00+00:00"


async def test_what_is_not_taken_is_said_again_under_its_name_before_anything_else(
    engine: AsyncEngine,
) -> None:
    there, ours = Receiver(), outgoing(engine)
    await ours.tell(there.client)
    await happen(engine, "CallArrived", "CallEnded")
    there.answers = [500, 0, 301, 204]
    pauses = [await ours.tell(there.client) for _ in range(3)]
    assert pauses == [5.0, 10.0, 20.0]
    assert await ours.tell(there.client) == 0
    assert [one["type"] for one in there.taken] == ["CallArrived", "CallEnded"]
    first, again, _, _ = there.names
    assert first == again == there.names[2]


async def test_another_server_goes_on_where_the_last_one_was(engine: AsyncEngine) -> None:
    there = Receiver()
    await outgoing(engine).tell(there.client)
    await happen(engine, "CallArrived", "TalkStarted", "CallEnded")
    there.answers = [204, 503]
    await outgoing(engine).tell(there.client)
    await outgoing(engine).tell(there.client)
    assert [one["type"] for one in there.taken] == ["CallArrived", "TalkStarted", "CallEnded"]


async def test_after_three_days_a_fact_is_passed_over_and_those_behind_it_come(engine: AsyncEngine) -> None:
    there, now = Receiver(), [time.time()]
    ours = Outgoing(engine, Hook("https://crm.example", KEYS, tellable()), lambda: now[0])
    await ours.tell(there.client)
    await happen(engine, "CallArrived", "CallEnded")
    there.answers = [500, 500, 500]
    await ours.tell(there.client)
    now[0] += GIVE_UP_S
    assert await ours.tell(there.client) > 0
    assert there.names[0] == there.names[1] != there.names[2]


async def test_only_the_facts_that_were_asked_for_go_out(engine: AsyncEngine) -> None:
    there, ours = Receiver(), outgoing(engine, "CallEnded")
    await ours.tell(there.client)
    await happen(engine, "CallArrived", "CallEnded")
    await ours.tell(there.client)
    assert [one["type"] for one in there.taken] == ["CallEnded"]


def test_no_card_and_no_board_can_be_told_by_webhook() -> None:
    assert not {"CardPushed", "BoardChanged", "CardViewed", "Spoke"} & tellable()


class Forgetful:
    """Stands for the bridge: remembers whom it was told to forget."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def forget(self, about: str) -> None:
        self.forgotten.append(about)


async def test_what_the_crm_tells_is_taken_once_and_never_from_a_forger(engine: AsyncEngine) -> None:
    told: list[object] = []
    bridge, port = Forgetful(), free_port()
    url = f"http://127.0.0.1:{port}"
    incoming = Incoming(engine, KEYS, cast("Bridge", bridge), told.append)
    house = House(*(cast("Any", None),) * 6, WebSettings((url,)), told.append, hooks=incoming)
    body = json.dumps({"type": "citizen.changed", "data": {"citizen": "C-1"}}).encode()
    now = time.time()
    async with serving(create_app(house), "127.0.0.1", port, ()), httpx.AsyncClient(base_url=url) as crm:

        async def say(headers: dict[str, str], content: bytes = body) -> tuple[int, Any]:
            answer = await crm.post("/hooks/crm", content=content, headers=headers)
            return answer.status_code, answer.json()

        right = headers_of(KEYS, "msg_1", now, body)
        assert await say(right) == (200, {"taken": True})
        assert await say(right) == (200, {"taken": False})
        assert await say(headers_of(KEYS, "msg_1", now + 1, body)) == (200, {"taken": False})
        refused = (401, {"error": {"code": "not_signed"}})
        assert await say({}) == refused
        assert await say(headers_of(KEYS, "msg_2", now, body), body + b" ") == refused
        for drift in (-310, 310):
            assert await say(headers_of(KEYS, "msg_2", now + drift, body)) == refused
        assert await say(headers_of((b"x" * 32,), "msg_2", now, body)) == refused
        both = await asyncio.gather(*(say(headers_of(KEYS, "msg_3", now, body)) for _ in range(5)))
        assert sorted(answer["taken"] for _, answer in both) == [False] * 4 + [True]
        for nonsense in (b"", b"[]", b"\xff", b"{" * 5_000, b'{"type": 1, "data": null}'):
            name = f"n{len(nonsense)}"
            assert await say(headers_of(KEYS, name, now, nonsense), nonsense) == (200, {"taken": True})
        large = b"a" * 40_000
        assert (await say(headers_of(KEYS, "large", now, large), large))[0] == 413
        foreign = await crm.post("/hooks/crm", content=body, headers={**right, "host": "rebound.example"})
        assert foreign.status_code == 403
    assert bridge.forgotten == ["C-1", "C-1"]
    assert [type(fact) for fact in told] == [CrmTold, CrmTold]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"webhook_url": "http://crm.example/", "webhook_secret": SECRET}, "webhook_url: write https://"),
        ({"webhook_url": "https://crm.example/"}, "webhook_secret: is missing; make one"),
        (
            {"webhook_url": "https://crm.example/", "webhook_secret": "geheim"},
            "webhook_secret: a webhook secret",
        ),
        (
            {
                "webhook_url": "https://crm.example/",
                "webhook_secret": SECRET,
                "webhook_facts": ("CardPushed",),
            },
            "webhook_facts: CardPushed cannot be told; there are: ",
        ),
        ({"crm_webhook_secret": "whsec_AAAA"}, "crm_webhook_secret: a webhook secret of 3 bytes"),
        ({"pop_url": "https://crm.example/?n={name}"}, "pop_url: {name} is no field"),
    ],
)
def test_a_setting_that_cannot_be_is_said_with_its_remedy(wishes: dict[str, Any], said: str) -> None:
    settings = Settings.model_validate(wishes)
    part = {"webhook": hook_of, "crm_webhook": told_keys_of, "pop": pop_of}[
        said.partition(":")[0].rpartition("_")[0]
    ]
    with pytest.raises(RuntimeTrouble) as trouble:
        part(settings)
    assert said in str(trouble.value)
    assert "geheim" not in str(trouble.value)
