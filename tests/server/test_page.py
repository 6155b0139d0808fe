"""The call page hears of the messages of its own call, of no other, and of none outside the demonstration."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.facts import CallArrived
from ivr.ports.requests import Recipient
from messages.adapters.outbox import Outbox
from messages.adapters.tables import metadata
from server.bus import Bus
from server.page import Page
from tests.databases import opened
from tests.dialplans.institutions import inss
from tests.messages.post import SEAL, WORDING

MINE, THEIRS = "ventanilla-1763791200.12", "ventanilla-1763791200.13"
TOKEN = "f" * 32
CODE = {"code": "123456", "procedure": "address", "minutes": "5"}
UNASKED: Any = None


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        yield engine


async def heard(engine: AsyncEngine, *, demonstration: bool) -> list[Mapping[str, object]]:
    """Give what a page hears while codes are sent in another call, in its own, and a mail without one."""
    bus = Bus()
    outbox = Outbox(engine, bus.publish, lambda: 1.0, SEAL, WORDING)
    page = Page(inss, UNASKED, bus, UNASKED, (), outbox if demonstration else None)
    bus.publish(CallArrived(MINE, "901166565", "general", None, "es", TOKEN, 1.0))
    told: list[Mapping[str, object]] = []

    async def listen() -> None:
        async for message in page.updates(TOKEN):
            told.append(message)  # noqa: PERF401 - looked at while it grows

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    number = Recipient("es", number="+34600123456")
    await outbox.leave("code", number, CODE, f"{THEIRS}:address:1", urgent=True)
    await outbox.leave("code", number, CODE, f"{MINE}:address:1", urgent=True)
    await outbox.leave("code", Recipient("es", email="maria@ejemplo.example"), CODE, f"{MINE}:address:2")
    for _ in range(50):
        await asyncio.sleep(0.01)
        if len(told) == 2:
            break
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return told


async def test_a_page_shows_what_its_own_call_had_sent_and_shortens_where_to(engine: AsyncEngine) -> None:
    code, mail = await heard(engine, demonstration=True)
    assert str(code["text"]).startswith("123456 ")
    assert (code["type"], code["to"], mail["to"]) == ("letter", "… 456", "m…@…")


async def test_outside_the_demonstration_a_page_shows_no_message(engine: AsyncEngine) -> None:
    assert await heard(engine, demonstration=False) == []
