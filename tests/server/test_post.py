"""What was sent in a call comes into its folder, whatever dies between the sending and the folder."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

import messages.adapters.tables
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.seeding import seed
from crm_bridge.adapters.tables import contacts, metadata
from crm_bridge.connectors.builtin import Builtin
from messages.adapters.filing import Filing
from messages.facts import MessageSent
from server import post as server_post
from server.post import FILED_WITHIN_S, OnFile
from tests.crm_bridge.conftest import KEY, NOON
from tests.databases import DIALECTS, opened
from tests.messages.post import CODE, RECEIPT, Post, To, posted
from tests.messages.test_postman import Remembers, rounds

CALL = "ventanilla-1795345200.1"


@dataclass
class House:
    engine: AsyncEngine
    bridge: Bridge
    post: Post

    def on_file(self) -> OnFile:
        """As a server makes it that has just started."""
        return OnFile(self.bridge, Filing(self.engine, lambda: self.post.now))

    async def folder(self) -> list[tuple[str, str]]:
        """What stands in the folder: which message, by which channel."""
        await self.bridge.deliver()
        query = select(contacts.c.notes, contacts.c.channel).where(contacts.c.direction == "out")
        async with self.engine.connect() as connection:
            return [(row.notes, row.channel) for row in await connection.execute(query)]


@pytest.fixture(params=DIALECTS)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    theirs = messages.adapters.tables.metadata
    async with (
        opened(request.param, tmp_path, metadata) as engine,
        opened(request.param, tmp_path, theirs) as posts,
    ):
        await seed(engine, KEY)
        post = posted(posts, Remembers(), Remembers("email"))
        yield House(engine, Bridge(engine, Builtin(engine, KEY), lambda _: None, lambda: NOON), post)


async def left(house: House, message: str = "receipt") -> None:
    to, fields = To(email="maria@ejemplo.example"), CODE if message == "code" else RECEIPT
    urgent = message == "code"
    assert await house.post.outbox.leave(message, to, fields, f"{CALL}:{message}:1", urgent=urgent)
    await rounds(house.post)


async def test_what_was_sent_before_a_kill_is_filed_by_the_next_server_once(house: House) -> None:
    await house.bridge.open_or_continue(CALL, None, "pension")
    await left(house)
    for _ in range(2):
        await house.on_file().round()
    assert sorted(await house.folder()) == [("receipt", "email"), ("receipt", "sms")]


async def test_a_code_and_what_has_not_gone_stand_in_no_folder(house: House) -> None:
    await house.bridge.open_or_continue(CALL, None, "pension")
    await left(house, "code")
    house.post.quiet = lambda at: at + 3600  # the mail goes, the SMS waits
    await left(house)
    await house.on_file().round()
    assert await house.folder() == [("receipt", "email")]


async def test_a_call_whose_request_comes_late_has_its_message_all_the_same(house: House) -> None:
    await left(house)
    await house.on_file().round()
    assert await house.folder() == []
    await house.bridge.open_or_continue(CALL, None, "pension")
    await house.on_file().round()
    assert len(await house.folder()) == 2


async def test_what_belongs_to_no_request_is_not_looked_at_for_ever(house: House) -> None:
    await left(house)
    house.post.now += FILED_WITHIN_S + 1
    await house.on_file().round()
    assert await Filing(house.engine, lambda: 0.0).unfiled() == ()


async def test_who_files_goes_on_when_the_database_was_away_and_is_woken_by_what_is_sent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_post, "AGAIN_S", 0.01)
    await house.bridge.open_or_continue(CALL, None, "pension")
    on_file = house.on_file()
    file, times = house.bridge.message_sent, list[str]()

    async def away_once(call: str, letter: int, message: str, channel: str) -> bool:
        times.append(call)
        if len(times) == 1:
            raise OperationalError("", {}, OSError())
        return await file(call, letter, message, channel)

    monkeypatch.setattr(house.bridge, "message_sent", away_once)
    task = asyncio.create_task(on_file.run())
    await asyncio.sleep(0)
    await left(house)
    on_file.hear(MessageSent(CALL, 1, "receipt", "sms", NOON))
    async with asyncio.timeout(20):
        while len(await house.folder()) < 2:  # noqa: ASYNC110 - a row tells no event
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
